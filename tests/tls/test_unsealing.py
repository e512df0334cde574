"""Sessions with keys, spoken by hand: what is told of protected records, and what a stranger with keys may do."""

from __future__ import annotations

from analyzer.packets import Side
from analyzer.tls import Budget, KeyRing
from analyzer.tls.events import ApplicationDataReceived, Event
from analyzer.tls.key_schedule import next_traffic_secret
from analyzer.tls.keylog import Label
from analyzer.tls.unsealing import DECRYPTED_BYTES, DECRYPTED_RECORDS, DOUBTED_RECORDS
from tests.tls import shapes
from tests.tls.sealing import DATA, HANDSHAKE, MASTER, Record, Sealer12, Sealer13
from tests.tls.shapes import (
    ALERT,
    CHANGE_CIPHER_SPEC,
    DONE,
    HELLO_RETRY,
    KEY_EXCHANGE,
    RANDOM,
    SERVER_HELLO,
    SERVER_HELLO_13,
    extension,
    handshake,
    message,
    record,
    vector,
)
from tests.tls.talk import CLIENT, SERVER, Talk

SUITE = 0x1301
SECRETS = {label: bytes((number,)) * 32 for number, label in enumerate(Label)}
HANDSHAKES = (Label.CLIENT_HANDSHAKE, Label.SERVER_HANDSHAKE)
TRAFFIC = (Label.CLIENT_TRAFFIC, Label.SERVER_TRAFFIC)
EARLY_DATA, LATER_ASKED = extension(42), extension(49)
ENCRYPTED_EXTENSIONS = message(8, vector(2, b""))
FINISHED = message(20, bytes(32))
KEY_UPDATE = message(24, b"\0")


def ring_of(*labels: Label) -> KeyRing:
    ring = KeyRing()
    for label in labels:
        secret = MASTER if label is Label.CLIENT_RANDOM else SECRETS[label]
        ring.log.add(f"{label.value} {RANDOM.hex()} {secret.hex()}".encode())
    return ring


def on_wire(*records: Record) -> bytes:
    return b"".join(header + fragment for header, fragment in records)


class Talk13(Talk):
    """After the hellos of TLS 1.3; each side seals under its handshake secret."""

    def __init__(self, *extensions: bytes, labels: tuple[Label, ...] = HANDSHAKES + TRAFFIC) -> None:
        self.budget = Budget()
        super().__init__(self.budget, ring_of(*labels))
        self.sealers = [Sealer13(SUITE, SECRETS[label]) for label in HANDSHAKES]
        self.client(handshake(1, shapes.client_hello(b"".join(extensions)), 0x0301))
        self.server(SERVER_HELLO_13)
        self.events.clear()

    def seal(self, side: Side, plain: bytes, kind: int = HANDSHAKE) -> bytes:
        return on_wire(self.sealers[side].seal(plain, kind))

    def says(self, side: Side, plain: bytes, kind: int = HANDSHAKE) -> None:
        self.feed(side, self.seal(side, plain, kind))

    def finish(self, *sides: Side) -> None:
        for side in sides:
            self.says(side, FINISHED)
            self.sealers[side] = Sealer13(SUITE, SECRETS[TRAFFIC[side]])

    def over(self) -> None:
        """The connection ends: nothing may be held any more."""
        self.session.end()
        assert self.budget.held == 0


def test_a_whole_handshake() -> None:
    talk = Talk13()
    talk.says(SERVER, ENCRYPTED_EXTENSIONS)
    talk.finish(SERVER, CLIENT)
    talk.says(CLIENT, b"GET", DATA)
    talk.says(SERVER, KEY_UPDATE)
    talk.sealers[SERVER] = Sealer13(SUITE, next_traffic_secret("sha256", SECRETS[Label.SERVER_TRAFFIC]))
    talk.says(SERVER, b"\x02\x28", ALERT)
    assert talk.told == [
        "S encrypted_extensions",
        "S finished",
        "S finished wrong",
        "C finished",
        "C finished wrong",
        "C data 3",
        "S key_update",
        "S alert 2 40",
    ]
    talk.over()


def test_a_message_over_several_records_and_several_in_one() -> None:
    talk = Talk13()
    whole = ENCRYPTED_EXTENSIONS + message(8, vector(2, extension(99, bytes(50))))
    talk.says(SERVER, whole[:20])
    talk.says(SERVER, whole[20:])
    assert talk.told == ["S encrypted_extensions", "S encrypted_extensions"]


def test_two_alerts_in_a_record() -> None:
    talk = Talk13()
    talk.says(SERVER, b"\x01\x5a\x01\x00", ALERT)
    assert talk.told == ["S alert 1 90", "S alert 1 0"]


