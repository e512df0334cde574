"""``certwhy events``: every event of a handshake, as a line of JSON or as a line to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from analyzer.render.facts import rfc3339, rfc3339_seconds
from analyzer.render.json_text import to_json
from analyzer.render.numbers import count
from analyzer.render.safe import safe_text
from analyzer.render.words import short_name, versions
from analyzer.tls.codepoints import (
    ExtensionType,
    alert_level_name,
    alert_name,
    certificate_type_name,
    cipher_suite_name,
    handshake_name,
    signature_scheme_name,
    version_name,
)
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    FinishedChecked,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
    MessageUnfinished,
    ProofReceived,
    RecordsOpened,
    RecordsSealed,
)
from analyzer.tls.messages import Certificate, CertificateRequest, CertificateVerify, ClientHello, ServerHello
from analyzer.x509 import CertificateInfo, Name, read_certificate, read_name

_KINDS: Mapping[type, str] = {
    HandshakeMessageReceived: "message",
    AlertReceived: "alert",
    CipherSpecChanged: "change_cipher_spec",
    EncryptedRecordReceived: "encrypted_record",
    Malformed: "malformed",
    MessageLost: "message_lost",
    MessageUnfinished: "message_unfinished",
    BytesMissing: "bytes_missing",
    RecordsOpened: "records_opened",
    RecordsSealed: "records_sealed",
    ApplicationDataReceived: "application_data",
    ProofReceived: "signature",
    FinishedChecked: "finished_checked",
}
_CONTENT_TYPES = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}


def json_line(connection: int, event: Event, *, ascii_only: bool = False) -> str:
    """One event as JSON; bytes are hexadecimal, numbers of the registries their names."""
    sender = event.sender.word
    fields: dict[str, Any] = {
        "connection": connection,
        "packet": event.packet,
        "time": rfc3339(getattr(event, "timestamp_ns", None)),
        "sender": sender,
        "event": _KINDS[type(event)],
    }
    fields.update(_fields(event))
    return to_json(fields, ascii_only=ascii_only)


def _fields(event: Event) -> dict[str, Any]:
    show = _SHOWN.get(type(event))
    return show(event) if show is not None else {}


def _message_fields(event: HandshakeMessageReceived) -> dict[str, Any]:
    shown = {"message": handshake_name(event.message_type), "bytes": event.length, "records": event.records}
    return shown | ({"decrypted": True} if event.protected else {}) | _struct(event.message)


def _content_type(value: int) -> str:
    return _CONTENT_TYPES.get(value, str(value))


_SHOWN: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    HandshakeMessageReceived: _message_fields,
    AlertReceived: lambda e: {
        "level": alert_level_name(e.level),
        "description": alert_name(e.description),
        **({"decrypted": True} if e.protected else {}),
    },
    EncryptedRecordReceived: lambda e: {"content_type": _content_type(e.content_type), "bytes": e.length},
    Malformed: lambda e: {"what": e.what, "error": e.error},
    MessageUnfinished: lambda e: {"message": handshake_name(e.message_type), "bytes": e.length},
    MessageLost: lambda e: {"message": None if e.message_type is None else handshake_name(e.message_type)},
    BytesMissing: lambda e: {"bytes": e.length},
    RecordsSealed: lambda e: {"why": e.why.value},
    ApplicationDataReceived: lambda e: {"bytes": e.length},
    ProofReceived: lambda e: {
        "scheme": None if e.scheme is None else signature_scheme_name(e.scheme),
        "signed_bytes": len(e.signed),
    },
    FinishedChecked: lambda e: {"valid": e.valid},
}
"""What of an event is shown as JSON; of application data and secrets nothing but sizes."""


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    """A message's fields, those that were not sent left out."""
    fields: dict[str, Any] = {}
    for name in value.__struct_fields__:
        field = getattr(value, name)
        if field is None or field is False or field == () or name in ("message_type", "length"):
            continue
        fields[name] = _FIELDS[name](field) if name in _FIELDS else _plain(field)
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _struct(value) if isinstance(value, msgspec.Struct) else value


def _each(name: Callable[[int], str]) -> Callable[[Any], list[str]]:
    return lambda values: [name(value) for value in values]


def _extension_name(value: int) -> str:
    try:
        return ExtensionType(value).name
    except ValueError:
        return str(value)


def _names(values: Any) -> list[str]:
    return [name.text if isinstance(name := read_name(der), Name) else name.as_name().text for der in values]


