from __future__ import annotations

import struct
from pathlib import Path

import pytest

from analyzer.capture import open_capture, progress
from analyzer.errors import InputUnreadableError
from analyzer.packets import Packet

from .wire import Pcapng, read

STAMP = 1_700_000_000_123_456


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture"


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_kind_of_packet_block(path: Path, order: str) -> None:
    build = Pcapng(order).section().interface(113, snap=100)
    build.enhanced(b"enhanced", STAMP, wire=90).simple(b"simple").obsolete(b"obsolete", STAMP)
    path.write_bytes(build.data)
    packets, truncated = read(path)
    assert truncated is None
    assert packets == [
        Packet(1, STAMP * 1000, 113, b"enhanced", 90),
        Packet(2, None, 113, b"simple", 6),
        Packet(3, STAMP * 1000, 113, b"obsolete", 8),
    ]


@pytest.mark.parametrize(
    ("resolution", "stamp", "nanoseconds"),
    [
        (0, 5, 5_000_000_000),
        (3, 5, 5_000_000),
        (6, 5, 5_000),
        (9, 5, 5),
        (12, 5_999, 5),
        (0x80 | 10, 1024 * 3 + 512, 3_500_000_000),
        (0x80 | 0, 7, 7_000_000_000),
        (0xFF, 5, 0),
        (0x7F, 5, 0),
    ],
)
def test_resolution_of_time(path: Path, resolution: int, stamp: int, nanoseconds: int) -> None:
    build = Pcapng().section()
    build.interface(options=build.option(2, b"eth0") + build.option(9, bytes([resolution])))
    build.enhanced(b"a", stamp).obsolete(b"b", stamp)
    path.write_bytes(build.data)
    assert [packet.timestamp_ns for packet in read(path)[0]] == [nanoseconds] * 2


@pytest.mark.parametrize("order", ["<", ">"])
def test_offset_of_time(path: Path, order: str) -> None:
    build = Pcapng(order).section()
    build.interface(options=build.option(14, struct.pack(order + "q", 100)) + build.option(0, b""))
    build.interface(options=build.option(14, struct.pack(order + "q", -100)))
    build.enhanced(b"a", 1).enhanced(b"b", 1, interface=1)
    path.write_bytes(build.data)
    assert [packet.timestamp_ns for packet in read(path)[0]] == [100_000_001_000, None]


def test_a_time_that_no_calendar_knows_is_no_time(path: Path) -> None:
    build = Pcapng().section()
    build.interface(options=build.option(9, b"\0")).enhanced(b"a", 2**63).obsolete(b"b", 2**63)
    path.write_bytes(build.data)
    assert [packet.timestamp_ns for packet in read(path)[0]] == [None, None]


def test_options_that_lie_are_ignored(path: Path) -> None:
    build = Pcapng().section()
    build.interface(options=build.option(9, b"\1\2") + struct.pack("<HH", 9, 60_000)).enhanced(b"a", 5)
    path.write_bytes(build.data)
    (packet,), truncated = read(path)
    assert (packet.timestamp_ns, truncated) == (5_000, None)


def test_sections_have_their_own_order_and_interfaces(path: Path) -> None:
    build = Pcapng().section("<").interface(1).interface(101).enhanced(b"a", interface=1)
    build.section(">").interface(276).enhanced(b"b").section("<").interface(0).enhanced(b"c")
    path.write_bytes(build.data)
    packets, truncated = read(path)
    assert truncated is None
    assert [(packet.number, packet.link_type, packet.data) for packet in packets] == [
        (1, 101, b"a"),
        (2, 276, b"b"),
        (3, 0, b"c"),
    ]


def test_a_simple_packet_is_as_long_as_the_snap_length(path: Path) -> None:
    path.write_bytes(Pcapng().section().interface(snap=5).simple(b"12345\0\0\0", wire=70).data)
    (packet,), _ = read(path)
    assert (packet.data, packet.wire_length) == (b"12345", 70)


@pytest.mark.parametrize("kind", [0x0BAD, 0x4000_0BAD, 9, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222])
def test_records_that_take_a_number(path: Path, kind: int) -> None:
    path.write_bytes(
        Pcapng().section().interface().enhanced(b"a").block(kind, b"some").enhanced(b"b").block(kind, b"").data
    )
    with open_capture(str(path)) as capture:
        assert [packet.number for packet in capture] == [1, 3]
        assert (capture.packets, capture.truncated) == (4, None)
        assert capture.bytes == capture.size


@pytest.mark.parametrize("kind", [4, 5, 7, 0x7777])
def test_other_blocks_are_skipped(path: Path, kind: int) -> None:
    path.write_bytes(Pcapng().section().interface().block(kind, b"some").enhanced(b"a").data)
    (packet,), truncated = read(path)
    assert (packet.number, truncated) == (1, None)


def test_secrets_are_kept_up_to_a_limit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MOST_SECRETS", 12)
    build = Pcapng().section()
    for secret in (b"CLIENT_R", b"too long", b"four"):
        build.block(10, struct.pack("<II", 0x544C534B, len(secret)) + secret)
    path.write_bytes(build.data)
    with open_capture(str(path)) as capture:
        assert list(capture) == []
        assert capture.secrets == [(0x544C534B, b"CLIENT_R"), (0x544C534B, b"four")]


