"""How frames come out of the open sockets, and what becomes of the interfaces meanwhile.

Theory of operation
-------------------
On Linux each socket has a ring (:mod:`analyzer.capture.ring`), and whoever analyses reads the rings himself. A thread
that receives frame by frame competes with the analysis for the interpreter, and a socket's own buffer is small: on two
processors such a watch lost frames from 3,000 a second on (mutual handshakes) and from 5,500 (application data). With
rings it is as fast as the analysis, which takes 50,000 and 400,000 of them (tests.benchmarks.live_load).

Elsewhere, and where the kernel refuses a ring, each socket has a thread that does nothing but receive; what it
receives waits in one queue, bounded in bytes. A frame that finds it full is dropped and counted.

An interface that goes down may come back: on Linux its socket reports ENETDOWN once and works again when the
interface is up. One that was removed does not come back, even under the same name: its socket has lost its name.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from analyzer.capture.ring import RETIRE_MS, Frame, PacketRing

MAX_WAITING = 64 << 20
"""Bytes of frames that wait in a queue."""
FRAME_COSTS = 200
"""Bytes that a waiting frame takes besides its own."""
LONGEST = 262_144
_WAIT_S = 0.2
"""How long a thread waits for a frame before it looks whether it should stop."""
_DRAIN_S = 1.0
"""How long a thread that should stop takes out what has come."""
_GET_FLAGS, _UP = 0x8913, 1
_WHEN = itemgetter(0)


class OpenSocket(NamedTuple):
    """Scapy's socket on an interface."""

    name: str
    scapy: Any
    link_type: int
    loopback: bool


