"""Builds the big captures of the benchmarks out of the recorded ones.

* ``application-data.pcap``: a mutual handshake on each of 100 connections, and then records of application data
  until the file holds about 700,000 packets and 1 GB.
* handshakes: 20,000 full mutual handshakes, interleaved, each with its own addresses, ports and sequence numbers.

Only addresses, ports, sequence numbers and times of the recordings are changed: the client's signature covers the
randoms, so they stay, and every signature is verified anew.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from analyzer.capture import open_capture

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SEED_RECORDINGS = ("good-openssl-openssl", "good-rsa-curl-openssl", "good-go-apache", "good-java-haproxy")
"""Full mutual TLS 1.2 handshakes of four stacks."""

RSA_RECORDINGS = ("good-rsa-curl-openssl",)
"""The same with an RSA client certificate."""
TLS13_RECORDINGS = ("tls13-good-openssl-nginx", "tls13-good-aes128-openssl-go", "tls13-good-rsa-curl-apache")
"""TLS 1.3, with key logs."""

_PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
_DAY_OF_RECORDING = 1_795_640_000_000_000
"""Microseconds; the certificates in the recordings are valid then."""
_ETHERNET = bytes(12) + b"\x08\x00"
_MSS = 1448


class Frame(NamedTuple):
    """One TCP segment of a recording: who sent it, its place in the stream, its payload."""

    from_client: bool
    sequence: int
    acknowledgment: int
    flags: int
    payload: bytes


def load(name: str) -> list[Frame]:
    """The segments of a recording, with sequence numbers relative to each side's SYN."""
    folder = CAPTURES / name
    path = next(p for p in sorted(folder.iterdir()) if ".pcap" in p.name)
    frames: list[Frame] = []
    bases: dict[bool, int] = {}
    client: bytes | None = None
    with open_capture(str(path)) as file:
        for packet in file:
            data = packet.data
            ip = data[14:]
            header = (ip[0] & 15) * 4
            total = int.from_bytes(ip[2:4], "big")
            tcp = ip[header:total]
            source = ip[12:16] + tcp[:2]
            client = client or source
            from_client = source == client
            sequence, acknowledgment = struct.unpack_from(">II", tcp, 4)
            flags = tcp[13]
            if flags & 2:
                bases[from_client] = sequence
            frames.append(
                Frame(
                    from_client,
                    (sequence - bases[from_client]) & 0xFFFFFFFF,
                    (acknowledgment - bases.get(not from_client, acknowledgment)) & 0xFFFFFFFF,
                    flags,
                    tcp[(tcp[12] >> 4) * 4 :],
                )
            )
    return frames


class Writer:
    """Writes frames of one simulated connection after another into a pcap file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._microseconds = _DAY_OF_RECORDING
        self.packets = 0
        file.write(_PCAP_HEADER)

    def write(self, number: int, frame: Frame, bases: tuple[int, int]) -> None:
        """Write one frame as connection ``number`` would have sent it."""
        client = struct.pack(">BBBBH", 10, 1, (number >> 14) & 255, 7, 20_000 + (number & 0x3FFF))
        server = struct.pack(">BBBBH", 10, 2, 0, 1, 443)
        source, destination = (client, server) if frame.from_client else (server, client)
        own, other = bases if frame.from_client else bases[::-1]
        tcp = (
            source[4:]
            + destination[4:]
            + struct.pack(
                ">IIBBHHH",
                (frame.sequence + own) & 0xFFFFFFFF,
                (frame.acknowledgment + other) & 0xFFFFFFFF,
                0x50,
                frame.flags,
                0xFFFF,
                0,
                0,
            )
        )
        total = 40 + len(frame.payload)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, total, 0, 0x4000, 64, 6, 0) + source[:4] + destination[:4]
        self._microseconds += 7
        seconds, micros = divmod(self._microseconds, 1_000_000)
        length = 14 + total
        self._file.write(struct.pack("<IIII", seconds, micros, length, length) + _ETHERNET + ip + tcp)
        self._file.write(frame.payload)
        self.packets += 1


def write_handshakes(path: Path, names: Sequence[str] = SEED_RECORDINGS, count: int = 20_000, at_once: int = 64) -> int:
    """Interleave ``count`` handshakes, ``at_once`` of them open at a time; returns the number of packets."""
    recordings = [load(name) for name in names]
    return write_interleaved(path, (recordings[number % len(recordings)] for number in range(count)), at_once)


def write_interleaved(path: Path, connections: Iterable[Sequence[Frame]], at_once: int = 64) -> int:
    """The frames of connections, ``at_once`` of them open at a time; returns the number of packets."""
    generator = random.Random(2)
    waiting = enumerate(connections)
    with path.open("wb") as file:
        writer = Writer(file)
        open_now: list[tuple[int, Iterator[Frame], tuple[int, int]]] = []
        while True:
            for number, frames in islice(waiting, at_once - len(open_now)):
                bases = (generator.getrandbits(32), generator.getrandbits(32))
                open_now.append((number, iter(frames), bases))
            if not open_now:
                break
            at = generator.randrange(len(open_now))
            number, remaining, bases = open_now[at]
            frame = next(remaining, None)
            if frame is None:
                open_now[at] = open_now[-1]
                open_now.pop()
            else:
                writer.write(number, frame, bases)
    return writer.packets


def write_application_data(path: Path, packets: int = 700_000, connections: int = 100) -> int:
    """Handshakes, then full-sized records of application data both ways; returns the number of packets."""
    generator = random.Random(1)
    noise = generator.randbytes(1 << 20)
    recording = [frame for frame in load(SEED_RECORDINGS[0]) if not frame.flags & 0b101]
    nexts = {True: 0, False: 0}
    for frame in recording:
        end = frame.sequence + len(frame.payload) if frame.payload else 0
        nexts[frame.from_client] = max(nexts[frame.from_client], end)
    with path.open("wb") as file:
        writer = Writer(file)
        streams = []
        for number in range(connections):
            bases = (generator.getrandbits(32), generator.getrandbits(32))
            for frame in recording:
                writer.write(number, frame, bases)
            streams.append((number, bases, dict(nexts), {True: b"", False: b""}))
        while writer.packets < packets:
            number, bases, place, waiting = streams[generator.randrange(connections)]
            from_client = generator.random() < 0.1
            burst = generator.randrange(1, 12)
            for _ in range(burst):
                if len(waiting[from_client]) < _MSS:
                    size = 16_384 + 24 if generator.random() < 0.9 else generator.randrange(40, 3000)
                    start = generator.randrange(len(noise) - size)
                    record = b"\x17\x03\x03" + size.to_bytes(2, "big") + noise[start : start + size]
                    waiting[from_client] += record
                payload, waiting[from_client] = waiting[from_client][:_MSS], waiting[from_client][_MSS:]
                writer.write(
                    number, Frame(from_client, place[from_client], place[not from_client], 0x18, payload), bases
                )
                place[from_client] += len(payload)
            # the other side acknowledges
            writer.write(number, Frame(not from_client, place[not from_client], place[from_client], 0x10, b""), bases)
    return writer.packets


def write_keys(path: Path, names: Sequence[str] = TLS13_RECORDINGS) -> None:
    """The key logs of the recordings in one file."""
    path.write_bytes(b"".join((CAPTURES / name / "keys.log").read_bytes() for name in names))