def _certificates(values: Any) -> list[dict[str, Any]]:
    return [_certificate(read_certificate(der)) for der in values]


def _certificate(certificate: Any) -> dict[str, Any]:
    if not isinstance(certificate, CertificateInfo):
        return {"error": certificate.error, "sha256": certificate.sha256}
    return {
        "subject": certificate.subject.text,
        "issuer": certificate.issuer.text,
        "not_before": rfc3339_seconds(certificate.not_before_ns),
        "not_after": rfc3339_seconds(certificate.not_after_ns),
        "sha256": certificate.sha256,
    }


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "legacy_version": version_name,
    "supported_versions": _each(version_name),
    "cipher_suites": _each(cipher_suite_name),
    "cipher_suite": cipher_suite_name,
    "types": _each(_extension_name),
    "signature_algorithms": _each(signature_scheme_name),
    "signature_algorithms_cert": _each(signature_scheme_name),
    "signature_schemes": _each(signature_scheme_name),
    "signature_schemes_cert": _each(signature_scheme_name),
    "certificate_types": _each(certificate_type_name),
    "scheme": signature_scheme_name,
    "authorities": _names,
    "certificate_authorities": _names,
    "certificates": _certificates,
}


def text_line(connection: int, event: Event, started_ns: int | None) -> str:
    """One event to read: connection, packet, seconds since its first event, who, what."""
    at = getattr(event, "timestamp_ns", None)
    time = "" if at is None or started_ns is None else f"{(at - started_ns) / 1e9:.3f}"
    sender = event.sender.word
    what, detail = _words(event)
    return f"{connection:>5}  {event.packet:>8}  {time:>9}  {sender}  {what:<20}  {safe_text(detail)}".rstrip()


HEADING = f"{'conn':>5}  {'packet':>8}  {'time':>9}  sender  event"


def _words(event: Event) -> tuple[str, str]:
    what, detail = _WORDS[type(event)]
    return what(event) if callable(what) else what, detail(event)


def _message_name(event: HandshakeMessageReceived) -> str:
    return "".join(part.capitalize() for part in handshake_name(event.message_type).split("_"))


def _message_detail(event: HandshakeMessageReceived) -> str:
    return ", ".join(filter(None, (_message_words(event.message), count(event.length, "byte"))))


_WORDS: Mapping[type, tuple[str | Callable[[Any], str], Callable[[Any], str]]] = {
    HandshakeMessageReceived: (_message_name, _message_detail),
    AlertReceived: ("Alert", lambda e: f"{alert_level_name(e.level)} {alert_name(e.description)}"),
    CipherSpecChanged: ("ChangeCipherSpec", lambda e: ""),
    EncryptedRecordReceived: (
        "encrypted record",
        lambda e: f"{_content_type(e.content_type)}, {count(e.length, 'byte')}",
    ),
    Malformed: ("malformed", lambda e: f"{e.what}: {e.error}"),
    MessageUnfinished: (
        "message unfinished",
        lambda e: f"{handshake_name(e.message_type)}, {count(e.length, 'byte')} announced",
    ),
    MessageLost: ("message lost", lambda e: "" if e.message_type is None else handshake_name(e.message_type)),
    BytesMissing: ("bytes missing", lambda e: count(e.length, "byte")),
    RecordsOpened: ("decrypting", lambda e: ""),
    RecordsSealed: ("not decrypted", lambda e: e.why.value),
    ApplicationDataReceived: ("application data", lambda e: count(e.length, "byte")),
    ProofReceived: ("signature", lambda e: "" if e.scheme is None else signature_scheme_name(e.scheme)),
    FinishedChecked: ("Finished checked", lambda e: "as it must be" if e.valid else "not what it must be"),
}


def _message_words(message: msgspec.Struct) -> str:
    if isinstance(message, ClientHello):
        return f"{message.extensions.server_name or 'no server name'}, {versions(message.offered_versions)}"
    if isinstance(message, ServerHello):
        return f"{version_name(message.version)}, {cipher_suite_name(message.cipher_suite)}"
    if isinstance(message, Certificate):
        if not message.certificates:
            return "empty"
        first = read_certificate(message.certificates[0])
        name = short_name(first if isinstance(first, CertificateInfo) else None)
        return f"{name}, {count(len(message.certificates), 'certificate')}"
    if isinstance(message, CertificateRequest):
        return count(len(message.authorities), "CA name")
    if isinstance(message, CertificateVerify) and message.scheme is not None:
        return signature_scheme_name(message.scheme)
    return ""
