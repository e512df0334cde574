"""Sends recorded frames into a Linux interface at a set rate.

Theory of operation
-------------------
sendmmsg(2) hands the kernel a batch of frames in one call, so that the sender needs little of the processor that the
watched program runs on. A frame is three pieces: what stands before its two IPv4 addresses, the addresses, and the
rest. The addresses of all frames lie in one table, and each pass over the recording takes the next 10.x networks: no
pass repeats the connections of another one.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import time
from array import array
from pathlib import Path
from typing import NamedTuple

from analyzer.capture import open_capture

BATCH = 64
_BURST = 16_384
_PAUSE_S, _CATCH_UP_S = 0.0005, 0.003
"""How long the sender sleeps, and how much of what it has missed it sends at once."""
_ADDRESSES = 26
"""Where the two addresses stand in an Ethernet frame with IPv4."""
_MESSAGE = struct.Struct("QI4xQQQQi4xI4x")
"""struct mmsghdr of a 64-bit Linux."""
_libc = ctypes.CDLL(None, use_errno=True)


class Sent(NamedTuple):
    """What a sender did."""

    frames: int
    seconds: float


class FrameSender:
    """Holds the frames of a capture, ready to be sent into one interface."""

    def __init__(self, path: Path, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind((interface, 0))
        with open_capture(str(path)) as file:
            frames = [packet.data for packet in file]
        self.frames = len(frames)
        self._bytes = bytearray().join(frames)
        self._table = bytearray().join(frame[_ADDRESSES : _ADDRESSES + 8] for frame in frames)
        at, table = _address(self._bytes), _address(self._table)
        pieces = array("Q")
        for number, frame in enumerate(frames):
            after = _ADDRESSES + 8
            pieces.extend((at, _ADDRESSES, table + 8 * number, 8, at + after, len(frame) - after))
            at += len(frame)
        self._pieces = pieces
        self._messages = bytearray(_MESSAGE.size * self.frames)
        first = pieces.buffer_info()[0]
        for number in range(self.frames):
            _MESSAGE.pack_into(self._messages, _MESSAGE.size * number, 0, 0, first + 48 * number, 3, 0, 0, 0, 0)
        self._first_message = _address(self._messages)
        self._place, self._network = 0, 0

    def send(self, rate: float, seconds: float) -> Sent:
        """Send at so many frames per second, for so long, from the first frame on; slower where that is too fast.

        Whoever held the sender up is not made up for by a burst, which would be another rate.
        """
        self._begin_pass()
        most = min(max(int(rate * _CATCH_UP_S), BATCH), _BURST)
        sent, allowed = 0, 0.0
        started = before = time.perf_counter()
        while before - started < seconds:
            while allowed >= 1:
                done = self._send(int(allowed))
                sent, allowed = sent + done, allowed - done
            now = time.perf_counter()
            allowed = min(allowed + (now - before) * rate, most)
            before = now
            if allowed < 1:
                time.sleep(_PAUSE_S)
        return Sent(sent, before - started)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, most: int) -> int:
        """Send the next frames, at most a batch; returns how many."""
        if self._place == self.frames:
            self._begin_pass()
        first = ctypes.c_void_p(self._first_message + _MESSAGE.size * self._place)
        count = min(BATCH, most, self.frames - self._place)
        done = int(_libc.sendmmsg(self._socket.fileno(), first, count, 0))
        if done < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        self._place += done
        return done

    def _begin_pass(self) -> None:
        self._place = 0
        self._network = self._network % 255 + 1
        self._table[1::8] = self._table[5::8] = bytes((self._network,)) * self.frames


def _address(buffer: bytearray) -> int:
    return ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
