"""Record headers are recognised, in order and in the middle of anything."""

from __future__ import annotations

import random
import re

import pytest

from analyzer.tls.records import MAX_FRAGMENT, find_client_hello, find_records, find_server_hello, fits_header
from tests.tls import shapes
from tests.tls.shapes import CLIENT_HELLO, DATA, HANDSHAKE, SERVER_HELLO, SERVER_HELLO_13, numbers, record


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("16 0301 0005", True),
        ("14 0300 0001", True),
        ("18 0304 0000", True),
        ("17 0303 4800", True),
        ("17 0303 4801", False),
        ("13 0303 0001", False),
        ("19 0303 0001", False),
        ("16 0200 0001", False),
        ("16 0305 0001", False),
    ],
)
def test_fits_header(header: str, fits: bool) -> None:
    assert fits_header(b"??" + bytes.fromhex(header), 2) is fits


def test_hellos_are_found_behind_anything() -> None:
    assert find_client_hello(b"STARTTLS\r\n" + CLIENT_HELLO) == 10
    assert find_client_hello(CLIENT_HELLO, 1) is None
    assert find_client_hello(SERVER_HELLO) is None
    assert find_server_hello(b"220 go ahead\r\n" + SERVER_HELLO) == 14
    assert find_server_hello(SERVER_HELLO_13) == 0
    assert find_server_hello(CLIENT_HELLO) is None


def test_a_hello_is_recognised_by_its_first_bytes() -> None:
    assert find_client_hello(CLIENT_HELLO[:11]) == 0
    assert find_client_hello(CLIENT_HELLO[:10]) is None


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302, 0x0303, 0x7F12, 0x7F1C])
def test_server_hellos_of_all_versions(version: int) -> None:
    assert find_server_hello(shapes.handshake(2, shapes.server_hello(version=version))) == 0


def test_a_server_hello_with_its_flight_in_one_record() -> None:
    flight = shapes.message(2, shapes.server_hello()) + shapes.message(14, b"")
    assert find_server_hello(record(HANDSHAKE, flight)) == 0


def test_a_message_longer_than_its_record_is_no_hello() -> None:
    assert find_client_hello(record(HANDSHAKE, b"\x01\x00\x30\x00\x03\x03" + bytes(60))) is None


def test_two_headers_in_a_row_are_records() -> None:
    pair = record(DATA, b"x" * 10) + record(DATA, b"y" * 20)
    assert find_records(b"\x17\x03\x03 noise" + pair) == 9
    assert find_records(pair[:19]) is None
    assert find_records(pair[:20]) == 0


def test_two_headers_must_agree_on_the_version() -> None:
    assert find_records(record(DATA, b"x" * 10) + record(DATA, b"y" * 20, 0x0301)) is None


def test_one_record_is_enough_when_nothing_follows() -> None:
    one = b"noise" + record(DATA, b"x" * 10)
    assert find_records(one) is None
    assert find_records(one, final=True) == 5
    assert find_records(one + b"!", final=True) is None


def test_believable_lengths_only() -> None:
    assert find_records(b"\x17\x03\x03" + numbers(MAX_FRAGMENT + 1) + bytes(MAX_FRAGMENT + 1), final=True) is None
    assert find_records(record(DATA, b"") + record(DATA, b"")) is None


def test_random_bytes_are_not_tls() -> None:
    noise = random.Random(1).randbytes(1 << 20)
    assert find_client_hello(noise) is None
    assert find_server_hello(noise) is None
    assert find_records(noise) is None


@pytest.mark.parametrize("final", [False, True])
def test_records_are_found_where_a_look_at_every_place_finds_them(final: bool) -> None:
    """Bytes of which many look like headers; the answer is that of a search without any shortcut."""
    generator = random.Random(2)
    pieces = (b"\x03", b"\x17", b"\x14\x03", b"\x18\x03\x03", b"\x00\x01x", b"\x17\x03\x01\x00\x02")
    found = 0
    for _ in range(5_000):
        data = b"".join(generator.choices(pieces, k=generator.randrange(12)))
        start = generator.randrange(4)
        expected = _plainly(data, start, final)
        assert find_records(data, start, final=final) == expected, data.hex()
        found += expected is not None
    assert 100 < found < 4_900


def _plainly(data: bytes, start: int, final: bool) -> int | None:
    header = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]")
    for at in range(start, len(data) - 4):
        after = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
        if not header.match(data, at) or not at + 5 < after <= at + 5 + MAX_FRAGMENT:
            continue
        follows = data[after : after + 5]
        if len(follows) == 5 and fits_header(data, after) and follows[2] == data[at + 2]:
            return at
        if final and after == len(data):
            return at
    return None
