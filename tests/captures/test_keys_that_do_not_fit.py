"""Key logs that are another connection's, wrong or incomplete, and records that are damaged or missing.

Whatever does not open is told apart by why it does not, and nothing is claimed that the whole recording contradicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Reason, SeenVerify, Unseen
from analyzer.tls.protection import Sealed
from tests.support.honesty import NEVER_WRONGLY_ABSENT, all_false_claims
from tests.support.traffic import CAPTURES, Sent, analyse, key_log_of, segments_of, to_packets

NAMES = sorted(path.parent.name for path in CAPTURES.glob("*/keys.log"))
_DATA, _HANDSHAKE = 23, 22
_CLOSED = {Sealed.WRONG.value, Sealed.DAMAGED.value, Sealed.PARTIAL.value}


@cache
def _whole(name: str) -> list[ConnectionReport]:
    return analyse(to_packets(segments_of(name)), key_log_of(name))


def _read(name: str, key_log: bytes) -> list[ConnectionReport]:
    return analyse(to_packets(segments_of(name)), key_log)


def _details(reports: list[ConnectionReport]) -> set[str]:
    """Why what is encrypted could not be read."""
    values = [
        getattr(handshake, name)
        for report in reports
        for handshake in report.connection.handshakes
        for name in NEVER_WRONGLY_ABSENT
    ]
    return {value.detail for value in values if isinstance(value, Unseen) and value.why is Reason.ENCRYPTED}


def _secrets(name: str) -> list[bytes]:
    return [line for line in key_log_of(name).splitlines() if len(line.split()) == 3]


def _flipped(line: bytes) -> bytes:
    """One digit of the secret is another one."""
    label, random, secret = line.split()
    digit = b"1" if secret[5:6] != b"1" else b"2"
    return b" ".join((label, random, secret[:5] + digit + secret[6:]))


def _is_hidden_without(name: str) -> bool:
    """Does the report know less without keys?"""
    return _details(_read(name, b"")) != set()


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_of_another_connection(name: str) -> None:
    other = "tls13-good-openssl-nginx" if name != "tls13-good-openssl-nginx" else "tls13-good-p384-openssl-openssl"
    reports = _read(name, key_log_of(other))
    assert all_false_claims(reports, _whole(name)) == []
    assert _details(reports) == ({Sealed.FOREIGN.value} if _is_hidden_without(name) else set())


@pytest.mark.parametrize("name", NAMES)
def test_one_wrong_secret(name: str) -> None:
    secrets = _secrets(name)
    for index, line in enumerate(secrets):
        reports = _read(name, b"\n".join([*secrets[:index], _flipped(line), *secrets[index + 1 :]]))
        assert all_false_claims(reports, _whole(name)) == []
        assert _details(reports) <= _CLOSED


def test_a_wrong_secret_is_called_wrong() -> None:
    name = "tls13-good-openssl-nginx"
    for label in (b"CLIENT_HANDSHAKE", b"SERVER_HANDSHAKE", b"SERVER_TRAFFIC"):
        lines = [_flipped(line) if line.startswith(label) else line for line in _secrets(name)]
        assert _details(_read(name, b"\n".join(lines))) == {Sealed.WRONG.value}, label


def _partial_logs(name: str) -> Iterator[bytes]:
    """Logs that lack something: one side's secrets, those of the handshake, those of what comes after it."""
    secrets = _secrets(name)
    for word in (b"CLIENT_", b"SERVER_", b"HANDSHAKE", b"SECRET_0"):
        left = [line for line in secrets if word not in line.split()[0]]
        if left and left != secrets:
            yield b"\n".join(left)


@pytest.mark.parametrize("name", NAMES)
def test_a_part_of_the_secrets(name: str) -> None:
    for log in _partial_logs(name):
        reports = _read(name, log)
        assert all_false_claims(reports, _whole(name)) == []
        assert _details(reports) <= {Sealed.PARTIAL.value, Sealed.FOREIGN.value}


