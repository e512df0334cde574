"""Records sealed by hand, as the RFCs say, and opened: every kind of cipher, and everything that may be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from analyzer.errors import InputUnreadableError
from analyzer.tls.codepoints import TLS_1_0, TLS_1_1, TLS_1_2
from analyzer.tls.decryption import (
    MOST_LOST_RECORDS,
    DecryptionError,
    RecordReader,
    decrypt_premaster,
    load_server_key,
    reader_for_traffic_secret,
    readers_for_master_secret,
)
from analyzer.tls.suites import Cipher, SuiteParameters
from tests.tls.sealing import DATA, HANDSHAKE, MASTER, RANDOMS, SECRET, Sealer12, Sealer13, header_of, parameters_of

Sealer = Sealer12 | Sealer13


def reader13(suite: int, secret: bytes = SECRET) -> RecordReader:
    reader = reader_for_traffic_secret(parameters_of(suite), secret)
    assert reader is not None
    return reader


def reader12(suite: int, version: int = TLS_1_2, *, etm: bool = False, master: bytes = MASTER) -> RecordReader:
    readers = readers_for_master_secret(parameters_of(suite), version, master, RANDOMS, encrypt_then_mac=etm)
    assert readers is not None
    return readers[0]


Pair = Callable[[], tuple[Sealer, RecordReader]]


def _pairs() -> Iterator[object]:
    for suite in (0x1301, 0x1302, 0x1303, 0x1304, 0x1305):
        yield pytest.param(lambda suite=suite: (Sealer13(suite), reader13(suite)), id=f"TLS 1.3 {suite:04x}")
    aeads = (0xC02F, 0xC030, 0xC09C, 0xC0AE, 0xCCA8)
    blocks = (0xC013, 0xC027, 0xC028, 0x0041, 0x000A)
    for suite in (*aeads, *blocks, 0x0004, 0x0005, 0x0002, 0x003B):
        yield pytest.param(lambda suite=suite: (Sealer12(suite), reader12(suite)), id=f"TLS 1.2 {suite:04x}")
    for version in (TLS_1_0, TLS_1_1):
        for suite in (0xC013, 0x0041, 0x000A, 0x0005):
            yield pytest.param(
                lambda suite=suite, version=version: (Sealer12(suite, version), reader12(suite, version)),
                id=f"{version:04x} {suite:04x}",
            )
    for version in (TLS_1_0, TLS_1_1, TLS_1_2):
        yield pytest.param(
            lambda version=version: (Sealer12(0xC013, version, etm=True), reader12(0xC013, version, etm=True)),
            id=f"{version:04x} encrypt-then-MAC",
        )


every_cipher = pytest.mark.parametrize("pair", list(_pairs()))


@every_cipher
def test_records_open_in_their_order(pair: Pair) -> None:
    sealer, reader = pair()
    for plain in (b"first", b"", b"x" * 1000, bytes(33)):
        assert reader.open(*sealer.seal(plain, HANDSHAKE)) == (HANDSHAKE, plain)
    assert reader.opened == 4
    assert not reader.after_gap


@every_cipher
def test_a_changed_byte_is_noticed(pair: Pair) -> None:
    for at in (0, 12, -1):
        sealer, reader = pair()
        header, fragment = sealer.seal(b"some twenty bytes of it")
        changed = bytearray(fragment)
        changed[at] ^= 1
        with pytest.raises(DecryptionError):
            reader.open(header, bytes(changed))
        assert reader.opened == 0


@every_cipher
def test_another_sequence_number(pair: Pair) -> None:
    sealer, reader = pair()
    sealer.seal(b"never delivered")
    with pytest.raises(DecryptionError):
        reader.open(*sealer.seal(b"the second"))


@every_cipher
def test_every_shorter_record_is_refused(pair: Pair) -> None:
    sealer, _ = pair()
    header, fragment = sealer.seal(b"some twenty bytes of it")
    for length in range(len(fragment)):
        _, reader = pair()
        with pytest.raises(DecryptionError):
            reader.open(header[:3] + length.to_bytes(2, "big"), fragment[:length])


@pytest.mark.parametrize("lost", [1, 2, MOST_LOST_RECORDS])
@every_cipher
def test_after_a_gap(pair: Pair, lost: int) -> None:
    """Where records do not hang together, the tag or MAC tells how many are missing."""
    sealer, reader = pair()
    reader.open(*sealer.seal(b"before"))
    for _ in range(lost):
        sealer.seal(b"lost")
    reader.records_lost()
    assert reader.after_gap
    record = sealer.seal(b"after")
    chained = isinstance(sealer, Sealer12) and not reader.skippable
    if chained:  # RC4, and CBC of TLS 1.0
        with pytest.raises(DecryptionError):
            reader.open(*record)
        return
    assert reader.open(*record)[1] == b"after"
    assert not reader.after_gap
    sealer.seal(b"lost without a word")
    with pytest.raises(DecryptionError):
        reader.open(*sealer.seal(b"later"))


def test_too_large_a_gap() -> None:
    sealer, reader = Sealer13(0x1301), reader13(0x1301)
    for _ in range(MOST_LOST_RECORDS + 1):
        sealer.seal(b"lost")
    reader.records_lost()
    with pytest.raises(DecryptionError):
        reader.open(*sealer.seal(b"after"))


@every_cipher
def test_records_that_are_skipped_count(pair: Pair) -> None:
    sealer, reader = pair()
    if isinstance(sealer, Sealer12) and reader.skippable:
        for _ in range(5):
            sealer.seal(b"skipped")
            reader.skip()
        assert reader.open(*sealer.seal(b"read"))[1] == b"read"
    else:
        assert not reader.skippable


@pytest.mark.parametrize("suite", [0x1301, 0xC02F, 0xC013, 0x0005])
def test_another_secret(suite: int) -> None:
    other = bytes(48)
    sealer: Sealer = Sealer13(suite) if suite == 0x1301 else Sealer12(suite)
    reader = reader13(suite, other) if suite == 0x1301 else reader12(suite, master=other)
    with pytest.raises(DecryptionError):
        reader.open(*sealer.seal(b"secret"))


def test_the_two_sides_have_keys_of_their_own() -> None:
    readers = readers_for_master_secret(parameters_of(0xC02F), TLS_1_2, MASTER, RANDOMS, encrypt_then_mac=False)
    assert readers is not None
    record = Sealer12(0xC02F).seal(b"of the client")
    with pytest.raises(DecryptionError):
        readers[1].open(*record)
    assert readers[0].open(*record)[1] == b"of the client"


class TestTls13:
    def test_padding_is_taken_off(self) -> None:
        sealer, reader = Sealer13(0x1301), reader13(0x1301)
        assert reader.open(*sealer.seal(b"padded", DATA, zeros=200)) == (DATA, b"padded")
        assert reader.open(*sealer.seal(bytes(3), DATA, zeros=3)) == (DATA, bytes(3))
        assert reader.open(*sealer.seal(b"", DATA, zeros=16)) == (DATA, b"")

    @pytest.mark.parametrize("inner", [b"", bytes(1), bytes(500)])
    def test_nothing_but_padding(self, inner: bytes) -> None:
        """RFC 8446 section 5.4: an error, for there is no content type."""
        with pytest.raises(DecryptionError):
            reader13(0x1301).open(*Sealer13(0x1301).seal(b"", raw=inner))

    def test_rfc_8448_section_3_the_clients_finished(self) -> None:
        secret = bytes.fromhex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21")
        record = bytes.fromhex(
            "170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd1caeacab6867d726"
            "c40546"
        )
        kind, plain = reader13(0x1301, secret).open(record[:5], record[5:])
        verify_data = "a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61"
        assert (kind, plain.hex()) == (HANDSHAKE, "14000020" + verify_data)

    def test_a_suite_of_tls12_with_a_mac_is_none_of_its_own(self) -> None:
        assert reader_for_traffic_secret(parameters_of(0xC013), SECRET) is None


class TestBlocks:
    @pytest.mark.parametrize("pad", [b"\x00" * 6 + b"\x07" * 2, b"\x06" * 8, b"\xff" * 8, b"\x07" * 7 + b"\x06"])
    def test_wrong_padding(self, pad: bytes) -> None:
        """20 bytes of MAC and 4 of content leave room for eight bytes of padding, each of which must say seven."""
        good = Sealer12(0xC013).seal(b"four", pad=b"\x07" * 8)
        assert reader12(0xC013).open(*good)[1] == b"four"
        with pytest.raises(DecryptionError):
            reader12(0xC013).open(*Sealer12(0xC013).seal(b"four", pad=pad))

    def test_as_much_padding_as_there_may_be(self) -> None:
        record = Sealer12(0xC013).seal(b"four", pad=b"\xf7" * 248)
        assert reader12(0xC013).open(*record)[1] == b"four"

    def test_padding_that_eats_the_mac(self) -> None:
        record = Sealer12(0xC013).seal(b"", pad=b"\x0b" * 12)
        assert reader12(0xC013).open(*record)[1] == b""
        short = Sealer12(0xC013, etm=True).seal(b"", pad=b"\x0f" * 16)[1][:-20]  # a block of padding and no MAC
        with pytest.raises(DecryptionError):
            reader12(0xC013).open(header_of(HANDSHAKE, TLS_1_2, short), short)

    def test_the_order_of_mac_and_encryption_matters(self) -> None:
        for etm in (False, True):
            with pytest.raises(DecryptionError):
                reader12(0xC013, etm=not etm).open(*Sealer12(0xC013, etm=etm).seal(b"secret"))


def test_what_cryptography_has_not_is_no_reader() -> None:
    weak = SuiteParameters(Cipher.AES_CBC, 7, "sha1", "sha256", False)
    assert readers_for_master_secret(weak, TLS_1_2, MASTER, RANDOMS, encrypt_then_mac=False) is None


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class TestServerKey:
    def test_premaster(self, key: rsa.RSAPrivateKey) -> None:
        premaster = b"\x03\x03" + bytes(46)
        encrypted = key.public_key().encrypt(premaster, padding.PKCS1v15())
        assert decrypt_premaster(key, encrypted, TLS_1_2) == premaster

    @pytest.mark.parametrize("content", [b"\x03\x03" + bytes(45), b"\x04\x03" + bytes(46), b"\x03\x04" + bytes(46)])
    def test_what_is_no_premaster(self, key: rsa.RSAPrivateKey, content: bytes) -> None:
        encrypted = key.public_key().encrypt(content, padding.PKCS1v15())
        assert decrypt_premaster(key, encrypted, TLS_1_2) is None

    def test_another_key_or_length(self, key: rsa.RSAPrivateKey) -> None:
        other = rsa.generate_private_key(65537, 2048)
        encrypted = other.public_key().encrypt(b"\x03\x03" + bytes(46), padding.PKCS1v15())
        assert decrypt_premaster(key, encrypted, TLS_1_2) is None
        assert decrypt_premaster(key, b"", TLS_1_2) is None
        assert decrypt_premaster(key, encrypted + b"x", TLS_1_2) is None

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_loading(self, key: rsa.RSAPrivateKey, encoding: Encoding) -> None:
        data = key.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())
        assert load_server_key("server.key", data).private_numbers() == key.private_numbers()

    def test_what_cannot_be_loaded(self, key: rsa.RSAPrivateKey) -> None:
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
        curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for data, why in (
            (locked, "encrypted"),
            (curve, "no RSA key"),
            (b"junk", "no private key"),
            (b"", "no private"),
        ):
            with pytest.raises(InputUnreadableError, match=why):
                load_server_key("server.key", data)
