"""What the two sides offered and asked for."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model import (
    AnyName,
    Case,
    SeenClientHello,
    SeenRequest,
)
from analyzer.rule_api.match import undecided
from analyzer.tls.codepoints import (
    cipher_suite_name,
    is_grease,
)
from analyzer.x509 import (
    Kind,
    NameMatch,
    compare_names,
)


def listed(request: SeenRequest, names: Iterable[AnyName]) -> NameMatch | None:
    """Does the request's list name one of these? The better of the two ways to match."""
    found: NameMatch | None = None
    for name in names:
        for entry in request.names:
            match = compare_names(entry, name)
            if match is NameMatch.EXACT:
                return match
            found = found or match
    return found


def kinds_listed(case: Case, request: SeenRequest, kind: Kind) -> bool:
    """Is every listed name of this kind? One of another kind settles it; otherwise all must be known."""
    kinds = {case.capture.role(name).kind for name in request.names}
    if kinds - {kind, "unknown"} or not kinds:
        return False
    if "unknown" in kinds:
        raise undecided("not every listed name is known as that of a root or an intermediate")
    return True


def offered_versions(hello: SeenClientHello) -> tuple[int, ...]:
    """The versions of the ClientHello, newest first; of older clients the highest, which is all they state."""
    return tuple(sorted({v for v in hello.message.offered_versions if not is_grease(v)}, reverse=True))


def offered_suites(hello: SeenClientHello) -> tuple[str, ...]:
    """The cipher suites of the ClientHello by name, without the values that are signals."""
    names = (cipher_suite_name(suite) for suite in hello.message.cipher_suites if not is_grease(suite))
    return tuple(name for name in names if not name.endswith("_SCSV"))
