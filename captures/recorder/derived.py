"""Variants of a recording, always the same for the same recording.

`same` variants are what another capturing point, another network or another file format would have shown of the
same connections: the diagnosis must not change. `honest` variants lost something: a diagnosis may know less, and
must claim nothing that the whole recording contradicts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from . import envelopes, wire
from .wire import FIN, RST, SYN, Frame, Segment

Expectation = Literal["same", "honest"]
Source = tuple[bytes, int]

_WINDOW = 4
_LATE = 5
_MERGED_LIMIT = 60_000
_MERGED_WITHIN = 1_000_000
"""Microseconds; no card waits for more."""
_SMALL = 20_000
"""Up to here a recording is also cut into very small segments."""
_SNAPSHOT_LENGTHS = (96, 200, 600)
_CUTS = 12


@dataclass(frozen=True)
class Variant:
    """One changed capture and what its diagnosis is compared by."""

    name: str
    data: bytes
    expectation: Expectation


def variants(capture: bytes) -> Iterator[Variant]:
    """All variants of a recording in classic pcap, gzipped or not.

    Raises:
        ValueError: the recording is a pcapng, which is a variant itself.
    """
    frames = wire.read(capture)
    segments = [wire.segment(frame) for frame in frames]
    for name, data in _same(frames, segments):
        yield Variant(name, data, "same")
    for name, data in _honest(frames, segments):
        yield Variant(name, data, "honest")


def _same(frames: list[Frame], segments: list[Segment]) -> Iterator[tuple[str, bytes]]:
    for name, arrange in _ARRANGEMENTS.items():
        yield name, wire.write(arrange(segments))
    yield "rechunked-7-bytes", wire.write(_rechunked(segments, 7 if _size(segments) < _SMALL else 77))
    for length_zero in (False, True):
        merged = _small_enough(_merged(segments))
        name = "merged-by-offload-length-zero" if length_zero else "merged-by-offload"
        yield name, wire.write(_without_ip_length(frame) if length_zero else frame for frame in merged)

    for name, link in envelopes.LINKS.items():
        yield f"link-{name}", envelopes.wrapped(frames, link)
    in_tunnel = [frame for one in segments for frame in wire.split(one, one.payload, 1_300)]
    for name, link in envelopes.TUNNELS.items():
        yield f"tunnel-{name}", envelopes.wrapped(in_tunnel, link)
    other = [envelopes.other_ip_version(frame) for frame in in_tunnel]
    yield "ip-other-version", wire.write(other)
    yield "ip-options", wire.write(envelopes.with_ip_options(frame) for frame in in_tunnel)
    yield "ip-options-other-version", wire.write(envelopes.with_ip_options(frame) for frame in other)
    yield "ip-fragments", wire.write(_in_fragments(in_tunnel))
    yield "ip-fragments-other-version", wire.write(_in_fragments(other))

    yield "file-gzip", envelopes.gzipped(wire.write(frames))
    yield "file-big-endian", envelopes.pcap(frames, order=">", nanoseconds=False)
    yield "file-nanoseconds", envelopes.pcap(frames, order="<", nanoseconds=True)
    yield "file-big-endian-nanoseconds", envelopes.pcap(frames, order=">", nanoseconds=True)
    yield "file-pcapng", envelopes.pcapng(frames)
    yield "file-pcapng-big-endian", envelopes.pcapng(frames, order=">")
    yield "file-pcapng-three-sections", envelopes.pcapng(frames, sections=3)
    yield "file-pcapng-gzip", envelopes.gzipped(envelopes.pcapng(frames))


def _honest(frames: list[Frame], segments: list[Segment]) -> Iterator[tuple[str, bytes]]:
    for name, kept in _views(segments):
        yield name, wire.write(one.frame for one in kept)
    for name, left in _losses(segments):
        yield name, wire.write(one.frame for one in left)
    small = [wire.segment(frame) for frame in _rechunked(segments, 300 if _size(segments) < _SMALL else 1_500)]
    for name, left in _losses(small):
        yield f"rechunked-{name}", wire.write(one.frame for one in left)
    for length in _SNAPSHOT_LENGTHS:
        yield f"snapshot-length-{length}", wire.write(replace(frame, data=frame.data[:length]) for frame in frames)
    whole = wire.write(frames)
    for number in range(1, _CUTS):
        yield f"cut-after-{number}-of-{_CUTS}", whole[: len(whole) * number // _CUTS]


# Other arrangements of the same bytes


def _size(segments: Iterable[Segment]) -> int:
    return sum(len(one.payload) for one in segments)


def _rechunked(segments: Iterable[Segment], size: int) -> Iterator[Frame]:
    for one in segments:
        yield from wire.split(one, one.payload, size)


def _flights(segments: list[Segment], *, longest_pause: int | None = None) -> list[list[int]]:
    """Positions of the segments that carry data or a FIN, as far as one side sends them and the other is silent.

    With ``longest_pause``, in microseconds, what comes after a longer one is a flight of its own.
    """
    flights: list[list[int]] = []
    previous: tuple[Source, Source] | None = None
    latest = 0
    for position, one in enumerate(segments):
        if not (one.payload or one.flags & FIN) or one.flags & (SYN | RST):
            continue
        paused = longest_pause is not None and one.frame.microseconds - latest > longest_pause
        if paused or previous != (one.source, one.destination):
            flights.append([])
            previous = one.source, one.destination
        latest = one.frame.microseconds
        flights[-1].append(position)
    return flights


def _reordered(segments: list[Segment], mix: Callable[[list[int]], list[int]]) -> Iterator[Frame]:
    """Small segments of one flight change places within a window; nobody overtakes an answer."""
    small = [wire.segment(frame) for frame in _rechunked(segments, 300)]
    order = list(range(len(small)))
    for flight in _flights(small, longest_pause=_MERGED_WITHIN):  # no network turns round what is seconds apart
        for start in range(0, len(flight), _WINDOW):
            window = flight[start : start + _WINDOW]
            for place, position in zip(window, mix(window), strict=True):
                order[place] = position
    for place, position in enumerate(order):
        yield replace(small[position].frame, microseconds=small[place].frame.microseconds)


def _shuffled(segments: list[Segment]) -> Iterator[Frame]:
    generator = random.Random(3)
    return _reordered(segments, lambda window: generator.sample(window, len(window)))


def _reversed(segments: list[Segment]) -> Iterator[Frame]:
    return _reordered(segments, lambda window: window[::-1])


def _every_frame_twice(segments: list[Segment]) -> Iterator[Frame]:
    """As when two interfaces that a packet passes are recorded together."""
    for one in segments:
        yield one.frame
        yield one.frame


def _sent_again_late(segments: list[Segment]) -> Iterator[Frame]:
    """Every data segment once more, some packets after the first time."""
    for position, one in enumerate(segments):
        yield one.frame
        if position >= _LATE and segments[position - _LATE].payload:
            yield replace(segments[position - _LATE].frame, microseconds=one.frame.microseconds)


def _overlapping(segments: list[Segment]) -> Iterator[Frame]:
    """Every piece begins with the end of the one before."""
    sent: dict[tuple[Source, Source], Segment] = {}
    for frame in _rechunked(segments, 300):
        one = wire.segment(frame)
        before = sent.get((one.source, one.destination))
        again = b""
        if before and one.payload and (before.sequence + len(before.payload)) % 2**32 == one.sequence:
            again = before.payload[-20:]
        yield wire.rewritten(
            one,
            sequence=one.sequence - len(again),
            acknowledged=one.acknowledged,
            payload=again + one.payload,
            flags=one.flags,
        )
        sent[one.source, one.destination] = one


def _kept_alive(segments: list[Segment]) -> Iterator[Frame]:
    """After every segment that says nothing a keep-alive: a byte before what was acknowledged."""
    for one in segments:
        yield one.frame
        if not one.payload and not one.flags & (SYN | FIN | RST):
            yield wire.rewritten(
                one, sequence=one.sequence - 1, acknowledged=one.acknowledged, payload=b"\0", flags=one.flags
            )


def _without_acknowledgments(segments: list[Segment]) -> Iterator[Frame]:
    return (one.frame for one in segments if one.payload or one.flags & (SYN | FIN | RST))


def _numbers_wrap(segments: list[Segment]) -> Iterator[Frame]:
    """Each side's sequence numbers pass zero within its first hundred bytes."""
    moved: dict[tuple[Source, Source], int] = {}
    for one in segments:
        way, back = (one.source, one.destination), (one.destination, one.source)
        if one.flags & SYN:
            moved[way] = 2**32 - 100 - one.sequence
        yield wire.rewritten(
            one,
            sequence=one.sequence + moved.get(way, 0),
            acknowledged=one.acknowledged + moved.get(back, 0),
            payload=one.payload,
            flags=one.flags,
        )


