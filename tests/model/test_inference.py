"""TLS 1.3 without keys: the tables of lengths, what is ambiguous, and every recording held against its truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.errors import InputUnreadableError
from analyzer.model import Confidence
from analyzer.model.handshake import ConnectionEnding
from analyzer.model.inference import NOTHING, Flight, Inference, Inferred, infer_tls12, infer_tls13
from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_3
from analyzer.tls.events import EncryptedRecordReceived
from captures.recorder.truth import Handshake as TrueHandshake
from captures.recorder.truth import load
from tests.model.flights import (
    AES_128_SHA256,
    AES_256_SHA384,
    CCM_8_SHA256,
    CLIENT,
    MS,
    SERVER,
    Burst,
    ending,
    flight13,
    recorded_flights,
)

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY
ASKS: Burst = (SERVER, (23, 109, 919, 96, 69))
ASKS_NOT: Burst = (SERVER, (23, 919, 96, 69))
ONE_RECORD: Burst = (SERVER, (1554,))
SENT: Burst = (CLIENT, (891, 96, 69))
EMPTY: Burst = (CLIENT, (25, 69))
ALONE: Burst = (CLIENT, (69,))
GET: Burst = (CLIENT, (93,))
TICKETS: Burst = (SERVER, (666, 666))
ALERT: Burst = (SERVER, (19,))


def value(inferred: Inferred | None) -> tuple[bool | str, Confidence] | None:
    return None if inferred is None else (inferred.value, inferred.confidence)


def told(inference: Inference) -> dict[str, tuple[bool | str, Confidence]]:
    return {name: (inferred.value, inferred.confidence) for name, inferred in inference.inferences()}


# -- one record per message


def test_sent_and_accepted() -> None:
    inference = infer_tls13(flight13(ASKS, SENT, TICKETS, GET))
    assert told(inference) == {
        "requested": (True, LIKELY),
        "client_certificate": ("sent", LIKELY),
        "certificate_verify": (True, LIKELY),
        "client_key": ("EC P-256", LIKELY),
        "refused": (False, LIKELY),
    }
    assert inference.packets == {
        "requested": (10, 11),
        "client_certificate": (11,),
        "certificate_verify": (11,),
        "client_key": (11,),
        "refused": (12,),
    }
    assert inference.padding is None


def test_the_arithmetic_is_said() -> None:
    inference = infer_tls13(flight13(ASKS, EMPTY, ALERT))
    assert inference.requested is not None
    assert "5 records (23, 109, 919, 96, 69)" in inference.requested.why
    assert "CertificateRequest of 92 bytes, in which the CA names take at most 71" in inference.requested.why
    assert inference.client_certificate is not None
    assert "25 = 8 + 1 + 16: an empty Certificate" in inference.client_certificate.why
    assert inference.refused is not None
    assert "19 = 2 + 1 + 16: an alert" in inference.refused.why


def test_empty_and_refused() -> None:
    assert told(infer_tls13(flight13(ASKS, EMPTY, ALERT))) == {
        "requested": (True, LIKELY),
        "client_certificate": ("empty", LIKELY),
        "certificate_verify": (False, LIKELY),
        "refused": (True, LIKELY),
    }


def test_never_asked() -> None:
    assert told(infer_tls13(flight13(ASKS_NOT, ALONE, GET, TICKETS))) == {
        "requested": (False, LIKELY),
        "client_certificate": ("absent", LIKELY),
        "certificate_verify": (False, LIKELY),
        "refused": (False, LIKELY),
    }


@pytest.mark.parametrize(
    ("length", "key"), [(281, "RSA 2048"), (537, "RSA 4096"), (89, "Ed25519"), (128, "EC P-384"), (164, "EC P-521")]
)
def test_keys(length: int, key: str) -> None:
    inference = infer_tls13(flight13(ASKS, (CLIENT, (1099, length, 69)), TICKETS))
    assert value(inference.client_key) == (key, LIKELY)


def test_sha256_and_short_tags() -> None:
    asks = (SERVER, (23, 109, 919, 96, 53))
    assert told(infer_tls13(flight13(asks, (CLIENT, (25, 53)), suite=AES_128_SHA256)))["client_certificate"] == (
        "empty",
        LIKELY,
    )
    short = flight13((SERVER, (15, 101, 911, 88, 45)), (CLIENT, (17, 45)), (SERVER, (11,)), suite=CCM_8_SHA256)
    assert told(infer_tls13(short))["refused"] == (True, LIKELY)


def test_long_messages_fill_records() -> None:
    inference = infer_tls13(flight13((SERVER, (27, 16401, 1655, 919, 96, 69)), (CLIENT, (16401, 281, 281, 69))))
    assert value(inference.requested) == (True, LIKELY)
    assert inference.requested is not None
    assert "CertificateRequest of 18022 bytes" in inference.requested.why
    assert value(inference.client_certificate) == ("sent", LIKELY)
    assert value(inference.client_key) == ("RSA 2048", LIKELY)


# -- padding


def test_java_adds_16() -> None:
    server = (SERVER, (65, 163, 935, 113, 85))
    inference = infer_tls13(flight13(server, (CLIENT, (41, 85)), (SERVER, (35,))))
    assert told(inference)["client_certificate"] == ("empty", LIKELY)
    assert told(inference)["refused"] == (True, LIKELY)
    assert inference.padding is not None
    assert inference.padding.count("adds 16 zero bytes") == 2
    sent = infer_tls13(flight13(server, (CLIENT, (907, 111, 85)), (SERVER, (1600,))))
    assert value(sent.client_key) == ("EC P-256", LIKELY)


def test_a_padded_finished_of_sha256_is_as_long_as_a_plain_one_of_sha384() -> None:
    asks = (SERVER, (23, 109, 919, 97, 53))
    java = infer_tls13(flight13(asks, (CLIENT, (69, 71)), suite=AES_128_SHA256))
    assert value(java.client_certificate) == ("absent", POSSIBLE)  # the server asked: one of the two is misread
    java = infer_tls13(flight13((SERVER, (23, 919, 97, 53)), (CLIENT, (69, 71)), suite=AES_128_SHA256))
    assert value(java.client_certificate) == ("absent", LIKELY)
    assert java.padding is not None


def test_java_says_goodbye_with_two_alerts() -> None:
    server = (SERVER, (65, 163, 935, 113, 85))
    inference = infer_tls13(flight13(server, SENT, (SERVER, (35, 35))))
    assert value(inference.refused) == (True, POSSIBLE)
    assert inference.refused is not None
    assert any("user_canceled" in other for other in inference.refused.alternatives)


def test_mbedtls_rounds_up() -> None:
    server = (SERVER, (32, 112, 928, 96, 80))
    inference = infer_tls13(flight13(server, (CLIENT, (32, 80)), (SERVER, (32,))))
    assert told(inference)["client_certificate"] == ("empty", LIKELY)
    assert told(inference)["refused"] == (True, LIKELY)
    sent = infer_tls13(flight13(server, (CLIENT, (896, 96, 80)), (SERVER, (256,))))
    assert value(sent.client_key) == ("EC P-256", POSSIBLE)
    assert sent.client_key is not None
    assert "Ed25519" in sent.client_key.alternatives


def test_mbedtls_alert_is_no_empty_certificate() -> None:
    server = (SERVER, (32, 112, 928, 96, 80))
    inference = infer_tls13(flight13(server, (CLIENT, (32,)), ended=ending(CLIENT)))
    assert value(inference.client_certificate) == ("absent", LIKELY)
    assert value(infer_tls13(flight13(server, (CLIENT, (32,)), ended=ending(None))).client_certificate) is None


def test_block_padding_is_not_understood() -> None:
    assert infer_tls13(flight13((SERVER, (528, 528, 1040, 528, 528)), (CLIENT, (528, 528)))) == NOTHING
    assert told(infer_tls13(flight13(ASKS, (CLIENT, (528, 528)), TICKETS))) == {"requested": (True, LIKELY)}
    padded = infer_tls13(flight13(ASKS, (CLIENT, (1040,)), TICKETS))
    assert value(padded.client_certificate) == ("sent", POSSIBLE)


def test_coarser_blocks_are_not_mbedtls() -> None:
    """OpenSSL's ``-record_padding 64``: a Finished of SHA-384 has the length that mbedTLS gives it."""
    assert infer_tls13(flight13(ONE_RECORD, (CLIENT, (80, 80, 80)))) == NOTHING
    assert told(infer_tls13(flight13(ASKS, (CLIENT, (80, 80, 80)), TICKETS))) == {"requested": (True, LIKELY)}
    server = (SERVER, (80, 144, 848, 144, 80))
    sent = infer_tls13(flight13(server, (CLIENT, (848, 144, 80)), TICKETS))
    assert sent.client_key is None
    assert sent.padding is None


