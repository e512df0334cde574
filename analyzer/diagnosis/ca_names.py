"""The names in a request's list, one by one: what each belongs to, and whether the client's chain fits it.

A list may hold thousands of names, so the chain's names are looked up by their bytes and by their normalised
key (RFC 5280 section 7.1), never compared pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from analyzer.model import AnyName, CaptureIndex, Handshake, SeenChain, SeenRequest, Supplied
from analyzer.x509 import CertificateInfo, Kind, Name, Origin


class NameRow(msgspec.Struct, frozen=True):
    """One listed name."""

    name: AnyName
    kind: Kind
    kind_from: Origin | None
    """Where the certificate was seen that tells the kind."""
    matches: Literal["exact", "normalised"] | None
    """The name is the issuer of a certificate in the client's chain, or the subject of a CA in it."""
    bytes: int
    """What it takes in the list, its two-byte length included."""
    matched: CertificateInfo | None = None
    """The certificate of the chain through which it matches."""

    @property
    def text(self) -> str:
        """The name as read, or its bytes in hexadecimal. Not yet safe for a terminal."""
        return self.name.text if isinstance(self.name, Name) else self.name.as_name().text


def client_path(handshake: Handshake, supplied: Supplied | None) -> tuple[CertificateInfo, ...]:
    """The chain that the list is held against: as sent, or else that of the user's own file."""
    chain = handshake.client_certificate
    if isinstance(chain, SeenChain) and not chain.empty:
        return chain.readable
    return supplied.certificate.path if supplied is not None else ()


def describe_names(handshake: Handshake, supplied: Supplied | None, capture: CaptureIndex) -> tuple[NameRow, ...]:
    """Every name of the handshake's request in the order sent; empty where no request could be read."""
    request = handshake.certificate_request
    if not isinstance(request, SeenRequest):
        return ()
    by_bytes, by_key = _index(client_path(handshake, supplied))
    return tuple(_row(name, by_bytes, by_key, capture) for name in request.names)


def _index(
    path: Iterable[CertificateInfo],
) -> tuple[dict[bytes, CertificateInfo], dict[bytes, CertificateInfo]]:
    """The chain's certificates by the names under which a list may know them, the leaf's issuer first."""
    by_bytes: dict[bytes, CertificateInfo] = {}
    by_key: dict[bytes, CertificateInfo] = {}
    for certificate in path:
        names = [certificate.issuer, certificate.subject] if certificate.is_ca else [certificate.issuer]
        for name in names:
            by_bytes.setdefault(name.der, certificate)
            by_key.setdefault(name.key, certificate)
    return by_bytes, by_key


def _row(
    name: AnyName,
    by_bytes: dict[bytes, CertificateInfo],
    by_key: dict[bytes, CertificateInfo],
    capture: CaptureIndex,
) -> NameRow:
    role = capture.role(name)
    exact = by_bytes.get(name.der)
    near = by_key.get(name.key) if exact is None and isinstance(name, Name) else None
    return NameRow(
        name,
        role.kind,
        role.kind_from,
        "exact" if exact is not None else "normalised" if near is not None else None,
        len(name.der) + 2,
        exact or near,
    )