def test_a_damaged_first_record_is_no_wrong_secret() -> None:
    talk = Talk13()
    damaged = bytearray(talk.seal(SERVER, ENCRYPTED_EXTENSIONS))
    damaged[-1] ^= 1
    talk.server(bytes(damaged))
    assert talk.told == ["S sealed WRONG", "S record 23 23"]
    talk.says(SERVER, ENCRYPTED_EXTENSIONS)
    assert talk.since(2) == ["S sealed DAMAGED", "S record 23 23"]
    talk.says(SERVER, ENCRYPTED_EXTENSIONS)
    assert talk.since(4) == ["S record 23 23"]
    talk.over()


def test_a_wrong_secret_is_not_tried_for_ever() -> None:
    talk = Talk13()
    talk.sealers[SERVER] = Sealer13(SUITE, b"another secret, of 32 bytes too.")
    for _ in range(DOUBTED_RECORDS + 40):
        talk.says(SERVER, b"x", DATA)
    assert talk.told == ["S sealed WRONG", *["S record 23 18"] * 25]
    assert talk.session._directions[SERVER].reader is None


def test_after_a_gap_the_next_keys_are_tried() -> None:
    for gone in (1, 2):
        talk = Talk13()
        lost = [len(talk.seal(CLIENT, FINISHED))]
        talk.sealers[CLIENT] = Sealer13(SUITE, SECRETS[Label.CLIENT_TRAFFIC])
        lost += [len(talk.seal(CLIENT, b"lost", DATA))] * (gone - 1)
        talk.gap(CLIENT, sum(lost))
        talk.client(talk.seal(CLIENT, b"read", DATA) + talk.seal(CLIENT, b"on", DATA))
        assert talk.told[1:] == ["C data 4", "C data 2"]


def test_a_gap_before_the_first_record_makes_no_secret_wrong() -> None:
    talk = Talk13(labels=HANDSHAKES)
    talk.gap(CLIENT, 1_000)
    talk.sealers[CLIENT] = Sealer13(SUITE, SECRETS[Label.CLIENT_TRAFFIC])
    talk.client(talk.seal(CLIENT, b"read", DATA) + talk.seal(CLIENT, b"on", DATA))
    assert talk.told[1:] == ["C sealed DAMAGED", "C record 23 21", "C record 23 19"]


def test_the_clients_records_before_the_server_hello() -> None:
    """The capture tells the directions in another order than they were sent in."""
    talk = Talk(keys=ring_of(*HANDSHAKES, *TRAFFIC))
    talk.client(
        shapes.CLIENT_HELLO, on_wire(Sealer13(SUITE, SECRETS[Label.CLIENT_HANDSHAKE]).seal(FINISHED, HANDSHAKE))
    )
    talk.server(SERVER_HELLO_13)
    talk.client(on_wire(Sealer13(SUITE, SECRETS[Label.CLIENT_TRAFFIC]).seal(b"read")))
    assert talk.since(1) == [
        "C record 23 53",
        "C opened",
        "C sealed BEFORE",
        "S opened",
        "S server_hello",
        "C data 4",
    ]


class TestEarlyData:
    def test_it_is_passed_over(self) -> None:
        talk = Talk13(EARLY_DATA)
        early = Sealer13(SUITE, bytes(32))
        talk.client(on_wire(*(early.seal(b"early") for _ in range(100))))
        talk.finish(CLIENT)
        assert talk.told == ["C finished"]
        talk.over()
        assert talk.told == ["C finished"]

    def test_nothing_else_was_seen(self) -> None:
        talk = Talk13(EARLY_DATA)
        talk.client(on_wire(Sealer13(SUITE, bytes(32)).seal(b"early")))
        assert talk.told == []
        talk.over()
        assert talk.told == ["C sealed EARLY", "C record 23 22"]

    def test_after_a_retry_there_is_none(self) -> None:
        talk = Talk(keys=ring_of(*HANDSHAKES))
        talk.client(handshake(1, shapes.client_hello(EARLY_DATA)))
        talk.server(HELLO_RETRY)
        talk.client(shapes.CLIENT_HELLO)
        talk.server(SERVER_HELLO_13)
        talk.client(on_wire(Sealer13(SUITE, bytes(32)).seal(b"x")))
        assert talk.told[-2:] == ["C sealed WRONG", "C record 23 18"]


def test_what_travels_only_encrypted_is_not_believed_in_the_clear() -> None:
    """A KeyUpdate, a Finished or EncryptedExtensions before the keys would change them."""
    talk = Talk(keys=ring_of(Label.CLIENT_RANDOM))
    talk.client(shapes.CLIENT_HELLO)
    early = message(8, vector(2, EARLY_DATA))
    talk.server(SERVER_HELLO, record(HANDSHAKE, KEY_UPDATE + early + FINISHED), DONE)
    talk.client(KEY_EXCHANGE, CHANGE_CIPHER_SPEC)
    sealer = Sealer12WithRandoms()
    talk.client(on_wire(sealer.seal(message(20, bytes(12))), sealer.seal(b"GET", DATA)))
    assert talk.told[-4:] == ["C opened", "C finished", "C finished wrong", "C data 3"]


