"""Any chunking, reordering and duplication of segments gives the same report, without keys and with them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import TcpFlags
from tests.support.traffic import Sent, analyse, key_log_of, segments_of, signature, to_packets

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
WITH_KEYS = (
    "post-handshake-good-curl-apache",
    "post-handshake-expired-curl-apache",
    "renegotiation-good-cbc-etm-openssl-apache",
    "renegotiation-good-tls10-openssl-openssl",
    "renegotiation-refused-openssl-apache",
    "tls12-good-rc4-go-go",
    "tls12-good-tls10-go-go",
    "tls12-http-400-missing-rsa-key-exchange-curl-nginx",
    "tls13-expired-hello-retry-request-openssl-nginx",
    "tls13-good-compressed-certificate-tlslite-tlslite",
    "tls13-good-key-update-openssl-openssl",
    "tls13-http-400-list-excludes-issuer-curl-nginx-optional",
    "verify-wrong-bytes-tls13-tlslite-openssl",
)
CASES = [*NAMES, *(f"{name} with keys" for name in WITH_KEYS)]
_CONTROL = TcpFlags.SYN | TcpFlags.FIN | TcpFlags.RST

# the order of segments that go opposite ways is a fact (who closed first?) and is kept


@cache
def _original(case: str) -> tuple[list[Sent], list[object]]:
    segments = segments_of(case.split()[0])
    return segments, signature(_analyse(case, segments))


def _analyse(case: str, segments: list[Sent]) -> list[ConnectionReport]:
    name, *with_keys = case.split()
    return analyse(to_packets(segments), key_log_of(name) if with_keys else b"")


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


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_same_report(case: str, data: st.DataObject) -> None:
    segments, expected = _original(case)
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
    assert signature(_analyse(case, changed)) == expected


@pytest.mark.parametrize("case", CASES)
def test_byte_by_byte(case: str) -> None:
    segments, expected = _original(case)
    if sum(len(segment.payload) for segment in segments) > 40_000:
        pytest.skip("too many bytes to send one by one")
    cut = [piece for segment in segments for piece in _cut(segment, [1] * len(segment.payload))]
    assert signature(_analyse(case, cut)) == expected


@pytest.mark.parametrize("case", CASES)
def test_every_segment_twice(case: str) -> None:
    segments, expected = _original(case)
    twice = [segment for segment in segments for _ in range(2)]
    assert signature(_analyse(case, twice)) == expected


@pytest.mark.parametrize("case", CASES)
def test_sequence_numbers_wrap(case: str) -> None:
    segments, expected = _original(case)
    bases: dict[bytes, int] = {}
    for segment in segments:
        if segment.flags & TcpFlags.SYN:
            bases.setdefault(segment.path, segment.sequence)
    moved = [
        segment._replace(sequence=(segment.sequence - bases[segment.path] + 0xFFFFFFF0) & 0xFFFFFFFF)
        for segment in segments
    ]
    assert signature(_analyse(case, moved)) == expected
