"""A line of a page becomes the case that a rule would see in a capture."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.inline_cases import UNSAID, CaseError, build_case
from analyzer.diagnosis.pages import InlineCase
from analyzer.model import NOT_SENT, Case, Outcome, SeenChain, SeenRequest, SeenVerify, Unseen
from analyzer.packets import Side
from analyzer.x509 import Name
from tests.cli.command import CAPTURES

FOLDER = CAPTURES / "empty-no-common-certificate-type-java-openssl"
"""Holds the certificate of alice, whose chain reaches Corp Root A."""


def case(text: str) -> Case:
    told = msgspec.toml.decode(f"it = {{ {text} }}", type=dict[str, InlineCase])["it"]
    return build_case(told, FOLDER)


def found(text: str) -> set[str]:
    examination = examine(load_catalogue(), case(text))
    assert not examination.broken
    return {finding.rule for finding in examination.findings}


def test_what_is_not_said_could_not_be_seen() -> None:
    handshake = case("").handshake
    facts = [getattr(handshake, name) for name in handshake.__struct_fields__]
    unseen = [fact for fact in facts if isinstance(fact, Unseen)]
    assert len(unseen) == 14
    assert set(unseen) == {UNSAID}
    assert handshake.outcome is Outcome.UNDETERMINED
    assert found("") == set()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('alerts = ["server warning close_notify", "server fatal bad_certificate"]', Outcome.FAILED_BY_SERVER),
        ('alerts = ["client fatal unknown_ca"]', Outcome.FAILED_BY_CLIENT),
        ('ended_by = "client"', Outcome.ABORTED),
        ('ended_by = "client", outcome = "completed"', Outcome.COMPLETED),
    ],
)
def test_the_outcome_follows_from_alerts_and_the_end(text: str, outcome: Outcome) -> None:
    assert case(text).handshake.outcome is outcome


def test_nobody_answers_what_was_not_asked() -> None:
    handshake = case('requested = "no"').handshake
    assert handshake.certificate_request is handshake.client_certificate is handshake.certificate_verify is NOT_SENT


def test_an_answer_tells_of_the_request() -> None:
    assert isinstance(case('client_certificate = "empty"').handshake.certificate_request, SeenRequest)
    half = case('client_certificate = "empty", requested = "unknown"').handshake
    assert half.certificate_request is UNSAID
    assert isinstance(half.client_certificate, SeenChain)
    assert half.certificate_verify is NOT_SENT
    assert case('client_certificate = "absent"').handshake.certificate_request is UNSAID


@pytest.mark.parametrize(
    ("text", "stated", "actual"),
    [
        ("ca_list_bytes = 300", 300, 300),
        ("ca_list_bytes = 300, ca_list_bytes_actual = 65836", 300, 65836),
        ('ca_names = ["CN=A"], ca_list_bytes_actual = 65552', 16, 65552),
        ("ca_list_bytes = 0", 0, 0),
    ],
)
def test_a_request_of_which_only_the_size_is_told(text: str, stated: int, actual: int) -> None:
    request = case(text).handshake.certificate_request
    assert isinstance(request, SeenRequest)
    assert (request.list_bytes, request.list_bytes_actual, request.records) == (stated, actual, 1)
    assert request.message_bytes == 9 + actual


def test_a_request_in_several_records() -> None:
    request = case("request_bytes = 40000, request_records = 3").handshake.certificate_request
    assert isinstance(request, SeenRequest)
    assert (request.message_bytes, request.records, request.names) == (40000, 3, ())


def test_a_request() -> None:
    text = (
        'ca_names = ["CN=Corp Root\\\\, A,O=Corp"], certificate_types = ["ecdsa_sign"], signature_schemes = ["ed25519"]'
    )
    request = case(text).handshake.certificate_request
    assert isinstance(request, SeenRequest)
    (name,) = request.names
    assert isinstance(name, Name)
    assert name.text == "CN=Corp Root\\, A,O=Corp"
    assert (request.certificate_types, request.signature_schemes) == ((64,), (0x0807,))
    assert request.list_bytes == 2 + len(name.der)
    assert request.message_bytes == 4 + 2 + 4 + 2 + request.list_bytes


def test_packets_are_in_the_order_of_a_handshake() -> None:
    told = case(
        'version = "TLS 1.2", outcome = "completed", server_certificate = "alice.pem", ca_names = ["CN=A"], '
        'client_certificate = "alice.pem", certificate_verify = "valid", server_data = "sent", '
        'alerts = ["server warning close_notify"], ended_by = "server", at = 2026-01-02T03:04:05',
    )
    handshake, ending = told.handshake, told.connection.ending
    said = [(step.sender, step.what) for step in handshake.steps]
    assert said == [
        (Side.CLIENT, "ClientHello"),
        (Side.SERVER, "ServerHello"),
        (Side.SERVER, "Certificate"),
        (Side.SERVER, "CertificateRequest"),
        (Side.CLIENT, "Certificate"),
        (Side.CLIENT, "ClientKeyExchange"),
        (Side.CLIENT, "CertificateVerify"),
        (Side.CLIENT, "Finished"),
        (Side.SERVER, "Finished"),
        (Side.SERVER, "application data"),
        (Side.SERVER, "alert"),
        (Side.SERVER, "FIN"),
    ]
    assert [step.packet for step in handshake.steps] == list(range(1, 13))
    assert (handshake.last_packet, ending.packet, ending.server_closed, ending.by) == (12, 12, 12, Side.SERVER)
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert {step.timestamp_ns for step in handshake.steps} == {int(at.timestamp()) * 10**9}
    verify = handshake.certificate_verify
    assert isinstance(verify, SeenVerify)
    assert verify.valid is True
    assert told.connection.handshakes == (handshake,)


EXPIRED = 'client_certificate = "alice.pem", at = 2045-01-01T00:00:00Z, alerts = ["server fatal certificate_expired"]'
CORP = 'ca_names = ["CN=Corp Root A,O=Corp"]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('client_certificate = "empty", alerts = ["server fatal handshake_failure"]', "client-sent-empty-certificate"),
        (EXPIRED, "client-certificate-expired"),
        (
            'client_certificate = "alice.pem", outcome = "completed", resumed = false, certificate_verify = "valid"',
            "tls-succeeded",
        ),
        ('client_certificate = "alice.pem", ended_by = "server"', "server-closed-without-alert"),
        (f'{CORP}, trust = "../empty-list-names-only-roots-java-nginx/roots.pem"', "ca-list-names-only-roots"),
        ('client_certificate = "alice.pem", certificate_verify = "invalid"', "certificate-verify-invalid"),
        ('certificate_types = ["rsa_sign"], client_certificate = "empty", supplied = "alice.pem"', "no-common-certi"),
    ],
)
def test_our_rules_know_what_is_told(text: str, expected: str) -> None:
    assert any(rule.startswith(expected) for rule in found(text))


def test_a_certificate_that_was_still_good() -> None:
    assert "client-certificate-expired" not in found(EXPIRED.replace("2045", "2044"))


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ('ca_names = ["Corp Root"]', "ca_names", '"Corp Root" is no name as RFC 4514 writes them'),
        ('certificate_types = ["rsa"]', "certificate_types", '"rsa" is no ClientCertificateType; one is rsa_sign'),
        ('signature_schemes = ["x"]', "signature_schemes", '"x" is no SignatureScheme; one is rsa_pkcs1_md5'),
        ('alerts = ["fatal handshake_failure"]', "alerts", '"fatal handshake_failure" is no alert, as'),
        ('alerts = ["server deadly unknown_ca"]', "alerts", "is no alert, as"),
        ('server_certificate = "capture.pcap"', "server_certificate", "capture.pcap"),
        ('trust = "nowhere.pem"', "trust", "nowhere.pem: No such file or directory"),
        ('supplied = "nowhere.pem"', "supplied", "nowhere.pem: No such file or directory"),
        ('requested = "unknown", ca_names = ["CN=A"]', "ca_names", 'no sense where requested is "unknown"'),
        ('requested = "no", client_certificate = "empty"', "client_certificate", 'no sense where requested is "no"'),
    ],
)
def test_what_makes_no_sense(text: str, field: str, said: str) -> None:
    with pytest.raises(CaseError) as error:
        case(text)
    assert error.value.field == field
    assert said in error.value.sentence
    assert not error.value.sentence.endswith(".")
