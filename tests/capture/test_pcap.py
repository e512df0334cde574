from __future__ import annotations

import struct
from pathlib import Path

import pytest

from analyzer.capture import open_capture
from analyzer.errors import InputUnreadableError
from analyzer.packets import Packet

from .wire import pcap, read

FRAMES = [b"first frame", b"", b"the third one"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1), (0xA1B2CD34, 1000)])
def test_every_magic_and_byte_order(path: Path, order: str, magic: int, unit: int) -> None:
    path.write_bytes(pcap(FRAMES, order, magic))
    packets, truncated = read(path)
    assert truncated is None
    assert packets == [
        Packet(number, number * 1_000_000_000 + number * unit, 1, frame, len(frame))
        for number, frame in enumerate(FRAMES, 1)
    ]


def test_the_counters_say_how_far_the_reading_has_come(path: Path) -> None:
    path.write_bytes(pcap(FRAMES))
    with open_capture(str(path)) as capture:
        assert (capture.packets, capture.format, capture.path) == (0, "pcap", str(path))
        assert next(capture).number == 1
        assert capture.packets == 1
        assert [packet.number for packet in capture] == [2, 3]
        assert capture.packets == 3
        assert capture.bytes == capture.size == capture.position == path.stat().st_size


def test_the_frame_check_bits_are_no_part_of_the_link_type(path: Path) -> None:
    path.write_bytes(pcap(FRAMES, link_word=0x4400_0071))
    assert {packet.link_type for packet in read(path)[0]} == {0x71}


def test_a_snapped_packet_keeps_its_length_on_the_wire(path: Path) -> None:
    path.write_bytes(pcap([]) + struct.pack("<IIII", 0, 0, 3, 1500) + b"abc")
    (packet,), truncated = read(path)
    assert (packet.data, packet.wire_length, truncated) == (b"abc", 1500, None)


def test_before_version_2_3_the_lengths_were_swapped(path: Path) -> None:
    path.write_bytes(pcap([], version=(2, 1)) + struct.pack("<IIII", 0, 0, 1500, 3) + b"abc")
    (packet,), _ = read(path)
    assert (packet.data, packet.wire_length) == (b"abc", 1500)


def test_an_unknown_version_is_refused(path: Path) -> None:
    path.write_bytes(pcap(FRAMES, version=(3, 0)))
    with pytest.raises(InputUnreadableError, match=r"unknown version 3\.0"):
        open_capture(str(path))


@pytest.mark.parametrize("order", ["<", ">"])
def test_cut_at_every_byte(path: Path, order: str) -> None:
    whole = pcap(FRAMES, order)
    ends = [24]
    for frame in FRAMES:
        ends.append(ends[-1] + 16 + len(frame))
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        if size < 24:
            with pytest.raises(InputUnreadableError):
                open_capture(str(path))
            continue
        packets, truncated = read(path)
        complete = sum(end <= size for end in ends) - 1
        assert [packet.data for packet in packets] == FRAMES[:complete]
        if size in ends:
            assert truncated is None
        else:
            assert truncated is not None
            assert truncated.packet == complete
            assert truncated.why == f"the file ends in the middle of packet {complete + 1}"


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (0xFFFF_FFFF, "packet 4 claims to be 4294967295 bytes long, which cannot be"),
        (262_145, "packet 4 claims to be 262145 bytes long, which cannot be"),
        (262_144, "the file ends in the middle of packet 4"),
    ],
)
def test_a_length_that_lies_ends_the_reading(path: Path, claim: int, why: str) -> None:
    good = pcap(FRAMES)
    path.write_bytes(good + struct.pack("<IIII", 0, 0, claim, claim) + b"x" * 1000)
    with open_capture(str(path)) as capture:
        assert len(list(capture)) == 3
        assert capture.truncated is not None
        assert (capture.truncated.packet, capture.truncated.why) == (3, why)
        assert capture.bytes == len(good)


def test_the_header_may_allow_longer_packets(path: Path) -> None:
    frames = [bytes(3_000_000), b"after"]
    path.write_bytes(pcap(frames, snap=4_000_000))
    packets, truncated = read(path)
    assert ([packet.data for packet in packets], truncated) == (frames, None)


def test_packets_across_many_windows(path: Path) -> None:
    frames = [bytes([number % 251]) * (number * 37 % 9000) for number in range(900)]
    path.write_bytes(pcap(frames))
    assert path.stat().st_size > 3 * 1024 * 1024
    packets, truncated = read(path)
    assert truncated is None
    assert [packet.data for packet in packets] == frames
