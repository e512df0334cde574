"""Any chunking, reordering and duplication of segments gives the same report."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.packets import TcpFlags
from tests.support.traffic import Sent, analyse, segments_of, signature, to_packets

NAMES = (
    "good-openssl-openssl",
    "good-java-haproxy",
    "expired-curl-openssl",
    "empty-no-certificate-openssl-openssl",
    "empty-no-certificate-python-gnutls",
    "dropped-curl-node",
    "good-openssl-python-starttls-smtp",
    "empty-psql-postgresql",
    "expired-curl-openssl-http-connect",
    "public-trust-store-curl-nginx",
    "resumed-without-certificate-curl-nginx",
    "self-signed-openssl-python-ipv6",
    "tls13-good-curl-openssl",
    "sslv2-hello-empty-openssl",
)
_CONTROL = TcpFlags.SYN | TcpFlags.FIN | TcpFlags.RST

# the order of segments that go opposite ways is a fact (who closed first?) and is kept


@cache
def _original(name: str) -> tuple[list[Sent], list[object]]:
    segments = segments_of(name)
    return segments, signature(analyse(to_packets(segments)))


def _cut(segment: Sent, sizes: list[int]) -> list[Sent]:
    """The same bytes in smaller segments; a FIN stays with the last."""
    pieces = []
    rest, sequence = segment.payload, segment.sequence
    last_flags, flags = segment.flags, segment.flags & ~_CONTROL
    for size in sizes:
        if not 0 < size < len(rest):
            break
        pieces.append(segment._replace(sequence=sequence, flags=flags, payload=rest[:size]))
        rest, sequence = rest[size:], (sequence + size) & 0xFFFFFFFF
    return [*pieces, segment._replace(sequence=sequence, flags=last_flags, payload=rest)]


def _flights(segments: list[Sent]) -> list[list[Sent]]:
    """Runs of segments that go the same way."""
    flights: list[list[Sent]] = []
    for segment in segments:
        if flights and flights[-1][0].path == segment.path:
            flights[-1].append(segment)
        else:
            flights.append([segment])
    return flights


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_same_report(name: str, data: st.DataObject) -> None:
    segments, expected = _original(name)
    sizes = data.draw(st.lists(st.integers(1, 700), max_size=4), label="sizes")
    cut = [piece for segment in segments for piece in _cut(segment, sizes)]
    random = data.draw(st.randoms(use_true_random=False), label="order")
    changed: list[Sent] = []
    for flight in _flights(cut):
        random.shuffle(flight)
        changed.extend(flight)
        if changed and random.random() < 0.3:
            again = random.choice(changed)
            if again.payload and not again.flags & _CONTROL and again.path == changed[-1].path:
                changed.append(again)
    assert signature(analyse(to_packets(changed))) == expected


@pytest.mark.parametrize("name", NAMES)
def test_byte_by_byte(name: str) -> None:
    segments, expected = _original(name)
    if sum(len(segment.payload) for segment in segments) > 40_000:
        pytest.skip("too many bytes to send one by one")
    cut = [piece for segment in segments for piece in _cut(segment, [1] * len(segment.payload))]
    assert signature(analyse(to_packets(cut))) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_segment_twice(name: str) -> None:
    segments, expected = _original(name)
    twice = [segment for segment in segments for _ in range(2)]
    assert signature(analyse(to_packets(twice))) == expected


@pytest.mark.parametrize("name", NAMES)
def test_sequence_numbers_wrap(name: str) -> None:
    segments, expected = _original(name)
    bases: dict[bytes, int] = {}
    for segment in segments:
        if segment.flags & TcpFlags.SYN:
            bases.setdefault(segment.path, segment.sequence)
    moved = [
        segment._replace(sequence=(segment.sequence - bases[segment.path] + 0xFFFFFFF0) & 0xFFFFFFFF)
        for segment in segments
    ]
    assert signature(analyse(to_packets(moved))) == expected
