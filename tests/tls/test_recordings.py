"""What real stacks sent: every message is read, and the size of the pieces makes no difference."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from analyzer.carriers import TlsFlow
from analyzer.packets import Side
from analyzer.tls import Budget
from analyzer.tls.events import Event, HandshakeMessageReceived, Malformed
from tests.tls.recordings import NAMES, Heard, hear, pieces, recorded

WHOLE = 1 << 30


def without_packets(events: list[Event]) -> list[Any]:
    return [msgspec.structs.replace(event, packet=0) for event in events]


@pytest.mark.parametrize("name", NAMES)
def test_byte_by_byte_and_all_at_once_are_the_same(name: str) -> None:
    for recording in recorded(name):
        whole = without_packets(hear(recording, WHOLE).events)
        assert whole
        for size in (1, 13):
            assert without_packets(hear(recording, size).events) == whole


@pytest.mark.parametrize("name", NAMES)
def test_every_message_can_be_read(name: str) -> None:
    for recording in recorded(name):
        events = hear(recording, WHOLE).events
        malformed = [event for event in events if isinstance(event, Malformed) and not _is_no_tls(name, event)]
        assert [event for event in malformed if not _is_misshapen(name, event)] == []
        for event in events:
            if isinstance(event, HandshakeMessageReceived):
                assert not getattr(event.message, "damaged", None)
                assert not getattr(getattr(event.message, "extensions", None), "damaged", ())


def _is_misshapen(name: str, event: Malformed) -> bool:
    """Is it the request, or its record, that was made so?"""
    if name.startswith("record-too-long-"):
        return event.what == "record header" and event.error.startswith("a record of ")
    return name.startswith("misshapen-request-old-layout-") and event.what == "certificate_request"


def _is_no_tls(name: str, event: Malformed) -> bool:
    """Is it what a server without TLS sent?"""
    return name.startswith("not-tls-") and event.sender is Side.SERVER and event.what == "record header"


def test_the_recordings_hold_every_message_that_has_a_parser() -> None:
    seen = Counter(
        event.message_type
        for name in NAMES
        for recording in recorded(name)
        for event in hear(recording, WHOLE).events
        if isinstance(event, HandshakeMessageReceived)
    )
    assert {1, 2, 4, 11, 12, 13, 14, 15, 16} <= set(seen)


@pytest.mark.parametrize("name", NAMES[::4])
def test_random_mutation_never_raises(name: str) -> None:
    generator = random.Random(name)
    for recording in recorded(name):
        if sum(len(data) for _, data in recording.turns) > 20_000:
            continue
        for _ in range(15):
            heard = Heard()
            flow = TlsFlow(recording.connection, heard.open, Budget())
            for number, (end, data) in enumerate(pieces(recording.turns, 700), 1):
                changed = bytearray(data)
                for _ in range(generator.choice((0, 0, 1, 3))):
                    changed[generator.randrange(len(changed))] = generator.choice((0, 255, generator.randrange(256)))
                if generator.random() < 0.05:
                    flow.gap(end, len(changed), number)
                elif flow.deliver(end, bytes(changed), number, None) < 0:
                    break
            flow.settled(recording.connection)
