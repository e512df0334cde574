from __future__ import annotations

import logging
import struct
import subprocess
import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import FrameDecoder
from analyzer.capture.other_links import OtherLinks
from analyzer.packets import Datagram, Segment

from .wire import PATH, SEGMENT, decode, ipv4, packet, tcp

IP = ipv4(tcp())
RADIOTAP = struct.pack("<BBHI", 0, 0, 8, 0)
DATA = b"\x08\x02" + bytes(2) + b"\2\0\0\0\0\1" * 3 + bytes(2)
QOS_DATA = b"\x88\x02" + bytes(2) + b"\2\0\0\0\0\1" * 3 + bytes(4)
SNAP = b"\xaa\xaa\x03\0\0\0"


@pytest.mark.parametrize(
    ("link_type", "head"),
    [(105, DATA), (105, QOS_DATA), (127, RADIOTAP + DATA), (127, RADIOTAP + QOS_DATA)],
)
def test_wireless_frames(link_type: int, head: bytes) -> None:
    assert decode(head + SNAP + b"\x08\0" + IP, link_type) == SEGMENT
    assert decode(head + SNAP + b"\x08\0" + IP + b"fcs!", link_type) == SEGMENT


def test_a_wireless_frame_that_was_cut() -> None:
    frame = RADIOTAP + DATA + SNAP + b"\x08\0" + ipv4(tcp(b"x" * 1000))
    assert decode(frame[:-600], 127, len(frame)) == Segment(PATH, 7, 9, 0x18, b"x" * 400, 600, 1, 1_000)


def test_eapol_in_a_wireless_frame() -> None:
    body = b"\2\0\0\5\1\1\0\5\1"
    assert decode(DATA + SNAP + b"\x88\x8e" + body, 105) == Datagram("eapol", b"", body, 1, 1_000)


def test_frames_without_ip_are_passed_over() -> None:
    beacon = b"\x80\0" + bytes(22) + bytes(12) + b"\0\4home"
    assert decode(beacon, 105) is None


def test_scapy_is_loaded_only_when_needed_and_keeps_quiet() -> None:
    program = """
import sys
from analyzer.capture import FrameDecoder
from analyzer.packets import Packet
decoder = FrameDecoder()
decoder.decode(Packet(1, 0, 1, bytes(60), 60))
assert not any(name.startswith("scapy") for name in sys.modules)
decoder.decode(Packet(2, 0, 127, bytes(60), 60))
assert "scapy.layers.dot11" in sys.modules
"""
    answer = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_its_loggers_are_silenced() -> None:
    assert OtherLinks().knows(127)
    assert not logging.getLogger("scapy.runtime").isEnabledFor(logging.CRITICAL)


def test_a_frame_that_scapy_chokes_on_is_undecodable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, _data: bytes) -> None:
            warnings.warn("hostile", stacklevel=1)
            raise RecursionError

    monkeypatch.setattr("analyzer.capture.other_links._load_scapy", lambda: {105: Broken})
    decoder = FrameDecoder()
    assert decoder.decode(packet(b"frame", 105)) is None
    assert (decoder.undecodable, decoder.unknown_link_types) == (1, {})


def test_without_scapy_the_link_types_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.capture.other_links._SCAPY_MODULES", ("scapy.missing",))
    decoder = FrameDecoder()
    assert decoder.decode(packet(b"frame", 105)) is None
    assert decoder.unknown_link_types == {105: 1}


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([105, 119, 127]), st.binary(max_size=200))
def test_no_bytes_raise(link_type: int, data: bytes) -> None:
    FrameDecoder().decode(packet(data, link_type))
