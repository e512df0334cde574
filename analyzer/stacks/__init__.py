"""The stacks room: which TLS implementation sent this, as far as it can be told.

Theory of operation
-------------------
What a stack's *code* fixes must fit: the order in which it writes extensions, the point formats that it knows, whether
it greases, how it fills the session id. One contradiction, or one extension that the stack does not know, and it is
out. What an administrator may *configure* only adds: cipher suites are not looked at (but for a program's list), and
signature schemes count where they are the stack's own list, or a part of it in the same order.

*likely*: the extensions fit, and so do the signature schemes (before TLS 1.2, which has none: the groups).
*possible*: the extensions fit, and the rest was configured or could not be seen. Where two stacks fit equally well both
are named, where more do none is. Nothing here is ever proved: a program can pretend.

A server says less. Its extensions are few, so that only its CertificateRequest makes it likely; without keys TLS 1.3
hides that, and all but a padding that one stack has. Nothing is computed before somebody asks, and then once for all
connections that look the same.
"""

from __future__ import annotations

from analyzer.model import Connection
from analyzer.packets import Side
from analyzer.stacks.clients import client_stack
from analyzer.stacks.servers import server_stack
from analyzer.stacks.signatures import known_stacks
from analyzer.stacks.stack import Stack

__all__ = ["Stack", "client_stack", "known_stacks", "likely_products", "server_stack", "stack_of"]


def stack_of(connection: Connection, side: Side) -> Stack | None:
    """That side's stack, however sure; None where it was not recognised."""
    return client_stack(connection) if side is Side.CLIENT else server_stack(connection)


def likely_products(connection: Connection, side: Side) -> frozenset[str]:
    """The products that the side's stack may stand for; empty where it was not recognised."""
    stack = stack_of(connection, side)
    return frozenset(stack.products) if stack is not None else frozenset()