@pytest.mark.parametrize("block", [80, 116, 272, 528])
def test_a_padded_alert_is_not_taken_for_data(block: int) -> None:
    """OpenSSL's ``-record_padding``, on the server: its alert is as long as the shortest of its records."""
    server = (SERVER, (block, block, 816, block, block))
    assert infer_tls13(flight13(server, SENT, (SERVER, (block,)))).refused is None
    assert value(infer_tls13(flight13(server, SENT, (SERVER, (1040,)))).refused) == (False, LIKELY)


# -- several messages in one record


def test_coalesced_empty_and_alone_are_certain() -> None:
    assert told(infer_tls13(flight13(ONE_RECORD, (CLIENT, (77,)), ALERT))) == {
        "requested": (True, LIKELY),
        "client_certificate": ("empty", LIKELY),
        "certificate_verify": (False, LIKELY),
        "refused": (True, LIKELY),
    }
    assert told(infer_tls13(flight13(ONE_RECORD, ALONE, GET)))["requested"] == (False, LIKELY)


def test_coalesced_certificate_needs_the_servers_word() -> None:
    both = infer_tls13(flight13(ASKS, (CLIENT, (1006,)), TICKETS))
    assert told(both) == {
        "requested": (True, LIKELY),
        "client_certificate": ("sent", LIKELY),
        "certificate_verify": (True, POSSIBLE),
        "refused": (False, LIKELY),
    }
    alone = infer_tls13(flight13(ONE_RECORD, (CLIENT, (1006,)), TICKETS))
    assert value(alone.requested) == (True, POSSIBLE)
    assert alone.requested is not None
    assert alone.requested.alternatives


