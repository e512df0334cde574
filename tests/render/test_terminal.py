import io
import re

import msgspec
import pytest
from rich.text import Text

from analyzer.diagnosis.report import InputReport, Problem, Report
from analyzer.model import SeenAlert, SeenChain, Step, Story, Supplied
from analyzer.packets import Side
from analyzer.render import View, drawer
from analyzer.render.safe import safe_text
from analyzer.render.stories import group
from analyzer.render.terminal_page import ASCII, UNICODE, Page, wrap
from analyzer.rule_api import Evidence
from captures.recorder.truth import load
from tests.render.screens import GOLDEN, SCREENS, draw, expired_login, many, warned_login
from tests.support.reports import (
    ALICE,
    CAUSE,
    START,
    certificate,
    connection,
    failed_login,
    finding,
    good_login,
    handshake,
    name,
    refused,
    report,
    request,
    supplied,
    told,
)
from tests.test_truth import CAPTURES, analyse

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07[red]not markup[/red]:smile:",
    "first\nCN=forged   proved\r\n\tline",
    "\u202egro.knab\u2066\u200b",
    "N" * 5_000,
    "Zoë 株式会社 \x9b31m",
    "ends with \\",
)


def analyse_one(recording: str) -> Report:
    folder = CAPTURES / recording
    return analyse(folder, msgspec.structs.replace(load(folder / "truth.toml"), keys=None))


@pytest.mark.parametrize("title", SCREENS)
def test_golden_screen(title: str) -> None:
    """Rewrite them with: python -m tests.render.screens"""
    assert SCREENS[title]() == (GOLDEN / f"{title}.txt").read_text(encoding="utf-8")


def test_every_golden_screen_is_still_drawn() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SCREENS)


@pytest.mark.parametrize("title", SCREENS)
def test_no_trailing_spaces_and_no_line_over_the_edge_but_for_one_word(title: str) -> None:
    width = int(re.findall(r"\d+", title)[-1])
    for line in SCREENS[title]().splitlines():
        assert line == line.rstrip()
        copied = re.search(r"(curl|openssl|cat|docker|kubectl|netsh) ", line) or "TLS_ECDHE" in line
        assert len(line) <= width or copied, line


def test_ascii_where_there_is_no_unicode() -> None:
    screen = draw(report(failed_login()), encoding="ascii")
    assert screen.isascii()
    assert "x The server asked" in screen
    assert "------->" in screen
    assert "< here" in screen
    assert "\\u" not in screen


def test_both_ends_are_named_in_one_sentence() -> None:
    drawn = draw(analyse_one("empty-list-differs-in-encoding-go-nginx"), 120)
    sentence = (
        "The client looks like Go (crypto/tls); the server looks like OpenSSL, as in nginx, Apache httpd or stunnel."
    )
    assert f"\n    {sentence}\n" in drawn
    hidden = draw(analyse_one("tls13-empty-curl-openssl"), 80)
    assert "\n    The client looks like curl (OpenSSL).\n" in hidden
    assert "looks like" not in draw(report(failed_login()))


def test_what_is_only_possible_is_said_so() -> None:
    drawn = draw(analyse_one("set-openssl-openssl"), 80, only="all")
    assert "The client may be OpenSSL, as in curl, Python or Node; the server may be" in drawn


def test_a_good_login_is_one_line() -> None:
    lines = draw(report(good_login()), 120).splitlines()
    assert lines[2:] == [f"✓ {good_login().verdict.headline}"]  # type: ignore[union-attr]


def test_a_thousand_good_logins_are_one_line() -> None:
    logins = [good_login(connection=connection(handshake(), id=n)) for n in range(1000)]
    (row,) = [line for line in draw(report(*logins)).splitlines() if "tls-succeeded" in line]
    assert row.split()[0] == "1,000"


def test_the_guilty_line_is_marked_in_words() -> None:
    (line,) = [line for line in draw(report(failed_login())).splitlines() if "◀ here" in line]
    assert line.split()[:3] == ["0.031", "8", "Certificate"]


def test_what_the_application_answered_is_the_guilty_line_where_it_refused() -> None:
    folder = CAPTURES / "tls13-http-400-expired-openssl-nginx"
    read = analyse(folder, load(folder / "truth.toml"))
    (line,) = [line for line in draw(read).splitlines() if "◀ here" in line]
    assert "application data" in line
    assert "HTTP/1.1 400" in line


