"""A client that failed beside one that succeeded against the same server: which facts differ.

Never a proof: of several facts that differ any may be the reason, or one that no capture shows. Only facts that were
seen of both are compared; "not sent" and "not seen" are different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from analyzer.diagnosis.relations.login import Login
from analyzer.diagnosis.relations.logins import Logins, Shape
from analyzer.diagnosis.report import Difference, Related, Relation
from analyzer.rule_api import first_few
from analyzer.tls.codepoints import signature_scheme_name, version_name

_MOST_IN_WORDS = 3
_PROGRAM, _SCHEMES = "client program (JA4)", "signature schemes offered"
_UNREADABLE = (_PROGRAM, _SCHEMES)
"""Whose values are long, and say nothing to a person."""


class _Fact(msgspec.Struct, frozen=True):
    name: str
    value: Callable[[Login], object]
    """None where it was not seen."""
    text: Callable[[Any], str] = str


def _answer(login: Login) -> str | None:
    """Of no meaning where the login ended before anybody could be asked, or took up a session."""
    if login.resumed or login.version is None:
        return None
    return {"sent": "sent", "empty": "none", "absent": "none"}.get(login.answer)


def _usage(login: Login) -> object:
    if login.certificate is None:
        return None
    usage = login.certificate.extended_key_usage
    return () if usage is None else usage


def _schemes(login: Login) -> object:
    if login.client is None:
        return None
    schemes = login.client.signature_schemes
    return () if schemes is None else schemes


_FACTS = (
    _Fact("client certificate", _answer),
    _Fact("issuer", lambda login: login.certificate.issuer if login.certificate else None),
    _Fact("certificates sent", lambda login: login.certificate.sent_with if login.certificate else None),
    _Fact("extended key usage", _usage, lambda usage: ", ".join(usage) or "none stated"),
    _Fact("key", lambda login: login.certificate.key if login.certificate else None),
    _Fact("version", lambda login: login.version, version_name),
    _Fact("session resumed", lambda login: login.resumed, lambda resumed: "yes" if resumed else "no"),
    _Fact("SNI", lambda login: login.sni if login.client else None, lambda name: name or "none"),
    _Fact(_PROGRAM, lambda login: login.client.ja4 if login.client else None),
    _Fact(_SCHEMES, _schemes, lambda schemes: ", ".join(map(signature_scheme_name, schemes)) or "none stated"),
)
"""What is compared, in the order of telling."""


def shape(login: Login) -> Shape | None:
    """All that is compared, of a login that worked with a certificate, now or when its session began; else None."""
    if not login.succeeded or "sent" not in (login.answer, login.session_began):
        return None
    return _shape(login)


def _shape(login: Login) -> Shape:
    return tuple(fact.value(login) for fact in _FACTS)


def comparison(login: Login, logins: Logins) -> Iterator[Related]:
    """A failed login points to the one that worked and is most like it; of several the nearest in time."""
    if not login.failed:
        return
    here = _shape(login)
    compared = [
        (len(_differing(here, there)), abs(one.started_ns - login.started_ns), one.connection, one, there)
        for one, there in logins.worked(login)
        if one.connection != login.connection
    ]
    if not compared:
        return
    *_, best, there = min(compared)
    differs = [
        Difference(_FACTS[place].name, _FACTS[place].text(here[place]), _FACTS[place].text(there[place]))
        for place in _differing(here, there)
    ]
    same = "the same server" if best.server == login.server else "a server of the same name"
    why = f"from {best.address} succeeded against {same}; {_in_words(differs)}"
    yield Related(best.connection, Relation.WORKS, best.told_packet, why, tuple(differs))


def _differing(here: Shape, there: Shape) -> list[int]:
    """Places of the facts that were seen of both and are not the same."""
    return [
        place
        for place, (one, other) in enumerate(zip(here, there, strict=True))
        if one != other and one is not None and other is not None
    ]


def _in_words(differs: Sequence[Difference]) -> str:
    if not differs:
        return "nothing that was seen of both differs"
    told = [
        f"{one.fact} (here {one.here}, there {one.there})" if one.fact not in _UNREADABLE else one.fact
        for one in differs
    ]
    return f"what differs: {first_few(told, _MOST_IN_WORDS)}"
