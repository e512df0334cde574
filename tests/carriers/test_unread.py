"""DTLS, QUIC and EAP-TLS are named; ordinary datagrams are not."""

from __future__ import annotations

import random

import pytest

from analyzer.carriers import UnreadProtocols
from analyzer.packets import Datagram
from tests.tls.shapes import vector

DTLS = b"\x16\xfe\xfd" + bytes(8) + vector(2, b"\x01" + bytes(40))
QUIC = b"\xc3\0\0\0\x01\x08" + bytes(1_200)
EAP_TLS = b"\x02\x07\0\x0d\x0d\x80\0\0\0\x10" + bytes(3)
EAPOL = b"\x01\0" + vector(2, EAP_TLS)
RADIUS = b"\x01\x07" + (20 + 6 + 15).to_bytes(2, "big") + bytes(16) + b"\x01\x06user" + b"\x4f\x0f" + EAP_TLS


def named(payload: bytes, protocol: str = "udp") -> set[str]:
    unread = UnreadProtocols()
    unread.see(Datagram(protocol, b"", payload, 7, None))
    return set(unread.first_packets)


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (DTLS, "DTLS"),
        (b"\x16\xfe\xff" + DTLS[3:], "DTLS"),
        (DTLS + DTLS, "DTLS"),
        (QUIC, "QUIC"),
        (b"\xc3\x6b\x33\x43\xcf\x08" + bytes(1_200), "QUIC"),
        (RADIUS, "EAP-TLS (in RADIUS)"),
    ],
)
def test_named(payload: bytes, name: str) -> None:
    assert named(payload) == {name}


@pytest.mark.parametrize("method", [13, 21, 25, 43])
def test_eap_methods_that_carry_tls(method: int) -> None:
    assert named(EAPOL[:8] + bytes((method,)) + EAPOL[9:], "eapol") == {"EAP-TLS"}


@pytest.mark.parametrize(
    "payload", [b"", b"\x01\x01\0\0", EAPOL[:8], EAPOL[:8] + b"\x01" + EAPOL[9:], b"\x01\x03\0\x5f" + EAP_TLS]
)
def test_other_eapol_frames(payload: bytes) -> None:
    assert named(payload, "eapol") == set()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x16\xfe\xfd",
        DTLS[:-1],
        b"\x13" + DTLS[1:],
        b"\xc3\0\0\0\0\x08" + bytes(100),
        b"\x43" + QUIC[1:],
        b"\xc3\0\0\0\x01\x15" + bytes(100),
        RADIUS[:-3],
        b"\x05" + RADIUS[1:],
        RADIUS[:20] + b"\x01\x01" + RADIUS[22:],
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01",
    ],
)
def test_not_named(payload: bytes) -> None:
    assert named(payload) == set()


def test_only_the_first_packet_is_remembered() -> None:
    unread = UnreadProtocols()
    for number in (3, 5, 9):
        unread.see(Datagram("udp", b"", DTLS, number, None))
        unread.see(Datagram("udp", b"", QUIC, number + 1, None))
    assert unread.first_packets == {"DTLS": 3, "QUIC": 4}


def test_anything_may_come() -> None:
    generator = random.Random(13)
    for sample in (DTLS, QUIC[:60], RADIUS, EAPOL):
        for size in range(len(sample)):
            named(sample[:size])
            named(sample[:size], "eapol")
        for _ in range(300):
            changed = bytearray(sample)
            changed[generator.randrange(len(changed))] = generator.randrange(256)
            named(bytes(changed))