def test_a_coalesced_server_and_a_client_of_one_record_per_message() -> None:
    inference = infer_tls13(flight13(ONE_RECORD, SENT, ALERT))
    assert told(inference)["requested"] == (True, LIKELY)
    assert told(inference)["refused"] == (True, LIKELY)


def test_a_missing_certificate_verify_may_share_a_record() -> None:
    inference = infer_tls13(flight13(ASKS, (CLIENT, (1098, 69)), ALERT))
    assert told(inference)["client_certificate"] == ("sent", LIKELY)
    assert told(inference)["certificate_verify"] == (False, POSSIBLE)
    assert inference.certificate_verify is not None
    assert len(inference.certificate_verify.alternatives) == 2
    assert value(inference.refused) == (True, POSSIBLE)


# -- flights that are not what they seem


def test_fragments_of_a_certificate_are_no_request() -> None:
    """A client that wants records of 512 bytes (RFC 6066 section 4)."""
    fragments = (SERVER, (23, 529, 407, 96, 69))
    silent = infer_tls13(flight13(fragments, ended=ending(CLIENT)))
    assert value(silent.requested) == (True, POSSIBLE)
    assert silent.requested is not None
    assert silent.requested.alternatives
    assert value(infer_tls13(flight13(fragments, ALONE, GET)).requested) == (False, POSSIBLE)


