"""What the CAs of a chain allow below them: which names (name constraints), and how many CAs (path length).

How it works. A name constraint permits or excludes whole subtrees of a kind of name (RFC 5280 section 4.2.1.10): DNS
names below a domain, addresses in a network, distinguished names that begin alike. A kind that no permitted subtree
speaks of is free. Each kind is compared as that section says; kinds that no login looks at are passed over, and so are
names that cannot be understood: a violation is only told where it is plain.

Every CA's constraint holds for every certificate below it, save self-issued CAs. Path lengths count the same way.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import msgspec

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.extensions import NameConstraints, Subtree

_MOST_NAMES = 100
"""Names of a certificate that are compared; more is hostile."""


class Violation(msgspec.Struct, frozen=True, gc=False):
    """A name that a CA above may not certify."""

    authority: CertificateInfo
    certificate: CertificateInfo
    kind: str
    """``dns``, ``ip``, ``email``, ``uri`` or, of a subject, ``dir``."""
    name: str
    bases: str
    """Of the excluded subtree, or of the permitted ones, with commas."""
    excluded: bool


def name_violation(path: Sequence[CertificateInfo]) -> Violation | None:
    """The first name in a path (leaf first) that a constraint above it forbids."""
    for above, authority in enumerate(path):
        constraints = authority.name_constraints
        if constraints is None or not authority.is_ca:
            continue
        for certificate in path[:above]:
            if certificate.self_issued and certificate is not path[0]:
                continue
            for name in _names(certificate):
                broken = _broken(constraints, name, certificate)
                if broken is not None:
                    return Violation(authority, certificate, *name, *broken)
    return None


def too_deep(path: Sequence[CertificateInfo]) -> tuple[CertificateInfo, int] | None:
    """The first CA below which stand more CAs than its path length allows, and how many (RFC 5280 section 6.1.4)."""
    between = 0
    for authority in path[1:]:
        allowed = authority.path_length
        if allowed is not None and between > allowed >= 0:
            return authority, between
        between += not authority.self_issued
    return None


def _names(certificate: CertificateInfo) -> Iterator[tuple[str, str]]:
    """Kind and value of each."""
    for name in certificate.san[:_MOST_NAMES]:
        kind, _, value = name.partition(":")
        yield kind, value
    if certificate.subject.text:
        yield "dir", certificate.subject.text


def _broken(
    constraints: NameConstraints, name: tuple[str, str], certificate: CertificateInfo
) -> tuple[str, bool] | None:
    """The base that is the obstacle, and whether it is excluded; None where the name may stand here."""
    kind, value = name
    for subtree in constraints.excluded:
        if subtree.kind == kind and _is_within(subtree, value, certificate):
            return subtree.base, True
    permitted = [subtree for subtree in constraints.permitted if subtree.kind == kind]
    if permitted and all(_is_within(subtree, value, certificate) is False for subtree in permitted):
        return ", ".join(subtree.base for subtree in permitted), False
    return None


def _is_within(subtree: Subtree, value: str, certificate: CertificateInfo) -> bool | None:
    """Does a name of the same kind stand in the subtree? None where that cannot be said."""
    base = subtree.base.lower()
    if subtree.kind == "dir":
        if value != certificate.subject.text:
            return None
        return certificate.subject.key.startswith(subtree.key)
    if subtree.kind == "ip":
        return _is_in_network(subtree.key, value)
    if subtree.kind == "dns":
        name = value.lower().rstrip(".")
        return not base or name == base or name.endswith(base if base.startswith(".") else "." + base)
    if subtree.kind == "email":
        mailbox, _, host = value.rpartition("@")
        if "@" in base:
            return f"{mailbox}@{host.lower()}" == _with_lower_host(subtree.base)
        return _is_host(base, host.lower())
    try:
        host = (urlsplit(value).hostname or "").lower()
    except ValueError:
        return None
    return _is_host(base, host) if host else None


def _with_lower_host(mailbox: str) -> str:
    local, _, host = mailbox.rpartition("@")
    return f"{local}@{host.lower()}"


def _is_host(base: str, host: str) -> bool:
    """A base that begins with a dot is a domain, any other one host."""
    return not base or (host.endswith(base) if base.startswith(".") else host == base)


def _is_in_network(network: bytes, value: str) -> bool | None:
    try:
        address = ipaddress.ip_address(value).packed
    except ValueError:
        return None
    if len(network) != 2 * len(address):
        return False
    first, mask = network[: len(address)], network[len(address) :]
    return all(one & bits == other & bits for one, other, bits in zip(address, first, mask, strict=True))