class Interfaces:
    """Which of the interfaces are down or gone, and what there is to tell of that."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}
        """Interfaces that went away, and what the system said."""
        self.news: deque[str] = deque(maxlen=100)
        self._down: dict[str, socket.socket] = {}

    @property
    def down(self) -> tuple[str, ...]:
        """Those that are down and may come back."""
        return tuple(self._down)

    def failed(self, name: str, raw: socket.socket | None, code: int) -> None:
        """The socket on an interface has reported an error; ``raw`` where it is a Linux packet socket."""
        if code == errno.ENETDOWN and raw is not None and _current_name(raw):
            if name not in self._down:
                self._down[name] = raw
                self.news.append(f"Interface {name} is down; the watch goes on when it is up again.")
        else:
            self._gone(name, os.strerror(errno.ENODEV if code == errno.ENETDOWN else code))

    def look(self) -> None:
        """See what has become of those that are down."""
        for name, raw in list(self._down.items()):
            current = _current_name(raw)
            if not current:
                self._gone(name, os.strerror(errno.ENODEV))
            elif _is_up(raw, current):
                del self._down[name]
                self.news.append(f"Interface {name} is up again.")

    def _gone(self, name: str, why: str) -> None:
        self._down.pop(name, None)
        self.ended[name] = why


class Receiver(Protocol):
    """Takes frames out of all sockets."""

    dropped: int
    """Frames that found no place with us."""

    def take(self, timeout_s: float, most: int) -> list[Frame]:
        """The frames that have come, about so many at most; waits so long for the first one."""

    def stop(self) -> list[Frame]:
        """Receive no more; the frames that have come and were not taken."""


class Rings:
    """A ring for each socket, read by the caller's own thread.

    Raises:
        OSError: the kernel refuses a ring.
    """

    def __init__(self, sockets: list[OpenSocket], interfaces: Interfaces) -> None:
        self.dropped = 0
        self._interfaces = interfaces
        self._sockets = {one.scapy.ins.fileno(): one for one in sockets}
        self._poll = select.poll()
        self._rings: list[PacketRing] = []
        try:
            for one in sockets:
                self._rings.append(
                    PacketRing(one.scapy.ins, one.link_type, skip_outgoing=one.loopback, rings=len(sockets))
                )
                self._poll.register(one.scapy.ins, select.POLLIN)
        except OSError:
            for ring, one in zip(self._rings, sockets, strict=False):
                ring.undo(one.scapy.ins)
            raise

    def take(self, timeout_s: float, most: int) -> list[Frame]:
        """See :meth:`Receiver.take`."""
        frames = self._read(most)
        if not frames:
            for descriptor, what in self._poll.poll(timeout_s * 1000):
                if what & ~select.POLLIN:
                    name, raw = self._sockets[descriptor].name, self._sockets[descriptor].scapy.ins
                    self._interfaces.failed(name, raw, raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            frames = self._read(most)
        self._interfaces.look()
        return frames

    def stop(self) -> list[Frame]:
        """See :meth:`Receiver.stop`."""
        time.sleep(2 * RETIRE_MS / 1000)  # until the kernel has handed over what it has begun to fill
        frames: list[Frame] = []
        for ring in self._rings:
            for _ in range(ring.blocks):  # once around: where frames keep coming there is no end
                if not ring.read(frames):
                    break
            ring.close()
        return self._in_order(frames)

    def _read(self, most: int) -> list[Frame]:
        frames: list[Frame] = []
        more = True
        while more and len(frames) < most:
            more = False
            for ring in self._rings:
                more = ring.read(frames) or more
        return self._in_order(frames)

    def _in_order(self, frames: list[Frame]) -> list[Frame]:
        if len(self._rings) > 1:
            frames.sort(key=_WHEN)
        return frames


class Threads:
    """A thread for each socket, and one queue."""

    def __init__(self, sockets: list[OpenSocket], interfaces: Interfaces) -> None:
        self.dropped = 0
        self._interfaces = interfaces
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._come = threading.Condition()
        self._stop = threading.Event()
        self._until = float("inf")
        self._threads = [
            threading.Thread(target=self._receive, args=(one,), daemon=True, name=f"capture {one.name}")
            for one in sockets
        ]
        for thread in self._threads:
            thread.start()

    def take(self, timeout_s: float, most: int) -> list[Frame]:
        """See :meth:`Receiver.take`."""
        with self._come:
            if not self._waiting:
                self._come.wait(timeout_s)
            frames = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._waiting_bytes -= sum(len(frame[2]) + FRAME_COSTS for frame in frames)
        self._interfaces.look()
        return sorted(frames, key=_WHEN)

    def stop(self) -> list[Frame]:
        """See :meth:`Receiver.stop`."""
        self._until = time.monotonic() + _DRAIN_S
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)
        return sorted(self._waiting, key=_WHEN)

    def _receive(self, one: OpenSocket) -> None:
        sock, link_type = one.scapy, one.link_type
        while one.name not in self._interfaces.ended and time.monotonic() < self._until:
            stopping = self._stop.is_set()
            try:
                if not sock.select([sock], 0 if stopping else _WAIT_S):
                    if stopping:
                        return
                    continue
                _, data, seconds = sock.recv_raw(LONGEST)
            except OSError as error:
                raw = sock.ins if sys.platform.startswith("linux") else None
                self._interfaces.failed(one.name, raw, error.errno or 0)
                continue
            if data:
                self._put((int(seconds * 1_000_000_000), link_type, data, len(data)))

    def _put(self, frame: Frame) -> None:
        with self._come:
            if self._waiting_bytes + len(frame[2]) > MAX_WAITING:
                self.dropped += 1
                return
            self._waiting.append(frame)
            self._waiting_bytes += len(frame[2]) + FRAME_COSTS
            self._come.notify()


def _current_name(raw: socket.socket) -> str:
    """The name of the interface that a packet socket is bound to; empty once that is removed."""
    return str(raw.getsockname()[0])


def _is_up(raw: socket.socket, name: str) -> bool:
    import fcntl

    try:
        answer = fcntl.ioctl(raw, _GET_FLAGS, struct.pack("16s24x", name.encode()))
    except OSError:
        return False
    return bool(struct.unpack_from("H", answer, 16)[0] & _UP)