def test_long_extensions_may_hide_a_request() -> None:
    hidden = (SERVER, (120, 919, 96, 69))
    assert value(infer_tls13(flight13(hidden, ended=ending(CLIENT))).requested) == (False, POSSIBLE)
    contradiction = infer_tls13(flight13(hidden, EMPTY, ALERT))
    assert value(contradiction.requested) == (True, POSSIBLE)
    assert value(contradiction.client_certificate) == ("empty", POSSIBLE)
    assert value(infer_tls13(flight13(hidden, ALONE, GET)).requested) == (False, LIKELY)


def test_a_vague_answer_that_contradicts_says_nothing() -> None:
    assert infer_tls13(flight13(ASKS_NOT, (CLIENT, (1006,)))) == NOTHING


def test_the_client_went_away() -> None:
    silent = infer_tls13(flight13(ASKS, ended=ending(CLIENT)))
    assert told(silent) == {
        "requested": (True, LIKELY),
        "client_certificate": ("absent", LIKELY),
        "certificate_verify": (False, LIKELY),
    }
    refusing = infer_tls13(flight13(ASKS, (CLIENT, (19,)), ended=ending(CLIENT)))
    assert told(refusing)["client_refused"] == (True, LIKELY)
    assert told(refusing)["client_certificate"] == ("absent", LIKELY)


def test_the_capture_ends_early() -> None:
    assert told(infer_tls13(flight13(ASKS, ended=ending(None)))) == {"requested": (True, LIKELY)}
    assert infer_tls13(flight13(ONE_RECORD, ended=ending(None))) == NOTHING
    assert infer_tls13(flight13((SERVER, (23, 109, 919)), ended=ending(None))) == NOTHING


def test_gaps() -> None:
    assert told(infer_tls13(flight13(ASKS, EMPTY, ALERT, whole=(False, True)))) == {"requested": (True, LIKELY)}
    without_server = infer_tls13(flight13((SERVER, (919,)), EMPTY, ALERT, whole=(True, False)))
    assert told(without_server) == {
        "requested": (True, LIKELY),
        "client_certificate": ("empty", LIKELY),
        "certificate_verify": (False, LIKELY),
    }
    assert infer_tls13(flight13(ASKS, EMPTY, whole=(False, False))) == NOTHING


def test_unknown_suites_and_other_records() -> None:
    assert infer_tls13(flight13(ASKS, EMPTY, suite=0x00C6)) == NOTHING
    assert infer_tls13(flight13(ASKS, (CLIENT, ((22, 25), 69)))) == NOTHING


# -- refused, or not


def test_a_goodbye_is_no_refusal() -> None:
    """A server without tickets answers close_notify with close_notify."""
    assert infer_tls13(flight13(ASKS, SENT, (CLIENT, (93, 19)), ALERT, ended=ending(CLIENT))).refused is None
    assert infer_tls13(flight13(ASKS, SENT, ALERT, ended=ending(CLIENT, packet=11))).refused is None


def test_doubtful_refusals() -> None:
    assert value(infer_tls13(flight13(ASKS, SENT, ALERT, ended=ending(None))).refused) == (True, POSSIBLE)
    assert value(infer_tls13(flight13(ASKS, SENT, ALERT, step_ns=6000 * MS)).refused) == (True, POSSIBLE)
    assert value(infer_tls13(flight13(ASKS, SENT, (CLIENT, (93,) * 9), ALERT)).refused) == (True, POSSIBLE)
    assert value(infer_tls13(flight13(ONE_RECORD, SENT, (SERVER, (35,)))).refused) == (True, POSSIBLE)


