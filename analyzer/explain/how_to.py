"""How to see more than a message says: how to record the login, and how to get the keys that open it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.diagnosis.key_log_ways import HOW, KEY_LOGS
from analyzer.explain.explanation import HowTo, Recipe

__all__ = ["CAPTURE", "KEY_LOGS", "how_to"]

CAPTURE: tuple[Recipe, ...] = (
    Recipe(
        "Linux",
        "`tcpdump -i any -s 0 -w login.pcap 'tcp port 443'`, log in, Ctrl-C (as root; on macOS with -i en0)",
    ),
    Recipe("Wireshark's own", "`dumpcap -i INTERFACE -f 'tcp port 443' -w login.pcapng`"),
    Recipe(
        "Windows",
        "`pktmon start --capture --pkt-size 0`, log in, `pktmon stop`, "
        "`pktmon etl2pcap PktMon.etl --out login.pcapng` (as administrator)",
    ),
    Recipe(
        "older Windows",
        "`netsh trace start capture=yes report=disabled tracefile=C:\\login.etl`, log in, `netsh trace stop`, "
        "`etl2pcapng login.etl login.pcapng`",
    ),
    Recipe(
        "both ends on one machine",
        "`tcpdump -i lo` on Linux, `-i lo0` on macOS; on Windows Wireshark's "
        '"Adapter for loopback traffic capture", which Npcap brings',
    ),
    Recipe(
        "container",
        '`docker run --rm --net container:NAME -v "$PWD":/out nicolaka/netshoot tcpdump -s 0 -w /out/login.pcap`',
    ),
    Recipe(
        "Kubernetes pod",
        "`kubectl debug POD -it -c capture --image=nicolaka/netshoot -- tcpdump -s 0 -w /tmp/login.pcap`, log in, and "
        "before Ctrl-C `kubectl cp POD:/tmp/login.pcap login.pcap -c capture`",
    ),
)
"""Where, and what to run there."""


def how_to(stacks: Iterable[str]) -> HowTo:
    """Every way to record, and the key logs of these stacks; the usual ones where none is known."""
    ways = [way for stack in dict.fromkeys(stacks) for way in KEY_LOGS.get(stack, ())]
    return HowTo(CAPTURE, tuple(Recipe(where, text) for where, text in dict.fromkeys(ways or HOW)))
