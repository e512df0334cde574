"""Two hundred captures from public repositories, compared with what tshark says of them.

They cannot be part of the project (see their README), so this runs only where they stand beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.capture import FrameDecoder, open_capture
from analyzer.packets import Packet, Segment

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "public-captures"
TRUTH = FOLDER / "truth.jsonl"

# Files of which we read another number of packets than tshark, on purpose: that number, and why.
_NO_DISSECTOR = "tshark refuses a whole file of a link type that it does not know; we count its packets"
_DIFFERENT = {
    "fuzz.pcap": (1, "tshark guesses another record header from the noise after packet 1; we say it is damaged"),
    "mdb_bill_validator.pcap": (10, _NO_DISSECTOR),
    "mdb_cashless_1.pcap": (278, _NO_DISSECTOR),
    "frf16_magic_ie-oobr.pcap": (1, _NO_DISSECTOR),
    "hoobr_juniper3.pcap": (1, _NO_DISSECTOR),
    "juniper_es_oobr.pcap": (1, _NO_DISSECTOR),
    "juniper_monitor_invalid_cookie_length.pcap": (1, _NO_DISSECTOR),
    "vtp_asan-2.pcap": (1, _NO_DISSECTOR),
    "vtp_asan.pcap": (5, _NO_DISSECTOR),
}

# Files with TCP behind a link layer that neither we nor Scapy know.
_TCP_UNSEEN = {"arcnet-rfc1051-arp-icmp-http.pcap": "ARCNET"}


def rows() -> Iterator[Any]:
    if not TRUTH.exists():
        yield pytest.param(None, id="absent")
        return
    with TRUTH.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield pytest.param(row, id=row["file"].removeprefix("files/"))


@pytest.mark.parametrize("row", list(rows()))
def test_as_tshark_reads_it(row: dict[str, Any] | None) -> None:
    if row is None:
        pytest.skip("the public captures are not here")
    path = FOLDER / row["file"]
    expected, _why = _DIFFERENT.get(path.name, (row["packets"]["tshark"], ""))
    decoder = FrameDecoder()
    packets: list[Packet] = []
    segments = 0
    with open_capture(str(path)) as capture:
        for packet in capture:
            packets.append(packet)
            segments += isinstance(decoder.decode(packet), Segment)
        assert capture.format == row["format"].split()[0] + (" (gzip)" if row["packed"] else "")
        assert capture.packets == expected
        unsupported = any("unknown or unsupported" in text for text in row["tshark_errors"])
        assert (capture.truncated is not None) == (bool(row["tshark_errors"]) and not unsupported)
        assert capture.position == capture.size == row["bytes"] or capture.truncated
    records_without_frames = capture.packets - len(packets)
    assert records_without_frames == sum(
        count for kind, count in row["container"].get("blocks", {}).items() if kind in {"0xbad", "0x40000bad", "0x216"}
    )
    if path.name not in _TCP_UNSEEN and path.name not in _DIFFERENT:
        assert segments == row["facts"]["layers"].get("tcp", 0)