_ARRANGEMENTS: dict[str, Callable[[list[Segment]], Iterable[Frame]]] = {
    "reordered-reversed": _reversed,
    "reordered-shuffled": _shuffled,
    "every-frame-twice": _every_frame_twice,
    "sent-again-late": _sent_again_late,
    "overlapping": _overlapping,
    "kept-alive": _kept_alive,
    "without-acknowledgments": _without_acknowledgments,
    "sequence-numbers-wrap": _numbers_wrap,
    "rechunked-100-bytes": lambda segments: _rechunked(segments, 100),
    "rechunked-536-bytes": lambda segments: _rechunked(segments, 536),
}


def _merged(segments: list[Segment]) -> Iterator[Segment]:
    """Each flight as the few large segments that a network card is handed, at the time of their first bytes."""
    left_out: set[int] = set()
    large: dict[int, Segment] = {}
    for flight in _flights(segments):
        first = flight[0]
        large[first] = segments[first]
        for position in flight[1:]:
            one, so_far = segments[position], large[first]
            follows = one.sequence == (so_far.sequence + len(so_far.payload)) % 2**32 and not so_far.flags & FIN
            at_once = one.frame.microseconds - so_far.frame.microseconds < _MERGED_WITHIN
            if follows and at_once and len(so_far.payload) + len(one.payload) < _MERGED_LIMIT:
                large[first] = replace(so_far, payload=so_far.payload + one.payload, flags=so_far.flags | one.flags)
                left_out.add(position)
            else:
                first = position
                large[first] = one
    for position, one in enumerate(segments):
        if position not in left_out:
            yield large.get(position, one)


