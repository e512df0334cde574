"""The screen of a watch: what is on it, what stays on it, and that nothing breaks it."""

from __future__ import annotations

import io
import time

import msgspec
import pytest
from rich.cells import cell_len

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.model import Endpoint
from analyzer.render import View
from analyzer.render.live_screen import LiveScreen, compose, last_logins
from analyzer.render.live_table import MAX_ROWS, LiveTable, Status
from tests.render.live_screens import BUSY, LIVE_GOLDEN, LIVE_SCREENS, busy, draw_live, empty_login, numbered, waiting
from tests.render.screens import expired_login, hidden_login
from tests.support.reports import certificate, chain, connection, finding, good_login, refused, told

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07[red]not markup[/red]:smile:",
    "first\n09:14:22  forged row\r\n\tline",
    "\u202egro.knab\u2066\u200b",
    "N" * 5_000,
    "株式会社" * 500,
    "Z" + "\u0301\u0316" * 5_000,
)


@pytest.mark.parametrize("title", LIVE_SCREENS)
def test_golden_screen(title: str) -> None:
    """Rewrite them with: python -m tests.render.live_screens"""
    assert LIVE_SCREENS[title]() == (LIVE_GOLDEN / f"{title}.txt").read_text(encoding="utf-8")


def test_every_golden_screen_is_still_drawn() -> None:
    assert {path.stem for path in LIVE_GOLDEN.glob("*.txt")} == set(LIVE_SCREENS)


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [1, 2, 7, 20, 39, 40, 41, 60, 79, 80, 100, 120, 161, 300])
@pytest.mark.parametrize("height", [1, 2, 3, 5, 13, 14, 24, 40, 90])
def test_it_fits_every_size(width: int, height: int, unicode: bool) -> None:
    for table in (busy(), busy(only_failed=True), waiting(), waiting(packets=3, elapsed_s=400_000.0)):
        lines = compose(table, width, height, unicode=unicode)
        assert len(lines) == height or (height < 14 and len(lines) <= height)
        assert max(cell_len(line.plain) for line in lines) <= width
        for line in last_logins(table, width, height, unicode=unicode):
            assert cell_len(line.plain) <= width


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_in_their_cells(text: str) -> None:
    user = certificate(text, "Issuing CA 1")
    seen = refused(client_certificate=chain(user, packet=8))
    table = LiveTable((text,), text)
    table.tell(numbered(told(connection(seen), finding(message=text)), 1, sni=text), again=True)
    table.tick(msgspec.structs.replace(BUSY, logins=1, failed=1))
    for width in (40, 80, 120, 300):
        for unicode in (True, False):
            lines = compose(table, width, 24, unicode=unicode)
            assert len(lines) == 24
            for line in lines:
                assert line.plain.isprintable()
                assert cell_len(line.plain) <= width
                assert len(line.plain) <= 3 * width
                assert unicode or line.plain.isascii()
    assert "✗ now client-sent-empty-certificate" in draw_live(table, 24, 120)


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
def test_no_verdict_is_cut(width: int) -> None:
    table = LiveTable(("eth0",), only_failed=True)
    rules = [rule.id for rule in load_catalogue().rules]
    for number, rule in enumerate(rules):
        login = told(connection(refused()), finding(rule))
        table.tell(numbered(login, number, sni=f"{'login.' * (number % 5)}shop.example"), again=False)
    table.tick(msgspec.structs.replace(BUSY, logins=len(rules), failed=len(rules)))
    lines = compose(table, width, len(rules) + 20, unicode=True)
    assert max(cell_len(line.plain) for line in lines) <= width
    shown = [line.plain for line in lines if "✗" in line.plain]
    assert len(shown) == len(rules)
    for rule, line in zip(rules, shown, strict=True):
        assert f" ✗ {rule}" in line
        assert "shop.e" in line or "login." in line


def test_what_the_disk_does_not_take_is_on_the_screen() -> None:
    table = busy()
    table.tick(msgspec.structs.replace(BUSY, unwritten=3, write_trouble="No space left\x1b[2J on device"))
    screen = draw_live(table, 24, 80)
    assert r"   3 not written: No space left\x1b[2J on device" in screen


def test_logins_that_go_well_push_no_failed_one_out() -> None:
    table = LiveTable(("eth0",))
    for number in range(1, 4):
        table.tell(numbered(empty_login(), number), again=False)
    before = draw_live(table, 24, 80).splitlines()
    for number in range(4, 10_000):
        table.tell(numbered(good_login(), number), again=False)
    table.tick(msgspec.structs.replace(BUSY, logins=9_999, failed=3))
    after = draw_live(table, 24, 80).splitlines()
    failed = [line for line in before if "✗" in line]
    assert len(failed) == 3
    assert [line for line in after if "✗" in line] == failed
    assert "── 9,996 others, the latest 13 of them" in "\n".join(after)
    assert after[-2].split()[1] == "10.1.2.249"
    assert len(table.others) == MAX_ROWS


def test_failed_ones_leave_the_others_their_third() -> None:
    table = LiveTable(("eth0",))
    table.tell(numbered(good_login(), 1), again=False)
    for number in range(2, 5_000):
        table.tell(numbered(empty_login(), number), again=False)
    table.tick(msgspec.structs.replace(BUSY, logins=4_999, failed=4_998))
    screen = draw_live(table, 24, 80)
    assert "✓ tls-succeeded" in screen
    assert screen.count("✗") == 11
    assert len(table.failed) == MAX_ROWS


