from __future__ import annotations

import re

import pytest

from analyzer.explain.answer import explain
from analyzer.explain.entries import load_messages
from analyzer.explain.matching import Matcher
from analyzer.explain.wording import load_languages, respelled, translated
from tests.explain.small import MATCHER


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Es wurde kein Clientzertifikat angegeben.", "no-client-certificate"),
        ("SSL-Handshake fehlgeschlagen: Das Zertifikat ist abgelaufen", "certificate-expired"),
        (
            "Die Zertifikatkette wurde von einer nicht vertrauenswürdigen Zertifizierungsstelle ausgestellt.",
            "unknown-issuer",
        ),
        ("Aucun certificat client n'a été fourni", "no-client-certificate"),
        ("Le certificat a été révoqué", "certificate-revoked"),
        ("El certificado de cliente ha caducado", "certificate-expired"),
        ("nenhum certificado de cliente foi apresentado", "no-client-certificate"),
        ("Il certificato client è scaduto", "certificate-expired"),
        ("geen clientcertificaat ontvangen", "no-client-certificate"),
        ("Сертификат клиента отозван", "certificate-revoked"),
        ("クライアント証明書が必要です", "no-client-certificate"),
        ("客户端证书已过期", "certificate-expired"),
    ],
)
def test_other_languages_are_understood_as_far_as_some_terms_go(text: str, wanted: str) -> None:
    first = explain(text, MATCHER).readings[0]
    assert (first.id, first.match, first.confidence) == (wanted, "meaning", "possible")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("clent certifcate was not presentd by peer", "no-client-certificate"),
        ("the certificat of the peer is expiered", "certificate-expired"),
        ("peer certificate was revokked", "certificate-revoked"),
    ],
)
def test_misspelt_words_are_read_as_what_they_look_like(text: str, wanted: str) -> None:
    readings = explain(text, MATCHER).readings
    assert [one.confidence for one in readings if one.id == wanted] == ["possible"]


@pytest.mark.parametrize(
    "text",
    [
        "the central printer was presented with a certain letter",
        "Der Drucker hat kein Papier",
        "Le train est en retard, sans certitude",
        "the client does not answer",
    ],
)
def test_other_subjects_stay_other_subjects(text: str) -> None:
    assert explain(text, Matcher(load_messages())).readings == ()


def test_what_is_english_and_right_is_left_alone() -> None:
    assert translated("no client certificate was presented") == ""
    assert respelled("no client certificate was presented") == ""


def test_every_term_is_a_pattern_of_small_letters() -> None:
    for language in load_languages():
        for term, meant in language.terms:
            re.compile(term)
            assert term.replace("\\w", "") == term.replace("\\w", "").lower()
            assert translated(re.sub(r"\\w[*]?|[?]", "", term.split("|")[0])).split(), (language.name, meant)


def test_a_long_text_is_cut() -> None:
    assert len(respelled("certifcate " * 50_000)) < 10_000
    assert len(translated("Zertifikat " * 50_000)) < 20_000
