"""Packets from a network interface, as they pass.

Theory of operation
-------------------
Scapy opens the socket and compiles the filter; the raw bytes are taken out of it, and nothing is dissected here. Each
interface has a thread that does nothing but receive, because whoever analyses may be busy for a while: what it
receives waits in one bounded queue. A packet that finds the queue full is dropped and counted; the kernel's own count
of packets that found its buffer full is asked for at the end and in between.

On a loopback interface every packet is seen twice, going out and coming in; only those that come in are taken.
"""

from __future__ import annotations

import queue
import struct
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.errors import CaptureError
from analyzer.packets import Packet

MAX_WAITING = 65_536
"""Packets that wait to be analysed."""
LONGEST = 65_535
_WAIT_S = 0.2
"""How long a thread waits for a packet before it looks whether it should stop."""

_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_PACKET_OUTGOING = 4
_LINK_TYPES = {
    "Ether": 1,
    "IP": 101,
    "IPv6": 101,
    "PPP": 9,
    "Dot11": 105,
    "CookedLinux": 113,
    "RadioTap": 127,
    "CookedLinuxV2": 276,
    "Loopback": 0,
}
"""LINKTYPE_ number of the layer that Scapy finds on an interface."""


class Interface(msgspec.Struct, frozen=True):
    """A network interface of this machine."""

    name: str
    addresses: tuple[str, ...]
    up: bool
    loopback: bool


class Counts(msgspec.Struct, frozen=True):
    """What became of the packets so far."""

    received: int
    dropped_here: int
    """They found our own queue full."""
    dropped_by_kernel: int | None
    """They found the kernel's buffer full; None where the system does not say."""


def interfaces() -> list[Interface]:
    """All interfaces, in the system's order."""
    found = []
    for interface in _scapy().ifaces.values():
        addresses = [str(address) for group in interface.ips.values() for address in group]
        flags = str(interface.flags)
        found.append(Interface(interface.name, tuple(addresses), "UP" in flags, "LOOPBACK" in flags))
    return found


def default_interface() -> str:
    """The interface of the default route."""
    interface = _scapy().iface
    return str(getattr(interface, "name", interface))


class LiveCapture:
    """Receives from some interfaces until it is closed.

    Raises:
        CaptureError: an interface is not there, the filter is wrong, or the right to capture is missing.
    """

    def __init__(self, names: Sequence[str], capture_filter: str) -> None:
        self._queue: queue.Queue[tuple[bytes, int, int]] = queue.Queue(MAX_WAITING)
        self._stop = threading.Event()
        self._dropped = 0
        self._kernel_dropped: int | None = None
        self._number = 0
        self.ended: dict[str, str] = {}
        """Interfaces that went away, and what the system said."""
        self._sockets: list[tuple[str, Any]] = []
        self._threads: list[threading.Thread] = []
        try:
            for name in names:
                self._sockets.append((name, _open(name, capture_filter)))
        except BaseException:
            self.close()
            raise
        self._threads = [
            threading.Thread(target=self._receive, args=one, daemon=True, name=f"capture {one[0]}")
            for one in self._sockets
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """At least one interface is still being received from."""
        return len(self.ended) < len(self._sockets)

    def take(self, timeout_s: float, most: int = 4_096) -> list[Packet]:
        """The packets that have come, at most so many; waits so long for the first one."""
        packets: list[Packet] = []
        try:
            item = self._queue.get(timeout=timeout_s)
            while True:
                data, link_type, timestamp_ns = item
                self._number += 1
                packets.append(Packet(self._number, timestamp_ns, link_type, data, len(data)))
                if len(packets) >= most:
                    break
                item = self._queue.get_nowait()
        except queue.Empty:
            pass
        return packets

    def counts(self) -> Counts:
        """What became of the packets."""
        for _, sock in self._sockets:
            drops = _kernel_drops(sock)
            if drops is not None:  # the kernel counts anew after each question
                self._kernel_dropped = (self._kernel_dropped or 0) + drops
        return Counts(self._number, self._dropped, self._kernel_dropped)

    def close(self) -> None:
        """Stop receiving. What has come may still be taken."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)
        self.counts()  # a closed socket tells nothing any more
        for _, sock in self._sockets:
            sock.close()

    def _receive(self, name: str, sock: Any) -> None:
        link_type = _LINK_TYPES.get(getattr(sock.LL, "__name__", ""), 1)
        skip_outgoing = _is_loopback(name)
        sock.ins.settimeout(_WAIT_S)
        while not self._stop.is_set():
            try:
                data, address, timestamp = sock._recv_raw(sock.ins, LONGEST)
            except TimeoutError:
                continue
            except OSError as error:
                if not self._stop.is_set():
                    self.ended[name] = error.strerror or str(error)
                return
            if not data or (skip_outgoing and len(address) > 2 and address[2] == _PACKET_OUTGOING):
                continue
            timestamp_ns = int(timestamp * 1_000_000_000) if timestamp else time.time_ns()
            try:
                self._queue.put_nowait((data, link_type, timestamp_ns))
            except queue.Full:
                self._dropped += 1


def _scapy() -> Any:
    """Scapy's configuration, with what fills it in: the interfaces, and the layers that name their link types."""
    import scapy.arch
    import scapy.layers.inet
    import scapy.layers.l2  # noqa: F401
    from scapy.config import conf

    return conf


def _is_loopback(name: str) -> bool:
    return any(interface.name == name and interface.loopback for interface in interfaces())


def _open(name: str, capture_filter: str) -> Any:
    """Scapy's listening socket on an interface."""
    from scapy.error import Scapy_Exception

    conf = _scapy()
    if name not in [interface.name for interface in interfaces()]:
        raise CaptureError(f"There is no interface {name}.", "certwhy interfaces lists them.")
    try:
        return conf.L2listen(iface=name, filter=capture_filter or None, promisc=False)
    except PermissionError:
        raise CaptureError("Capturing needs a right that this user has not.", _how_to_get_the_right()) from None
    except Scapy_Exception as error:
        if "filter" in str(error).lower():
            raise CaptureError(
                f'The filter "{capture_filter}" cannot be compiled.',
                "It has the syntax of tcpdump, see pcap-filter(7).",
            ) from None
        raise CaptureError(f"Interface {name} cannot be opened: {error}.", _how_to_get_the_right()) from None
    except OSError as error:
        raise CaptureError(
            f"Interface {name} cannot be opened: {error.strerror}.", "certwhy interfaces lists them."
        ) from None


def _how_to_get_the_right() -> str:
    """The exact remedy on this system."""
    if sys.platform.startswith("linux"):
        python = "$(readlink -f $(command -v python3))"
        return f"Run it with sudo, or give Python the right once: sudo setcap cap_net_raw,cap_net_admin=eip {python}."
    if sys.platform == "darwin":
        return "Run it with sudo, or install Wireshark's ChmodBPF, which opens /dev/bpf* to the admin group."
    return "Install Npcap (https://npcap.com), and run certwhy from a prompt with administrator rights."


def _kernel_drops(sock: Any) -> int | None:
    """Packets that found the kernel's buffer full since this was last asked (packet(7))."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        _, drops = struct.unpack("II", sock.ins.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
    except (OSError, struct.error):
        return None
    return int(drops)
