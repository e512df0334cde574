"""What tshark sees in a capture: the second opinion that fills and checks `[[handshakes]]`.

Only facts come from here, one `Handshake` for each that began: with a ClientHello (the one after a HelloRetryRequest
is no beginning), with a HelloRequest, with a CertificateRequest after the handshake. What they mean is said by the
scenarios. With a key log tshark sees everything, without one what is in the clear.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from . import proof, wire
from .truth import Handshake, Outcome, Phase

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


_HELLO_REQUEST, _CLIENT_HELLO, _SERVER_HELLO, _NEW_SESSION_TICKET = 0, 1, 2, 4
_CERTIFICATE, _CERTIFICATE_REQUEST, _FINISHED, _COMPRESSED_CERTIFICATE = 11, 13, 20, 25
_PRE_SHARED_KEY = "41"
# The random by which a ServerHello says that it is a HelloRetryRequest.
_RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"


@dataclass
class _Seen:
    """One handshake while its packets pass."""

    phase: Phase = "initial"
    letters: str = ""
    greeted: bool = False
    answered: bool = False
    retried: bool = False
    version: str | None = None
    session_id_offered: str = ""
    session_id_chosen: str = ""
    certificate_bytes: int | None = None
    names: int | None = None
    names_bytes: int | None = None
    alerts: list[tuple[str, str, str]] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    settled: bool = False
    """The end that decides last went on: nothing that comes later makes this handshake fail."""
    resumed: bool = False
    unread: bool = False
    failed_by: str | None = None
    closed_first: str | None = None

    def add(self, letter: str, sender: str) -> None:
        self.letters += letter.upper() if sender == "client" else letter


@dataclass
class _Connection:
    client: tuple[str, str]
    handshakes: list[_Seen] = field(default_factory=list)
    closed_first: str | None = None


def handshakes(
    capture: Path, ports: tuple[int, ...] = (443,), keys: Path | None = None, *, secrets_inside: bool = False
) -> list[Handshake]:
    """Every handshake of a capture, connections in order of appearance.

    tshark finds secrets inside a pcapng by itself, if they come before the packets.
    """
    decrypted = keys is not None or secrets_inside
    seen = [seen for connection in _connections(capture, ports, keys) for seen in connection.handshakes]
    for one in seen:
        if one.names is not None and one.names >= _NAMES_SHOWN:
            one.names = (
                proof.names_in_tls13_request(command(capture, ports, keys))
                if decrypted
                else _names_counted_by_hand(capture, one)
            )
    valid = iter(proof.client_signatures(command(capture, ports, keys))) if decrypted else None
    return [_as_truth(one, decrypted=decrypted, valid=valid) for one in seen]


def _names_counted_by_hand(capture: Path, asked: _Seen) -> int:
    (request,) = wire.certificate_requests(capture.read_bytes())
    return len(wire.names_in_request(request, has_signature_schemes=asked.version == "TLS 1.2"))


def connection_count(capture: Path, ports: tuple[int, ...] = (443,)) -> int:
    return sum(1 for connection in _connections(capture, ports, None) if connection.handshakes)


def command(capture: Path, ports: tuple[int, ...], keys: Path | None) -> list[str]:
    """How tshark is called on a capture, up to the output format."""
    words = ["tshark", "-n", "-r", str(capture), "-o", "tcp.reassemble_out_of_order:TRUE"]
    if keys:
        words += ["-o", f"tls.keylog_file:{keys}"]
    for port in ports:
        words += ["-d", f"tcp.port=={port},tls"]
    return words


def _connections(capture: Path, ports: tuple[int, ...], keys: Path | None) -> list[_Connection]:
    result = subprocess.run([*command(capture, ports, keys), "-T", "pdml"], capture_output=True, check=True)
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
    # Of a decrypted record tshark shows the type on the outside (opaque) and the type inside.
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
    elif content_type == 23:
        _read_application_data(sender, current)


def _read_application_data(sender: str, current: _Seen) -> None:
    if ("D" if sender == "client" else "d") not in current.letters:
        current.add("d", sender)
    if current.phase == "post-handshake" and sender == "client" and "client" in current.finished:
        # tshark 4.0 counts the client's records anew after this Finished and reads no more of them.
        current.unread = True
    _go_on(current, sender)


def _begins(kind: int, sender: str, connection: _Connection) -> Phase | None:
    """The phase of the handshake that a message opens."""
    if not connection.handshakes:
        return "initial" if kind == _CLIENT_HELLO else None
    current = connection.handshakes[-1]
    if kind == _HELLO_REQUEST:
        return "renegotiation"
    if kind == _CLIENT_HELLO:
        expected = (current.retried and not current.version) or not current.greeted
        return None if expected else "renegotiation"
    if kind == _CERTIFICATE_REQUEST and current.version == "TLS 1.3" and "client" in current.finished:
        return "post-handshake"
    return None


def _go_on(current: _Seen, sender: str) -> None:
    """The server sent application data or a session ticket."""
    if sender == "server" and current.version == "TLS 1.3" and "client" in current.finished:
        current.settled = True


def _read_message(message: ElementTree.Element, sender: str, connection: _Connection) -> None:
    kind = _number(message, "tls.handshake.type")
    if kind is None:
        return
    if phase := _begins(kind, sender, connection):
        fresh = _Seen(phase, closed_first=connection.closed_first)
        if phase != "initial":
            fresh.version = connection.handshakes[-1].version
        connection.handshakes.append(fresh)
    if connection.handshakes:
        _note_message(kind, message, sender, connection.handshakes[-1])


def _note_message(kind: int, message: ElementTree.Element, sender: str, current: _Seen) -> None:
    if kind in _MESSAGE_LETTERS:
        current.add(_MESSAGE_LETTERS[kind], sender)
    if kind == _CLIENT_HELLO:
        current.greeted = True
        current.session_id_offered = _text(message, "tls.handshake.session_id")
    elif kind == _SERVER_HELLO:
        _read_server_hello(message, current)
    elif kind == _CERTIFICATE and sender == "client":
        current.certificate_bytes = _number(message, "tls.handshake.certificates_length")
    elif kind == _COMPRESSED_CERTIFICATE and sender == "client":
        # An empty Certificate takes four bytes: no context, no list.
        current.certificate_bytes = (_number(message, "tls.compress_certificate.uncompressed_length") or 4) - 4
    elif kind == _CERTIFICATE_REQUEST:
        current.names_bytes = _number(message, "tls.handshake.dnames_len")
        if current.names_bytes is None and current.version != "TLS 1.3":
            current.names_bytes = 0  # since TLS 1.3 a request may hold no list at all
        current.names = sum(field.get("name") == "tls.handshake.dname" for field in message.iter("field"))
    elif kind == _NEW_SESSION_TICKET:
        _go_on(current, sender)
    elif kind == _FINISHED:
        current.finished.add(sender)
        current.settled = current.finished == {"client", "server"} and current.version != "TLS 1.3"


def _read_server_hello(message: ElementTree.Element, current: _Seen) -> None:
    if _text(message, "tls.handshake.random") == _RETRY:
        current.retried = True
        return
    number = _number(message, "tls.handshake.extensions.supported_version")
    number = number if number is not None else _number(message, "tls.handshake.version")
    current.version = _VERSIONS.get(number or 0)
    current.answered = True
    current.session_id_chosen = _text(message, "tls.handshake.session_id")
    current.resumed = any(
        field.get("name") == "tls.handshake.extension.type" and field.get("show") == _PRE_SHARED_KEY
        for field in message.iter("field")
    )


def _read_alert(record: ElementTree.Element, sender: str, current: _Seen, connection: _Connection) -> None:
    current.add("l", sender)
    level = _number(record, "tls.alert_message.level")
    description = _number(record, "tls.alert_message.desc")
    if level is None or description is None:
        return
    other = "server" if sender == "client" else "client"
    current.alerts.append((sender, _LEVELS.get(level, str(level)), _ALERTS.get(description, str(description))))
    if level == 2 and not current.settled and current.failed_by is None and connection.closed_first != other:
        current.failed_by = sender


def _outcome(seen: _Seen, *, decrypted: bool) -> Outcome:
    """As architecture.md defines it; an encrypted TLS 1.3 handshake stays undetermined."""
    in_tls13 = seen.version == "TLS 1.3"
    if in_tls13 and not decrypted:
        return "undetermined"
    if seen.failed_by:
        return "failed_by_client" if seen.failed_by == "client" else "failed_by_server"
    # After a post-handshake request only the client says Finished.
    wanted = {"client"} if seen.phase == "post-handshake" else {"client", "server"}
    if seen.finished >= wanted:
        if seen.settled or not in_tls13:
            return "completed"
        if seen.closed_first == "client":  # what the server would have said, nobody knows
            return "undetermined"
    return "aborted" if seen.closed_first else "undetermined"


Requested = Literal["yes", "no", "unknown"] | None


def _requested(seen: _Seen, *, decrypted: bool) -> Requested:
    if "r" in seen.letters:
        return "yes"
    if seen.version == "TLS 1.3":
        return ("no" if "f" in seen.letters else None) if decrypted else "unknown"
    return "no" if "n" in seen.letters or "i" in seen.letters else None


def _as_truth(seen: _Seen, *, decrypted: bool, valid: Iterator[bool] | None) -> Handshake:
    hidden = seen.version == "TLS 1.3" and not decrypted
    certificate: Literal["sent", "empty", "absent", "unknown"] | None = None
    verify: Literal["present", "absent", "unknown"] | None = None
    if hidden:
        certificate = verify = "unknown"
    elif ("client", "warning", "no_certificate") in seen.alerts:
        certificate, verify = "empty", "absent"
    elif seen.certificate_bytes is not None:
        certificate = "sent" if seen.certificate_bytes else "empty"
        verify = "present" if "Y" in seen.letters else "absent"
    elif seen.answered or seen.phase == "post-handshake":
        certificate = verify = "absent"
    resumed = None
    if seen.answered and seen.version == "TLS 1.3":
        resumed = seen.resumed if decrypted else None
    elif seen.answered:
        resumed = "x" not in seen.letters and "i" in seen.letters
    return Handshake(
        phase=seen.phase if decrypted else None,
        version=seen.version,
        history=None if decrypted else seen.letters,
        outcome=_outcome(seen, decrypted=decrypted),
        requested=_requested(seen, decrypted=decrypted),
        client_certificate=certificate,
        certificate_verify=verify,
        verify_valid=next(valid) if valid and verify == "present" else None,
        ca_names=seen.names,
        ca_list_bytes=seen.names_bytes,
        alerts=None if seen.unread else tuple(" ".join(alert) for alert in seen.alerts),
        resumed=resumed,
    )
