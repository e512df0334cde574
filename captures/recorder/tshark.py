"""What tshark sees in a capture: the second opinion that fills and checks `[[handshakes]]`.

Only facts come from here, one `Handshake` for each ClientHello; what they mean is said by the scenarios.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from . import wire
from .truth import Handshake, Outcome

# Zeek's ssl_history letters, upper case for the client.
_MESSAGE_LETTERS = {
    0: "h", 1: "c", 2: "s", 4: "t", 11: "x", 12: "k", 13: "r", 14: "n", 15: "y", 16: "g", 20: "f", 22: "u",
}  # fmt: skip
# tshark lists no more CA names than these; such captures hold one request, which is then counted by hand.
_NAMES_SHOWN = 100
_VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
_LEVELS = {1: "warning", 2: "fatal"}
_ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
    40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate",
    44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
    48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
    71: "insufficient_security", 80: "internal_error", 90: "user_canceled", 100: "no_renegotiation",
    109: "missing_extension", 112: "unrecognized_name", 116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip


@dataclass
class _Seen:
    """One handshake while its packets pass."""

    letters: str = ""
    version: str | None = None
    session_id_offered: str = ""
    session_id_chosen: str = ""
    certificate_bytes: int | None = None
    names: int | None = None
    names_bytes: int | None = None
    alerts: list[tuple[str, str, str]] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    failed_by: str | None = None
    closed_first: str | None = None

    def add(self, letter: str, sender: str) -> None:
        self.letters += letter.upper() if sender == "client" else letter


@dataclass
class _Connection:
    client: tuple[str, str]
    handshakes: list[_Seen] = field(default_factory=list)
    closed_first: str | None = None


def handshakes(capture: Path, ports: tuple[int, ...] = (443,)) -> list[Handshake]:
    """Every handshake of a capture, connections in order of appearance."""
    seen = [seen for connection in _connections(capture, ports) for seen in connection.handshakes]
    if any(one.names is not None and one.names >= _NAMES_SHOWN for one in seen):
        (request,) = wire.certificate_requests(capture.read_bytes())
        (asked,) = (one for one in seen if one.names is not None)
        asked.names = len(wire.names_in_request(request, has_signature_schemes=asked.version == "TLS 1.2"))
    return [_as_truth(one) for one in seen]


def connection_count(capture: Path, ports: tuple[int, ...] = (443,)) -> int:
    return sum(1 for connection in _connections(capture, ports) if connection.handshakes)


def _connections(capture: Path, ports: tuple[int, ...]) -> list[_Connection]:
    command = ["tshark", "-n", "-r", str(capture), "-T", "pdml", "-o", "tcp.reassemble_out_of_order:TRUE"]
    for port in ports:
        command += ["-d", f"tcp.port=={port},tls"]
    result = subprocess.run(command, capture_output=True, check=True)
    connections: dict[str, _Connection] = {}
    for packet in ElementTree.fromstring(result.stdout).iter("packet"):
        _read_packet(packet, connections)
    return list(connections.values())


def _read_packet(packet: ElementTree.Element, connections: dict[str, _Connection]) -> None:
    fields = {element.get("name"): element.get("show", "") for element in packet.iter("field")}
    if "tcp.stream" not in fields:
        return
    address = fields.get("ip.src") or fields["ipv6.src"]
    source = (address, fields["tcp.srcport"])
    connection = connections.setdefault(fields["tcp.stream"], _Connection(source))
    sender = "client" if source == connection.client else "server"
    for record in _records(packet):
        _read_record(record, sender, connection)
    if connection.closed_first is None and {fields["tcp.flags.fin"], fields["tcp.flags.reset"]} & {
        "1",
        "True",
    }:
        connection.closed_first = sender
        if connection.handshakes:
            connection.handshakes[-1].closed_first = sender


def _records(packet: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for protocol in packet.iter("proto"):
        if protocol.get("name") == "tls":
            yield from (element for element in protocol.iter("field") if element.get("name") == "tls.record")


def _number(element: ElementTree.Element, name: str) -> int | None:
    found = element.find(f".//field[@name='{name}']")
    return None if found is None else int(found.get("show", ""), 0)


def _text(element: ElementTree.Element, name: str) -> str:
    found = element.find(f".//field[@name='{name}']")
    return "" if found is None else found.get("value", "")


def _read_record(record: ElementTree.Element, sender: str, connection: _Connection) -> None:
    content_type = _number(record, "tls.record.content_type")
    if content_type is None:
        content_type = _number(record, "tls.record.opaque_type")
    for handshake in record.iter("field"):
        if handshake.get("name") == "tls.handshake" and _number(handshake, "tls.handshake.type") is not None:
            _read_message(handshake, sender, connection)
    if content_type is None and _number(record, "tls.handshake.challenge_length") is not None:
        _read_message(record, sender, connection)  # an SSLv2-style ClientHello
    if not connection.handshakes:
        return
    current = connection.handshakes[-1]
    if content_type == 20:
        current.add("i", sender)
    elif content_type == 21:
        _read_alert(record, sender, current, connection)
    elif content_type == 22 and _number(record, "tls.handshake.type") is None:
        if ("I" if sender == "client" else "i") in current.letters:
            current.finished.add(sender)
    elif content_type == 23 and ("D" if sender == "client" else "d") not in current.letters:
        current.add("d", sender)


def _read_message(message: ElementTree.Element, sender: str, connection: _Connection) -> None:
    kind = _number(message, "tls.handshake.type")
    if kind == 1:
        connection.handshakes.append(_Seen(closed_first=connection.closed_first))
    if not connection.handshakes or kind not in _MESSAGE_LETTERS:
        return
    current = connection.handshakes[-1]
    current.add(_MESSAGE_LETTERS[kind], sender)
    if kind == 1:
        current.session_id_offered = _text(message, "tls.handshake.session_id")
    elif kind == 2:
        number = _number(message, "tls.handshake.extensions.supported_version")
        number = number if number is not None else _number(message, "tls.handshake.version")
        current.version = _VERSIONS.get(number or 0)
        current.session_id_chosen = _text(message, "tls.handshake.session_id")
    elif kind == 11 and sender == "client":
        current.certificate_bytes = _number(message, "tls.handshake.certificates_length")
    elif kind == 13:
        current.names_bytes = _number(message, "tls.handshake.dnames_len") or 0
        current.names = sum(field.get("name") == "tls.handshake.dname" for field in message.iter("field"))


def _read_alert(record: ElementTree.Element, sender: str, current: _Seen, connection: _Connection) -> None:
    current.add("l", sender)
    level = _number(record, "tls.alert_message.level")
    description = _number(record, "tls.alert_message.desc")
    if level is None or description is None:
        return
    other = "server" if sender == "client" else "client"
    current.alerts.append((sender, _LEVELS.get(level, str(level)), _ALERTS.get(description, str(description))))
    if level == 2 and current.failed_by is None and connection.closed_first != other:
        current.failed_by = sender


def _outcome(seen: _Seen) -> Outcome:
    """As architecture.md defines it; an encrypted TLS 1.3 handshake stays undetermined."""
    if seen.version == "TLS 1.3":
        return "undetermined"
    if seen.failed_by:
        return "failed_by_client" if seen.failed_by == "client" else "failed_by_server"
    if seen.finished == {"client", "server"}:
        return "completed"
    return "aborted" if seen.closed_first else "undetermined"


Requested = Literal["yes", "no", "unknown"] | None


def _requested(seen: _Seen) -> Requested:
    if "r" in seen.letters:
        return "yes"
    if seen.version == "TLS 1.3":
        return "unknown"
    return "no" if "n" in seen.letters or "i" in seen.letters else None


def _as_truth(seen: _Seen) -> Handshake:
    hidden = seen.version == "TLS 1.3"
    certificate: Literal["sent", "empty", "absent", "unknown"] | None = None
    verify: Literal["present", "absent", "unknown"] | None = None
    if hidden:
        certificate = verify = "unknown"
    elif ("client", "warning", "no_certificate") in seen.alerts:
        certificate, verify = "empty", "absent"
    elif seen.certificate_bytes is not None:
        certificate = "sent" if seen.certificate_bytes else "empty"
        verify = "present" if "Y" in seen.letters else "absent"
    elif seen.version:
        certificate = verify = "absent"
    resumed = None
    if seen.version and not hidden:
        resumed = "x" not in seen.letters and "i" in seen.letters
    return Handshake(
        version=seen.version,
        history=seen.letters,
        outcome=_outcome(seen),
        requested=_requested(seen),
        client_certificate=certificate,
        certificate_verify=verify,
        ca_names=seen.names,
        ca_list_bytes=seen.names_bytes,
        alerts=tuple(" ".join(alert) for alert in seen.alerts),
        resumed=resumed,
    )
