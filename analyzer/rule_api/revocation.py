"""What the revocation lists that the user gave say of the client's certificates.

A list counts only where the CA that issued the certificate signed it: its certificate stands in the chain, in another
chain of the capture, or was given with ``--trust``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from analyzer.model import Case
from analyzer.rule_api.match import undecided
from analyzer.x509 import CertificateInfo, Revocation, RevocationList, issued


class Revoked(msgspec.Struct, frozen=True, gc=False):
    """A certificate that is on a list."""

    certificate: CertificateInfo
    revocation: Revocation
    list_made_ns: int


def revoked(case: Case, path: Sequence[CertificateInfo], at: int) -> Revoked | None:
    """The first certificate of the path that had been revoked by then, as its CA's list says."""
    for certificate, one in lists_about(case, path):
        entry = one.find(certificate.serial)
        if entry is not None and entry.since_ns <= at:
            return Revoked(certificate, entry, one.made_ns)
    return None


def lists_about(case: Case, path: Sequence[CertificateInfo]) -> Iterator[tuple[CertificateInfo, RevocationList]]:
    """Each certificate of the path with each list that its CA signed.

    Raises:
        UndecidedError: At the end, where there is a list in a CA's name, and nobody's key to check it with.
    """
    lists, unchecked = case.capture.revocation_lists, False
    for certificate in path if lists else ():
        named = [one for one in lists if one.issuer.key == certificate.issuer.key]
        if not named:
            continue
        above = (*path, *case.capture.certificates_for(certificate.issuer))
        keys = {issuer.public_key_info for issuer in above if issued(issuer, certificate)}
        unchecked = unchecked or not keys
        for one in named:
            if any(map(one.signed_by, keys)):
                yield certificate, one
    if unchecked:
        raise undecided("the certificate of the CA that made the revocation list is not known; --trust FILE adds it")
