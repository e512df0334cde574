"""With the same key log tshark and certwhy see the same messages, in the same packets; and all proofs are right."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.capture import FrameDecoder, open_capture
from analyzer.carriers import TlsFlow, TlsFound
from analyzer.model.proof import check_client_proof, check_server_proof
from analyzer.packets import Segment, Side
from analyzer.streams import TcpTracker
from analyzer.tls import Budget, KeyRing
from analyzer.tls.events import AlertReceived, Event, FinishedChecked, HandshakeMessageReceived, ProofReceived
from analyzer.tls.keylog import read_key_log
from captures.recorder import tshark
from captures.recorder.truth import Truth, load

CAPTURES = Path(__file__).parents[2] / "captures"
TRUTHS = {path.parent.name: load(path) for path in sorted(CAPTURES.glob("*/truth.toml"))}
WITH_KEYS = {name: truth for name, truth in TRUTHS.items() if truth.keys}

_CERTIFICATE_VERIFY, _FINISHED = 15, 20

Seen = tuple[int, str, str]
"""Packet, sender, and a message type or an alert."""


class Told:
    """The events of one connection."""

    def __init__(self, found: TlsFound) -> None:
        self.found = found
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        self.events.append(event)

    def settled(self) -> None:
        pass


def told_by_certwhy(name: str, truth: Truth) -> list[Told]:
    """Every connection of a capture; what is held for them is given back."""
    ring, budget = KeyRing(), Budget()
    read_key_log(str(CAPTURES / name / str(truth.keys)), ring.log)
    told: list[Told] = []

    def found(tls: TlsFound) -> Told:
        told.append(Told(tls))
        return told[-1]

    tracker, decoder = TcpTracker(lambda connection: TlsFlow(connection, found, budget, ring)), FrameDecoder()
    with open_capture(str(CAPTURES / name / truth.file)) as file:
        for packet in file:
            segment = decoder.decode(packet)
            if isinstance(segment, Segment):
                tracker.feed(segment)
    tracker.flush()
    assert budget.held == 0
    return told


def _seen_by_certwhy(name: str, truth: Truth) -> list[Seen]:
    return sorted(
        (
            event.packet,
            event.sender.name,
            f"message {event.message_type}"
            if isinstance(event, HandshakeMessageReceived)
            else f"alert {event.level} {event.description}",
        )
        for one in told_by_certwhy(name, truth)
        for event in one.events
        if isinstance(event, HandshakeMessageReceived | AlertReceived)
    )


def _seen_by_tshark(name: str, truth: Truth) -> list[Seen]:
    folder = CAPTURES / name
    command = tshark.command(folder / truth.file, (443,), folder / str(truth.keys))
    result = subprocess.run([*command, "-T", "pdml"], capture_output=True, check=True)
    seen: list[Seen] = []
    clients: dict[str, tuple[str, str]] = {}
    for packet in ElementTree.fromstring(result.stdout).iter("packet"):
        fields = {field.get("name"): field.get("show", "") for field in packet.iter("field")}
        if "tcp.stream" not in fields:
            continue
        source = (fields.get("ip.src") or fields["ipv6.src"], fields["tcp.srcport"])
        client = clients.setdefault(fields["tcp.stream"], source)
        sender = "CLIENT" if source == client else "SERVER"
        seen += [(int(fields["frame.number"]), sender, what) for what in _messages(packet)]
    return sorted(seen)


def _messages(packet: ElementTree.Element) -> Iterator[str]:
    for field in packet.iter("field"):
        inside = {element.get("name"): element.get("show", "") for element in field.findall("field")}
        if field.get("name") == "tls.handshake" and "tls.handshake.type" in inside:
            # The first part of a message that spans records is shown as well.
            if int(field.get("size", "0")) == 4 + int(inside["tls.handshake.length"]):
                yield f"message {inside['tls.handshake.type']}"
        elif field.get("name") == "tls.alert_message" and "tls.alert_message.desc" in inside:
            yield f"alert {inside['tls.alert_message.level']} {inside['tls.alert_message.desc']}"


# tshark 4.0 counts the client's records anew after its Finished that answers a post-handshake request, and opens no
# more of them: what the client sends then only we see.
BEYOND_TSHARK: dict[str, list[Seen]] = {
    "post-handshake-forbidden-by-http2-curl-apache": [(35, "CLIENT", "alert 1 0")],
    "post-handshake-good-curl-apache": [(20, "CLIENT", "alert 1 0")],
    "post-handshake-good-openssl-openssl": [(20, "CLIENT", "alert 1 0")],
}


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", WITH_KEYS)
def test_tshark_with_the_same_keys_sees_the_same_messages(name: str) -> None:
    """Sender, type and packet of every handshake message, and every alert. What is inside a CompressedCertificate
    tshark does not show; here only its type counts."""
    ours, theirs = _seen_by_certwhy(name, WITH_KEYS[name]), _seen_by_tshark(name, WITH_KEYS[name])
    assert ours
    only_ours = [one for one in ours if one not in theirs]
    assert only_ours in ([], BEYOND_TSHARK.get(name, []))
    assert theirs == [one for one in ours if one not in only_ours]


def _proofs(told: Told, sender: Side) -> list[bool | None]:
    """Does each CertificateVerify of that side verify, with the certificate that came before it?"""
    answers = []
    for at, event in enumerate(told.events):
        if isinstance(event, ProofReceived) and event.sender is sender:
            before = told.events[: at + 1]
            if sender is Side.CLIENT:
                answers.append(check_client_proof(before, event, check_all=False).valid)
            else:
                answers.append(check_server_proof(before))
    return answers


def _count(told: Told, message_type: int, sender: Side) -> int:
    return sum(
        isinstance(event, HandshakeMessageReceived) and event.message_type == message_type and event.sender is sender
        for event in told.events
    )


@pytest.mark.parametrize("name", WITH_KEYS)
def test_every_signature_verifies_unless_the_truth_says_otherwise(name: str) -> None:
    truth = WITH_KEYS[name]
    told = told_by_certwhy(name, truth)
    expected = [one.verify_valid is not False for one in truth.handshakes if one.certificate_verify == "present"]
    assert [answer for one in told for answer in _proofs(one, Side.CLIENT)] == expected
    for one in told:
        assert _proofs(one, Side.SERVER) == [True] * _count(one, _CERTIFICATE_VERIFY, Side.SERVER)


@pytest.mark.parametrize("name", WITH_KEYS)
def test_every_finished_is_what_our_own_transcript_says(name: str) -> None:
    for one in told_by_certwhy(name, WITH_KEYS[name]):
        for side in Side:
            checked = [e.valid for e in one.events if isinstance(e, FinishedChecked) and e.sender is side]
            assert checked == [True] * _count(one, _FINISHED, side)


def test_enough_is_decrypted_for_this_to_mean_something() -> None:
    finished = sum(
        _count(one, _FINISHED, side)
        for name, truth in WITH_KEYS.items()
        for one in told_by_certwhy(name, truth)
        for side in Side
    )
    assert finished >= 250
