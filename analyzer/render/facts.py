"""From the program's own report to the JSON contract: every value in words, every unseen fact null with its reason."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeVar

from analyzer import __version__
from analyzer.diagnosis.actions import advice
from analyzer.diagnosis.ca_names import describe_names
from analyzer.diagnosis.report import ConnectionReport, Finding, Related, Report, Verdict
from analyzer.model import (
    AnyCertificate,
    Application,
    CaptureIndex,
    Confidence,
    ConnectionEnding,
    Controls,
    Handshake,
    SeenAlert,
    SeenChain,
    SeenRequest,
    SeenVerify,
    Supplied,
    Unseen,
    certificate_status,
    request_status,
)
from analyzer.model.inferred import NOTHING, Inference, Inferred
from analyzer.render import contract
from analyzer.stacks import Stack, client_stack, server_stack
from analyzer.tls.codepoints import (
    alert_level_name,
    alert_name,
    certificate_type_name,
    cipher_suite_name,
    is_grease,
    signature_scheme_name,
    version_name,
)
from analyzer.x509 import CertificateInfo

T = TypeVar("T")

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

OBSERVED = (
    "version",
    "cipher_suite",
    "resumed",
    "client_hello",
    "server_hello",
    "server_certificate",
    "certificate_request",
    "client_certificate",
    "client_key_exchange",
    "certificate_verify",
    "client_finished",
    "server_finished",
    "client_data",
    "server_data",
)
"""The handshake's facts that may be unseen, in the order of a handshake's life."""


def report_facts(report: Report) -> contract.Report:
    """The whole report."""
    return contract.Report(
        schema_version=1,
        tool=contract.Tool("certwhy", __version__),
        inputs=tuple(
            contract.Input(
                i.path,
                i.format,
                i.packets,
                i.bytes,
                contract.Truncated(i.truncated.packet, i.truncated.why) if i.truncated else None,
            )
            for i in report.inputs
        ),
        problems=tuple(contract.Problem(p.kind, p.text, p.input, p.connection, p.packet) for p in report.problems),
        connections=tuple(connection_facts(c) for c in report.connections),
    )


def connection_facts(report: ConnectionReport) -> contract.Connection:
    """One connection and what is said of it."""
    seen = report.connection
    supplied = report.supplied or (None,) * len(seen.handshakes)
    return contract.Connection(
        id=seen.id,
        input=report.input,
        client=contract.Endpoint(seen.client.address, seen.client.port),
        server=contract.Endpoint(seen.server.address, seen.server.port),
        carrier=seen.carrier,
        sni=seen.sni,
        alpn=seen.alpn,
        first_packet=seen.first_packet,
        last_packet=seen.last_packet,
        started_at=rfc3339(seen.started_ns),
        ending=_ending(seen.ending),
        ja4=seen.ja4,
        stacks=contract.Stacks(_stack(client_stack(seen)), _stack(server_stack(seen))),
        related=tuple(map(_related, report.related)),
        handshakes=tuple(
            _handshake(handshake, given, report.capture)
            for handshake, given in zip(seen.handshakes, supplied, strict=True)
        ),
        verdict=_verdict(report.verdict),
        findings=tuple(_finding(f) for f in report.findings),
        undecided=tuple(contract.Undecided(u.rule, u.why, u.needs) for u in report.undecided),
    )


def _stack(stack: Stack | None) -> contract.Stack | None:
    if stack is None:
        return None
    confidence = stack.confidence.name.lower()
    return contract.Stack(stack.name, confidence, stack.why, stack.products)  # type: ignore[arg-type]


def rfc3339(ns: int | None) -> str | None:
    """``2026-03-02T09:14:22.012345678Z``: UTC with nanoseconds (RFC 3339 section 5.6)."""
    if ns is None:
        return None
    seconds, fraction = divmod(ns, 1_000_000_000)
    try:
        moment = _EPOCH + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}.{fraction:09d}Z"


def _value(fact: T | Unseen) -> T | None:
    return None if isinstance(fact, Unseen) else fact


def _related(one: Related) -> contract.Related:
    differs = tuple(contract.Difference(d.fact, d.here, d.there) for d in one.differs)
    return contract.Related(one.connection, one.relation.value, one.packet, one.why, differs)


def _ending(ending: ConnectionEnding) -> contract.Ending:
    return contract.Ending("none" if ending.by is None else ending.by.word, ending.how)  # type: ignore[arg-type]


def _handshake(handshake: Handshake, supplied: Supplied | None, capture: CaptureIndex) -> contract.Handshake:
    version, suite = _value(handshake.version), _value(handshake.cipher_suite)
    asked = request_status(handshake.certificate_request)
    guesses = handshake.inferred or NOTHING
    return contract.Handshake(
        phase=handshake.phase.value,
        version=None if version is None else version_name(version),
        cipher_suite=None if suite is None else cipher_suite_name(suite),
        resumed=_value(handshake.resumed),
        hello_retry=handshake.hello_retry,
        history=handshake.history,
        outcome=handshake.outcome.value,
        visibility=handshake.visibility.value,
        client_hello=_client_hello(handshake),
        server_certificate=_server_certificate(handshake.server_certificate),
        client_certificate_requested=_asked(asked, guesses),
        certificate_request=_request(handshake, supplied, capture),
        client_certificate=_client_certificate(handshake.client_certificate, guesses),
        certificate_verify=_verify(handshake.certificate_verify),
        controls=_controls(handshake.controls),
        alerts=tuple(_alert(a) for a in handshake.alerts),
        application=_application(handshake.application),
        supplied=_supplied(supplied),
        inferred={_INFERRED.get(name, name): _inferred(guess) for name, guess in guesses.inferences()},
        unseen={name: str(fact) for name in OBSERVED if isinstance(fact := getattr(handshake, name), Unseen)},
    )


def _client_hello(handshake: Handshake) -> contract.ClientHello | None:
    hello = handshake.client_hello
    if isinstance(hello, Unseen):
        return None
    versions = [v for v in hello.message.offered_versions if not is_grease(v)]
    return contract.ClientHello(
        hello.packet,
        tuple(version_name(v) for v in versions),
        hello.message.extensions.post_handshake_auth,
    )


def _chain(certificates: Sequence[AnyCertificate]) -> tuple[contract.Certificate, ...]:
    return tuple(_certificate(c) for c in certificates)


def _certificate(certificate: AnyCertificate) -> contract.Certificate:
    if not isinstance(certificate, CertificateInfo):
        return contract.Certificate(sha256=certificate.sha256, error=certificate.error)
    return contract.Certificate(
        subject=certificate.subject.text,
        issuer=certificate.issuer.text,
        serial=certificate.serial,
        not_before=rfc3339_seconds(certificate.not_before_ns),
        not_after=rfc3339_seconds(certificate.not_after_ns),
        key=certificate.key,
        key_usage=certificate.key_usage,
        extended_key_usage=certificate.extended_key_usage,
        sha256=certificate.sha256,
    )


@lru_cache(maxsize=1024)
def rfc3339_seconds(ns: int | None) -> str | None:
    """A certificate's time, which has whole seconds."""
    text = rfc3339(ns)
    return text and text[:19] + "Z"