def test_the_surest_symptom_comes_first_and_its_cause_below() -> None:
    screen = draw(report(failed_login()), 200)
    places = [screen.index(text) for text in ("answered with none", "then refused", "does not fit what was asked")]
    assert places == sorted(places)
    assert screen.index("chain.pem") < screen.index("Choose a certificate")  # the cause's fix is the more effective


def test_packets_for_wireshark_are_sorted_and_named_once() -> None:
    assert "In Wireshark       frame.number in {6, 8, 10}\n" in draw(report(failed_login()))
    assert "frame.number == 13\n" in draw(report(good_login()), only="all")


def test_a_command_is_never_broken() -> None:
    command = "openssl s_client -connect shop.example:443 | grep -A9 'Acceptable client'"
    for width in (40, 60, 80, 120):
        assert any(line.endswith(command) for line in draw(report(failed_login()), width).splitlines())


def test_what_is_not_visible_only_matters_while_the_cause_is_open() -> None:
    assert "Not visible here" in draw(report(failed_login()))
    undecided = failed_login().undecided
    assert "Not visible here" not in draw(report(good_login(undecided=undecided)), only="all")


def test_long_lists_show_the_names_that_match_and_say_how_many_are_left_out() -> None:
    names = [name(f"Public CA {n}") for n in range(300)]
    names[250] = name("Corp Root A")
    seen = refused(certificate_request=request(*names), client_certificate=SeenChain((ALICE,), 9, 8, START))
    given = report(told(connection(seen), finding(), supplied=(supplied(),)))
    screen = draw(given)
    assert "… and 292 more: --all-names" in screen
    whole = draw(given, all_names=True)
    assert "CN=Public CA 299" in whole
    assert "--all-names" not in whole


def test_near_names_are_shown_before_the_first_ones() -> None:
    names = [name(f"Public CA {n}", ("O", "Public")) for n in range(50)] + [name("Issuing CA 2", ("O", "Corp"))]
    leaf = certificate("alice", name("Issuing CA 1", ("O", "Corp")))
    seen = refused(certificate_request=request(*names), client_certificate=SeenChain((leaf,), 9, 8, START))
    assert "CN=Issuing CA 2,O=Corp" in draw(report(told(connection(seen), finding())))


def test_a_name_in_another_encoding_is_said_to_be_one() -> None:
    listed = name("issuing ca 1", string_type=0x13)
    seen = refused(certificate_request=request(listed), client_certificate=SeenChain((ALICE,), 9, 8, START))
    assert "written in another encoding or spelling" in draw(report(told(connection(seen), finding())), 120)


def test_an_empty_list_is_said_to_be_empty() -> None:
    seen = refused(certificate_request=request())
    assert "The list is empty" in draw(report(told(connection(seen), finding())))


def test_the_same_story_is_told_once() -> None:
    screen = draw(many())
    assert screen.count("What happened") == 2
    assert "3 times the same" in screen
    assert "10.1.2.4 +2" in draw(many(), 120)


def test_many_stories_are_bounded_and_counted() -> None:
    logins = [expired_login(n, f"user {n}", START + n) for n in range(1, 31)]
    screen = draw(report(*logins))
    assert screen.count("What happened") == 20
    assert "… and 10 more stories: --only all" in screen
    assert draw(report(*logins), only="all").count("What happened") == 30


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_the_summary_never_drops_the_verdict(width: int) -> None:
    screen = draw(many(), width)
    for rule in ("client-certificate-expired", "tls-succeeded"):
        assert rule in screen


def test_stories_keep_server_verdict_and_certificate_apart() -> None:
    other_server = connection(refused(), sni="other.example")
    logins = [failed_login(), failed_login(connection=other_server), expired_login(), expired_login(2, "bob")]
    assert len(group(logins)) == 4
    assert len(group([failed_login(), failed_login()])) == 1


def test_the_capture_is_named_where_there_are_several() -> None:
    inputs = (InputReport("a.pcap", "pcap", 5, 9), InputReport("b.pcap", "pcap", 6, 9))
    given = report(failed_login(input=1), good_login(), inputs=inputs)
    assert re.search(r"^ +b\.pcap$", draw(given), re.MULTILINE)


def test_an_accepted_oddity_is_told() -> None:
    screen = draw(report(warned_login()))
    assert "✓ TLS did its job" in screen
    assert "! The client sent" in screen
    assert "◀ here" not in screen


def test_problems_of_a_kind_are_counted() -> None:
    problems = [Problem("gap", f"{n} bytes are missing.", 0, 1, n) for n in range(1, 11)]
    screen = draw(report(good_login(), problems=problems))
    assert "1 bytes are missing.   connection 1, packet 1\n" in screen
    assert "… and 6 more like these" in screen


