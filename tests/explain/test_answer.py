from __future__ import annotations

import pytest

from analyzer.explain.answer import explain, explain_log
from analyzer.explain.explanation import Explanation, Reading
from analyzer.explain.how_to import CAPTURE, KEY_LOGS, how_to
from analyzer.explain.logs import LogFound
from analyzer.explain.matching import Matcher
from analyzer.explain.near import MAX_TEXT, near_messages
from tests.explain.small import MATCHER, MESSAGES, UNKNOWN_CA, known


def best(text: str) -> Reading:
    return explain(text, MATCHER).readings[0]


def ids(answer: Explanation) -> list[str]:
    return [reading.id for reading in answer.readings]


def test_a_message_that_two_products_print_shows_both_the_specific_first() -> None:
    answer = explain("curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required, errno 0", MATCHER)
    assert ids(answer) == ["curl-required", "ossl-required"]
    assert {reading.match for reading in answer.readings} == {"exact"}


@pytest.mark.parametrize(
    ("line", "side"),
    [
        (
            "nginx: [crit] 7#7: *1 tlsv1 alert unknown ca while SSL handshaking, client: 192.0.2.7, server: 0.0.0.0",
            "server",
        ),
        ("7#7: *1 tlsv1 alert unknown ca while SSL handshaking to upstream, client: 192.0.2.7, server: shop", "client"),
        ("[ssl:info] [pid 12] [client 192.0.2.7:5] AH02008: tlsv1 alert unknown ca", "server"),
        ("Mar  2 09:14:22 lb haproxy[12]: tlsv1 alert unknown ca", "server"),
        ("curl: (35) tlsv1 alert unknown ca", "client"),
        ("tlsv1 alert unknown ca", "either"),
    ],
)
def test_the_line_tells_who_wrote_it_and_so_who_was_refused(line: str, side: str) -> None:
    reading = best(line)
    assert reading.id == "ossl-unknown-ca"
    assert reading.printed_by == side
    assert reading.refused == ("printer" if side == "either" else side)


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("haproxy[12]: certificate verify failed", "client"),
        ("curl: (60) certificate verify failed", "server"),
        ("certificate verify failed", "peer"),
    ],
)
def test_whoever_refused_the_other_side_was_not_refused(line: str, refused: str) -> None:
    verify = known("ossl-verify", "certificate verify failed", "certificate verify failed", refused="peer")
    assert explain(line, Matcher((verify,))).readings[0].refused == refused


def test_a_reading_that_the_line_contradicts_comes_last() -> None:
    apple = known(
        "apple-unknown", "errSSLPeerUnknownCA: peer does not know it", "errSSLPeerUnknownCA", printed_by="client"
    )
    matcher = Matcher((apple, UNKNOWN_CA))
    line = "errSSLPeerUnknownCA: peer does not know it: tlsv1 alert unknown ca"
    assert ids(explain(line, matcher)) == ["apple-unknown", "ossl-unknown-ca"]
    assert ids(explain(f"haproxy[12]: {line}", matcher)) == ["ossl-unknown-ca", "apple-unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mtlsv1 alert\x1b[0m unknown ca",
        "tlsv1 alert\nunknown ca",
        "error: tlsv1 al\nert unknown ca",
        "> tlsv1\n> alert unknown\n> ca",
        "prefix\\ntlsv1 alert\\nunknown ca",
        "tlsv1\u00a0alert unknown ca",
        "TLSV1 ALERT UNKNOWN CA",
    ],
)
def test_what_a_terminal_or_a_collector_did_is_undone(text: str) -> None:
    reading = best(text)
    assert (reading.id, reading.match) == ("ossl-unknown-ca", "exact")


@pytest.mark.parametrize(
    "text",
    [
        'remote error: tls: "unknown" <authority>',
        '{"log":"remote error: tls: \\"unknown\\" <authority>\\n"}',
        "remote error: tls: &quot;unknown&quot; &lt;authority&gt;",
        "remote error: tls: \\u0022unknown\\u0022 \\u003cauthority\\u003e",
        "remote error: tls: “unknown” <authority>",
    ],
)
def test_quotes_in_any_dress(text: str) -> None:
    assert best(text).id == "go-unknown"


def test_several_lines_are_counted_and_placed() -> None:
    message = "tlsv1 alert unknown ca"
    text = f"2026-03-02T09:00:00Z start\n2026-03-02T09:14:22Z {message}\nx\n2026-03-02T09:15:00Z {message}"
    lines = best(text).lines
    assert (lines.first, lines.last, lines.count) == (2, 4, 2)
    assert (lines.first_time, lines.last_time) == ("2026-03-02T09:14:22Z", "2026-03-02T09:15:00Z")


def test_a_cause_without_words_has_the_title_of_its_rule() -> None:
    cause = best("tlsv1 alert unknown ca").causes[0]
    assert cause.rule == "client-sent-empty-certificate"
    assert cause.text == "The client answered the request with no certificate."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("client sent no requird SSL certficate", "nginx-none"),
        ("Client sended no required SSL-certificate", "nginx-none"),
        ("tlsv13 allert certificate requierd", "ossl-required"),
    ],
)
def test_misspelt_messages_are_offered_as_near(text: str, wanted: str) -> None:
    (reading,) = [one for one in explain(text, MATCHER).readings if one.id == wanted]
    assert reading.match == "near"
    assert reading.confidence != "certain"
    assert reading.looks_like in next(one for one in MESSAGES if one.entry.id == wanted).entry.examples