def test_a_part_of_the_secrets_is_called_so() -> None:
    name = "tls13-good-openssl-nginx"
    logs = list(_partial_logs(name))
    assert len(logs) == 4
    assert all(_details(_read(name, log)) == {Sealed.PARTIAL.value} for log in logs[:3])


def test_the_secrets_of_one_side_open_that_side() -> None:
    name = "tls13-good-openssl-nginx"
    log = b"\n".join(line for line in _secrets(name) if line.startswith(b"CLIENT_"))
    ((report,), (whole,)) = _read(name, log), _whole(name)
    (seen,), (true,) = report.connection.handshakes, whole.connection.handshakes
    assert seen.client_certificate == true.client_certificate
    assert isinstance(seen.certificate_request, Unseen)
    # the server's half of the transcript is missing: nothing can be said of the signature
    assert isinstance(seen.certificate_verify, SeenVerify)
    assert seen.certificate_verify.valid is None


def _damaged(name: str) -> Iterator[list[Sent]]:
    """A byte in the middle of each record that is encrypted, as far as a segment holds it."""
    segments = segments_of(name)
    for index, segment in enumerate(segments):
        at, data = 0, segment.payload
        while at + 5 < len(data) and 20 <= data[at] <= 23 and data[at + 1] == 3:
            end = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
            if data[at] == _DATA or (data[at] == _HANDSHAKE and data[at + 5] not in range(1, 25)):
                middle = (at + 5 + min(end, len(data))) // 2
                changed = data[:middle] + bytes((data[middle] ^ 0x55,)) + data[middle + 1 :]
                yield [*segments[:index], segment._replace(payload=changed), *segments[index + 1 :]]
            at = end


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_record(name: str) -> None:
    for segments in _damaged(name):
        reports = analyse(to_packets(segments), key_log_of(name))
        assert all_false_claims(reports, _whole(name)) == []


def test_a_damaged_record_is_no_wrong_secret() -> None:
    """Also where it is the first one: the next ones open. Where there is only one, nobody can tell."""
    told = [_details(analyse(to_packets(one), key_log_of(name))) for name in NAMES for one in _damaged(name)]
    damaged = sum(Sealed.DAMAGED.value in details for details in told)
    wrong = sum(Sealed.WRONG.value in details for details in told)
    assert damaged > 10 * wrong > 0


def _lost(name: str) -> Iterator[list[Sent]]:
    segments = segments_of(name)
    for index, segment in enumerate(segments):
        if segment.payload:
            yield [*segments[:index], *segments[index + 1 :]]


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_segment(name: str) -> None:
    for segments in _lost(name):
        reports = analyse(to_packets(segments), key_log_of(name))
        assert all_false_claims(reports, _whole(name)) == []
        assert _details(reports).isdisjoint({Sealed.WRONG.value, Sealed.FOREIGN.value})


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("tls13-good-openssl-nginx", "client"),
        ("tls13-big-ca-list-17971-openssl-nginx", "server"),
        ("tls12-http-400-missing-rsa-key-exchange-curl-nginx", "client"),
        ("tls12-http-400-missing-rsa-key-exchange-curl-nginx", "server"),
        ("tls12-good-cbc-sha256-openssl-openssl", "client"),
    ],
)
def test_what_comes_after_a_lost_segment_still_opens(name: str, side: str) -> None:
    """A side's Finished is lost, before TLS 1.3 with its ChangeCipherSpec: its data is read all the same."""
    ((whole,),) = (one.connection.handshakes for one in _whole(name))
    packet = getattr(whole, f"{side}_finished")
    segments = segments_of(name)
    lost = [*segments[: packet - 1], *segments[packet:]]
    ((seen,),) = (one.connection.handshakes for one in analyse(to_packets(lost), key_log_of(name)))
    finished = getattr(seen, f"{side}_finished")
    assert isinstance(finished, Unseen)
    assert finished.why is Reason.NOT_CAPTURED
    assert isinstance(getattr(seen, f"{side}_data"), int)
    if side == "server":
        assert seen.application is not None
        assert seen.application.status == getattr(whole.application, "status", None)
