"""An attempt that was given up points to the attempt of the same login that mattered.

Theory of operation
-------------------
Browsers begin a login more than once. Asked for a certificate, Chromium leaves, lets a person or a policy choose, and
comes back with the answer; it may have several connections open by then. Some clients offer less when a server or a
middlebox cut the first attempt off. Such a first attempt is no failure of its own.

Nothing in a capture names a client: many may stand behind one address. Two connections are taken for one client's only
if their addresses, the server and its name, and what their ClientHellos show of the program are the same, and if
within that time no two different certificates came from there, or may have come unseen. An attempt that was *answered*,
be it with nothing, is never taken for one that was given up: who said that he has no certificate is told so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from analyzer.diagnosis.relations.login import ANSWERS, Login
from analyzer.diagnosis.relations.logins import Logins, Visit
from analyzer.diagnosis.report import Related, Relation
from analyzer.tls.codepoints import version_name

CHOOSING_NS = 120_000_000_000
"""A person may think about it for so long."""
MOMENT_NS = 2_000_000_000
"""A program needs no longer."""
MOST_TOLD = 8
"""Earlier attempts that one connection names."""
_SIGNALS = {0x5600, 0x00FF}
"""Not suites: TLS_FALLBACK_SCSV (RFC 7507), TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746)."""


def attempts(login: Login, logins: Logins) -> Iterator[Related]:
    """The attempt that mattered, or those that were given up before this one."""
    visit = logins.visit(login)
    if not visit.given_up:
        return
    later = _that_mattered(login, visit)
    if later is not None:
        why = f"is the attempt that mattered: likely the same client {_here(login, later)}"
        yield Related(later.connection, Relation.REPEATED_BY, later.told_packet, why)
        return
    earlier = (one for one in visit.given_up_until(login.started_ns) if _that_mattered(one, visit) is login)
    for one in islice(earlier, MOST_TOLD):
        gone = "it left when it was asked for a certificate" if one.left_when_asked else "the server cut it off"
        why = f"was an earlier attempt, likely of the same client: {gone}"
        yield Related(one.connection, Relation.REPEATS, one.first_packet, why)


def _here(login: Login, later: Login) -> str:
    if login.left_when_asked:
        return "left here when it was asked for a certificate, and came back there with its answer"
    highest = version_name(max(later.client.versions)) if later.client else "less"
    return f"was cut off here, and came back there with {highest} at most"


def _that_mattered(login: Login, visit: Visit) -> Login | None:
    """The next attempt that went further, if it can only be that."""
    if login.left_when_asked:
        return _chosen(login, visit.went_on_from(login.started_ns))
    if login.cut_off:
        return next((one for one in visit.went_on_from(login.started_ns) if _fell_back(login, one)), None)
    return None


def _chosen(login: Login, later: Iterable[Login]) -> Login | None:
    """The first one that answered; none where that one, or another client there, may have been somebody else."""
    soon = [one for one in later if _comes_soon(login, one, CHOOSING_NS) and one.client in (login.client, None)]
    users = {user for one in soon if (user := _user(one)) is not None}
    first = next((one for one in soon if one.answer != "absent"), None)
    seen = first is not None and first.client is not None and first.answer in ANSWERS
    return first if seen and len(users) <= 1 else None


def _user(login: Login) -> object:
    """Who logged in, by the certificate; somebody else each time where it was not seen, None where there was none."""
    if login.certificate is not None:
        return login.certificate.digest
    return login.connection if login.answer in ("sent", "unknown") else None


def _comes_soon(login: Login, later: Login, within_ns: int) -> bool:
    """By the same name, as far as that was seen."""
    same_name = later.client is None or login.sni == later.sni
    return login.client is not None and same_name and later.started_ns - login.ended_ns <= within_ns


def _fell_back(login: Login, later: Login) -> bool:
    """Did the same program offer the same again, but for the newest versions, and was it heard?"""
    first, second = login.client, later.client
    return (
        first is not None
        and second is not None
        and later.version is not None
        and set(second.versions) < set(first.versions)
        and set(second.cipher_suites) - _SIGNALS <= set(first.cipher_suites)
        and _comes_soon(login, later, MOMENT_NS)
    )
