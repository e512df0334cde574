"""Packets from a network interface, as they pass.

Theory of operation
-------------------
Scapy opens the socket and compiles the filter; the raw bytes are taken out of it (:mod:`analyzer.capture.receivers`),
and nothing is dissected here. Packets that find no place while the analysis is busy are dropped and counted, by the
kernel or by us; the kernel is asked for its count while the sockets are open.

On a loopback interface every packet is seen twice, going out and coming in; only those that come in are taken.
"""

from __future__ import annotations

import struct
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from analyzer.capture.receivers import Interfaces, OpenSocket, Receiver, Rings, Threads
from analyzer.capture.ring import SOL_PACKET, Frame
from analyzer.errors import CaptureError
from analyzer.packets import Packet

PACKET_STATISTICS, IGNORE_OUTGOING = 6, 23
RECEIVE_BUFFER = 4 << 20
"""Bytes that are asked of the kernel for a socket without a ring; it may give less (net.core.rmem_max)."""
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
    """They found our own queue full; never where the kernel's buffer is the queue."""
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
        self._interfaces = Interfaces()
        self._kernel_dropped: int | None = None
        self._number = 0
        self._sockets: list[OpenSocket] = []
        self._rest: deque[Frame] | None = None
        """What had come when it was closed."""
        self._receiver: Receiver | None = None
        try:
            for name in dict.fromkeys(names):
                self._sockets.append(_open(name, capture_filter))
            self._receiver = _receiver(self._sockets, self._interfaces)
        except BaseException:
            self.close()
            raise

    @property
    def ended(self) -> dict[str, str]:
        """Interfaces that went away, and what the system said."""
        return self._interfaces.ended

    @property
    def alive(self) -> bool:
        """At least one interface is still there, be it down."""
        return len(self.ended) < len(self._sockets)

    @property
    def down(self) -> tuple[str, ...]:
        """Interfaces that are down and may come back."""
        return self._interfaces.down

    def news(self) -> list[str]:
        """A sentence on each interface that went down or came back since this was last asked."""
        waiting = self._interfaces.news
        return [waiting.popleft() for _ in range(len(waiting))]

    def take(self, timeout_s: float, most: int = 4_096) -> list[Packet]:
        """The packets that have come, about so many at most; waits so long for the first one."""
        if self._rest is not None:
            frames = [self._rest.popleft() for _ in range(min(most, len(self._rest)))]
        else:
            assert self._receiver is not None
            frames = self._receiver.take(timeout_s, most)
        first = self._number + 1
        self._number += len(frames)
        return [
            Packet(number, timestamp_ns, link_type, data, length)
            for number, (timestamp_ns, link_type, data, length) in enumerate(frames, first)
        ]

    def counts(self) -> Counts:
        """What became of the packets."""
        for one in self._sockets:
            drops = _kernel_drops(one.scapy)
            if drops is not None:  # the kernel counts anew after each question
                self._kernel_dropped = (self._kernel_dropped or 0) + drops
        return Counts(self._number, self._receiver.dropped if self._receiver else 0, self._kernel_dropped)

    def close(self) -> None:
        """Stop receiving. What has come may still be taken."""
        if self._rest is not None:
            return
        self._rest = deque(self._receiver.stop() if self._receiver else ())
        self.counts()  # a closed socket tells nothing any more
        for one in self._sockets:
            one.scapy.close()


def _receiver(sockets: list[OpenSocket], interfaces: Interfaces) -> Receiver:
    """The best way to receive that this system has."""
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            return Rings(sockets, interfaces)
    return Threads(sockets, interfaces)


def _scapy() -> Any:
    """Scapy's configuration, with what fills it in: the interfaces, and the layers that name their link types."""
    import scapy.arch
    import scapy.layers.inet
    import scapy.layers.l2  # noqa: F401
    from scapy.config import conf

    return conf


def _open(name: str, capture_filter: str) -> OpenSocket:
    """Scapy's listening socket on an interface."""
    interface = next((one for one in interfaces() if one.name == name), None)
    if interface is None:
        raise CaptureError(f"There is no interface {name}.", "certwhy interfaces lists them.")
    opened = _listen(name, capture_filter)
    _kernel_drops(opened)  # until it had its filter it took in everything, into no buffer: none of that was asked for
    if interface.loopback and sys.platform.startswith("linux"):
        with suppress(OSError):  # before Linux 4.20 they come, and the ring skips them
            opened.ins.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
    layer = getattr(opened, "LL", None) or getattr(opened, "guessed_cls", None)
    link_type = _LINK_TYPES.get(getattr(layer, "__name__", ""), 1)
    return OpenSocket(name, opened, link_type, interface.loopback)


def _listen(name: str, capture_filter: str) -> Any:
    from scapy.error import Scapy_Exception

    conf = _scapy()
    conf.bufsize = RECEIVE_BUFFER
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
        _, drops = struct.unpack("II", sock.ins.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    except (OSError, struct.error):
        return None
    return int(drops)