def _server_certificate(chain: SeenChain | Unseen) -> contract.ServerCertificate:
    if isinstance(chain, Unseen):
        return contract.ServerCertificate("absent" if chain.absent else "unknown", None, ())
    return contract.ServerCertificate("sent", chain.packet, _chain(chain.certificates))


_INFERRED = {"requested": "client_certificate_requested"}
"""Where the report has another name for what was inferred."""


def _inferred(guess: Inferred) -> contract.Inferred:
    return contract.Inferred(
        guess.value,
        guess.confidence.name.lower(),  # type: ignore[arg-type]
        guess.why,
        guess.alternatives,
        guess.packets,
    )


def _asked(asked: bool | None, guesses: Inference) -> Literal["yes", "no", "unknown"]:
    """As seen, or as inferred where that is likely."""
    if asked is None and guesses.requested is not None and guesses.requested.confidence >= Confidence.LIKELY:
        asked = bool(guesses.requested.value)
    return "unknown" if asked is None else "yes" if asked else "no"


def _client_certificate(chain: SeenChain | Unseen, guesses: Inference) -> contract.ClientCertificate:
    status = certificate_status(chain)
    guess = guesses.client_certificate
    if status == "unknown" and guess is not None and guess.confidence >= Confidence.LIKELY:
        status = str(guess.value)
    packet, certificates = (None, ()) if isinstance(chain, Unseen) else (chain.packet, chain.certificates)
    return contract.ClientCertificate(status, packet, _chain(certificates))  # type: ignore[arg-type]


