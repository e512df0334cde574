"""A client that failed beside one that succeeded against the same server: which facts differ.

Never a proof: of several facts that differ any may be the reason, or one that no capture shows. Only facts that were
seen of both are compared; "not sent" and "not seen" are different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from analyzer.diagnosis.relations.login import Login
from analyzer.diagnosis.relations.logins import Logins, Shape
from analyzer.diagnosis.report import Difference, Related, Relation
from analyzer.tls.codepoints import signature_scheme_name, version_name

_MOST_IN_WORDS = 3
_PROGRAM, _SCHEMES = "client program (JA4)", "signature schemes offered"
_UNREADABLE = (_PROGRAM, _SCHEMES)
"""Whose values are long, and say nothing to a person."""


def _answer(login: Login) -> str | None:
    return {"sent": "sent", "empty": "none", "absent": "none"}.get(login.answer) if not login.resumed else None


def _of_certificate(name: str) -> Callable[[Login], str | None]:
    return lambda login: None if login.certificate is None else str(getattr(login.certificate, name))


def _resumed(login: Login) -> str | None:
    return None if login.resumed is None else "yes" if login.resumed else "no"


def _usage(login: Login) -> str | None:
    if login.certificate is None:
        return None
    usage = login.certificate.extended_key_usage
    return "none stated" if usage is None else ", ".join(usage)


def _schemes(login: Login) -> str | None:
    if login.client is None:
        return None
    schemes = login.client.signature_schemes
    return "none stated" if schemes is None else ", ".join(map(signature_scheme_name, schemes))


_FACTS: tuple[tuple[str, Callable[[Login], str | None]], ...] = (
    ("client certificate", _answer),
    ("issuer", _of_certificate("issuer")),
    ("certificates sent", _of_certificate("sent_with")),
    ("extended key usage", _usage),
    ("key", _of_certificate("key")),
    ("version", lambda login: None if login.version is None else version_name(login.version)),
    ("session resumed", _resumed),
    ("SNI", lambda login: (login.sni or "none") if login.client else None),
    (_PROGRAM, lambda login: login.client.ja4 if login.client else None),
    (_SCHEMES, _schemes),
)
"""What is compared, in the order of telling; None where it was not seen."""


def shape(login: Login) -> Shape | None:
    """All that is compared, of a login that worked with a certificate, now or when its session began; else None."""
    if not login.succeeded or "sent" not in (login.answer, login.session_began):
        return None
    return tuple(fact(login) for _, fact in _FACTS)


def comparison(login: Login, logins: Logins) -> Iterator[Related]:
    """A failed login points to the one that worked and is most like it; of several the nearest in time."""
    if not login.failed:
        return
    compared = [(one, _differences(login, one)) for one in logins.worked(login) if one.connection != login.connection]
    if not compared:
        return
    best, differs = min(compared, key=lambda pair: (len(pair[1]), abs(pair[0].started_ns - login.started_ns)))
    same = "the same server" if best.server == login.server else "a server of the same name"
    why = f"from {best.address} succeeded against {same}; {_in_words(differs)}"
    yield Related(best.connection, Relation.WORKS, best.told_packet, why, tuple(differs))


def _differences(here: Login, there: Login) -> list[Difference]:
    pairs = ((name, fact(here), fact(there)) for name, fact in _FACTS)
    return [Difference(name, one, other) for name, one, other in pairs if one and other and one != other]


def _in_words(differs: Sequence[Difference]) -> str:
    if not differs:
        return "nothing that was seen of both differs"
    told = [
        f"{one.fact} (here {one.here}, there {one.there})" if one.fact not in _UNREADABLE else one.fact
        for one in differs[:_MOST_IN_WORDS]
    ]
    more = len(differs) - len(told)
    return f"what differs: {', '.join(told)}{f' and {more} more' if more else ''}"
