"""What no recording shows: one fact of a recorded case is changed, and the rule's answer with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.report import ConnectionReport, Verdict
from analyzer.diagnosis.verdict import choose, fold
from analyzer.model import (
    NOT_SENT,
    Case,
    Confidence,
    Outcome,
    Reason,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
    Severity,
    Unseen,
)
from analyzer.model.application import HTTP_1_1_REQUIRED, Application
from analyzer.model.handshake import Controls
from analyzer.model.story import Step, Story
from analyzer.packets import Side
from analyzer.rule_api import Match, SignatureFault, UndecidedError, WrongSignature
from analyzer.x509.names import UnreadableName
from captures.recorder.truth import load
from tests.test_truth import CAPTURES, analyse

CATALOGUE = load_catalogue()
HIDDEN = Unseen(Reason.NOT_CAPTURED, "the capture ends before that point")


@cache
def report_of(name: str, *, keys: bool = True) -> ConnectionReport:
    folder: Path = CAPTURES / name
    truth = load(folder / "truth.toml")
    if not keys:
        truth = msgspec.structs.replace(truth, keys=None)
    return analyse(folder, truth).connections[0]


def case_of(name: str, index: int = -1, *, expected: bool = False, keys: bool = True, **facts: Any) -> Case:
    """A recorded handshake with other facts; its connection holds it so changed."""
    report = report_of(name, keys=keys)
    handshakes = list(report.connection.handshakes)
    handshakes[index] = msgspec.structs.replace(handshakes[index], **facts)
    connection = msgspec.structs.replace(report.connection, handshakes=tuple(handshakes))
    supplied = report.supplied[index] if report.supplied else None
    return Case(handshakes[index], connection, report.capture, supplied, expected)


def ask(rule: str, case: Case) -> Match | None:
    found = CATALOGUE.get(rule)
    assert found is not None
    return found.check(case)


def verdict_of(case: Case) -> Verdict | None:
    return choose(fold(CATALOGUE, examine(CATALOGUE, case).findings), case.handshake.outcome)


def alert(sender: Side, description: int, packet: int, level: int = 2) -> SeenAlert:
    return SeenAlert(sender, level, description, packet, None, protected=True)


def said(status: str, protocol: str = "HTTP/1.1", *, about: bool = False) -> Application:
    return Application(protocol, status, 13, True, about)


@pytest.mark.parametrize(
    ("name", "confidence"),
    [
        ("verify-ca-first-tlslite-openssl", Confidence.PROVED),
        ("verify-key-of-issuer-tlslite-openssl", Confidence.PROVED),
        ("verify-pkcs1-as-pss-tlslite-openssl", Confidence.PROVED),
        ("verify-wrong-bytes-tlslite-openssl", Confidence.LIKELY),
        ("verify-wrong-bytes-tls13-tlslite-openssl", Confidence.PROVED),
        ("verify-scheme-not-offered-tls13-tlslite-openssl", Confidence.LIKELY),
        ("renegotiation-refused-openssl-apache", Confidence.PROVED),
        ("renegotiation-insecure-refused-gnutls-java", Confidence.LIKELY),
        ("post-handshake-unanswered-python-python", Confidence.PROVED),
        ("post-handshake-never-offered-java-apache", Confidence.LIKELY),
        ("post-handshake-forbidden-by-http2-go-apache", Confidence.LIKELY),
        ("tls13-empty-rsa-blocked-by-scheme-list-openssl-openssl", Confidence.LIKELY),
        ("tls13-empty-client-cannot-sign-with-pss-openssl-openssl", Confidence.LIKELY),
    ],
)
def test_how_sure_the_recorded_ones_are(name: str, confidence: Confidence) -> None:
    verdict = report_of(name).verdict
    assert verdict is not None
    assert verdict.confidence is confidence


# A wrong proof

WRONG = "verify-wrong-bytes-tlslite-openssl"


def wrong_proof(fault: SignatureFault, **facts: Any) -> Case:
    verify = case_of(WRONG).handshake.certificate_verify
    assert isinstance(verify, SeenVerify)
    changed = msgspec.structs.replace(verify, fault=WrongSignature(fault, index=0, hash="SHA256"))
    return case_of(WRONG, certificate_verify=changed, **facts)


@pytest.mark.parametrize("fault", SignatureFault)
def test_only_a_control_proves_that_a_signature_is_wrong(fault: SignatureFault) -> None:
    if fault is SignatureFault.OTHER_KEY:
        pytest.skip("this chain has one certificate; verify-key-of-issuer shows it")
    itself = fault not in (SignatureFault.OTHER_BYTES, SignatureFault.UNKNOWN)
    match = ask("certificate-verify-invalid", wrong_proof(fault))
    assert match is not None
    assert match.confidence is (Confidence.PROVED if itself else Confidence.LIKELY)
    for control in (Controls(server_certificate_verify=True), Controls(client_finished=True)):
        match = ask("certificate-verify-invalid", wrong_proof(fault, controls=control))
        assert match is not None
        assert match.confidence is Confidence.PROVED


def test_a_signature_that_was_not_verified_accuses_nobody() -> None:
    verify = case_of(WRONG).handshake.certificate_verify
    unchecked = msgspec.structs.replace(verify, valid=None, fault=None)
    assert ask("certificate-verify-invalid", case_of(WRONG, certificate_verify=unchecked)) is None


def test_a_wrong_proof_that_was_accepted_is_a_warning_and_the_verdict() -> None:
    verdict = verdict_of(wrong_proof(SignatureFault.WRONG_PADDING, outcome=Outcome.COMPLETED, alerts=(), server_data=9))
    assert verdict is not None
    assert (verdict.rule, verdict.severity) == ("certificate-verify-invalid", Severity.WARNING)


UNOFFERED = "verify-scheme-not-offered-tls13-tlslite-openssl"


@pytest.mark.parametrize(
    ("description", "confidence", "severity"),
    [
        (47, Confidence.PROVED, None),
        (40, Confidence.LIKELY, None),
        (51, Confidence.LIKELY, None),
        (45, Confidence.POSSIBLE, Severity.WARNING),
    ],
)
def test_an_unoffered_scheme_is_weighed_by_the_alert(
    description: int, confidence: Confidence, severity: Severity | None
) -> None:
    match = ask(
        "certificate-verify-scheme-not-offered", case_of(UNOFFERED, alerts=(alert(Side.SERVER, description, 12),))
    )
    assert match is not None
    assert (match.confidence, match.severity) == (confidence, severity)


def test_an_unoffered_scheme_that_was_accepted_leaves_the_verdict_alone() -> None:
    verdict = verdict_of(case_of(UNOFFERED, outcome=Outcome.COMPLETED, alerts=(), server_data=12))
    assert verdict is not None
    assert verdict.rule == "tls-succeeded"


# RSA in TLS 1.3


def test_pkcs1_in_tls13_is_proved() -> None:
    verify = case_of("verify-pkcs1-as-pss-tls13-tlslite-openssl").handshake.certificate_verify
    pkcs1 = msgspec.structs.replace(verify, scheme=0x0401)
    match = ask(
        "client-cannot-sign-with-pss", case_of("verify-pkcs1-as-pss-tls13-tlslite-openssl", certificate_verify=pkcs1)
    )
    assert match is not None
    assert (match.confidence, match.severity) == (Confidence.PROVED, None)


def test_a_list_without_pss_decides_only_where_nothing_was_sent() -> None:
    request = case_of("tls13-good-rsa-curl-apache").handshake.certificate_request
    blocking = msgspec.structs.replace(request, signature_schemes=(0x0401, 0x0403))
    match = ask(
        "signature-scheme-list-blocks-rsa-in-tls13",
        case_of("tls13-good-rsa-curl-apache", certificate_request=blocking),
    )
    assert match is not None
    assert (match.confidence, match.decisive) == (Confidence.POSSIBLE, False)


@pytest.mark.parametrize("rule", ["signature-scheme-list-blocks-rsa-in-tls13", "client-cannot-sign-with-pss"])
def test_which_key_it_was_must_be_known(rule: str) -> None:
    folder = {
        "signature-scheme-list-blocks-rsa-in-tls13": "tls13-empty-rsa-blocked-by-scheme-list-openssl-openssl",
        "client-cannot-sign-with-pss": "tls13-empty-client-cannot-sign-with-pss-openssl-openssl",
    }[rule]
    with pytest.raises(UndecidedError):
        ask(rule, msgspec.structs.replace(case_of(folder), supplied=None))


# Renegotiation

REFUSED = "renegotiation-refused-go-apache"


def test_a_hello_request_that_is_never_answered() -> None:
    case = case_of(REFUSED, client_hello=NOT_SENT, alerts=(alert(Side.SERVER, 40, 13),))
    match = ask("client-refused-renegotiation", case)
    assert match is not None
    assert match.confidence is Confidence.LIKELY


def test_a_hello_request_that_the_server_gets_over() -> None:
    case = case_of(REFUSED, client_hello=NOT_SENT, alerts=(), outcome=Outcome.ABORTED, server_data=13)
    match = ask("client-refused-renegotiation", case)
    assert match is not None
    assert (match.confidence, match.severity) == (Confidence.POSSIBLE, Severity.WARNING)


def test_a_fatal_alert_in_place_of_the_client_hello() -> None:
    match = ask(
        "client-refused-renegotiation", case_of(REFUSED, client_hello=NOT_SENT, alerts=(alert(Side.CLIENT, 10, 12),))
    )
    assert match is not None
    assert match.confidence is None


def test_an_answer_that_was_not_captured_refuses_nothing() -> None:
    case = case_of(REFUSED, client_hello=HIDDEN, alerts=(), outcome=Outcome.ABORTED)
    with pytest.raises(UndecidedError):
        ask("client-refused-renegotiation", case)


@pytest.mark.parametrize(
    "rule", ["server-never-asked", "tls-succeeded", "late-request-by-renegotiation", "client-refused-renegotiation"]
)
def test_without_keys_a_renegotiation_is_hidden_and_nothing_is_claimed(rule: str) -> None:
    with pytest.raises(UndecidedError):
        ask(rule, case_of("renegotiation-empty-curl-apache", keys=False, inferred=None))


# Insecure renegotiation

UNSAFE = "renegotiation-insecure-refused-curl-java"


def test_the_client_insists_on_the_safe_form() -> None:
    match = ask("insecure-renegotiation", case_of(UNSAFE))
    assert match is not None
    assert match.confidence is Confidence.LIKELY


@pytest.mark.parametrize("description", [42, 47, 48, 70])
def test_another_alert_is_about_something_else(description: int) -> None:
    case = case_of(UNSAFE, alerts=(alert(Side.CLIENT, description, 8),))
    assert ask("insecure-renegotiation", case) is None


def test_a_server_hello_that_has_the_extension_is_safe() -> None:
    hello = case_of(UNSAFE).handshake.server_hello
    assert isinstance(hello, SeenServerHello)
    extensions = msgspec.structs.replace(hello.message.extensions, renegotiation_info=b"")
    safe = msgspec.structs.replace(hello, message=msgspec.structs.replace(hello.message, extensions=extensions))
    assert ask("insecure-renegotiation", case_of(UNSAFE, server_hello=safe)) is None


def test_a_client_that_does_not_know_it_minds_nothing() -> None:
    hello = case_of(UNSAFE).handshake.client_hello
    assert isinstance(hello, SeenClientHello)
    suites = tuple(suite for suite in hello.message.cipher_suites if suite != 0x00FF)
    old = msgspec.structs.replace(hello, message=msgspec.structs.replace(hello.message, cipher_suites=suites))
    assert ask("insecure-renegotiation", case_of(UNSAFE, client_hello=old)) is None


# Late requests over TLS 1.3 and HTTP/2

LATE = "post-handshake-never-offered-go-apache"


@pytest.mark.parametrize(
    ("application", "expected", "confidence"),
    [
        (said("403 Forbidden"), False, Confidence.POSSIBLE),
        (said("403 Forbidden"), True, Confidence.LIKELY),
        (said("403 Forbidden", about=True), False, Confidence.LIKELY),
        (said("401 Unauthorized"), False, None),
        (said("403", "HTTP/2"), False, None),
        (None, True, None),
    ],
)
def test_what_a_refusal_says_of_a_late_request(
    application: Application | None, expected: bool, confidence: Confidence | None
) -> None:
    case = case_of(LATE, expected=expected, application=application)
    match = ask("late-request-needs-post-handshake-auth", case)
    assert (match.confidence if match else None) is confidence


def offering_post_handshake_auth() -> SeenClientHello:
    hello = case_of(LATE).handshake.client_hello
    assert isinstance(hello, SeenClientHello)
    extensions = msgspec.structs.replace(hello.message.extensions, post_handshake_auth=True)
    return msgspec.structs.replace(hello, message=msgspec.structs.replace(hello.message, extensions=extensions))


def test_a_client_that_offered_it_could_have_been_asked() -> None:
    case = case_of(LATE, client_hello=offering_post_handshake_auth())
    assert ask("late-request-needs-post-handshake-auth", case) is None


@pytest.mark.parametrize(
    ("status", "expected", "confidence"),
    [
        (HTTP_1_1_REQUIRED, False, Confidence.LIKELY),
        (HTTP_1_1_REQUIRED, True, Confidence.PROVED),
        ("403", False, Confidence.POSSIBLE),
        ("403", True, Confidence.LIKELY),
        ("401", True, None),
    ],
)
def test_what_http2_says_of_a_late_request(status: str, expected: bool, confidence: Confidence | None) -> None:
    case = case_of(LATE, expected=expected, application=said(status, "HTTP/2"))
    match = ask("http2-forbids-late-request", case)
    assert (match.confidence if match else None) is confidence


def test_http2_forbids_nothing_where_the_server_had_asked() -> None:
    asked = case_of("tls13-http-400-missing-curl-nginx", application=said(HTTP_1_1_REQUIRED, "HTTP/2"))
    assert ask("http2-forbids-late-request", asked) is None


# The application's word


def test_a_401_to_a_client_that_nobody_asked_is_a_warning() -> None:
    verdict = verdict_of(case_of(LATE, application=said("401 Unauthorized")))
    assert verdict is not None
    assert (verdict.rule, verdict.severity) == ("tls-succeeded-application-refused", Severity.WARNING)


def test_a_401_to_a_client_that_had_nothing_to_show_is_a_failure() -> None:
    verdict = verdict_of(case_of("tls13-http-400-missing-curl-nginx", application=said("401 Unauthorized")))
    assert verdict is not None
    assert (verdict.rule, verdict.severity) == ("client-sent-empty-certificate", Severity.FAILURE)


def test_a_refusal_of_a_good_certificate_is_the_applications_own() -> None:
    verdict = verdict_of(case_of("tls13-good-openssl-nginx", application=said("403 Forbidden")))
    assert verdict is not None
    assert (verdict.rule, verdict.severity) == ("tls-succeeded-application-refused", Severity.FAILURE)


def test_an_application_that_misses_a_certificate_nobody_asked_for() -> None:
    missed = said("400 Bad Request", about=True)
    verdict = verdict_of(case_of(LATE, client_hello=offering_post_handshake_auth(), application=missed))
    assert verdict is not None
    assert (verdict.rule, verdict.severity) == ("server-never-asked", Severity.FAILURE)
    assert verdict.because == ("server-never-asked", "tls-succeeded-application-refused")


def test_a_flaw_is_the_cause_where_the_server_drops_a_finished_handshake() -> None:
    case = case_of("dropped-after-finished-curl-python")
    answer = case.handshake.client_certificate
    assert isinstance(answer, SeenChain)
    leaf = answer.leaf
    assert leaf is not None
    assert leaf.not_after_ns is not None
    late = msgspec.structs.replace(answer, timestamp_ns=leaf.not_after_ns + 86_400_000_000_000)
    verdict = verdict_of(case_of("dropped-after-finished-curl-python", client_certificate=late))
    assert verdict is not None
    assert verdict.because == ("client-certificate-expired", "server-closed-without-alert")


def closing(*, ahead: str = "", waited: int = 0, spoke: bool = False) -> Case:
    """A server that says goodbye after so many seconds, and what the client had sent before."""
    name = "dropped-after-finished-curl-python"
    recorded = case_of(name)
    closed = recorded.connection.ending.server_closed
    assert closed is not None
    steps = [step for step in recorded.handshake.steps if step.packet < closed - 1]
    before = max(step.timestamp_ns or 0 for step in steps)
    at = before + waited * 10**9
    if ahead:
        steps.append(Step(Side.CLIENT, ahead, closed - 1, before))
    steps += [Step(Side.SERVER, "encrypted alert", closed - 1, at), Step(Side.SERVER, "FIN", closed, None)]
    case = case_of(
        name,
        story=Story.of(steps, ""),
        alerts=(SeenAlert(Side.CLIENT, 1, 0, closed - 1, before, protected=True),) if ahead == "alert" else (),
        client_data=closed - 1 if spoke else NOT_SENT,
        server_data=NOT_SENT,
    )
    ending = msgspec.structs.replace(case.connection.ending, server_closed_ns=at)
    connection = msgspec.structs.replace(case.connection, ending=ending)
    return msgspec.structs.replace(case, connection=connection)


@pytest.mark.parametrize("ahead", ["encrypted alert", "alert"])
def test_a_server_that_answers_the_clients_goodbye_drops_nobody(ahead: str) -> None:
    assert ask("server-closed-without-alert", closing(ahead=ahead)) is None
    assert ask("client-left-after-handshake", closing(ahead=ahead)) is not None
    assert ask("tls-succeeded", closing(ahead=ahead)) is None


@pytest.mark.parametrize(("waited", "spoke", "dropped"), [(1, False, True), (6, False, False), (6, True, True)])
def test_a_server_that_tires_of_a_silent_client_drops_nobody(waited: int, spoke: bool, dropped: bool) -> None:
    case = closing(waited=waited, spoke=spoke)
    assert (ask("server-closed-without-alert", case) is not None) is dropped
    assert (ask("tls-succeeded", case) is None) is dropped


@pytest.mark.parametrize("direct", [True, False])
def test_a_certificate_that_a_listed_root_issued_itself_needs_no_intermediate_in_the_list(direct: bool) -> None:
    name = "empty-list-names-only-roots-go-openssl"
    request, answer = case_of(name).handshake.certificate_request, case_of("good-openssl-openssl")
    chain = answer.handshake.client_certificate
    assert isinstance(request, SeenRequest)
    assert isinstance(chain, SeenChain)
    leaf, root = chain.leaf, request.names[0]
    assert leaf is not None
    assert not isinstance(root, UnreadableName)
    leaf = msgspec.structs.replace(leaf, issuer=root if direct else leaf.subject)
    chain = msgspec.structs.replace(chain, certificates=(leaf,))
    assert (ask("ca-list-names-only-roots", case_of(name, client_certificate=chain)) is None) is direct


def test_an_answer_after_the_handshake_that_was_not_captured() -> None:
    assert ask("post-handshake-request-unanswered", case_of("post-handshake-good-curl-apache")) is None
    with pytest.raises(UndecidedError):
        ask("post-handshake-request-unanswered", case_of("post-handshake-good-curl-apache", client_certificate=HIDDEN))
