"""Connections of one client to one server that only make sense together: opened ahead and unused, or used wrongly.

Browsers open connections ahead, and use the first that is ready. And they send requests for another name over a
connection that they have (RFC 9113 section 9.1.1); a server that asks clients of that name for something else
answers 421 Misdirected Request, and the client comes back on a connection of its own for that name. Whether the
certificate was given there is what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diagnosis.relations.login import Login
from analyzer.diagnosis.relations.logins import Logins
from analyzer.diagnosis.report import Related, Relation

_MOMENT_NS = 5_000_000_000


def unused_beside(login: Login, logins: Logins) -> Iterator[Related]:
    """An unused connection points to the one that the same client opened at about the same time, and used."""
    if not login.unused or login.failed:
        return
    for one in logins.visit(login).went_on_from(login.started_ns - _MOMENT_NS):
        if one.used and one.client == login.client and one.sni == login.sni and _is_near(login, one):
            why = "was opened at about the same time, likely by the same client, and used; nothing was sent on this one"
            yield Related(one.connection, Relation.UNUSED_BESIDE, one.first_packet, why)
            return


def reused(login: Login, logins: Logins) -> Iterator[Related]:
    """A connection whose request was for another name points to the one that was then made for that name."""
    if not login.misdirected or login.client is None:
        return
    for one in logins.visit(login).went_on_from(login.started_ns):
        if one.sni != login.sni and _may_be_made_for_it(login, one):
            name = one.sni or "no name"
            why = f"was made for {name} after this one was refused, likely by the same client; there {_given(one)}"
            yield Related(one.connection, Relation.REUSED, one.told_packet, why)
            return


def _is_near(login: Login, other: Login) -> bool:
    return login.client is not None and abs(other.started_ns - login.started_ns) <= _MOMENT_NS


def _may_be_made_for_it(login: Login, other: Login) -> bool:
    """Another program has other suites; extensions may differ, by a session that is offered."""
    if other.client is None or login.client is None or other.client.cipher_suites != login.client.cipher_suites:
        return False
    return other.started_ns - login.ended_ns <= _MOMENT_NS


def _given(login: Login) -> str:
    """Whether the client's certificate was."""
    if login.answer == "sent":
        return f"the client sent {login.certificate.subject if login.certificate else 'a certificate'}"
    if login.answer == "empty":
        return "the client answered with no certificate"
    return "no certificate was seen to be sent"
