"""What the live screen of a watch shows, as data; :mod:`analyzer.render.live_screen` draws it.

Theory of operation
-------------------
A watch may last for weeks, a screen has some dozens of lines. So a login is kept as one short row, failed ones
apart from all others, and of each only the latest :data:`MAX_ROWS`: however many logins go well, no failed one is
pushed out by them. A correction takes the place of its row; one that turns a login into the other kind moves it
there, as the latest. Nothing here grows with the traffic, and nothing reads a clock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

import msgspec

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Severity
from analyzer.render.safe import safe_text
from analyzer.render.words import answered, asked, endpoint, moment, server_name, told_handshake, version

MAX_ROWS = 200
"""Rows of each kind: more than the tallest terminal shows."""
_LONGEST = 160
"""Characters of a cell that are kept, before it is cut to its column."""
_RATE_S = 2.0
"""Packets a second are told over so long."""
_LOOPBACKS = frozenset({"lo", "lo0"})
_PATIENCE_S = 5.0
"""A watch that has seen nothing for so long may be on the wrong interface."""


class Row(msgspec.Struct, frozen=True):
    """One login, in words that are safe for a terminal."""

    time: str
    client: str
    client_address: str
    """The same without the port, for where there is little room."""
    server: str
    version: str
    asked: str
    answered: str
    severity: Severity | None
    """None where nothing could be said."""
    verdict: str
    confidence: str
    headline: str
    corrected: bool
    """It was told otherwise before."""


class Status(msgspec.Struct, frozen=True):
    """How the watch is doing at this moment."""

    elapsed_s: float = 0.0
    remaining_s: float | None = None
    """Until it ends by itself."""
    wanted: int = 0
    """It ends after so many logins; 0 for never."""
    counted: int = 0
    """Logins that count for that."""
    packets: int = 0
    dropped_here: int = 0
    dropped_by_kernel: int | None = None
    connections_open: int = 0
    tls_open: int = 0
    undecided: int = 0
    """TLS connections, open, of which nothing could be told yet."""
    tls_found: int = 0
    logins: int = 0
    failed: int = 0
    not_visible: int = 0
    """Logins that are over, and nothing could be said."""
    down: tuple[str, ...] = ()
    """Interfaces that are down, and may come back."""
    unwritten: int = 0
    """Failed logins whose packets the disk did not take, and why."""
    write_trouble: str = ""


class LiveTable:
    """The latest logins and the state of the watch."""

    def __init__(self, interfaces: tuple[str, ...], capture_filter: str = "", *, only_failed: bool = False) -> None:
        self.interfaces = interfaces
        self.filter = capture_filter
        self.only_failed = only_failed
        self.status = Status()
        self.failed: OrderedDict[int, Row] = OrderedDict()
        """By the number of the connection, the latest last."""
        self.others: OrderedDict[int, Row] = OrderedDict()
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=64)
        """Times and the packets until then, over the last :data:`_RATE_S`."""

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        """A login can be judged, or is judged otherwise than before."""
        number = report.connection.id
        rows, beside = (self.failed, self.others) if report.failed else (self.others, self.failed)
        beside.pop(number, None)
        rows[number] = _row(report, corrected=again)  # a row that is there keeps its place
        if len(rows) > MAX_ROWS:
            rows.popitem(last=False)

    def tick(self, status: Status) -> None:
        """The watch is doing so now."""
        self.status = status
        seen = self._seen
        seen.append((status.elapsed_s, status.packets))
        while len(seen) > 2 and status.elapsed_s - seen[0][0] > _RATE_S:
            seen.popleft()

    @property
    def packets_per_second(self) -> int:
        """Over the last moments."""
        (since_s, before), (now_s, now) = self._seen[0], self._seen[-1]
        return round((now - before) / (now_s - since_s)) if now_s > since_s else 0

    @property
    def hint(self) -> str:
        """See :func:`hint`."""
        return hint(self.status, self.interfaces, self.filter)


def hint(status: Status, interfaces: Sequence[str], capture_filter: str) -> str:
    """What to look at where nothing is seen; empty while all is well, or it is too early to say."""
    if status.tls_found or status.elapsed_s < _PATIENCE_S:
        return ""
    where = ", ".join(interfaces)
    if status.packets:
        return (
            f"Packets come on {where}, but no TLS so far. Only logins that begin now can be judged: "
            "try the login again. QUIC and DTLS are not read."
        )
    kept_out = " that passes the filter" if capture_filter else ""
    elsewhere = (
        "Traffic with other machines does not pass there: `certwhy interfaces` lists where it may."
        if _LOOPBACKS.intersection(interfaces)
        else "Is it the right interface? `certwhy interfaces` lists all; "
        "where both ends are on this machine it is lo: `certwhy sniff lo`."
    )
    return f"No packet{kept_out} has come on {where} so far. {elsewhere}"


def _row(report: ConnectionReport, *, corrected: bool) -> Row:
    seen, verdict, handshake = report.connection, report.verdict, told_handshake(report)
    return Row(
        time=_short(moment(seen.started_ns, "%H:%M:%S")),
        client=_short(endpoint(seen.client)),
        client_address=_short(seen.client.address),
        server=_short(server_name(seen)),
        version=_short(version(handshake) or "-"),
        asked=_short(asked(handshake)),
        answered=_short(answered(handshake)),
        severity=verdict.severity if verdict else None,
        verdict=_short(verdict.rule) if verdict else "not visible",
        confidence=verdict.confidence.name.lower() if verdict else "",
        headline=_short(verdict.headline) if verdict else "",
        corrected=corrected,
    )


def _short(text: str) -> str:
    return safe_text(text[:_LONGEST])[:_LONGEST]