def test_gaps_renegotiation_and_very_long_handshakes() -> None:
    steps = tuple(Step(Side.SERVER, "HelloRequest", n, START + n) for n in range(20, 120))
    first = handshake(story=Story.of((*steps, Step(Side.CLIENT, "gap", 130, None, 77)), ""))
    second = refused(index=1)
    story = told(connection(first, second), msgspec.structs.replace(finding(), handshake=0))
    screen = draw(report(story))
    assert "77 bytes of the client not captured" in screen
    assert re.search(r"\d+ more steps: certwhy events", screen)
    assert "initial handshake, ended by the server's alert, asked: 3 CAs, answered: empty" in screen


def test_two_alerts_in_one_packet_are_two_lines() -> None:
    alerts = (
        SeenAlert(Side.SERVER, 1, 41, 10, START),
        SeenAlert(Side.SERVER, 2, 40, 10, START),
    )
    story = Story.of([Step(Side.SERVER, "alert", 10, START) for _ in alerts], "")
    screen = draw(report(told(connection(refused(alerts=alerts, story=story)), finding())))
    assert "warning no_certificate" in screen
    assert "fatal handshake_failure" in screen


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_come_out_harmless_and_whole(text: str) -> None:
    subject = certificate(name(text), name(text, ("O", text)))
    rogue = finding(message=f"The server wanted {text}.", evidence=(Evidence(8, f"it says {text}"),))
    seen = refused(
        certificate_request=request(name(text)), client_certificate=SeenChain((subject, subject), 9, 8, START)
    )
    given = supplied(certificate=msgspec.structs.replace(supplied().certificate, file=f"dir/{text}", notes=(text,)))
    assert isinstance(given, Supplied)
    one = told(connection(seen, sni=text), rogue, supplied=(given,))
    problems = [Problem("gap", text, 0)]
    inputs = (InputReport(text, "pcap", 3, 4),)
    for connections in ((one,), (one, good_login(connection=connection(handshake(), sni=text)))):
        for encoding in ("utf-8", "ascii"):
            screen = draw(report(*connections, problems=problems, inputs=inputs), 80, encoding=encoding)
            assert all(line == safe_text(line) for line in screen.split("\n"))
            joined = re.sub(r"\s", "", screen)
            shown = re.sub(r"\s", "", safe_text(text)).encode(encoding, "backslashreplace").decode(encoding)
            assert joined.count(shown) >= 5


def test_colour_only_where_a_terminal_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    def shown() -> str:
        stream = Terminal()
        drawer("terminal")(report(failed_login()), View(stream, 100))
        return stream.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m✗" in shown()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in shown()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shown()
    assert "\x1b" not in draw(report(failed_login()))


def test_a_pipe_is_a_hundred_columns_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    stream = io.StringIO()
    drawer("terminal")(report(failed_login()), View(stream))
    assert stream.getvalue() == draw(report(failed_login()), 100)


def test_words_are_never_broken() -> None:
    lines = wrap(Text("a verylongwordindeed and c"), 6)
    assert [line.plain for line in lines] == ["a", "verylongwordindeed", "and c"]
    assert [line.plain for line in wrap(Text(""), 6)] == [""]


def test_kept_ranges_are_never_broken() -> None:
    lines = wrap(Text("run this command now please"), 10, [(4, 16)])
    assert [line.plain for line in lines] == ["run", "this command", "now please"]


def test_backticks_of_our_own_text_mark_commands_and_disappear() -> None:
    page = Page(20, UNICODE)
    page.prose("Type `ls -l /etc/certs` here.\nThen wait.")
    assert [line.plain for line in page.lines] == ["Type", "ls -l /etc/certs", "here.", "Then wait."]


def test_symbols_have_ascii_twins() -> None:
    assert all(getattr(ASCII, field).isascii() for field in ASCII.__struct_fields__)


def test_the_cause_is_not_lost_where_the_story_has_one_finding() -> None:
    assert "does not fit" in draw(report(told(connection(refused()), CAUSE)))


def test_the_picture_is_reproducible_and_fetches_nothing() -> None:
    def picture() -> str:
        stream = io.StringIO()
        drawer("svg")(report(failed_login()), View(stream, 100, title="certwhy read login-failed.pcap"))
        return stream.getvalue()

    first = picture()
    assert first == picture()
    assert first.startswith("<svg")
    assert "url(" not in first.replace("url(#", "")
    assert "certwhy&#160;read&#160;login-failed.pcap" in first or "certwhy read login-failed.pcap" in first