def test_a_correct_part_of_a_message_is_understood_by_its_words_first() -> None:
    first, *others = explain("required SSL certificate", MATCHER).readings
    assert (first.id, first.match) == ("no-client-certificate", "meaning")
    assert [(one.id, one.confidence) for one in others if one.match == "near"] == [("nginx-none", "possible")]


def test_a_near_message_is_looked_for_in_bounded_text() -> None:
    text = "client sent no requird SSL certficate while all is well. " * 4
    assert near_messages(text * 20_000, MESSAGES) == near_messages((text * 20)[: MAX_TEXT * 2], MESSAGES)


@pytest.mark.parametrize("code", ["0x80090327", "-2146893017", "2148074279", "0X80090327"])
def test_a_code_finds_the_message_that_names_it(code: str) -> None:
    reading = next(one for one in explain(code, MATCHER).readings if one.id == "win-cert-unknown")
    assert reading.match == "meaning"
    assert reading.confidence == "likely"


def test_a_code_that_several_name_is_only_possible() -> None:
    readings = explain("curl: (56)", MATCHER).readings
    assert "curl-required" in [one.id for one in readings]
    assert {"no-client-certificate", "closed-without-alert"} <= {one.id for one in readings}
    assert not [one for one in readings if one.confidence == "certain"]


def test_the_articles_own_question_is_answered_in_full() -> None:
    reading = best("No client certificate was presented during SSL Handshake")
    assert (reading.id, reading.match, reading.refused) == ("no-client-certificate", "meaning", "client")
    assert reading.confidence == "likely"
    assert reading.causes
    assert reading.tell_apart
    assert reading.remedies
    assert reading.wire


def test_the_side_that_received_the_alert_was_refused() -> None:
    assert best("alert 48").refused == "receiver"
    assert best("curl: received TLS alert 42").refused == "client"
    assert best("curl: sent TLS alert 42").refused == "server"
    assert best("haproxy[1]: received TLS alert 42").refused == "server"


@pytest.mark.parametrize("text", ["the printer is out of paper", "", "   ", "\x00\xff", "?", "404 Not Found", "\udcff"])
def test_what_has_nothing_to_do_with_it_is_said_to_have_nothing(text: str) -> None:
    answer = explain(text, MATCHER)
    assert answer.readings == ()
    assert answer.how_to.capture == CAPTURE
    assert answer.how_to.key_log


def test_keys_are_explained_for_the_stack_that_printed_it() -> None:
    wanted = {where for where, _ in KEY_LOGS["openssl"]}
    assert {recipe.where for recipe in explain("tlsv1 alert unknown ca", MATCHER).how_to.key_log} == wanted


def test_what_windows_prints_is_recorded_on_windows_first() -> None:
    assert how_to(["openssl"]).capture == CAPTURE
    windows_first = how_to(["schannel"]).capture
    assert windows_first[0].where.startswith("Windows")
    assert sorted(windows_first, key=CAPTURE.index) == list(CAPTURE)


def test_a_long_query_is_cut() -> None:
    assert len(explain("x" * 100_000, MATCHER).query) < 5_000


def test_a_log_without_known_messages_is_understood_by_its_words() -> None:
    lines = [(3, b"2026-03-02 09:14:22 peer certificate has been revoked"), (9, b"peer certificate has been revoked")]
    (reading,) = explain_log("app.log", LogFound({}, lines, 12, 900)).readings
    assert (reading.id, reading.match) == ("certificate-revoked", "meaning")
    assert (reading.lines.first, reading.lines.last, reading.lines.count) == (3, 9, 2)


def test_the_real_catalogue_answers_with_rules_that_exist() -> None:
    from analyzer.diagnosis.pages import find_page
    from analyzer.explain.entries import load_messages

    matcher = Matcher(load_messages())
    for message in load_messages():
        for cause in explain(message.entry.examples[0], matcher).readings[0].causes:
            assert cause.text
            assert cause.rule is None or find_page(cause.rule)


def test_a_text_like_a_part_of_a_message_is_understood_by_its_words_first() -> None:
    both = known(
        "tls-required",
        r"(?:gnutls_handshake\(\) failed|alert received)\W{1,4}Certificate is required",
        "gnutls_handshake() failed: Certificate is required",
    )
    first, second = explain("mtls handshake failed", Matcher((both,))).readings
    assert (first.id, first.match) == ("handshake-failure", "meaning")
    assert (second.id, second.match, second.confidence) == ("tls-required", "near", "possible")


def test_what_resembles_a_message_that_says_little_comes_last() -> None:
    little = known("tls-failed", "tls handshake failed|all else", "tls handshake failed", confidence="possible")
    assert ids(explain("mtls handshake faild", Matcher((little,)))) == ["handshake-failure", "tls-failed"]
