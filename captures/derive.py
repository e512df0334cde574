"""Damaged and re-wrapped variants of a recording, always the same: `python captures/derive.py NAME FOLDER`.

A variant is either "same" (other wrapping or order, and the diagnosis must be that of the original) or "honest"
(something is missing: facts may become unknown, but nothing false may be claimed).
"""

from __future__ import annotations

import gzip
import random
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parents[1]))

from captures.recorder import wire

Expectation = Literal["same", "honest"]


@dataclass(frozen=True)
class Variant:
    """One changed capture, and what the diagnosis of it must be."""

    name: str
    data: bytes
    expectation: Expectation


def variants(capture: bytes) -> Iterator[Variant]:
    frames = wire.read(capture)
    for name, change in _SAME.items():
        yield Variant(name, change(frames), "same")
    for name, damage in _HONEST.items():
        yield Variant(name, damage(frames), "honest")


Frames = list[wire.Frame]


# the same traffic, told in another way


def _with_link_header(frames: Frames, link_type: int, header: Callable[[wire.Frame], bytes]) -> bytes:
    changed = []
    for frame in frames:
        data = header(frame) + frame.data[14:]
        changed.append(replace(frame, data=data, wire_length=len(data)))
    return wire.write(changed, link_type)


def _ether_type(frame: wire.Frame) -> bytes:
    return frame.data[12:14]


def _sll(frames: Frames) -> bytes:
    return _with_link_header(frames, 113, lambda f: struct.pack("!HHH8x", 0, 1, 6) + _ether_type(f))


def _sll2(frames: Frames) -> bytes:
    return _with_link_header(frames, 276, lambda f: _ether_type(f) + struct.pack("!HIHBB8x", 0, 1, 1, 0, 6))


def _null(frames: Frames) -> bytes:
    families = {b"\x08\x00": 2, b"\x86\xdd": 30}
    return _with_link_header(frames, 0, lambda f: struct.pack("<I", families[_ether_type(f)]))


def _raw(frames: Frames) -> bytes:
    return _with_link_header(frames, 101, lambda f: b"")


def _vlan(frames: Frames) -> bytes:
    return _with_link_header(frames, 1, lambda f: f.data[:12] + b"\x81\x00\x00\x2a" + _ether_type(f))


def _two_vlans(frames: Frames) -> bytes:
    return _with_link_header(frames, 1, lambda f: f.data[:12] + b"\x88\xa8\x00\x07\x81\x00\x00\x2a" + _ether_type(f))


def _mpls(frames: Frames) -> bytes:
    return _with_link_header(frames, 1, lambda f: f.data[:12] + b"\x88\x47" + b"\x00\x01\x01\x40")


def _pppoe(frames: Frames) -> bytes:
    protocols = {b"\x08\x00": b"\x00\x21", b"\x86\xdd": b"\x00\x57"}

    def header(frame: wire.Frame) -> bytes:
        length = len(frame.data) - 14 + 2
        return frame.data[:12] + b"\x88\x64\x11\x00\x00\x01" + struct.pack("!H", length) + protocols[_ether_type(frame)]

    return _with_link_header(frames, 1, header)


def _gre(frames: Frames) -> bytes:
    def header(frame: wire.Frame) -> bytes:
        total = 20 + 4 + len(frame.data) - 14
        outer = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, 47, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
        return frame.data[:12] + b"\x08\x00" + outer + b"\x00\x00" + _ether_type(frame)

    return _with_link_header(frames, 1, header)


def _padded(frames: Frames) -> bytes:
    """Ethernet pads short frames, and some cards add more: what follows the IP datagram is not payload."""
    changed = [replace(f, data=f.data + b"\x5a" * 9, wire_length=f.wire_length + 9) for f in frames]
    return wire.write(changed)


def _big_endian_nanoseconds(frames: Frames) -> bytes:
    parts = [struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, wire.ETHERNET)]
    for frame in frames:
        seconds, micros = divmod(frame.microseconds, 1_000_000)
        parts += [struct.pack(">IIII", seconds, micros * 1000, len(frame.data), frame.wire_length), frame.data]
    return b"".join(parts)


def _pcapng(frames: Frames) -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        length = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + length + body + length

    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", 1, 0, 0))]
    for frame in frames:
        high, low = divmod(frame.microseconds, 1 << 32)
        head = struct.pack("<IIIII", 0, high, low, len(frame.data), frame.wire_length)
        parts.append(block(6, head + frame.data))
    return b"".join(parts)


