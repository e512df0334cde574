"""RDP: an X.224 connection request and its confirmation in TPKT packets (MS-RDPBCGR section 2.2.1.1)."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier


def _tpkt(data: bytes, code: int) -> bool:
    return len(data) >= 7 and data[:2] == b"\x03\0" and data[5] == code


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """Request code 0xE0 from the client, or confirmation 0xD0 from the server."""
    return Carrier("rdp") if _tpkt(client, 0xE0) or _tpkt(server, 0xD0) else None
