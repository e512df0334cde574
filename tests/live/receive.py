"""Sends numbered frames and says what a live capture made of them: ``python -m tests.live.receive HOW SCENARIO``.

It runs in a network namespace of its own; HOW is rings or threads. It prints JSON.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from analyzer.capture import live, receivers, ring
from analyzer.packets import Packet

FILTER = "ether proto 0x88b5 or (vlan and ether proto 0x88b5)"
VLAN_TAG = b"\x81\x00\x00\x05"


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)


def pair(number: int = 0) -> tuple[str, socket.socket]:
    """A veth pair: the name of one end, and a socket that sends into the other."""
    watched, other = f"watched{number}", f"other{number}"
    run(f"ip link add {watched} mtu 65535 type veth peer name {other} mtu 65535")
    run(f"ip link set {watched} up")
    run(f"ip link set {other} up")
    return watched, sending(other)


def sending(interface: str) -> socket.socket:
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((interface, 0))
    return sender


def frame(number: int, size: int = 60, tag: bytes = b"") -> bytes:
    return (bytes(12) + tag + b"\x88\xb5" + number.to_bytes(4, "big")).ljust(size, b".")


def number_of(packet: Packet) -> int:
    return int.from_bytes(packet.data[14:18], "big")


def taken(capture: live.LiveCapture, wanted: int) -> list[Packet]:
    packets: list[Packet] = []
    until = time.monotonic() + 3
    while len(packets) < wanted and time.monotonic() < until:
        packets += capture.take(0.25)
    return packets


def all_sizes() -> dict[str, Any]:
    """Frames of all sizes, of which some wait when the capture is closed."""
    watched, sender = pair()
    capture = live.LiveCapture([watched], FILTER)
    sizes = [60 + (number * 977) % 65_000 for number in range(500)]
    packets = []
    for number, size in enumerate(sizes):
        sender.send(frame(number, size))
        time.sleep(0.001)
        if number % 100 == 50:
            packets += capture.take(0)
    capture.close()
    packets += capture.take(0, most=1_000_000)
    return {
        "in order": [number_of(packet) for packet in packets] == list(range(500)),
        "numbers": [packet.number for packet in packets] == list(range(1, 501)),
        "sizes": [len(packet.data) for packet in packets] == sizes == [packet.wire_length for packet in packets],
        "now": all(abs((packet.timestamp_ns or 0) - time.time_ns()) < 60e9 for packet in packets),
        "counts": counted(capture),
    }


def opened_amid_traffic() -> dict[str, Any]:
    """Frames that nobody asked for come all the while that the capture is being opened."""
    watched, sender = pair()
    done = threading.Event()

    def flood() -> None:
        while not done.is_set():
            sender.send(bytes(12) + b"\x88\xb6" + bytes(1_000))

    flooding = threading.Thread(target=flood)
    flooding.start()
    capture = live.LiveCapture([watched], FILTER)
    counts = counted(capture)
    done.set()
    flooding.join()
    capture.close()
    return {"counts": counts}


def two_interfaces() -> dict[str, Any]:
    """Frames on two interfaces in turn."""
    pairs = [pair(0), pair(1)]
    capture = live.LiveCapture([name for name, _ in pairs], FILTER)
    for number in range(100):
        pairs[number % 2][1].send(frame(number))
    time.sleep(0.5)
    return {"in order": [number_of(packet) for packet in taken(capture, 100)] == list(range(100))}


def second_ring_is_refused() -> dict[str, Any]:
    """Memory for one ring only: both interfaces are received from without."""
    ask, asked = ring._ask_for_ring, []

    def once(sock: socket.socket, rings: int) -> int:
        asked.append(sock)
        if len(asked) > 1:
            raise OSError
        return ask(sock, rings)

    ring._ask_for_ring = once
    return {**two_interfaces(), "asked": len(asked)}


def loopback() -> dict[str, Any]:
    """Every frame on loopback is seen going out and coming in."""
    run("ip link set lo up")
    capture = live.LiveCapture(["lo"], FILTER)
    sender = sending("lo")
    for number in range(50):
        sender.send(frame(number))
    return {"numbers": [number_of(packet) for packet in taken(capture, 51)] == list(range(50))}


def loopback_before_linux_4_20() -> dict[str, Any]:
    live.IGNORE_OUTGOING = 9_999  # which no kernel knows
    return loopback()


def vlan() -> dict[str, Any]:
    """A VLAN tag, which the kernel keeps beside the frame."""
    watched, sender = pair()
    capture = live.LiveCapture([watched], FILTER)
    sender.send(frame(7, tag=VLAN_TAG))
    return {"as sent": [packet.data for packet in taken(capture, 1)] == [frame(7, tag=VLAN_TAG)]}


def overflow() -> dict[str, Any]:
    """More than waits anywhere, and nobody takes it."""
    ring.BLOCKS = (4,)  # type: ignore[assignment]
    receivers.MAX_WAITING = 1 << 20
    watched, sender = pair()
    capture = live.LiveCapture([watched], FILTER)
    sent = 10_000
    for number in range(sent):
        sender.send(frame(number, 1_500))
    capture.close()
    packets = capture.take(0, most=1_000_000)
    counts = capture.counts()
    dropped = counts.dropped_here + (counts.dropped_by_kernel or 0)
    return {"some dropped": dropped > 0, "adds up": len(packets) + dropped == sent == counts.received + dropped}


def down_and_up() -> dict[str, Any]:
    """An interface goes down, comes back, and is removed."""
    watched, sender = pair()
    capture = live.LiveCapture([watched], FILTER)
    sender.send(frame(1))
    numbers = [number_of(packet) for packet in taken(capture, 1)]
    run(f"ip link set {watched} down")
    alive = [taken(capture, 1) == [] and capture.alive and capture.down == (watched,)]
    run(f"ip link set {watched} up")
    time.sleep(1)
    capture.take(0.25)
    sender.send(frame(2))
    numbers += [number_of(packet) for packet in taken(capture, 1)]
    run(f"ip link set {watched} down")
    capture.take(0.5)
    run(f"ip link del {watched}")
    capture.take(0.5)
    return {"numbers": numbers, "news": capture.news(), "alive": [*alive, capture.alive], "ended": capture.ended}


def counted(capture: live.LiveCapture) -> list[int | None]:
    counts = capture.counts()
    return [counts.received, counts.dropped_here, counts.dropped_by_kernel]


SCENARIOS: dict[str, Callable[[], dict[str, Any]]] = {
    scenario.__name__: scenario
    for scenario in (
        all_sizes,
        opened_amid_traffic,
        two_interfaces,
        second_ring_is_refused,
        loopback,
        loopback_before_linux_4_20,
        vlan,
        overflow,
        down_and_up,
    )
}


def main() -> None:
    how, scenario = sys.argv[1:]
    if how == "threads":
        ring.BLOCKS = ()  # type: ignore[assignment]  # as if the kernel refused every size
    print(json.dumps(SCENARIOS[scenario]()))


if __name__ == "__main__":
    main()