def test_two_alerts_refuse_as_well_as_one() -> None:
    """GnuTLS says 49, then 42."""
    inference = infer_tls13(flight13(ASKS, SENT, ALERT, ALERT))
    assert value(inference.refused) == (True, LIKELY)
    assert inference.packets["refused"] == (12, 13)


def test_a_dropped_connection_is_no_refusal_by_alert() -> None:
    inference = infer_tls13(flight13(ASKS, SENT, GET, ended=closed(at_ns=14 * MS)))
    assert inference.refused is None
    assert value(inference.dropped) == (True, LIKELY)


def test_what_is_no_drop() -> None:
    def dropped(*bursts: Burst, ended: ConnectionEnding | None = None) -> tuple[bool | str, Confidence] | None:
        return value(infer_tls13(flight13(*bursts, ended=ended or closed(at_ns=14 * MS))).dropped)

    assert dropped(ASKS, SENT, ended=closed(at_ns=30_000 * MS)) == (True, POSSIBLE)  # it may have tired of waiting
    assert dropped(ASKS, SENT, TICKETS) is None
    assert dropped(ASKS_NOT, ALONE, GET) is None
    assert dropped(ASKS, SENT, ended=ending(CLIENT)) is None
    assert dropped(ASKS, SENT, (CLIENT, (93, 19))) is None  # it said goodbye first
    assert dropped(ASKS, SENT, ended=closed(at_ns=5 * MS, packet=10)) is None  # before the answer came


def closed(at_ns: int, packet: int = 1_000) -> ConnectionEnding:
    """The server closes first, at that time."""
    return msgspec.structs.replace(ending(SERVER, packet), server_closed_ns=at_ns)


def test_the_server_breaks_off_its_flight() -> None:
    assert value(infer_tls13(flight13((SERVER, (23, 19)))).server_broke_off) == (True, LIKELY)
    assert value(infer_tls13(flight13(ALERT)).server_broke_off) == (True, LIKELY)
    for others in ((SERVER, (1554, 19)), (SERVER, (23, 919, 19)), (SERVER, (23,))):
        assert infer_tls13(flight13(others)).server_broke_off is None
    assert infer_tls13(flight13(ALERT, ended=ending(None))).server_broke_off is None
    assert infer_tls13(flight13(ALERT, whole=(True, False))).server_broke_off is None


def test_what_precedes_the_clients_finished_is_no_answer() -> None:
    """Go sends its tickets at once if it does not ask."""
    inference = infer_tls13(flight13((SERVER, (23, 919, 96, 69, 282)), ALONE, GET, ended=ending(None)))
    assert told(inference)["requested"] == (False, LIKELY)
    assert inference.refused is None


# -- resumption, early data


def test_resumed_handshakes_never_ask() -> None:
    inference = infer_tls13(flight13((SERVER, (23, 69)), ALONE, GET, TICKETS, resumed=True))
    assert told(inference) == {
        "requested": (False, LIKELY),
        "client_certificate": ("absent", LIKELY),
        "certificate_verify": (False, LIKELY),
        "refused": (False, LIKELY),
    }
    assert infer_tls13(flight13(ASKS, SENT, resumed=True)) == NOTHING


def test_accepted_early_data() -> None:
    early = flight13(
        (CLIENT, (300,)), (SERVER, (27, 69)), (CLIENT, (21, 69, 93)), TICKETS, resumed=True, early_data=True
    )
    assert told(infer_tls13(early))["refused"] == (False, LIKELY)
    other = flight13((CLIENT, (300,)), (SERVER, (27, 69)), (CLIENT, (900,)), TICKETS, resumed=True, early_data=True)
    assert told(infer_tls13(other))["requested"] == (False, LIKELY)
    assert infer_tls13(other).refused is None


