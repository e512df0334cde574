"""Key logs as they are found on disks: whole, growing, cut, of other programs, and not key logs at all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputUnreadableError
from analyzer.tls import keylog as module
from analyzer.tls.keylog import KeyLog, KeyLogFile, Label, read_key_log

RANDOM = bytes(range(32))
MASTER = bytes(range(100, 148))


def line(label: str = "CLIENT_RANDOM", random: bytes = RANDOM, secret: bytes = MASTER) -> bytes:
    return f"{label} {random.hex()} {secret.hex()}".encode()


def log_of(text: bytes) -> KeyLog:
    log = KeyLog()
    log.add(text)
    return log


@pytest.mark.parametrize(
    ("label", "random", "secret"),
    [
        (Label.CLIENT_RANDOM, RANDOM, MASTER),
        (Label.RSA, RANDOM[:8], MASTER),
        (Label.CLIENT_HANDSHAKE, RANDOM, bytes(32)),
        (Label.SERVER_HANDSHAKE, RANDOM, bytes(48)),
        (Label.CLIENT_TRAFFIC, RANDOM, bytes(32)),
        (Label.SERVER_TRAFFIC, RANDOM, bytes(48)),
    ],
)
def test_every_label(label: Label, random: bytes, secret: bytes) -> None:
    log = log_of(line(label.value, random, secret))
    assert log.find(label, random) == secret
    assert log.find(label, b"another") is None
    assert log.knows(random)
    assert not log.knows(b"another")
    assert (log.counts.secrets, log.counts.bad_lines) == (1, 0)


def test_the_lines_of_one_connection() -> None:
    own = [line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", secret=bytes(32)), line("SERVER_TRAFFIC_SECRET_0", secret=bytes(48))]
    log = log_of(b"\n".join((*own, line(random=bytes(32)))))
    assert log.lines_of(RANDOM).splitlines() == own
    assert log.lines_of(b"another") == b""
    assert log_of(log.lines_of(RANDOM)).counts.secrets == 2


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b" \t\n"])
def test_line_ends(end: bytes) -> None:
    log = log_of(b"# a comment" + end + end + line() + end + b"  # another" + end + line(random=bytes(32)) + end)
    assert (log.counts.secrets, log.counts.bad_lines) == (2, 0)


def test_upper_case_digits() -> None:
    label, random, secret = line().split()
    assert log_of(b" ".join((label, random.upper(), secret.upper()))).find(Label.CLIENT_RANDOM, RANDOM) == MASTER


@pytest.mark.parametrize(
    "foreign",
    [
        "EXPORTER_SECRET",
        "CLIENT_EARLY_TRAFFIC_SECRET",
        "ECH_CONFIG",
        "QUIC_CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_N",
    ],
)
def test_labels_of_other_purposes_are_no_bad_lines(foreign: str) -> None:
    log = log_of(line(foreign))
    assert (log.counts.secrets, log.counts.bad_lines) == (0, 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"CLIENT_RANDOM",
        b"CLIENT_RANDOM " + RANDOM.hex().encode(),
        line() + b" more",
        line(random=RANDOM[:-1]),
        line(random=RANDOM + b"x"),
        line(secret=MASTER[:-1]),
        line(secret=MASTER + b"x"),
        line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", secret=bytes(40)),
        line()[:-1],
        line()[:-1] + b"g",
        line("client_random"),
        b"CLIENT_RANDOM \xff\xfe \x00",
        b"RSA Session-ID:00 Master-Key:00",
        b"\x00" * 50,
        b"x" * 2_000,
    ],
)
def test_bad_lines_are_counted_and_passed_over(bad: bytes) -> None:
    log = log_of(bad + b"\n" + line(random=bytes(32)) + b"\n")
    assert (log.counts.secrets, log.counts.bad_lines) == (1, 1)


def test_too_many_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECRETS", 3)
    log = log_of(b"\n".join(line(random=bytes((number,)) * 32) for number in range(5)))
    assert (log.counts.secrets, log.counts.dropped) == (3, 2)


@given(st.binary(max_size=300))
def test_anything_at_all(data: bytes) -> None:
    log = log_of(data)
    assert log.counts.secrets == 0
    assert log.counts.bad_lines <= len(data)


class Growing:
    """A file that somebody else writes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keys.log"
        self.path.write_bytes(b"")
        self.log = KeyLog()
        self.file = KeyLogFile(str(self.path), self.log)

    def write(self, data: bytes) -> int:
        with self.path.open("ab") as file:
            file.write(data)
        return self.file.refresh()

    @property
    def counts(self) -> tuple[int, int]:
        return self.log.counts.secrets, self.log.counts.bad_lines


