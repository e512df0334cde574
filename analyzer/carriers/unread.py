"""TLS in carriers that are not read yet: EAP-TLS, DTLS and QUIC are named, so that nobody takes silence for peace.

Only the first packet of each kind is remembered.
"""

from __future__ import annotations

from analyzer.packets import Datagram

_EAP_TLS_TYPES = frozenset((13, 21, 25, 43))
"""EAP-TLS, TTLS, PEAP, FAST: all of them carry TLS (IANA EAP registry)."""
_RADIUS_CODES = frozenset((1, 2, 3, 11))
_RADIUS_EAP_MESSAGE = 79
_QUIC_VERSIONS = frozenset((0x00000001, 0x6B3343CF))


class UnreadProtocols:
    """Remembers where EAP-TLS, DTLS and QUIC were first seen."""

    def __init__(self) -> None:
        self.first_packets: dict[str, int] = {}

    def see(self, datagram: Datagram) -> None:
        """Look at one datagram or EAPOL frame."""
        kind = _kind(datagram)
        if kind is not None and kind not in self.first_packets:
            self.first_packets[kind] = datagram.packet


def _kind(datagram: Datagram) -> str | None:
    payload = datagram.payload
    if datagram.protocol == "eapol":
        return "EAP-TLS" if payload[1:2] == b"\0" and _carries_tls(payload[4:]) else None
    if _is_dtls(payload):
        return "DTLS"
    if _is_quic(payload):
        return "QUIC"
    if _is_radius_with_eap_tls(payload):
        return "EAP-TLS (in RADIUS)"
    return None


def _is_dtls(payload: bytes) -> bool:
    """A record header of DTLS 1.0 or 1.2 whose length fits (RFC 6347 section 4.1)."""
    return (
        len(payload) >= 13
        and 20 <= payload[0] <= 23
        and payload[1:3] in (b"\xfe\xff", b"\xfe\xfd")
        and 13 + int.from_bytes(payload[11:13], "big") <= len(payload)
    )


def _is_quic(payload: bytes) -> bool:
    """A long header of version 1 or 2 (RFC 9000 section 17.2)."""
    return (
        len(payload) >= 7
        and payload[0] & 0xC0 == 0xC0
        and int.from_bytes(payload[1:5], "big") in _QUIC_VERSIONS
        and payload[5] <= 20
    )


def _carries_tls(eap: bytes) -> bool:
    """An EAP request or response of a method that carries TLS (RFC 5216 section 3.1)."""
    return len(eap) >= 5 and eap[0] in (1, 2) and eap[4] in _EAP_TLS_TYPES


def _is_radius_with_eap_tls(payload: bytes) -> bool:
    """RADIUS (RFC 2865 section 3) with an EAP-Message attribute (RFC 3579 section 3.1)."""
    if len(payload) < 26 or payload[0] not in _RADIUS_CODES:
        return False
    length = int.from_bytes(payload[2:4], "big")
    if not 20 <= length <= len(payload):
        return False
    at = 20
    while at + 2 <= length:
        kind, size = payload[at], payload[at + 1]
        if size < 2:
            return False
        if kind == _RADIUS_EAP_MESSAGE:
            return _carries_tls(payload[at + 2 : at + size])
        at += size
    return False