def test_rejected_early_data_is_set_aside() -> None:
    flight = flight13((CLIENT, (300, 25)), ASKS, EMPTY, ALERT, early_data=True)
    assert told(infer_tls13(flight))["client_certificate"] == ("empty", POSSIBLE)
    retried = flight13((CLIENT, (300, 25)), ASKS, EMPTY, ALERT, early_data=True, hello_retry=True)
    assert told(infer_tls13(retried))["client_certificate"] == ("empty", LIKELY)
    coalesced = flight13((CLIENT, (300,)), ONE_RECORD, EMPTY, ALERT, early_data=True)
    assert told(infer_tls13(coalesced))["client_certificate"] == ("empty", POSSIBLE)


def test_unknown_resumption_is_at_most_possible() -> None:
    inference = infer_tls13(flight13(ASKS, SENT, TICKETS, resumed=None))
    assert {confidence for _, confidence in told(inference).values()} == {POSSIBLE}


# -- post-handshake authentication

BEFORE: tuple[Burst, ...] = (ASKS_NOT, ALONE, TICKETS, GET, (SERVER, (141,)))


def test_late_certificate() -> None:
    inference = infer_tls13(flight13(*BEFORE, (CLIENT, (926, 96, 69)), ALERT))
    assert told(inference)["requested"] == (False, LIKELY)
    assert told(inference)["late_request"] == ("post-handshake", LIKELY)
    assert inference.late is not None
    assert told(inference.late) == {
        "requested": (True, LIKELY),
        "client_certificate": ("sent", LIKELY),
        "certificate_verify": (True, LIKELY),
        "client_key": ("EC P-256", LIKELY),
        "refused": (True, LIKELY),
    }
    assert inference.late.packets["requested"] == (14, 15)


def test_late_and_accepted() -> None:
    stayed = infer_tls13(flight13(*BEFORE, (CLIENT, (923, 281, 69)), (SERVER, (730, 242)), (CLIENT, (19,)), ALERT))
    assert stayed.late is not None
    assert value(stayed.late.refused) == (False, LIKELY)
    left = infer_tls13(flight13(*BEFORE, (CLIENT, (923, 281, 69)), (SERVER, (242,)), ALERT))
    assert left.late is not None
    assert value(left.late.refused) == (False, POSSIBLE)


def test_late_and_empty_is_sure_only_when_refused() -> None:
    refused = infer_tls13(flight13(*BEFORE, (CLIENT, (57, 69)), ALERT))
    assert refused.late is not None
    assert told(refused.late)["client_certificate"] == ("empty", LIKELY)
    accepted = infer_tls13(flight13(*BEFORE, (CLIENT, (57, 69)), (SERVER, (242,)), (CLIENT, (19,))))
    assert accepted.late is not None
    assert told(accepted.late)["client_certificate"] == ("empty", POSSIBLE)
    assert accepted.late.client_certificate is not None
    assert accepted.late.client_certificate.alternatives
    assert told(accepted)["late_request"] == ("post-handshake", POSSIBLE)


@pytest.mark.parametrize(
    "bursts",
    [
        (ASKS_NOT, ALONE, (CLIENT, (926, 96, 69))),  # nothing that could have asked
        (ASKS_NOT, ALONE, (SERVER, (30,)), (CLIENT, (926, 96, 69))),  # too short to have asked
        (*BEFORE, (CLIENT, (926,)), (SERVER, (100,)), (CLIENT, (96, 69))),  # not at once
        (*BEFORE, (CLIENT, (120, 96, 69))),  # too short for a certificate
        (*BEFORE, GET),
    ],
)
def test_application_data_is_no_late_answer(bursts: tuple[Burst, ...]) -> None:
    inference = infer_tls13(flight13(*bursts))
    assert inference.late is None
    assert inference.late_request is None


def test_late_requests_need_the_offer_and_the_whole_connection() -> None:
    bursts = (*BEFORE, (CLIENT, (926, 96, 69)), ALERT)
    assert infer_tls13(flight13(*bursts, post_handshake_auth=False)).late is None
    assert infer_tls13(flight13(*bursts, whole=(True, False))).late is None


