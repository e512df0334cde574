"""Captures that cannot be recorded here: made from a recording, changing only what the builder names."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import pki, tshark, wire
from .truth import Expect, Handshake, Kind, Truth, dump, load

_RECORD_LIMIT = 16384
_SEGMENT_LIMIT = 1448
_SCHANNEL_LIMIT = 16384
_LARGE = 1400
"""Bytes of payload; the server's flight is smaller."""


@dataclass(frozen=True)
class Build:
    """One capture made from the recording `base`."""

    name: str
    title: str
    base: str
    change: Callable[[bytes], bytes]
    changes: str
    expect: Expect
    kind: Kind = "built"
    not_observed: str | None = None
    client_cert: str | None = None
    by_hand: tuple[Handshake, ...] | None = None
    """Facts that tshark cannot read from what was built."""
    secrets_last: bool = False
    """A pcapng with the base's key log after its packets: tshark, which reads once, sees no more than without."""


def build(plan: Build, captures: Path, material: Path) -> None:
    base = captures / plan.base
    base_truth = load(base / "truth.toml")
    target = captures / plan.name
    target.mkdir(exist_ok=True)
    capture = target / ("capture.pcapng" if plan.secrets_last else "capture.pcap")
    changed = plan.change((base / base_truth.file).read_bytes())
    if plan.secrets_last:
        changed = wire.pcapng_with_secrets_last(wire.read(changed), (base / str(base_truth.keys)).read_bytes())
    capture.write_bytes(changed)
    for name in ("client.txt", "server.txt"):
        (target / name).write_text(f"Nothing was printed: this capture was made from {plan.base}.\n")
    if plan.client_cert:
        shutil.copy(material / plan.client_cert, target)
    made = f"python captures/record.py {plan.name}\n\n{plan.kind} from {plan.base}: {plan.changes}\n"
    (target / "made.txt").write_text(made)
    truth = Truth(
        title=plan.title,
        kind=plan.kind,
        client=base_truth.client,
        server=base_truth.server,
        file=capture.name,
        client_cert=plan.client_cert,
        not_observed=plan.not_observed,
        expect=plan.expect,
        handshakes=_handshakes(plan, base_truth, capture),
    )
    (target / "truth.toml").write_text(dump(truth))


def _handshakes(plan: Build, base_truth: Truth, capture: Path) -> tuple[Handshake, ...]:
    if plan.secrets_last:
        return base_truth.handshakes
    return plan.by_hand or tuple(tshark.handshakes(capture))


def with_ca_list(capture: bytes, names: list[bytes]) -> bytes:
    """Put `names` into the only CertificateRequest of a TLS 1.2 recording; later sequence numbers move along."""
    segments = [wire.segment(frame) for frame in wire.read(capture)]
    (request,) = wire.certificate_requests(capture)
    old_record = next(_records(b"\x0d" + len(request).to_bytes(3, "big") + request))
    asking = next(one for one in segments if old_record in one.payload)
    listed = b"".join(struct.pack("!H", len(name)) + name for name in names)
    position = 1 + request[0]
    position += 2 + int.from_bytes(request[position : position + 2], "big")
    body = request[:position] + struct.pack("!H", len(listed) & 0xFFFF) + listed
    new_records = b"".join(_records(b"\x0d" + len(body).to_bytes(3, "big") + body))
    payload = asking.payload.replace(old_record, new_records)

    frames: list[wire.Frame] = []
    for one in segments:
        if one is asking:
            frames += wire.split(one, payload, _SEGMENT_LIMIT)
        else:
            frames.append(_shifted(one, asking, len(payload) - len(asking.payload)))
    return wire.write(frames)


def _records(message: bytes) -> Iterator[bytes]:
    for start in range(0, len(message), _RECORD_LIMIT):
        fragment = message[start : start + _RECORD_LIMIT]
        yield struct.pack("!BHH", 22, 0x0303, len(fragment)) + fragment


def _shifted(one: wire.Segment, asking: wire.Segment, growth: int) -> wire.Frame:
    sequence, acknowledged = one.sequence, one.acknowledged
    if one.source == asking.source and (sequence - asking.sequence) % 2**32 in range(1, 2**31):
        sequence += growth
    if one.source == asking.destination and (acknowledged - asking.sequence) % 2**32 in range(1, 2**31):
        acknowledged += growth
    return wire.rewritten(one, sequence=sequence, acknowledged=acknowledged, payload=one.payload, flags=one.flags)


def _as_schannel_cuts(capture: bytes) -> bytes:
    names: list[bytes] = []
    for name in pki.crowd_names(200):
        if sum(2 + len(listed) for listed in names) + 2 + len(name) > _SCHANNEL_LIMIT:
            break
        names.append(name)
    return with_ca_list(capture, names)


