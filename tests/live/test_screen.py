"""The live screen of ``certwhy sniff`` on a real pseudo-terminal, in a network namespace, with real ends."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.namespaces import ROOT, SNIFF, may_capture
from tests.live.test_sniff import _mint, needs_ends

pytestmark = [
    may_capture,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which("setsid") is None, reason="needs Linux and setsid"
    ),
]

ALT_SCREEN, NORMAL_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
PATIENCE_S = 20.0
LOGINS = """
openssl s_server -accept 4433 -cert shop.example.pem -key shop.example.key -CAfile ca.pem -Verify 1 \\
    -verify_return_error -www -tls1_2 </dev/null >/dev/null 2>&1 &
request() {
    printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 openssl s_client -quiet -connect 127.0.0.1:4433 "$@" >/dev/null 2>&1
}
(until [ -e go ]; do sleep 0.1; done; request -servername "$(printf 'a\\033[2Jb.example')"
 request -cert alice.pem -key alice.key) </dev/null >/dev/null 2>&1 &
"""
"""When the session's first process ends, the terminal hangs up, and what runs beside it ends as well."""


class Terminal:
    """One end of a pseudo-terminal, and what the other end wrote."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        import pty

        self._end, other = pty.openpty()
        self.resize(80, 24)
        unwanted = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment},
        )
        os.close(other)
        self._bytes = b""

    @property
    def written(self) -> str:
        """Everything so far."""
        return self._bytes.decode(errors="replace").replace("\r\n", "\n")

    @property
    def screen(self) -> list[str]:
        """The lines that were drawn last, at least two: each drawing begins at the upper left corner."""
        drawn = self.written.split(NORMAL_SCREEN)[0].rsplit("\x1b[H", 1)[-1]
        return (re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn) + "\n" * ("\n" not in drawn)).split("\n")

    def resize(self, width: int, height: int) -> None:
        """The window has another size."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, keys: bytes) -> None:
        """The user types."""
        os.write(self._end, keys)

    def read_until(self, come: Callable[[], bool]) -> None:
        """Read what is written until something has come, or there is nothing more."""
        deadline = time.monotonic() + PATIENCE_S
        while not come():
            left = deadline - time.monotonic()
            assert left > 0, f"this is all that came: {self.screen}"
            if select.select([self._end], [], [], left)[0]:
                try:
                    data = os.read(self._end, 65_536)
                except OSError:  # how Linux says that the other end is closed
                    return
                self._bytes += data

    def close(self) -> None:
        """Whatever happened, nothing is left behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)
        os.close(self._end)


@contextmanager
def _sniffing(folder: Path, script: str = "", last: str = f"exec {SNIFF} lo", **environment: str) -> Iterator[Terminal]:
    text = f"ip link set lo up\n{script}\n{last}"
    terminal = Terminal(["unshare", "-n", "bash", "-c", text], folder, environment)
    try:
        yield terminal
    finally:
        terminal.close()


def _end(terminal: Terminal) -> int:
    terminal.read_until(lambda: False)
    return terminal.process.wait(timeout=10)


@needs_ends
def test_a_table_while_it_lasts_and_the_report_at_the_end(tmp_path: Path) -> None:
    _mint(tmp_path)
    with _sniffing(tmp_path, LOGINS) as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        assert terminal.written.startswith(ALT_SCREEN)
        assert terminal.screen[0].startswith("certwhy sniff lo  ")
        (tmp_path / "go").touch()
        terminal.read_until(lambda: "2 logins, 1 failed" in terminal.screen[1] and len(terminal.screen) == 24)
        screen = terminal.screen
        assert max(map(len, screen)) == 80
        assert any("127.0.0.1" in line and "✗ client-sent-empty-certificate" in line for line in screen), screen
        assert any(r"a\x1b[2Jb.exam" in line for line in screen), screen
        assert any("127.0.0.1" in line and "✓ tls-succeeded" in line for line in screen), screen
        terminal.resize(120, 40)
        terminal.read_until(lambda: len(terminal.screen) == 40)
        assert any("CN=alice" in line and "✓ tls-succeeded" in line for line in terminal.screen), terminal.screen
        terminal.type(b"\x03")
        assert _end(terminal) == 1
        drawn, after = terminal.written.split(NORMAL_SCREEN)
        assert drawn.count(HIDE) == drawn.count(SHOW) == 1
        assert "\x1b[2J" not in drawn
        plain = re.sub(r"\x1b\[[0-9;]*m", "", after)
        table, report = plain.split("2 logins, 1 failed.")
        assert "✓ tls-succeeded" in table
        assert "✗ client-sent-empty-certificate" in table
        assert "the client answered with none." in " ".join(report.split())
        assert "What happened" in report


@pytest.mark.parametrize("no_color", ["", "1"])
def test_sigterm_gives_the_terminal_back(tmp_path: Path, no_color: str) -> None:
    with _sniffing(tmp_path, NO_COLOR=no_color) as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        terminal.process.send_signal(signal.SIGTERM)
        assert _end(terminal) == 0
        drawn, after = terminal.written.split(NORMAL_SCREEN)
        assert drawn.rstrip().endswith(SHOW)
        assert "0 logins, 0 failed." in after


def test_an_interface_that_is_down_stands_on_the_screen_and_is_said_afterwards(tmp_path: Path) -> None:
    toggle = (
        "(until [ -e down ]; do sleep 0.1; done; ip link set lo down; "
        "until [ -e up ]; do sleep 0.1; done; ip link set lo up) </dev/null >/dev/null 2>&1 &"
    )
    with _sniffing(tmp_path, toggle) as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        (tmp_path / "down").touch()
        terminal.read_until(lambda: "lo is down" in "".join(terminal.screen[:4]))
        (tmp_path / "up").touch()
        terminal.read_until(lambda: "lo is down" not in "".join(terminal.screen))
        terminal.type(b"\x03")
        assert _end(terminal) == 0
        after = terminal.written.split(NORMAL_SCREEN)[1]
        assert "certwhy: Interface lo is down; the watch goes on when it is up again.\n" in after
        assert "certwhy: Interface lo is up again.\n" in after


def test_ctrl_z_gives_the_terminal_to_the_shell_until_fg(tmp_path: Path) -> None:
    job = f"set -m\n{SNIFF} lo\necho back in the shell; read -r line\nfg >fg; echo ended with $?"
    with _sniffing(tmp_path, last=job) as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        terminal.type(b"\x1a")
        terminal.read_until(lambda: "back in the shell" in terminal.written)
        drawn, shell = terminal.written.split(NORMAL_SCREEN)
        assert drawn.count(ALT_SCREEN) == drawn.count(HIDE) == drawn.count(SHOW) == 1
        assert ALT_SCREEN not in shell
        terminal.type(b"\n")
        terminal.read_until(lambda: terminal.written.count(ALT_SCREEN) == 2)
        drawn_until = len(terminal.written)
        terminal.read_until(lambda: "Ctrl-C ends the watch" in terminal.written[drawn_until:])
        terminal.type(b"\x03")
        terminal.read_until(lambda: "ended with 0" in terminal.written)
        assert terminal.written.count(NORMAL_SCREEN) == 2
        assert "0 logins, 0 failed." in terminal.written.split(NORMAL_SCREEN)[-1]


def test_bg_leaves_the_terminal_to_the_shell(tmp_path: Path) -> None:
    job = f"set -m\n{SNIFF} lo\nbg; sleep 1.5; echo still in the shell; fg >fg; echo ended with $?"
    with _sniffing(tmp_path, last=job) as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        terminal.type(b"\x1a")
        terminal.read_until(lambda: "still in the shell" in terminal.written)
        assert terminal.written.split("still in the shell")[0].count(ALT_SCREEN) == 1
        terminal.read_until(lambda: terminal.written.count(ALT_SCREEN) == 2)
        terminal.type(b"\x03")
        terminal.read_until(lambda: "ended with 0" in terminal.written)


@needs_ends
def test_what_goes_to_standard_error_is_read_when_the_screen_is_closed(tmp_path: Path) -> None:
    """Files may have a kibibyte, which is not enough for a login."""
    _mint(tmp_path)
    with _sniffing(tmp_path, LOGINS, f"ulimit -f 1; exec {SNIFF} lo --write kept") as terminal:
        terminal.read_until(lambda: terminal.screen[-1].startswith("Ctrl-C"))
        (tmp_path / "go").touch()
        terminal.read_until(lambda: "1 not written: File too large" in "".join(terminal.screen[:5]))
        terminal.type(b"\x03")
        assert _end(terminal) == 3
        drawn, after = terminal.written.split(NORMAL_SCREEN)
        said = "certwhy: Packets cannot be written: File too large.\n"
        assert said not in drawn
        assert said in after
        assert after.index(said) < after.index("2 logins, 1 failed.")


def test_a_dumb_terminal_gets_lines(tmp_path: Path) -> None:
    with _sniffing(tmp_path, TERM="dumb") as terminal:
        captures = Path(f"/proc/{terminal.process.pid}/net/packet")
        while len(captures.read_text().splitlines()) < 2:  # one is a title
            time.sleep(0.1)
        time.sleep(1)
        terminal.type(b"\x03")
        assert _end(terminal) == 0
        assert "\x1b" not in terminal.written
        assert "0 logins, 0 failed." in terminal.written
