"""How to see more than a message says: how to record the login, and how to get the keys that open it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.diagnosis.key_log_ways import HOW, KEY_LOGS
from analyzer.explain.explanation import HowTo, Recipe

__all__ = ["CAPTURE", "KEY_LOGS", "how_to"]

CAPTURE: tuple[Recipe, ...] = (
    # tcpdump(1): "any" exists on Linux and recent macOS; -s 0 takes whole packets, which was not always the default
    Recipe("Linux, as root", "`tcpdump -i any -s 0 -w login.pcap 'tcp port 443'`; on macOS `-i en0`"),
    # dumpcap(1)
    Recipe("Wireshark's own", "`dumpcap -i INTERFACE -f 'tcp port 443' -w login.pcapng`"),
    # learn.microsoft.com, "pktmon start": by default it takes 128 bytes of a packet, at every layer of the network, and
    # writes PktMon.etl in the current folder; "pktmon etl2pcap"
    Recipe(
        "Windows, as administrator",
        "`pktmon start --capture --comp nics --pkt-size 0`, `pktmon stop`, "
        "`pktmon etl2pcap PktMon.etl --out login.pcapng`",
    ),
    # learn.microsoft.com, "netsh trace"; github.com/microsoft/etl2pcapng, README: etl2pcapng.exe in.etl out.pcapng
    Recipe(
        "older Windows",
        "`netsh trace start capture=yes report=disabled tracefile=C:\\login.etl`, `netsh trace stop`, "
        "`etl2pcapng C:\\login.etl login.pcapng`",
    ),
    # the adapter's name as Npcap gives it to Wireshark (\Device\NPF_Loopback)
    Recipe(
        "both ends on one machine",
        '`-i lo`, on macOS `-i lo0`, in Wireshark on Windows Npcap\'s "Adapter for loopback traffic capture"',
    ),
    # docs.docker.com, "docker container run": --network container:NAME, short --net; capability NET_RAW is a default
    Recipe(
        "container",
        '`docker run --rm --net container:NAME -v "$PWD":/out nicolaka/netshoot tcpdump -i any -w /out/login.pcap`',
    ),
    # kubernetes.io, "kubectl debug": the profile netadmin gives NET_RAW; "kubectl cp" needs tar, which netshoot has
    Recipe(
        "Kubernetes pod",
        "`kubectl debug POD -it -c capture --profile=netadmin --image=nicolaka/netshoot -- tcpdump -i any -w "
        "/tmp/login.pcap`, before Ctrl-C `kubectl cp POD:/tmp/login.pcap login.pcap -c capture`",
    ),
)
"""Where, and what to run there."""


def how_to(stacks: Iterable[str]) -> HowTo:
    """Every way to record, and the key logs of these stacks; the usual ones where none is known."""
    ways = [way for stack in dict.fromkeys(stacks) for way in KEY_LOGS.get(stack, ())]
    return HowTo(CAPTURE, tuple(Recipe(where, text) for where, text in dict.fromkeys(ways or HOW)))
