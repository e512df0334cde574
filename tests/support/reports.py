"""Reports made by hand, correct by default: a test says only what is different."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.diagnosis.pages import Fix
from analyzer.diagnosis.report import (
    ConnectionReport,
    Finding,
    InputReport,
    Problem,
    Report,
    UndecidedRule,
    Verdict,
)
from analyzer.model import (
    NOT_SENT,
    CaptureIndex,
    Confidence,
    Connection,
    ConnectionEnding,
    Endpoint,
    Handshake,
    Outcome,
    Phase,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
    Severity,
    Step,
    Story,
    Supplied,
    Visibility,
)
from analyzer.packets import Side
from analyzer.rule_api import Evidence
from analyzer.tls.extensions import Extensions
from analyzer.tls.messages import ClientHello, ServerHello
from analyzer.x509 import (
    CertificateInfo,
    Name,
    Obstacle,
    RequestMatch,
    RoleIndex,
    SuppliedCertificate,
    WouldMatch,
    read_name,
)

START = 1_772_442_862_000_000_000
"""2026-03-02 09:14:22 UTC"""
DAY = 86_400_000_000_000
_OIDS = {"CN": 3, "C": 6, "L": 7, "O": 10, "OU": 11}
CLIENT, SERVER = Side.CLIENT, Side.SERVER


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def name(*parts: tuple[str, str] | str, string_type: int = 0x0C) -> Name:
    """``name("Issuing CA 1", ("O", "Corp"))``: the common name first, as it is read."""
    rdns = b""
    for part in reversed(parts):
        kind, value = ("CN", part) if isinstance(part, str) else part
        oid = _der(0x06, bytes((0x55, 0x04, _OIDS[kind])))
        rdns += _der(0x31, _der(0x30, oid + _der(string_type, value.encode())))
    made = read_name(_der(0x30, rdns))
    assert isinstance(made, Name)
    return made


def certificate(subject: Name | str, issuer: Name | str, *, ca: bool = False, **changes: Any) -> CertificateInfo:
    """A certificate that is in order at :data:`START`."""
    subject = name(subject) if isinstance(subject, str) else subject
    issuer = name(issuer) if isinstance(issuer, str) else issuer
    der = b"certificate " + subject.der + issuer.der
    made = CertificateInfo(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        subject=subject,
        issuer=issuer,
        serial="1001",
        not_before_ns=START - 30 * DAY,
        not_after_ns=START + 335 * DAY,
        key="RSA 2048",
        key_type="rsa",
        key_bits=2048,
        curve=None,
        public_key_info=b"key of " + subject.der,
        signature_algorithm="sha256WithRSAEncryption",
        key_usage=("keyCertSign", "cRLSign") if ca else ("digitalSignature",),
        extended_key_usage=None if ca else ("clientAuth",),
        basic_constraints_ca=ca,
        path_length=None,
        subject_key_id=None,
        authority_key_id=None,
        san=(),
        version=3,
        problems=(),
    )
    return msgspec.structs.replace(made, **changes)


ROOT = certificate("Corp Root A", "Corp Root A", ca=True)
ISSUING = certificate("Issuing CA 1", "Corp Root A", ca=True)
ALICE = certificate("alice", "Issuing CA 1")
SHOP = certificate("shop.example", "Corp Root A", extended_key_usage=("serverAuth",))


def chain(*certificates: CertificateInfo, packet: int, at: int = 12) -> SeenChain:
    return SeenChain(certificates, 900 * len(certificates) + 7, packet, START + at * 1_000_000)


def request(*names: Name, packet: int = 6, **changes: Any) -> SeenRequest:
    size = sum(len(n.der) + 2 for n in names)
    made = SeenRequest(
        names=names,
        list_bytes=size,
        list_bytes_actual=size,
        certificate_types=(1, 64),
        signature_schemes=(0x0804, 0x0401, 0x0403),
        message_bytes=size + 20,
        records=1,
        packet=packet,
        timestamp_ns=START + 12_000_000,
    )
    return msgspec.structs.replace(made, **changes)


def alert(sender: Side, description: int = 40, packet: int = 10, level: int = 2) -> SeenAlert:
    return SeenAlert(sender, level, description, packet, START + 33_000_000)


def _steps(answer: str) -> tuple[Step, ...]:
    """A TLS 1.2 handshake with a request; ``answer`` is what the server did in the end."""
    flight = ("ServerHello", "Certificate", "ServerKeyExchange", "CertificateRequest", "ServerHelloDone")
    steps = [Step(CLIENT, "ClientHello", 4, START)]
    steps += [Step(SERVER, what, 6, START + 12_000_000) for what in flight]
    finish: tuple[str, ...] = ("Certificate", "ClientKeyExchange", "CertificateVerify", "ChangeCipherSpec", "Finished")
    if answer == "alert":
        finish = ("Certificate", "ClientKeyExchange", "ChangeCipherSpec", "Finished")
    steps += [Step(CLIENT, what, 8, START + 31_000_000) for what in finish]
    if answer == "alert":
        return (*steps, Step(SERVER, "alert", 10, START + 33_000_000), Step(SERVER, "FIN", 11, None))
    steps += [Step(SERVER, what, 10, START + 33_000_000) for what in ("ChangeCipherSpec", "Finished")]
    return (
        *steps,
        Step(CLIENT, "application data", 12, START + 35_000_000, 180),
        Step(SERVER, "application data", 13, START + 39_000_000, 420),
    )


def handshake(**changes: Any) -> Handshake:
    """A good login by TLS 1.2: asked for, sent, proved and accepted."""
    hello = ClientHello(
        0x0303,
        bytes(32),
        b"",
        (0xC02F,),
        Extensions(server_name="shop.example", supported_versions=(0x0304, 0x0303)),
    )
    made = Handshake(
        index=0,
        phase=Phase.INITIAL,
        version=0x0303,
        cipher_suite=0xC02F,
        resumed=False,
        hello_retry=False,
        outcome=Outcome.COMPLETED,
        visibility=Visibility.CLEAR,
        client_hello=SeenClientHello(hello, 4, START),
        server_hello=SeenServerHello(ServerHello(0x0303, bytes(32), b"", 0xC02F, Extensions()), 6, START + 12_000_000),
        server_certificate=chain(SHOP, ROOT, packet=6),
        certificate_request=request(ROOT.subject),
        client_certificate=chain(ALICE, ISSUING, packet=8, at=31),
        client_key_exchange=8,
        certificate_verify=SeenVerify(0x0804, 8, START + 31_000_000),
        client_finished=8,
        server_finished=10,
        client_data=12,
        server_data=13,
        alerts=(),
        story=Story.of(_steps(""), "CsxkrnXGYIiDd"),
        session_id=b"",
        offered_ticket=b"",
        new_tickets=(),
        first_packet=4,
        last_packet=13,
        started_ns=START,
        last_ns=START + 39_000_000,
    )
    return msgspec.structs.replace(made, **changes)


def refused(**changes: Any) -> Handshake:
    """The client answered with an empty Certificate, and the server refused."""
    facts: dict[str, Any] = {
        "outcome": Outcome.FAILED_BY_SERVER,
        "certificate_request": request(name("Corp Root A"), name("Corp Root B"), name("Partner CA", ("O", "Partner"))),
        "client_certificate": SeenChain((), 7, 8, START + 31_000_000),
        "certificate_verify": NOT_SENT,
        "server_finished": NOT_SENT,
        "client_data": NOT_SENT,
        "server_data": NOT_SENT,
        "alerts": (alert(SERVER),),
        "story": Story.of(_steps("alert"), "CsxkrnXGIl"),
        "last_packet": 11,
    }
    return handshake(**(facts | changes))


def connection(*handshakes: Handshake, **changes: Any) -> Connection:
    made = Connection(
        id=1,
        client=Endpoint("10.1.2.7", 39008),
        server=Endpoint("10.9.0.5", 443),
        carrier="tcp",
        carrier_detail="",
        sni="shop.example",
        alpn=None,
        first_packet=1,
        last_packet=14,
        started_ns=START,
        ending=ConnectionEnding(SERVER, "fin", 11),
        start_captured=True,
        handshakes=handshakes,
        malformed=(),
        missing=(),
    )
    return msgspec.structs.replace(made, **changes)


def finding(rule: str = "client-sent-empty-certificate", **changes: Any) -> Finding:
    made = Finding(
        rule=rule,
        stage="unanswered",
        severity=Severity.FAILURE,
        confidence=Confidence.PROVED,
        message="The server asked for a client certificate; the client answered with none.",
        handshake=0,
        evidence=(Evidence(6, "the server sends a CertificateRequest"), Evidence(8, "the Certificate is empty")),
        fixes=(
            Fix(
                "client",
                "Choose a certificate in the client: `curl --cert alice.pem --key alice.key https://shop.example`",
            ),
            Fix(
                "server",
                "Name the intermediate as well in `ssl_client_certificate`; check with\n"
                "`openssl s_client -connect shop.example:443 | grep -A9 'Acceptable client'`",
                "nginx",
            ),
        ),
        citations=("RFC 5246 section 7.4.6",),
    )
    return msgspec.structs.replace(made, **changes)


def verdict(*findings: Finding, **changes: Any) -> Verdict:
    """The story of these findings, the cause first."""
    cause = findings[0]
    made = Verdict(
        rule=cause.rule,
        stage=cause.stage,
        severity=max(f.severity for f in findings),
        headline=cause.message,
        confidence=cause.confidence,
        handshake=0,
        because=tuple(f.rule for f in findings),
    )
    return msgspec.structs.replace(made, **changes)


def told(seen: Connection, *findings: Finding, other: Sequence[Finding] = (), **changes: Any) -> ConnectionReport:
    """A connection with its story, the cause first, and with findings beside it."""
    roles = RoleIndex()
    for one in (ROOT, SHOP):
        roles.learn(one, "server-chain")
    made = ConnectionReport(
        connection=seen,
        input=0,
        capture=CaptureIndex(roles),
        verdict=verdict(*findings) if findings else None,
        findings=(*findings, *other),
        undecided=(),
        supplied=(None,) * len(seen.handshakes),
    )
    return msgspec.structs.replace(made, **changes)


def supplied(**changes: Any) -> Supplied:
    """alice.pem, which holds the leaf alone."""
    match = RequestMatch(
        obstacles=(
            Obstacle(
                "issuer-not-listed",
                'No name in the list is that of the issuer of the certificate ("CN=Issuing CA 1").',
            ),
        ),
        would_match=WouldMatch(direct_issuer=False, chain_builder=False, ignores_list=True),
        which_name=None,
        matched_names={},
        missing_intermediate=None,
    )
    made = Supplied(SuppliedCertificate("certs/alice.pem", ALICE, (), 1, True, True, ()), match)
    return msgspec.structs.replace(made, **changes)


CAUSE = finding(
    "intended-certificate-does-not-fit-request",
    confidence=Confidence.LIKELY,
    message=(
        'The certificate in alice.pem does not fit what was asked. It was issued by "Issuing CA 1", which the '
        "server's list does not name, and alice.pem holds no further certificate."
    ),
    evidence=(Evidence(6, "the list names 3 CAs, none of them Issuing CA 1"),),
    fixes=(Fix("client", "Put the intermediate behind the certificate: `cat alice.pem issuing-ca-1.pem > chain.pem`"),),
)
REFUSAL = finding(
    "server-refused-client-certificate",
    stage="refused",
    message="The server then refused the login: fatal alert handshake_failure (40).",
    evidence=(Evidence(10, "fatal alert handshake_failure from the server"),),
    fixes=(),
    explained_by="client-sent-empty-certificate",
)
SUCCESS = finding(
    "tls-succeeded",
    stage="succeeded",
    severity=Severity.NOTE,
    message="TLS did its job: CN=alice was sent, proved and accepted. "
    "If the login still fails, look at the application.",
    evidence=(Evidence(13, "the server sends application data"),),
    fixes=(),
)
PROMPT = UndecidedRule(
    "prompt-cancelled", "whether a prompt was cancelled or no key was at hand", "the client's own log would tell"
)


def failed_login(**changes: Any) -> ConnectionReport:
    """The login of the design's own screen."""
    facts: dict[str, Any] = {"supplied": (supplied(),), "undecided": (PROMPT,)}
    return told(connection(refused()), CAUSE, finding(), REFUSAL, **(facts | changes))


def good_login(**changes: Any) -> ConnectionReport:
    return told(connection(handshake()), SUCCESS, **changes)


def report(*connections: ConnectionReport, problems: Sequence[Problem] = (), **changes: Any) -> Report:
    made = Report(
        inputs=(InputReport("login-failed.pcap", "pcap", 14, 3_210),),
        problems=tuple(problems),
        connections=connections,
    )
    return msgspec.structs.replace(made, **changes)
