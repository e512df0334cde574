"""The screen of a watch as a test sees it: a table that is filled by hand, laid out for a given size.

The golden screens are rewritten, for review as a difference, by

    python -m tests.render.live_screens
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Endpoint
from analyzer.render.live_screen import compose, last_logins
from analyzer.render.live_table import LiveTable, Status
from tests.render.screens import GOLDEN, expired_login, hidden_login, warned_login
from tests.support.reports import START, connection, finding, good_login, refused, told

LIVE_GOLDEN = GOLDEN / "live"
BUSY = Status(
    elapsed_s=83.0,
    remaining_s=217.0,
    packets=12_585,
    dropped_by_kernel=2,
    connections_open=1_234,
    tls_open=512,
    undecided=21,
    tls_found=1_746,
    logins=39,
    failed=13,
    not_visible=1,
)
QUIET = Status(elapsed_s=6.0, dropped_by_kernel=0)


def numbered(report: ConnectionReport, number: int, **changes: Any) -> ConnectionReport:
    """The same login by another client, so many seconds later."""
    client = Endpoint(f"10.1.2.{number % 250}", 40_000 + number)
    facts = {"id": number, "client": client, "started_ns": START + number * 10**9, **changes}
    return msgspec.structs.replace(report, connection=msgspec.structs.replace(report.connection, **facts))


def empty_login() -> ConnectionReport:
    """The client had no certificate to send."""
    return told(connection(refused()), finding())


def busy(*, only_failed: bool = False) -> LiveTable:
    """39 logins: every third failed, one each was warned of, is not visible, has a hostile name, was corrected."""
    table = LiveTable(("eth0",), only_failed=only_failed)
    special = {37: warned_login(), 38: hidden_login()}
    for number in range(1, 40):
        login = special.get(number) or (good_login() if number % 3 else (expired_login, empty_login)[number % 2]())
        if login.failed or not only_failed:
            name = {36: "\x1b[2J株式会社.example", 33: "login.of-a-long-name.internal.example"}.get(
                number, "shop.example"
            )
            table.tell(numbered(login, number, sni=name), again=number in (35, 36))
    for quarters in range(9):
        table.tick(
            msgspec.structs.replace(BUSY, elapsed_s=81.0 + quarters / 4, packets=BUSY.packets - 30 * (8 - quarters))
        )
    return table


def waiting(**changes: Any) -> LiveTable:
    """No login so far."""
    table = LiveTable(("eth0", "wlan0"), "tcp port 8443")
    table.tick(msgspec.structs.replace(QUIET, **changes))
    return table


def draw_live(table: LiveTable, height: int, width: int, *, unicode: bool = True) -> str:
    """The screen, without what pads its lines."""
    lines = compose(table, width, height, unicode=unicode)
    return "".join(line.plain.rstrip() + "\n" for line in lines)


def _left_behind() -> str:
    return "".join(line.plain.rstrip() + "\n" for line in last_logins(busy(), 80, 24, unicode=True))


LIVE_SCREENS: dict[str, Callable[[], str]] = {
    "24-lines-80": lambda: draw_live(busy(), 24, 80),
    "40-lines-120": lambda: draw_live(busy(), 40, 120),
    "20-lines-200": lambda: draw_live(busy(), 20, 200),
    "24-lines-60": lambda: draw_live(busy(), 24, 60),
    "10-lines-40": lambda: draw_live(busy(), 10, 40),
    "3-lines-20": lambda: draw_live(busy(), 3, 20),
    "ascii-16-lines-80": lambda: draw_live(busy(), 16, 80, unicode=False),
    "only-failed-16-lines-80": lambda: draw_live(busy(only_failed=True), 16, 80),
    "no-packet-14-lines-80": lambda: draw_live(waiting(), 14, 80),
    "no-tls-14-lines-80": lambda: draw_live(waiting(packets=812), 14, 80),
    "left-behind-80": _left_behind,
}


def main() -> None:
    """Rewrite every golden screen, and drop those that no longer exist."""
    LIVE_GOLDEN.mkdir(exist_ok=True)
    for old in LIVE_GOLDEN.glob("*.txt"):
        old.unlink()
    for title, screen in LIVE_SCREENS.items():
        (LIVE_GOLDEN / f"{title}.txt").write_text(screen(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
