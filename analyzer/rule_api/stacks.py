"""What the ends run, where that can be told. Every rule has to do without: mostly one end is not known."""

from __future__ import annotations

from analyzer import stacks
from analyzer.model import Case, Confidence, SeenClientHello
from analyzer.packets import Side
from analyzer.rule_api.match import Evidence
from analyzer.stacks import Stack


def client_stack(case: Case) -> Stack | None:
    """The client's TLS stack, where it is likely; None where it is only possible, or not known."""
    return _likely(stacks.client_stack(case.connection))


def server_stack(case: Case) -> Stack | None:
    """The server's, in the same way."""
    return _likely(stacks.server_stack(case.connection))


def likely_products(case: Case, side: Side) -> frozenset[str]:
    """What that side may be, in the words of the fixes (``nginx``, ``Go`` ...); empty where it is not known."""
    return stacks.likely_products(case.connection, side)


def may_be(case: Case, side: Side, product: str) -> bool:
    """Could that side be this product, in the words of the fixes? Of an unknown one it is open."""
    stack = stacks.stack_of(case.connection, side)
    return stack is None or product in stack.products


def client_looks(case: Case, clause: str = "") -> tuple[Evidence, ...]:
    """The ClientHello as evidence, "the client looks like Go (crypto/tls)", and what follows from it; else nothing."""
    return _evidence(case, client_stack(case), clause)


def client_chooses(case: Case) -> tuple[Evidence, ...]:
    """The same with how that client chooses the certificate that it sends; nothing where that is not verified."""
    stack = client_stack(case)
    return _evidence(case, stack, stack.choice) if stack is not None and stack.choice else ()


def _evidence(case: Case, stack: Stack | None, clause: str) -> tuple[Evidence, ...]:
    hellos = (one.client_hello for one in case.connection.handshakes)
    hello = next((one for one in hellos if isinstance(one, SeenClientHello)), None)
    if stack is None or hello is None:
        return ()
    return (Evidence(hello.packet, f"the client looks like {stack.name}{clause and ': '}{clause}"),)


def _likely(stack: Stack | None) -> Stack | None:
    return stack if stack is not None and stack.confidence is Confidence.LIKELY else None
