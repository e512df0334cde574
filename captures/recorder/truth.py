"""What is true of a capture, as `truth.toml` beside it says: the typed form, the loader, the writer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["recorded", "built", "derived"]
Severity = Literal["failure", "warning", "note", "none"]
Confidence = Literal["proved", "likely", "possible"]
Outcome = Literal["completed", "failed_by_server", "failed_by_client", "aborted", "undetermined"]
Phase = Literal["initial", "renegotiation", "post-handshake"]


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a diagnosis must say; `verdict` is that of the last failed connection, else of the last one."""

    connections: int = 1
    verdict: str
    severity: Severity
    confidence: Confidence | None = None
    findings: tuple[str, ...] = ()
    not_findings: tuple[str, ...] = ()
    related: tuple[str, ...] | None = None
    """``2 resumes 1``: all that the connections are to each other, numbered as they began; None: not judged."""
    problems: tuple[str, ...] = ()
    """Kinds of what the report must say of the capture as a whole."""


class Handshake(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One handshake as the packets show it, and the key log where there is one; what is left out is not judged."""

    phase: Phase | None = None
    version: str | None = None
    history: str | None = None
    outcome: Outcome
    requested: Literal["yes", "no", "unknown"] | None = None
    client_certificate: Literal["sent", "empty", "absent", "unknown"] | None = None
    certificate_verify: Literal["present", "absent", "unknown"] | None = None
    verify_valid: bool | None = None
    ca_names: int | None = None
    ca_list_bytes: int | None = None
    alerts: tuple[str, ...] | None = None
    resumed: bool | None = None


class Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `truth.toml`."""

    title: str
    kind: Kind
    client: str
    server: str
    file: str = "capture.pcap"
    keys: str | None = None
    server_key: str | None = None
    client_cert: str | None = None
    trust: str | None = None
    crl: str | None = None
    expected_server: str | None = None
    not_observed: str | None = None
    expect: Expect
    handshakes: tuple[Handshake, ...]


def load(path: Path) -> Truth:
    return msgspec.toml.decode(path.read_bytes(), type=Truth)


def dump(truth: Truth) -> str:
    """Write TOML by hand: the standard library cannot, and the order is for people."""
    lines = _assignments(truth, skip=("expect", "handshakes"))
    lines += ["", "[expect]", *_assignments(truth.expect)]
    for handshake in truth.handshakes:
        lines += ["", "[[handshakes]]", *_assignments(handshake)]
    return "\n".join(lines) + "\n"


def _assignments(struct: msgspec.Struct, skip: tuple[str, ...] = ()) -> list[str]:
    pairs = ((name, getattr(struct, name)) for name in struct.__struct_fields__ if name not in skip)
    # A JSON string, number, boolean or list of strings is TOML as well.
    return [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in pairs if value is not None]