@pytest.mark.parametrize("order", ["<", ">"])
def test_cut_at_every_byte(path: Path, order: str) -> None:
    build = Pcapng(order)
    ends = [(len(build.section().data), 0), (len(build.interface().data), 0)]
    ends.append((len(build.enhanced(b"first").data), 1))
    ends.append((len(build.simple(b"second").data), 2))
    ends.append((len(build.obsolete(b"third").data), 3))
    ends.append((len(build.enhanced(b"fourth").data), 4))
    for size in range(len(build.data)):
        path.write_bytes(build.data[:size])
        if size < ends[0][0]:
            with pytest.raises(InputUnreadableError):
                open_capture(str(path))
            continue
        packets, truncated = read(path)
        end, complete = max(entry for entry in ends if entry[0] <= size)
        assert len(packets) == complete
        assert (truncated is None) == (size == end)
        if truncated is not None:
            assert truncated.packet == complete
            assert "the file ends in the middle of a block" in truncated.why


def damaged(data: bytes, path: Path) -> tuple[int, str]:
    path.write_bytes(data)
    packets, truncated = read(path)
    assert truncated is not None
    assert truncated.packet == len(packets)
    return truncated.packet, truncated.why


@pytest.mark.parametrize("length", [0, 8, 11, 0x2000_0000, 0xFFFF_FFFF])
def test_a_block_length_that_cannot_be(path: Path, length: int) -> None:
    good = Pcapng().section().interface().enhanced(b"a").data
    packet, why = damaged(good + struct.pack("<II", 6, length) + bytes(100), path)
    assert (packet, why) == (1, f"a block claims to be {length} bytes long, which cannot be, after packet 1")


def test_two_lengths_that_differ(path: Path) -> None:
    good = Pcapng().section().interface().enhanced(b"a").data
    for kind in (6, 0x7777):
        bad = Pcapng().block(kind, bytes(24)).data[:-4] + struct.pack("<I", 40)
        assert damaged(good + bad, path) == (1, "a block has two different lengths after packet 1")


def test_a_length_without_its_padding_is_forgiven(path: Path) -> None:
    body = struct.pack("<IIIII", 0, 0, 0, 5, 5) + b"hello"
    block = struct.pack("<II", 6, 37) + body + bytes(3) + struct.pack("<I", 37)
    path.write_bytes(Pcapng().section().interface().data + block + block)
    packets, truncated = read(path)
    assert ([packet.data for packet in packets], truncated) == ([b"hello", b"hello"], None)


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        (6, struct.pack("<IIIII", 9, 0, 0, 0, 0), "a packet of the undescribed interface 9 follows"),
        (2, struct.pack("<HHIIII", 9, 0, 0, 0, 0, 0), "a packet of the undescribed interface 9 follows"),
        (6, struct.pack("<IIIII", 0, 0, 0, 900, 900), "a packet longer than its block follows"),
        (6, bytes(4), "a block is too short for what it should hold"),
        (3, b"", "a block is too short for what it should hold"),
        (1, b"", "a block is too short for what it should hold"),
        (0x0A0D0D0A, b"\x4d\x3c\x2b\x1a\1\0\0\0", "a block claims to be 20 bytes long, which cannot be,"),
        (10, b"", "a block is too short for what it should hold"),
        (0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 2, 0, -1), "a section of the unknown version 2.0 begins"),
        (0x0A0D0D0A, struct.pack("<IHHq", 0x11223344, 1, 0, -1), "a section has no byte-order mark"),
    ],
)
def test_blocks_that_contradict_themselves(path: Path, kind: int, body: bytes, why: str) -> None:
    data = Pcapng().section().interface().enhanced(b"a").block(kind, body).enhanced(b"b").data
    assert damaged(data, path) == (1, why + " after packet 1")


def test_a_later_section_cut_in_its_header(path: Path) -> None:
    data = Pcapng().section().interface().enhanced(b"a").section(">").data
    assert damaged(data[:-1], path) == (1, "the file ends in the middle of a block after packet 1")
    assert damaged(data[:-10], path) == (1, "the file ends in the middle of a block after packet 1")


def test_a_packet_before_any_interface(path: Path) -> None:
    _, why = damaged(Pcapng().section().simple(b"a").data, path)
    assert why == "a packet of the undescribed interface 0 follows before the first packet"


def test_interfaces_are_bounded(path: Path) -> None:
    one = Pcapng().interface().data
    _, why = damaged(Pcapng().section().data + one * 65_537, path)
    assert why.startswith("more than 65536 interfaces")


def test_no_byte_order_mark_in_the_first_section(path: Path) -> None:
    path.write_bytes(b"\x0a\x0d\x0d\x0a" + bytes(40))
    with pytest.raises(InputUnreadableError, match="byte-order mark"):
        open_capture(str(path))


def test_packets_across_many_windows(path: Path) -> None:
    build = Pcapng().section().interface()
    head = build.data
    frames = [bytes([number % 251]) * (number * 37 % 9000) for number in range(600)]
    frames.insert(300, bytes(2_500_000))
    parts = []
    for number, frame in enumerate(frames):
        build.data = b""
        parts.append((build.block(5, bytes(9000)) if number % 7 == 0 else build).enhanced(frame).data)
    path.write_bytes(head + b"".join(parts))
    packets, truncated = read(path)
    assert truncated is None
    assert [packet.data for packet in packets] == frames
