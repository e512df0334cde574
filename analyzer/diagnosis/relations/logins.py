"""The latest logins of one input, found by who came to whom. Bounded.

Theory of operation
-------------------
Logins of one client address to one server form a *visit*: two lists in the order of beginning, those that were given up
and those that went on. Nearly all visits have no login of the first kind, and then nobody looks any further. Of logins
that worked only one is kept for each server and *shape*, which is all that is compared: ten thousand that are alike
are one.

At most ``most`` logins are kept, about :data:`LOGIN_BYTES` each; the oldest goes first. At most :data:`MOST_SERVERS`
servers and :data:`MOST_SHAPES` shapes of each are; what was seen longest ago goes first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice

from analyzer.diagnosis.relations.login import Login

LOGIN_BYTES = 1_536
"""What one costs at most, with its places in the index; a test measures it."""
MOST_SERVERS = 1_024
MOST_SHAPES = 16
MOST_LOOKED_AT = 64
"""Logins of one visit that are looked at for one answer."""

Shape = tuple[object, ...]


class Visit:
    """The logins of one client address to one server."""

    __slots__ = ("given_up", "went_on")

    def __init__(self) -> None:
        self.given_up: list[Login] = []
        self.went_on: list[Login] = []

    def went_on_from(self, started_ns: int) -> Iterator[Login]:
        """Those that began then or later, the first ones first."""
        start = bisect_left(self.went_on, started_ns, key=_beginning)
        return islice(self.went_on, start, start + MOST_LOOKED_AT)

    def given_up_until(self, started_ns: int) -> Iterator[Login]:
        """Those that began before, the latest first."""
        end = bisect_left(self.given_up, started_ns, key=_beginning)
        return (self.given_up[place] for place in range(end - 1, max(-1, end - 1 - MOST_LOOKED_AT), -1))


def _beginning(login: Login) -> int:
    return login.started_ns


class Logins:
    """The index of one input."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: OrderedDict[int, Login] = OrderedDict()
        self._visits: dict[tuple[str, str], Visit] = {}
        self._worked: OrderedDict[str, OrderedDict[Shape, Login]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def get(self, connection: int) -> Login | None:
        """What is kept of a connection."""
        return self._all.get(connection)

    def visit(self, login: Login) -> Visit:
        """The visit to which a login belongs."""
        return self._visits.get(_visit_key(login)) or Visit()

    def worked(self, login: Login) -> Iterator[tuple[Login, Shape]]:
        """Logins that worked against the same server: at its address and port, or by its name; with their shapes."""
        for key in _server_keys(login):
            for shape, kept in self._worked.get(key, OrderedDict()).items():
                yield kept, shape

    def add(self, login: Login, worked: Shape | None) -> None:
        """Keep one, or what is known of it now; ``worked`` is its shape where it may stand for a good login."""
        known = self._all.pop(login.connection, None)
        if known is not None:
            self._forget(known)
            self._forget_shapes(known)
        self._all[login.connection] = login
        visit = self._visits.get(_visit_key(login))
        if visit is None:
            visit = self._visits[_visit_key(login)] = Visit()
        kept = visit.given_up if _gave_up(login) else visit.went_on
        if kept and kept[-1].started_ns > login.started_ns:
            insort(kept, login, key=_beginning)
        else:
            kept.append(login)
        if worked is not None:
            for key in _server_keys(login):
                self._keep_shape(key, worked, login)
        if len(self._all) > self._most:
            self._forget(self._all.popitem(last=False)[1])

    def _keep_shape(self, key: str, shape: Shape, login: Login) -> None:
        shapes = self._worked.setdefault(key, OrderedDict())
        self._worked.move_to_end(key)
        shapes[shape] = login
        shapes.move_to_end(shape)
        if len(shapes) > MOST_SHAPES:
            shapes.popitem(last=False)
        if len(self._worked) > MOST_SERVERS:
            self._worked.popitem(last=False)

    def _forget(self, login: Login) -> None:
        key = _visit_key(login)
        visit = self._visits[key]
        kept = visit.given_up if _gave_up(login) else visit.went_on
        place = bisect_left(kept, login.started_ns, key=_beginning)
        while kept[place] is not login:
            place += 1
        del kept[place]
        if not visit.given_up and not visit.went_on:
            del self._visits[key]

    def _forget_shapes(self, login: Login) -> None:
        """It may not have worked in the end."""
        for key in _server_keys(login):
            shapes = self._worked.get(key, OrderedDict())
            for shape in [shape for shape, kept in shapes.items() if kept is login]:
                del shapes[shape]


def _gave_up(login: Login) -> bool:
    return login.left_when_asked or login.cut_off or login.misdirected


def _visit_key(login: Login) -> tuple[str, str]:
    return login.address, login.server


def _server_keys(login: Login) -> tuple[str, ...]:
    return (login.server, f"name {login.sni}") if login.sni else (login.server,)
