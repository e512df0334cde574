"""How to see more than a message says: how to record the login, and how to get the keys that open it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.diagnosis.key_log_ways import HOW, KEY_LOGS
from analyzer.explain.explanation import HowTo, Recipe

__all__ = ["CAPTURE", "KEY_LOGS", "how_to"]

_WINDOWS: tuple[Recipe, ...] = (
    # MicrosoftDocs/windowsserverdocs, pktmon-start.md: 128 bytes of a packet by default, 0 for all of it, at every
    # component unless told otherwise; pktmon-etl2pcap.md
    Recipe(
        "Windows, as administrator",
        "`pktmon start --capture --comp nics --pkt-size 0 --file-name login.etl`\n"
        "`pktmon stop`\n"
        "`pktmon etl2pcap login.etl --out login.pcapng`",
    ),
    # The same, netsh-trace.md; microsoft/etl2pcapng, README.md: "report=disabled", etl2pcapng.exe in.etl out.pcapng
    Recipe(
        "older Windows, as administrator",
        "`netsh trace start capture=yes report=disabled tracefile=C:\\login.etl`\n"
        "`netsh trace stop`\n"
        "`etl2pcapng C:\\login.etl login.pcapng` (github.com/microsoft/etl2pcapng)",
    ),
)
CAPTURE: tuple[Recipe, ...] = (
    # run with 4.99.3; tcpdump(1): whole packets by default; "any" has the loopback interface in it
    Recipe("Linux, as root", "`tcpdump -i any -w login.pcap 'tcp port 443'`"),
    # tcpdump(1)
    Recipe(
        "macOS, as root", "`tcpdump -i en0 -w login.pcap 'tcp port 443'`, with `-i lo0` where both ends are on this Mac"
    ),
    *_WINDOWS,
    # run with dumpcap 4.0.17; nmap/npcap, docs/npcap-intro.xml: an adapter for loopback traffic. Its name in Wireshark
    # is that of users' lists of interfaces
    Recipe(
        "with Wireshark",
        "`dumpcap -i INTERFACE -f 'tcp port 443' -w login.pcapng`; where both ends are on one Windows machine, "
        'Npcap\'s "Adapter for loopback traffic capture"',
    ),
    # what docker 28.2 asks of its daemon: NetworkMode container:NAME; nicolaka/netshoot, README.md: tcpdump is in it
    Recipe(
        "container",
        '`docker run --rm --net container:NAME -v "$PWD":/out nicolaka/netshoot tcpdump -i any -U -w /out/login.pcap`',
    ),
    # what kubectl 1.32 asks of its server: NET_ADMIN and NET_RAW, tar in the container "capture". -U: the file is
    # fetched while tcpdump still writes it
    Recipe(
        "Kubernetes pod",
        "`kubectl debug POD -it -c capture --profile=netadmin --image=nicolaka/netshoot -- tcpdump -i any -U -w "
        "/tmp/login.pcap`\nbefore Ctrl-C, in another window: `kubectl cp POD:/tmp/login.pcap login.pcap -c capture`",
    ),
)
"""Where, and what to run there; a line for each step."""


def how_to(stacks: Iterable[str]) -> HowTo:
    """Every way to record, Windows first for its own stack, and the key logs of these stacks; else the usual ones."""
    known = tuple(dict.fromkeys(stacks))
    capture = sorted(CAPTURE, key=lambda recipe: recipe not in _WINDOWS) if "schannel" in known else CAPTURE
    ways = [way for stack in known for way in KEY_LOGS.get(stack, ())]
    return HowTo(tuple(capture), tuple(Recipe(where, text) for where, text in dict.fromkeys(ways or HOW)))