def _small_enough(segments: Iterable[Segment]) -> Iterator[Frame]:
    for one in segments:
        yield wire.rewritten(
            one, sequence=one.sequence, acknowledged=one.acknowledged, payload=one.payload, flags=one.flags
        )


def _without_ip_length(frame: Frame) -> Frame:
    """Segmentation offload leaves the length of a large datagram to the card."""
    if len(frame.data) <= 1514:
        return frame
    start = 16 if len(wire.segment(frame).source[0]) == 4 else 18
    return replace(frame, data=frame.data[:start] + b"\0\0" + frame.data[start + 2 :])


def _in_fragments(frames: Iterable[Frame]) -> Iterator[Frame]:
    for number, frame in enumerate(frames, 1):
        yield from envelopes.fragments(frame, number)


# What was not captured


def _losses(segments: list[Segment]) -> Iterator[tuple[str, list[Segment]]]:
    """Each data segment missing in turn, and each flight missing whole."""
    client = segments[0].source[0]
    counts = {"client": 0, "server": 0}
    for position, one in enumerate(segments):
        if one.payload:
            side = "client" if one.source[0] == client else "server"
            counts[side] += 1
            yield f"lost-segment-{counts[side]}-of-{side}", segments[:position] + segments[position + 1 :]
    for number, flight in enumerate(_flights(segments), 1):
        lost = set(flight)
        yield f"lost-flight-{number}", [one for position, one in enumerate(segments) if position not in lost]


def _views(segments: list[Segment]) -> Iterator[tuple[str, list[Segment]]]:
    """One direction only, no SYN, a late start, an early end.

    Where TLS begins with the first byte, flight 2 is the server's first: a capture that starts after its first
    segment has missed the ServerHello, and one that starts with flight 5 the whole handshake.
    """
    client = segments[0].source[0]
    yield "client-only", [one for one in segments if one.source[0] == client]
    yield "server-only", [one for one in segments if one.source[0] != client]
    yield "no-syn", [one for one in segments if not one.flags & SYN]
    yield "no-syn-of-client", [one for one in segments if not (one.flags & SYN and one.source[0] == client)]
    yield "no-syn-of-server", [one for one in segments if not (one.flags & SYN and one.source[0] != client)]
    yield "no-end", [one for one in segments if not one.flags & (FIN | RST)]
    for number, flight in enumerate(_flights(segments), 1):
        yield f"starts-with-flight-{number}", segments[flight[0] :]
        yield f"starts-within-flight-{number}", segments[flight[0] + 1 :]
        yield f"ends-after-flight-{number}", segments[: flight[-1] + 1]
