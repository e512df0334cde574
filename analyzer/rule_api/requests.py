"""What the two sides offered and asked for."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model import (
    AnyName,
    Case,
    Reason,
    SeenClientHello,
    SeenRequest,
    Unseen,
)
from analyzer.rule_api.certificates import client_path
from analyzer.rule_api.match import UndecidedError, need
from analyzer.tls.codepoints import (
    cipher_suite_name,
    is_grease,
)
from analyzer.x509 import (
    Kind,
    Name,
    NameMatch,
)
from analyzer.x509.latest import remember_latest
from analyzer.x509.public_cas import is_public_ca


def listed(request: SeenRequest, names: Iterable[AnyName]) -> NameMatch | None:
    """Does the request's list name one of these? The better of the two ways to match."""
    ders, keys = _index(request.names)
    found: NameMatch | None = None
    for name in names:
        if name.der in ders:
            return NameMatch.EXACT
        if isinstance(name, Name) and name.key in keys:
            found = NameMatch.NORMALISED
    return found


@remember_latest
def issuer_listed(case: Case) -> NameMatch | None:
    """Does the list name an issuer on the client's path, and how well? Many rules ask."""
    request = need(case.handshake.certificate_request)
    return listed(request, [certificate.issuer for certificate in client_path(case)])


@remember_latest
def _index(names: tuple[AnyName, ...]) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The bytes of the names, and their keys: a list may hold a thousand, and several rules look into it."""
    return frozenset(name.der for name in names), frozenset(name.key for name in names if isinstance(name, Name))


def count_public_cas(request: SeenRequest) -> int:
    """How many of the listed names are those of public CAs."""
    return _count_public_cas(request.names)


@remember_latest
def _count_public_cas(names: tuple[AnyName, ...]) -> int:
    return sum(map(is_public_ca, names))


def kinds_listed(case: Case, request: SeenRequest, kind: Kind) -> bool:
    """Is every listed name of this kind? One of another kind settles it; otherwise all must be known."""
    kinds = kinds_of(case, request)
    if kinds - {kind, "unknown"} or not kinds:
        return False
    if "unknown" in kinds:
        raise UndecidedError(_NOT_ALL_KNOWN)
    return True


_NOT_ALL_KNOWN = Unseen(Reason.NOT_CAPTURED, "not every listed name is known as that of a root or an intermediate")


def kinds_of(case: Case, request: SeenRequest) -> frozenset[Kind]:
    """Every kind that is among the listed names."""
    return case.capture.roles.kinds(request.names)


def offered_versions(hello: SeenClientHello) -> tuple[int, ...]:
    """The versions of the ClientHello, newest first; of older clients the highest, which is all they state."""
    return tuple(sorted({v for v in hello.message.offered_versions if not is_grease(v)}, reverse=True))


def offered_suites(hello: SeenClientHello) -> tuple[str, ...]:
    """The cipher suites of the ClientHello by name, without the values that are signals."""
    names = (cipher_suite_name(suite) for suite in hello.message.cipher_suites if not is_grease(suite))
    return tuple(name for name in names if not name.endswith("_SCSV"))
