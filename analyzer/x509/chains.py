"""Put the certificates of one message, or of one file, into issuing order.

How it works: TLS 1.2 asks for each certificate to certify the one before it (RFC 5246 section
7.4.2); TLS 1.3 only recommends it and lets extra ones lie around (RFC 8446 section 4.4.2). Real
senders shuffle, repeat and pad. So the walk starts at the first certificate and asks, at each
step, which of the unused ones issued the last: one whose signature verifies is better than one
whose signature cannot be checked, and a disproved one is never taken, nor is the name enough. The
walk stops at a self-issued certificate or when nobody fits. Each step uses a certificate up, so
a ring of cross-signatures ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.issuance import is_self_signed, issued
from analyzer.x509.latest import remember_latest
from analyzer.x509.names import Name

_LONGEST_PATH = 100
"""Certificates; OpenSSL's own limit is the same."""
_MOST_ATTEMPTS = 20
"""Signatures tried for one step, so that a list of a thousand impostors costs no minutes."""


class WalkedChain(msgspec.Struct, frozen=True, gc=False):
    """A list of certificates in issuing order."""

    path: tuple[CertificateInfo, ...]
    """Leaf first, each one issued by the next."""
    extra: tuple[CertificateInfo, ...]
    """Those that are not on the path, as sent; a repeated certificate is one of them."""
    in_order: bool
    """The list began with the path, in this order: what TLS 1.2 asks for."""
    issuers: tuple[Name, ...]
    """Of the path, in its order: what a list of CA names is compared with."""

    @property
    def top(self) -> CertificateInfo:
        """The end of the path; a root, or the last one whose issuer is among the certificates."""
        return self.path[-1]

    @property
    def reaches_root(self) -> bool:
        """The path ends in a certificate that signed itself, or that may have (unknown algorithm)."""
        return self.top.self_issued and is_self_signed(self.top) is not False


def walk_chain(chain: Sequence[CertificateInfo]) -> WalkedChain | None:
    """Follow the issuers from the first certificate; None for an empty list.

    At most 100 certificates make the path; the others are ``extra``.
    """
    if not chain:
        return None
    return _walk_message(chain) if isinstance(chain, tuple) else _walk(tuple(chain))


@lru_cache(maxsize=1024)
def _walk(chain: tuple[CertificateInfo, ...]) -> WalkedChain:
    """Many rules ask for the same chain, and many connections send it."""
    path = [0]
    rest = list(range(1, len(chain)))
    while rest and len(path) < _LONGEST_PATH:
        last = chain[path[-1]]
        if last.self_issued and is_self_signed(last) is not False:
            break
        found = find_issuer(last, [chain[index] for index in rest])
        if found is None:
            break
        path.append(rest.pop(found))
    walked = tuple(chain[index] for index in path)
    return WalkedChain(
        path=walked,
        extra=tuple(chain[index] for index in rest),
        in_order=path == list(range(len(path))),
        issuers=tuple(certificate.issuer for certificate in walked),
    )


_walk_message = remember_latest(_walk)
"""Of one message a dozen rules ask in turn."""


def find_issuer(certificate: CertificateInfo, candidates: Sequence[CertificateInfo]) -> int | None:
    """Index of the certificate that issued this one: verified first, else one that may have.

    Of candidates with the right name the first 20 are tried.
    """
    maybe: int | None = None
    attempts = 0
    for index, candidate in enumerate(candidates):
        if candidate.subject.key != certificate.issuer.key or candidate == certificate:
            continue
        answer = issued(candidate, certificate)
        if answer:
            return index
        if answer is None and maybe is None:
            maybe = index
        attempts += 1
        if attempts == _MOST_ATTEMPTS:
            break
    return maybe
