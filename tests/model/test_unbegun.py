"""Connections on which the client said nothing: which count, and of which servers they are told."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from analyzer.capture import Commented, PacketFiles
from analyzer.model import unbegun
from analyzer.packets import reverse_path
from analyzer.pipeline import read_captures
from tests.support.traffic import Sent, segments_of, to_packets

SYN, ACK, FIN, RST = 2, 16, 1, 4
PATH = bytes((192, 0, 2, 2, 192, 0, 2, 1)) + struct.pack(">HH", 40_000, 443)
OTHER_SERVER = bytes((192, 0, 2, 2, 192, 0, 2, 9)) + struct.pack(">HH", 40_000, 443)


def talk(*turns: tuple[int, int, bytes], path: bytes = PATH) -> list[Sent]:
    """``(end, flags, payload)``: sequence numbers count from 100 and 900."""
    paths, at = (path, reverse_path(path)), [100, 900]
    sent = []
    for end, flags, payload in turns:
        sent.append(Sent(paths[end], at[end], at[1 - end], flags, payload))
        at[end] += len(payload) + (1 if flags & (SYN | FIN) else 0)
    return sent


OPENED = ((0, SYN, b""), (1, SYN | ACK, b""), (0, ACK, b""))
LEFT = talk(*OPENED, (0, FIN | ACK, b""), (1, FIN | ACK, b""), (0, ACK, b""))


def told(folder: Path, *segments: Sent) -> list[str]:
    files = PacketFiles(str(folder / "capture"))
    files.write([Commented(packet) for packet in to_packets(segments)])
    files.close()
    report = read_captures([str(folder / "capture")])
    return [problem.text for problem in report.problems if problem.kind == "no-hello"]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param(LEFT, "closed by the client", id="the client closes"),
        pytest.param(talk(*OPENED, (0, RST, b"")), "closed by the client", id="the client resets"),
        pytest.param(
            talk(*OPENED, (0, FIN | ACK, b""), (1, ACK, b"\x15\3\3\0\2\2\x32"), (0, RST, b"")),
            "closed by the client",
            id="the server answers the close with an alert",
        ),
        pytest.param(talk(*OPENED, (1, FIN | ACK, b""), (0, FIN | ACK, b"")), "closed by the server", id="the server"),
        pytest.param(talk((0, SYN, b""), (1, RST | ACK, b"")), "refused", id="nobody listens"),
        pytest.param(talk((0, SYN, b"")), None, id="no answer"),
        pytest.param(talk(*OPENED), None, id="still open"),
        pytest.param(talk(*OPENED, (0, ACK, b"GET /\r\n"), (0, FIN | ACK, b"")), None, id="it said something"),
        pytest.param(talk(*OPENED, (1, ACK, b"220 mail\r\n"), (0, FIN | ACK, b"")), None, id="the server spoke first"),
        pytest.param(LEFT[2:], None, id="the begin is not in the capture"),
    ],
)
def test_what_counts(tmp_path: Path, segments: list[Sent], expected: str | None) -> None:
    texts = told(tmp_path, *segments)
    assert (texts != []) == (expected is not None)
    if expected is not None:
        assert texts[0].startswith("1 TCP connection to 192.0.2.1:443 (first in packet 1) was ")
        assert expected in texts[0]


def test_they_are_counted_by_server(tmp_path: Path) -> None:
    second = talk(*OPENED, (0, FIN | ACK, b""), path=PATH[:8] + struct.pack(">HH", 40_001, 443))
    (text,) = told(tmp_path, *LEFT, *second)
    assert text.startswith("2 TCP connections to 192.0.2.1:443 (first in packet 1) were ")


def test_only_of_servers_that_speak_tls_where_any_does(tmp_path: Path) -> None:
    login = segments_of("good-openssl-openssl")
    assert login[0].path[4:8] == PATH[4:8]
    elsewhere = talk(*OPENED, (0, FIN | ACK, b""), path=OTHER_SERVER)
    assert told(tmp_path, *login, *elsewhere) == []
    assert len(told(tmp_path, *login, *LEFT)) == 1
    assert len(told(tmp_path, *elsewhere)) == 1


def test_only_so_many_servers_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unbegun, "MAX_SERVERS", 2)
    many = [
        sent
        for port in range(443, 448)
        for sent in talk(*OPENED, (0, FIN | ACK, b""), path=PATH[:8] + struct.pack(">HH", 40_000, port))
    ]
    assert len(told(tmp_path, *many)) == 2