@pytest.fixture
def growing(tmp_path: Path) -> Growing:
    return Growing(tmp_path)


def test_a_line_that_is_written_in_pieces(growing: Growing) -> None:
    whole = line() + b"\n"
    for at in range(len(whole)):
        assert growing.counts == (0, 0)
        assert growing.write(whole[at : at + 1]) == 1
    assert growing.counts == (1, 0)
    assert growing.file.refresh() == 0


def test_the_last_line_counts_at_the_end(growing: Growing) -> None:
    growing.write(line() + b"\n" + line(random=bytes(32)))
    assert growing.counts == (1, 0)
    growing.file.finish()
    assert growing.counts == (2, 0)


def test_a_last_line_that_was_cut_and_goes_on_later(growing: Growing) -> None:
    whole = line()
    growing.write(whole[:-20])
    growing.file.finish()
    assert growing.counts == (0, 1)
    growing.write(whole[-20:] + b"\n")
    assert growing.counts == (1, 0)
    assert growing.log.find(Label.CLIENT_RANDOM, RANDOM) == MASTER


def test_a_file_that_is_begun_anew(growing: Growing) -> None:
    growing.write(line() + b"\n" + line(random=bytes(32))[:50])
    growing.path.write_bytes(line(random=b"n" * 32) + b"\n")
    growing.file.refresh()
    assert growing.counts == (2, 0)
    assert growing.log.knows(b"n" * 32)


@pytest.mark.parametrize("size", [1_500, 5_000_000])
def test_a_line_of_any_length_is_one_bad_line(growing: Growing, size: int) -> None:
    for _ in range(3):
        growing.write(b"x" * size)
    growing.write(b"y\n" + line() + b"\n")
    assert growing.counts == (1, 1)


def test_a_byte_order_mark(growing: Growing) -> None:
    growing.write(b"\xef\xbb\xbf" + line() + b"\n")
    assert growing.counts == (1, 0)


def test_a_file_that_is_gone(growing: Growing) -> None:
    growing.path.unlink()
    with pytest.raises(OSError, match="No such file"):
        growing.file.refresh()


class TestReading:
    def test_a_key_log(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(b"# made by hand\r\n" + line())
        log = KeyLog()
        read_key_log(str(path), log)
        assert log.counts.secrets == 1

    @pytest.mark.parametrize("data", [b"", b"# nothing yet\n"])
    def test_an_empty_one_may_grow(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(data)
        log = KeyLog()
        file = read_key_log(str(path), log)
        path.write_bytes(data + line() + b"\n")
        file.refresh()
        assert log.counts.secrets == 1

    @pytest.mark.parametrize(
        "data", [b"hello", b"\x00" * 5_000, b"-----BEGIN CERTIFICATE-----\nMIIB\n", bytes(range(256)) * 99]
    )
    def test_what_is_none(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(data)
        with pytest.raises(InputUnreadableError, match="no key log"):
            read_key_log(str(path), KeyLog())

    def test_what_cannot_be_read(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "missing"):
            with pytest.raises(InputUnreadableError, match="cannot be read"):
                read_key_log(str(path), KeyLog())


def test_the_same_secrets_from_both_ends_are_two_key_logs(tmp_path: Path) -> None:
    both = tmp_path / "both.log"
    both.write_text(f"CLIENT_RANDOM {'11' * 32} {'22' * 48}\nscribble\n")
    log = KeyLog()
    read_key_log(str(both), log)
    read_key_log(str(both), log)
    assert (len(log), log.counts.bad_lines) == (1, 2)
    junk = tmp_path / "junk.log"
    junk.write_text("scribble\n")
    with pytest.raises(InputUnreadableError, match="is no key log"):
        read_key_log(str(junk), log)


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = f"CLIENT_RANDOM {'11' * 32} {'22' * 48}\n"
    with ThreadPoolExecutor() as pool:
        pool.submit(pipe.write_text, line)
        log = KeyLog()
        read_key_log(str(pipe), log)
    assert len(log) == 1