def _with_wrapped_length(capture: bytes) -> bytes:
    return with_ca_list(capture, pki.crowd_names(440))


def _last_connection_alone(capture: bytes) -> bytes:
    segments = [wire.segment(frame) for frame in wire.read(capture)]
    last = next(one for one in reversed(segments) if one.flags & wire.SYN)
    ends = {last.source, last.destination}
    return wire.write(one.frame for one in segments if {one.source, one.destination} == ends)


def _without_large_packets_of_the_client(capture: bytes) -> bytes:
    return wire.write(one.frame for one in map(wire.segment, wire.read(capture)) if len(one.payload) < _LARGE)


BUILDS = (
    Build(
        name="built-ca-list-truncated-by-schannel",
        title="A list cut short of 16,384 bytes, as a Windows server with too many CAs sends it: the client's "
        "issuers are not in it.",
        base="empty-no-certificate-openssl-openssl",
        change=_as_schannel_cuts,
        changes="the CA list was replaced by 100 names of 163 bytes, 16,300 together; lengths, records, segments, "
        "sequence numbers and checksums follow",
        expect=Expect(
            verdict="ca-list-truncated-by-schannel",
            severity="failure",
            confidence="likely",
            findings=("ca-list-truncated-by-schannel", "client-sent-empty-certificate"),
            not_findings=("ca-list-length-overflow", "ca-list-spans-records"),
        ),
        not_observed="No request of a Windows server was at hand: types, schemes and the alert are OpenSSL's, and "
        "where exactly Schannel cuts follows its documentation. The client had no certificate at all.",
        client_cert="alice.pem",
    ),
    Build(
        name="built-ca-list-length-overflow",
        title="A list of 71,720 bytes whose 16-bit length has wrapped to 6,184; the client leaves.",
        base="closed-after-request-python-openssl",
        change=_with_wrapped_length,
        changes="the CA list was replaced by 440 names of 163 bytes with the length modulo 65,536; the message's own "
        "length is right; records, segments, sequence numbers and checksums follow",
        expect=Expect(
            verdict="ca-list-length-overflow",
            severity="failure",
            findings=("ca-list-length-overflow", "client-closed-after-request", "ca-list-spans-records"),
            not_findings=("client-sent-empty-certificate", "server-closed-without-alert"),
        ),
        by_hand=(
            Handshake(
                version="TLS 1.2",
                history="Csxkrnl",
                outcome="aborted",
                requested="yes",
                client_certificate="absent",
                certificate_verify="absent",
                ca_names=440,
                ca_list_bytes=6_184,
                alerts=("server fatal decode_error",),
                resumed=False,
            ),
        ),
        not_observed="No server at hand sends such a list (OpenSSL 3.0 fails instead); what clients say to it is not "
        "known, this one left for a reason of its own.",
    ),
    Build(
        name="resumed-alone",
        title="A resumed session whose first connection is not in the capture: what the client showed then is unknown.",
        base="resumed-without-certificate-curl-nginx",
        change=_last_connection_alone,
        changes="the first connection was taken out",
        expect=Expect(
            verdict="tls-succeeded",
            severity="note",
            not_findings=("server-never-asked", "client-sent-empty-certificate"),
        ),
        kind="derived",
    ),
    Build(
        name="client-flight-lost-before-curl-haproxy",
        title="Large packets of the client get lost before the place of the recording, which so never holds them.",
        base="client-flight-lost-curl-haproxy",
        change=_without_large_packets_of_the_client,
        changes="the packets that the packet filter dropped were taken out",
        expect=Expect(
            verdict="large-flight-never-arrived",
            severity="failure",
            confidence="likely",
            findings=("large-flight-never-arrived",),
            not_findings=("client-closed-after-request", "client-sent-no-certificate-message"),
        ),
        kind="derived",
        by_hand=(
            Handshake(
                version="TLS 1.2",
                history="Csxkrn",
                outcome="undetermined",
                requested="yes",
                client_certificate="unknown",
                certificate_verify="unknown",
                ca_names=1,
                ca_list_bytes=41,
                alerts=(),
                resumed=False,
            ),
        ),
    ),
    Build(
        name="tls13-expired-secrets-last-curl-openssl",
        title="An expired certificate; the secrets stand in the pcapng, in a block after the packets that need them.",
        base="tls13-expired-curl-openssl",
        change=bytes,
        changes="the packets were put into a pcapng, and the key log into a Decryption Secrets Block behind them",
        expect=Expect(
            verdict="client-certificate-expired",
            severity="failure",
            confidence="proved",
            findings=("client-certificate-expired",),
        ),
        not_observed="editcap and Wireshark write such blocks before the packets; the format allows this order too.",
        secrets_last=True,
    ),
)