def test_unknown_resumption_reaches_the_late_request() -> None:
    inference = infer_tls13(flight13(*BEFORE, (CLIENT, (926, 96, 69)), ALERT, resumed=None))
    assert inference.late is not None
    assert {confidence for _, confidence in told(inference.late).values()} == {POSSIBLE}


# -- recordings

CAPTURES = Path(__file__).parents[2] / "captures"
FOLDERS = sorted(path.parent for path in CAPTURES.glob("*/truth.toml"))
FIELDS = ("requested", "client_certificate", "certificate_verify", "refused")
COALESCING = {"nss", "chromium", "tlslite"}
"""Stacks that put several messages into one record, or records apart from their messages."""


def _truth(true: TrueHandshake) -> dict[str, bool | str | None]:
    """What a recording's truth says of the fields; None where it says nothing."""
    told: dict[str, bool | str | None] = {
        "requested": {"yes": True, "no": False}.get(true.requested or ""),
        "client_certificate": None if true.client_certificate == "unknown" else true.client_certificate,
        "certificate_verify": {"present": True, "absent": False}.get(true.certificate_verify or ""),
        "refused": {"failed_by_server": True, "completed": False}.get(true.outcome or ""),
    }
    if true.client_certificate not in ("sent", "empty") and told["refused"]:
        told["refused"] = None  # the server refused something else
    return told


def _inferences(flight: Flight, phases: list[str | None]) -> list[Inference | None]:
    """For each handshake of a connection, what was inferred of it; None for one in the clear."""
    if flight.version >= TLS_1_3:
        inference = infer_tls13(flight)
        return [inference, *[inference.late] * (len(phases) - 1)]
    return [None, *[infer_tls12(flight)] * (len(phases) - 1)]


@cache
def _judged(folder: Path) -> list[tuple[str, str, bool | str, Inferred | None]]:
    """Handshake, field, truth and inference of one recording, wherever both can say something."""
    truth = load(folder / "truth.toml")
    connections: list[list[TrueHandshake]] = []
    for true in truth.handshakes:
        if true.phase in (None, "initial"):
            connections.append([])
        connections[-1].append(true)
    judged: list[tuple[str, str, bool | str, Inferred | None]] = []
    flights = list(recorded_flights(str(folder / truth.file)))
    assert len(flights) == len(connections)
    for flight, handshakes in zip(flights, connections, strict=True):
        if flight is None:
            continue
        inferences = _inferences(flight, [true.phase for true in handshakes])
        for true, inference in zip(handshakes, inferences, strict=True):
            if inference is None:
                continue
            for field, right in _truth(true).items():
                if right is not None:
                    judged.append((true.phase or "initial", field, right, getattr(inference, field)))
    return judged


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_recordings_are_right_or_undecided(folder: Path) -> None:
    for phase, field, right, inferred in _judged(folder):
        if inferred is not None and inferred.confidence is LIKELY:
            assert inferred.value == right, (phase, field, inferred)
        assert inferred is None or inferred.why


def test_a_first_handshake_in_the_clear_is_not_inferred() -> None:
    for folder in FOLDERS:
        for flight in recorded_flights(str(folder / load(folder / "truth.toml").file)):
            if flight is not None and flight.version >= TLS_1_3:
                assert infer_tls12(msgspec.structs.replace(flight, version=0x0303)) == NOTHING