class Sealer12WithRandoms(Sealer12):
    """Both randoms of the shapes are the same."""

    randoms = RANDOM + RANDOM

    def __init__(self) -> None:
        super().__init__(0xC02F)


def _data(events: list[Event]) -> list[ApplicationDataReceived]:
    return [event for event in events if isinstance(event, ApplicationDataReceived)]


def test_little_is_told_of_application_data() -> None:
    talk = Talk13()
    talk.finish(SERVER, CLIENT)
    for _ in range(DECRYPTED_RECORDS + 5):
        talk.says(SERVER, b"y" * 10_000, DATA)
    told = _data(talk.events)
    assert len(told) == DECRYPTED_RECORDS
    assert {(len(event.data), event.length) for event in told} == {(DECRYPTED_BYTES, 10_000)}


def test_after_each_handshake_the_server_is_listened_to_again() -> None:
    """Only the client ends a post-handshake authentication; what the server says to it is told."""
    talk = Talk13(LATER_ASKED)
    talk.finish(SERVER, CLIENT)
    for _ in range(DECRYPTED_RECORDS + 5):
        talk.says(SERVER, b"before", DATA)
    talk.says(CLIENT, FINISHED)
    talk.says(SERVER, b"HTTP/1.1 403", DATA)
    assert talk.told[-1] == "S data 12"


class TestEndless:
    """With valid keys, and no sense: what is kept stays bounded, and is given back."""

    def test_key_updates(self) -> None:
        talk = Talk13()
        talk.finish(SERVER, CLIENT)
        secret = SECRETS[Label.SERVER_TRAFFIC]
        for _ in range(1_000):
            talk.says(SERVER, KEY_UPDATE)
            secret = next_traffic_secret("sha256", secret)
            talk.sealers[SERVER] = Sealer13(SUITE, secret)
        assert talk.told.count("S key_update") == 1_000
        assert talk.budget.held == 0
        talk.over()

    def test_empty_records(self) -> None:
        talk = Talk13()
        for _ in range(1_000):
            talk.says(CLIENT, b"")
            talk.says(CLIENT, b"", DATA)
        assert talk.told == []
        assert talk.budget.held < 1_000
        talk.over()

    def test_answers_to_a_request(self) -> None:
        talk = Talk13(LATER_ASKED)
        talk.says(SERVER, ENCRYPTED_EXTENSIONS)
        talk.finish(SERVER, CLIENT)
        certificate = message(11, vector(1, b"context") + vector(3, vector(3, bytes(9_000)) + vector(2, b"")))
        for _ in range(200):
            talk.says(CLIENT, certificate)
            talk.says(CLIENT, message(15, b"\x08\x04" + vector(2, bytes(2_000))))
            talk.says(CLIENT, message(15, b"\x08\x04" + vector(2, bytes(2_000))))
        assert talk.budget.held < 30_000
        talk.over()

    def test_requests_after_the_handshake(self) -> None:
        talk = Talk13(LATER_ASKED)
        talk.says(SERVER, ENCRYPTED_EXTENSIONS)
        talk.finish(SERVER, CLIENT)
        for number in range(500):
            extensions = extension(13, vector(2, b"\x08\x04")) + extension(99, bytes(8_000))
            talk.says(SERVER, message(13, vector(1, number.to_bytes(2, "big")) + vector(2, extensions)))
        assert talk.budget.held == 0
        talk.over()

    def test_handshake_messages(self) -> None:
        talk = Talk13()
        for _ in range(200):
            talk.says(SERVER, message(8, vector(2, extension(99, bytes(8_000)))))
        assert talk.budget.held <= 600_000
        talk.over()

    def test_renegotiations(self) -> None:
        talk = Talk(Budget(), ring_of(Label.CLIENT_RANDOM))
        talk.client(shapes.CLIENT_HELLO)
        talk.server(SERVER_HELLO, DONE)
        talk.client(KEY_EXCHANGE, CHANGE_CIPHER_SPEC)
        sealer = Sealer12WithRandoms()
        talk.client(on_wire(sealer.seal(message(20, bytes(12)))))
        for _ in range(500):
            talk.client(on_wire(sealer.seal(message(1, shapes.client_hello(extension(99, bytes(2_000)))))))
        assert talk.told.count("C client_hello") == 501
        budget = talk.session._budget
        assert budget.held < 10_000
        talk.session.end()
        assert budget.held == 0


def test_a_budget_that_is_used_up_gives_everything_back() -> None:
    budget = Budget(limit=20_000)
    talk = Talk(budget, ring_of(Label.CLIENT_RANDOM))
    talk.client(shapes.CLIENT_HELLO)
    for _ in range(4):
        talk.server(SERVER_HELLO, handshake(11, shapes.certificate(bytes(9_000))))
    assert budget.held <= budget.limit
    talk.session.end()
    assert budget.held == 0