def test_a_correction_takes_the_place_of_its_row() -> None:
    table = LiveTable(("eth0",))
    for number in (1, 2, 3):
        table.tell(numbered(empty_login(), number), again=False)
    table.tell(numbered(expired_login(), 2), again=True)
    assert [row.verdict for row in table.failed.values()] == [
        "client-sent-empty-certificate",
        "client-certificate-expired",
        "client-sent-empty-certificate",
    ]
    assert [row.corrected for row in table.failed.values()] == [False, True, False]


def test_a_correction_to_another_outcome_moves_the_row() -> None:
    table = LiveTable(("eth0",))
    table.tell(numbered(hidden_login(), 1), again=False)
    table.tell(numbered(empty_login(), 1), again=True)
    assert not table.others
    assert list(table.failed) == [1]
    table.tell(numbered(good_login(), 1), again=True)
    assert not table.failed
    assert [row.verdict for row in table.others.values()] == ["tls-succeeded"]


def test_the_client_keeps_its_address_where_the_port_has_no_room() -> None:
    table = LiveTable(("eth0",))
    table.tell(numbered(empty_login(), 1, client=Endpoint("192.168.100.200", 65_535)), again=False)
    table.tick(msgspec.structs.replace(BUSY, logins=1, failed=1))
    assert "  192.168.100.200  shop" in draw_live(table, 24, 80)
    assert "  192.168.100.200:65535  shop" in draw_live(table, 24, 200)


def test_packets_a_second_are_those_of_the_last_moments() -> None:
    table = LiveTable(("eth0",))
    for tick in range(1, 41):  # 100 packets a second, then none any more
        table.tick(Status(elapsed_s=tick / 4, packets=25 * min(tick, 20)))
        if tick == 20:
            assert table.packets_per_second == 100
    assert table.packets_per_second == 0
    assert LiveTable(("eth0",)).packets_per_second == 0


def test_hints_come_when_nothing_is_seen_and_go_when_something_is() -> None:
    assert waiting(elapsed_s=4.0).hint == ""
    assert "No login so far." in draw_live(waiting(elapsed_s=4.0), 24, 80)
    assert "right interface" in waiting().hint
    assert "no TLS so far" in waiting(packets=1).hint
    assert waiting(packets=9, tls_found=1).hint == ""
    loopback = LiveTable(("lo",))
    loopback.tick(Status(elapsed_s=5.0))
    assert "sniff lo" not in loopback.hint
    assert "other machines" in loopback.hint


def test_what_is_wanted_stands_beside_the_time() -> None:
    table = waiting(elapsed_s=3_723.9, remaining_s=61.0, wanted=5, counted=2)
    assert draw_live(table, 24, 80).splitlines()[0].endswith("1:02:03, ends in 0:01:01, 2 of 5 logins")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def _terminal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **environment}.items():
        monkeypatch.setenv(name, value)
    return Terminal()


def test_there_is_a_screen_only_where_it_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    table = busy()
    assert LiveScreen(View(_terminal(monkeypatch)), table).possible
    assert not LiveScreen(View(_terminal(monkeypatch), plain=True), table).possible
    assert not LiveScreen(View(_terminal(monkeypatch, TERM="dumb")), table).possible
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not LiveScreen(View(io.StringIO()), table).possible


def test_the_terminal_is_given_back_and_the_logins_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    screen = LiveScreen(View(terminal), busy())
    screen.open()
    screen.draw(BUSY)
    screen.close()
    drawn, left = terminal.getvalue().split("\x1b[?1049l")
    assert drawn.startswith("\x1b[?1049h")
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1
    assert "39 logins" in drawn
    assert "tls-succeeded" in left
    assert "39 logins" not in left


def test_an_unchanged_screen_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    screen = LiveScreen(View(terminal), LiveTable(("eth0",)))
    screen.open()
    written = []
    for elapsed_s in (1.0, 1.25, 2.0):
        screen.draw(Status(elapsed_s=elapsed_s))
        written.append(terminal.tell())
    assert written[0] == written[1] < written[2]


def test_without_colour_nothing_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch, NO_COLOR="1")
    screen = LiveScreen(View(terminal), busy())
    screen.open()
    screen.draw(BUSY)
    assert "✗" in terminal.getvalue()
    assert not any(f"\x1b[{code}" in terminal.getvalue() for code in ("31", "1;31", "33", "32"))


def test_a_screen_costs_the_same_after_many_logins() -> None:
    def after(logins: int) -> LiveTable:
        table = LiveTable(("eth0",))
        for number in range(logins):
            table.tell(numbered(good_login() if number % 2 else empty_login(), number), again=False)
        table.tick(BUSY)
        return table

    def cost(table: LiveTable) -> int:
        since = time.thread_time_ns()
        compose(table, 120, 40, unicode=True)
        return time.thread_time_ns() - since

    few, many = after(100), after(5_000)
    costs = [(cost(few), cost(many)) for _ in range(20)]  # in turns: other tests run beside, and a machine varies
    assert min(of_many for _, of_many in costs) < 3 * min(of_few for of_few, _ in costs)
