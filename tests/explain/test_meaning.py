from __future__ import annotations

import pytest

from analyzer.diagnosis.pages import find_page
from analyzer.explain.meaning import load_topics, meanings
from analyzer.tls.codepoints import AlertDescription

TOPICS = load_topics()
ALERTS = [alert for topic in TOPICS for alert in topic.alerts]


def test_every_alert_has_one_meaning_under_its_own_name() -> None:
    assert sorted(alert.number for alert in ALERTS) == sorted(AlertDescription)
    for alert in ALERTS:
        assert AlertDescription(alert.number).name == alert.name


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_causes_name_rules_that_exist(topic: object) -> None:
    from analyzer.explain.meaning import Topic

    assert isinstance(topic, Topic)
    for cause in topic.causes:
        assert cause.text or cause.rule
        assert cause.rule is None or find_page(cause.rule)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_is_found_by_number_and_by_name(alert: object) -> None:
    from analyzer.explain.meaning import Alert

    assert isinstance(alert, Alert)
    spoken = alert.name.replace("_", " ")
    for text in (
        f"alert {alert.number}",
        f"SSL alert number {alert.number}",
        f"TLS alert {alert.number}",
        f"fatal error {alert.number}",
        f"The TLS protocol defined fatal alert code is {alert.number}.",
        f"Alert (Level: Fatal, Description: {alert.number})",
        f"Received fatal alert: {alert.name}",
        f"alert {alert.name}",
        f"sslv3 alert {spoken}",
        f"remote alert: {spoken.title().replace(' ', '')}",
    ):
        found = [meant.alert.number for meant in meanings(text) if meant.alert]
        assert alert.number in found, text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("No client certificate was presented during SSL Handshake", "no-client-certificate"),
        ("certificate from the client is required", "no-client-certificate"),
        ("client authentication without a certificate", "no-client-certificate"),
        ("the peer's certificate is missing", "no-client-certificate"),
        ("ClientCertificateRequired", "no-client-certificate"),
        ("403.7", "no-client-certificate"),
        ("HTTP Error 403.16 - Forbidden", "unknown-issuer"),
        ("403.13", "certificate-revoked"),
        ("HTTP/1.1 496", "no-client-certificate"),
        ("HTTP 495", "certificate-refused"),
        ("HTTP/2 421", "late-request"),
        ("status=400", "no-client-certificate"),
        ("403 Forbidden", "access-denied"),
        ("ERR_BAD_SSL_CLIENT_AUTH_CERT", "certificate-refused"),
        ("SQLSTATE[28000]", "name-not-mapped"),
        ("SQLSTATE: 08P01", "closed-without-alert"),
        ("28000", "name-not-mapped"),
        ("0x80090327", "certificate-refused"),
        ("-2146893017", "certificate-refused"),
        ("2148074279", "certificate-refused"),
        ("0x800B0109", "unknown-issuer"),
        ("verify error:num=10", "certificate-expired"),
        ("client cert expired", "certificate-expired"),
        ("expired client certificate: access denied", "certificate-expired"),
        ("the certificate is not yet valid", "certificate-not-yet-valid"),
        ("revoked", "certificate-revoked"),
        ("could not fetch CRL, revocation status unknown", "revocation-not-checked"),
        ("issuer of the client certificate is not trusted", "unknown-issuer"),
        ("unknown CA", "unknown-issuer"),
        ("SelfSignedCertificate", "self-signed-certificate"),
        ("certificate has the wrong purpose", "wrong-purpose"),
        ("EKU clientAuth missing", "wrong-purpose"),
        ("CertificateVerify: bad signature", "proof-invalid"),
        ("private key does not match certificate", "private-key-trouble"),
        ("no signature algorithm in common", "signature-scheme"),
        ("renegotiation is disabled", "late-request"),
        ("handshake failure", "handshake-failure"),
        ("TLS connection reset by peer", "closed-without-alert"),
        ("mutual TLS", "client-certificate"),
        ("hostname does not match the server certificate", "server-certificate-refused"),
    ],
)
def test_words_and_codes_are_understood(text: str, wanted: str) -> None:
    found = meanings(text)
    assert found[0].topic.id == wanted
    assert found[0].sureness in ("likely", "possible")


@pytest.mark.parametrize(
    "text",
    [
        "the printer is out of paper",
        "session token expired",
        "password required",
        "order 116 was shipped",
        "404 Not Found",
        "user 28000 logged in",
        "version 403.71 of the driver",
        "disk alert: 90% full",
        "message too long",
        "500 Internal Server Error",
    ],
)
def test_other_messages_mean_nothing(text: str) -> None:
    assert meanings(text) == []