def _segments(frames: Frames) -> list[wire.Segment]:
    return [wire.segment(frame) for frame in frames]


def _twice(frames: Frames) -> bytes:
    return wire.write([frame for frame in frames for _ in range(2)])


def _reordered(frames: Frames) -> bytes:
    """Shuffle what one side sends without the other saying anything in between."""
    generator = random.Random(7)
    flights: list[list[wire.Segment]] = []
    for one in _segments(frames):
        if flights and flights[-1][0].source == one.source:
            flights[-1].append(one)
        else:
            flights.append([one])
    shuffled = []
    for flight in flights:
        times = [one.frame.microseconds for one in flight]
        generator.shuffle(flight)
        shuffled += [replace(one.frame, microseconds=at) for one, at in zip(flight, times, strict=True)]
    return wire.write(shuffled)


def _rechunked(frames: Frames) -> bytes:
    """The same bytes in segments of at most 100."""
    changed = []
    for one in _segments(frames):
        pieces = [one.payload[at : at + 100] for at in range(0, len(one.payload), 100)] or [b""]
        sequence = one.sequence
        for number, piece in enumerate(pieces):
            flags = one.flags if number == len(pieces) - 1 else one.flags & ~(wire.FIN | wire.RST)
            changed.append(
                wire.rewritten(one, sequence=sequence, acknowledged=one.acknowledged, payload=piece, flags=flags)
            )
            sequence += len(piece)
    return wire.write(changed)


# something is missing


def _client(segments: list[wire.Segment]) -> tuple[bytes, int]:
    return segments[0].source


def _without(frames: Frames, lost: Callable[[wire.Segment, int], bool]) -> bytes:
    """Leave out the segments of which `lost` says so; it also gets how many with payload came before."""
    kept, loaded = [], 0
    for one in _segments(frames):
        if not lost(one, loaded):
            kept.append(one.frame)
        loaded += bool(one.payload)
    return wire.write(kept)


def _one_side(frames: Frames, *, client: bool) -> bytes:
    who = _client(_segments(frames))
    return _without(frames, lambda one, _: (one.source == who) is not client)


def _nth_payload_lost(frames: Frames, which: int) -> bytes:
    return _without(frames, lambda one, loaded: bool(one.payload) and loaded == which)


def _syn_lost(frames: Frames) -> bytes:
    return _without(frames, lambda one, _: bool(one.flags & wire.SYN))


def _begins_late(frames: Frames, after: int) -> bytes:
    return _without(frames, lambda one, loaded: loaded < after)


def _short_snaplen(frames: Frames) -> bytes:
    return wire.write([replace(frame, data=frame.data[:96]) for frame in frames])


def _cut(frames: Frames, share: float) -> bytes:
    whole = wire.write(frames)
    return whole[: 24 + int((len(whole) - 24) * share)]


_SAME: dict[str, Callable[[Frames], bytes]] = {
    "sll": _sll,
    "sll2": _sll2,
    "null": _null,
    "raw-ip": _raw,
    "vlan": _vlan,
    "two-vlans": _two_vlans,
    "mpls": _mpls,
    "pppoe": _pppoe,
    "gre": _gre,
    "padded": _padded,
    "big-endian-nanoseconds": _big_endian_nanoseconds,
    "pcapng": _pcapng,
    "gzip": lambda frames: gzip.compress(wire.write(frames), mtime=0),
    "twice": _twice,
    "reordered": _reordered,
    "rechunked": _rechunked,
}
_HONEST: dict[str, Callable[[Frames], bytes]] = {
    **{f"payload-{n}-lost": lambda frames, n=n: _nth_payload_lost(frames, n) for n in range(5)},
    "only-client": lambda frames: _one_side(frames, client=True),
    "only-server": lambda frames: _one_side(frames, client=False),
    "syn-lost": _syn_lost,
    "begins-after-hello": lambda frames: _begins_late(frames, 1),
    "begins-after-server-flight": lambda frames: _begins_late(frames, 2),
    "begins-near-the-end": lambda frames: _begins_late(frames, 4),
    "snaplen-96": _short_snaplen,
    "cut-in-the-middle": lambda frames: _cut(frames, 0.5),
    "cut-near-the-end": lambda frames: _cut(frames, 0.9),
}


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    source = next(path for path in (Path(__file__).parent / name).iterdir() if ".pcap" in path.name)
    for variant in variants(source.read_bytes()):
        (folder / f"{variant.name}-{variant.expectation}.pcap").write_bytes(variant.data)


if __name__ == "__main__":
    main()