def test_nine_in_ten_are_decided(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the stacks that send one record per message."""
    seen: Counter[tuple[str, str]] = Counter()
    decided: Counter[tuple[str, str]] = Counter()
    for folder in FOLDERS:
        if COALESCING & set(folder.name.split("-")):
            continue
        for phase, field, _, inferred in _judged(folder):
            seen[phase, field] += 1
            decided[phase, field] += inferred is not None and inferred.confidence is LIKELY
    with capsys.disabled():
        for phase, field in sorted(seen):
            print(
                f"\n  without keys, {phase}: {field} decided in {decided[phase, field]} of {seen[phase, field]}", end=""
            )
        print()
    for field in FIELDS:
        total = sum(count for (_, name), count in seen.items() if name == field)
        assert sum(count for (_, name), count in decided.items() if name == field) >= 0.9 * total, field


# -- other people's traffic, and anything at all

PUBLIC = Path(__file__).parents[3] / "shared" / "public-captures" / "files"


def _public_flights() -> Iterator[tuple[str, Flight]]:
    for path in sorted(path for path in PUBLIC.rglob("*") if path.is_file()):
        try:
            flights = list(recorded_flights(str(path)))
        except InputUnreadableError:
            continue
        yield from ((str(path.relative_to(PUBLIC)), flight) for flight in flights if flight is not None)


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public captures are not here")
def test_public_captures() -> None:
    """One of them is of an Envoy that asks; of the rest it is known that they are ordinary downloads."""
    for name, flight in _public_flights():
        if flight.version < TLS_1_3:
            assert infer_tls12(flight) == NOTHING, name
            continue
        inference = infer_tls13(flight)
        asked = "envoy_mtls" in name
        if inference.requested is not None:
            assert value(inference.requested) == (asked, LIKELY), name
            assert value(inference.client_certificate) == ("sent" if asked else "absent", LIKELY), name
        assert inference.late is None, name


LENGTHS = st.one_of(
    st.sampled_from([19, 21, 23, 25, 32, 35, 41, 53, 57, 61, 64, 69, 77, 80, 85, 89, 96, 109, 281, 919, 1554, 16401]),
    st.integers(0, 17000),
)


@st.composite
def any_flight(draw: st.DrawFn, types: st.SearchStrategy[int], suites: st.SearchStrategy[int]) -> Flight:
    sides = st.sampled_from(Side)
    times = st.one_of(st.none(), st.integers(0, 10**12))
    told = tuple(
        EncryptedRecordReceived(draw(sides), draw(types), draw(LENGTHS), packet // 2, draw(times))
        for packet in range(draw(st.integers(0, 26)))
    )
    packets = st.one_of(st.none(), st.integers(0, 20))
    ended = ConnectionEnding(None, "fin", None, server_closed=draw(packets), client_closed=draw(packets))
    return Flight(
        version=draw(st.sampled_from([0x0300, 0x0301, 0x0303, 0x0304, 0x7F1C])),
        cipher_suite=draw(suites),
        records=told,
        ended=ended,
        whole=(draw(st.booleans()), draw(st.booleans())),
        resumed=draw(st.sampled_from([False, True, None])),
        post_handshake_auth=draw(st.sampled_from([False, True, None])),
        hello_retry=draw(st.booleans()),
        early_data=draw(st.booleans()),
    )


def _all(inference: Inference) -> Iterator[Inferred]:
    for _, inferred in inference.inferences():
        yield inferred
    if inference.late is not None:
        yield from _all(inference.late)


@settings(max_examples=300, deadline=None)
@given(any_flight(st.just(23), st.sampled_from([AES_128_SHA256, AES_256_SHA384, CCM_8_SHA256, 0x00C6])))
def test_any_tls13_flight(flight: Flight) -> None:
    known = {record.packet for record in flight.records} | {flight.ended.client_closed}
    for inferred in _all(infer_tls13(flight)):
        assert inferred.confidence < Confidence.PROVED
        assert inferred.why
        assert set(inferred.packets) <= known


@settings(max_examples=300, deadline=None)
@given(any_flight(st.sampled_from([20, 21, 22, 23]), st.sampled_from([0xC02C, 0xCCA9, 0xC00A, 0x0005, 0x000A, 0xFFFF])))
def test_any_tls12_flight(flight: Flight) -> None:
    for inferred in _all(infer_tls12(flight)):
        assert inferred.confidence < Confidence.PROVED
        assert inferred.why
