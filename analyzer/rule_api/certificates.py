"""The client's certificate: what it sent, what leads up from it, and when."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from analyzer.model import (
    Case,
    Reason,
    SeenChain,
    Unseen,
)
from analyzer.rule_api.match import NotApplicableError, UndecidedError, need, undecided
from analyzer.x509 import (
    CertificateInfo,
    WalkedChain,
    issued,
    walk_chain,
)
from analyzer.x509.latest import remember_latest
from analyzer.x509.times import as_datetime


def client_chain(case: Case) -> SeenChain:
    """What the client sent, at least one certificate; not applicable where it sent none."""
    chain = case.handshake.client_certificate
    if type(chain) is SeenChain and chain.certificates:
        return chain
    chain = need(chain)
    if chain.empty:
        raise NotApplicableError
    return chain


def client_leaf(case: Case) -> CertificateInfo:
    """The certificate that the client sent as its own."""
    chain = case.handshake.client_certificate
    if type(chain) is SeenChain and chain.certificates and type(chain.certificates[0]) is CertificateInfo:
        return chain.certificates[0]
    client_chain(case)
    raise UndecidedError(Unseen(Reason.MALFORMED, "the client's certificate cannot be read"))


@remember_latest
def walked_chain(chain: SeenChain) -> WalkedChain | None:
    """What a message holds in issuing order, as far as it can be read; None where nothing can. Many rules ask."""
    return walk_chain(chain.readable)


@remember_latest
def sent_by_client(case: Case) -> tuple[SeenChain, CertificateInfo, WalkedChain]:
    """What the client sent, its own certificate, and the same in issuing order; ends a rule as those do. Many ask."""
    chain, leaf = client_chain(case), client_leaf(case)
    walked = walked_chain(chain)
    assert walked is not None  # it holds the leaf
    return chain, leaf, walked


def client_path(case: Case) -> tuple[CertificateInfo, ...]:
    """The client's certificate and what leads up from it: as sent, or else as the user says it was meant."""
    chain = case.handshake.client_certificate
    if isinstance(chain, SeenChain) and chain.leaf is not None:
        walked = walked_chain(chain)
        return walked.path if walked else ()
    if case.supplied is not None:
        return case.supplied.certificate.path
    raise undecided("which certificate the client was meant to send is not known")


def issuers_above(case: Case, path: Sequence[CertificateInfo]) -> tuple[CertificateInfo, ...]:
    """CA certificates that lead up from the path without being in it, as far as any were seen or given."""
    found: list[CertificateInfo] = []
    queue = list(path)
    for below in queue:  # grows while it is walked
        if below.self_issued or len(queue) > _MOST_ISSUERS:
            continue
        for issuer in case.capture.certificates_for(below.issuer):
            if issuer.is_ca and issuer not in queue and issued(issuer, below) is not False:
                found.append(issuer)
                queue.append(issuer)
    return tuple(found)


_MOST_ISSUERS = 50


def time_of(case: Case, timestamp_ns: int | None) -> int:
    """The packet's own time, or else the handshake's: dates are judged by the capture's clock."""
    at = timestamp_ns if timestamp_ns is not None else case.handshake.last_ns
    if at is None:
        raise undecided("the capture does not say when this happened")
    return at


def is_within_dates(certificate: CertificateInfo, at: int) -> bool:
    """Both dates can be read, and this time is clear of the second in which the certificate expires."""
    begins, ends = certificate.not_before_ns, certificate.not_after_ns
    return begins is not None and ends is not None and begins <= at <= ends


_MIN_BITS = {"rsa": 2048, "rsa-pss": 2048, "dsa": 2048, "ec": 224}
"""What 112 bits of security take (NIST SP 800-57 part 1, table 2)."""


def has_weak_key(certificate: CertificateInfo) -> bool:
    """The key is smaller than servers take today."""
    bits = certificate.key_bits
    return bits is not None and bits < _MIN_BITS.get(certificate.key_type, 0)


def has_weak_digest(certificate: CertificateInfo) -> bool:
    """It is signed with a digest that no longer counts (RFC 9155). Of a root nobody looks at that."""
    return _is_weak(certificate.signature_algorithm)


@lru_cache(maxsize=256)
def _is_weak(algorithm: str) -> bool:
    return any(digest in algorithm.upper() for digest in ("SHA1", "MD5", "MD2"))


def date_text(ns: int) -> str:
    """``2026-03-02 09:14:22 UTC``"""
    moment = as_datetime(ns)
    return (
        "a date beyond the calendar"
        if moment is None
        else f"{moment.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"
    )


def dns_names(certificate: CertificateInfo) -> list[str]:
    """The names in its subjectAltName, in lower case."""
    return [name.removeprefix("dns:").lower().rstrip(".") for name in certificate.san if name.startswith("dns:")]


def covers(certificate: CertificateInfo, name: str) -> bool:
    """Is it made out to this name? A star stands for the whole leftmost label and nothing else (RFC 9525 section 6.3).

    The common name counts where there is no other, as clients once did.
    """
    wanted = name.lower().rstrip(".")
    _, _, parent = wanted.partition(".")
    names = dns_names(certificate)
    if not names:
        return (certificate.subject.common_name or "").lower() == wanted
    return wanted in names or (bool(parent) and f"*.{parent}" in names)