def _request(
    handshake: Handshake, supplied: Supplied | None, capture: CaptureIndex
) -> contract.CertificateRequest | None:
    request = handshake.certificate_request
    if not isinstance(request, SeenRequest):
        return None
    types, schemes = request.certificate_types, request.signature_schemes
    return contract.CertificateRequest(
        packet=request.packet,
        ca_names=tuple(
            contract.CaName(row.text, row.kind, row.kind_from, row.matches, row.bytes)
            for row in describe_names(handshake, supplied, capture)
        ),
        ca_list_bytes=request.list_bytes,
        ca_list_bytes_actual=request.list_bytes_actual,
        certificate_types=None if types is None else tuple(map(certificate_type_name, types)),
        signature_schemes=None if schemes is None else tuple(map(signature_scheme_name, schemes)),
    )


def _verify(verify: SeenVerify | Unseen) -> contract.CertificateVerify:
    if isinstance(verify, Unseen):
        return contract.CertificateVerify("absent" if verify.absent else "unknown", None, None, None)
    scheme = None if verify.scheme is None else signature_scheme_name(verify.scheme)
    return contract.CertificateVerify("present", verify.packet, scheme, verify.valid)


def _controls(controls: Controls) -> contract.Controls:
    return contract.Controls(
        controls.server_key_exchange,
        controls.server_certificate_verify,
        controls.client_finished,
        controls.server_finished,
    )


def _application(said: Application | None) -> contract.Application | None:
    return None if said is None else contract.Application(said.protocol, said.status, said.packet)


def _alert(alert: SeenAlert) -> contract.Alert:
    return contract.Alert(alert.sender.word, alert_level_name(alert.level), alert_name(alert.description), alert.packet)


def _supplied(supplied: Supplied | None) -> contract.Supplied | None:
    if supplied is None:
        return None
    match = supplied.match
    would = None
    if match is not None:
        fits = match.would_match
        would = contract.WouldMatch(fits.direct_issuer, fits.chain_builder, fits.ignores_list)
    return contract.Supplied(
        file=supplied.certificate.file,
        leaf=_certificate(supplied.certificate.leaf),
        has_key=supplied.certificate.has_key,
        obstacles=tuple(contract.Obstacle(o.code, o.text) for o in match.obstacles) if match else (),
        would_match=would,
    )


def _verdict(verdict: Verdict | None) -> contract.Verdict | None:
    if verdict is None:
        return None
    return contract.Verdict(
        rule=verdict.rule,
        stage=verdict.stage,
        severity=verdict.severity.name.lower(),  # type: ignore[arg-type]
        headline=verdict.headline,
        confidence=verdict.confidence.name.lower(),  # type: ignore[arg-type]
        handshake=verdict.handshake,
        because=verdict.because,
    )


def _finding(finding: Finding) -> contract.Finding:
    return contract.Finding(
        rule=finding.rule,
        stage=finding.stage,
        severity=finding.severity.name.lower(),  # type: ignore[arg-type]
        confidence=finding.confidence.name.lower(),  # type: ignore[arg-type]
        message=finding.message,
        handshake=finding.handshake,
        evidence=tuple(contract.Evidence(e.packet, e.what) for e in finding.evidence),
        fixes=tuple(contract.Fix(a.who, a.product, a.text, a.check) for fix in finding.fixes for a in advice(fix)),
        citations=finding.citations,
        explained_by=finding.explained_by,
    )
