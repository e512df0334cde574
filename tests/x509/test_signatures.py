from __future__ import annotations

import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.x509 import (
    CertificateInfo,
    SignatureFault,
    WrongSignature,
    likely_reason,
    load_public_key,
    signatures,
    tls13_signed_content,
    verify_handshake_signature,
)

from .minting import PrivateKey, mint, tlv

SSL3, TLS10, TLS11, TLS12, TLS13 = range(0x0300, 0x0305)
SIGNED = b"the handshake messages so far" * 40
SHA256 = hashes.SHA256()
HASHES: dict[int, hashes.HashAlgorithm] = {
    1: hashes.MD5(),
    2: hashes.SHA1(),
    3: hashes.SHA224(),
    4: SHA256,
    5: hashes.SHA384(),
    6: hashes.SHA512(),
}
KEYS: dict[str, PrivateKey] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "dsa": dsa.generate_private_key(1024),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "p521": ec.generate_private_key(ec.SECP521R1()),
    "brainpool": ec.generate_private_key(ec.BrainpoolP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ed448": ed448.Ed448PrivateKey.generate(),
}
CERTIFICATES = {name: mint("client", key=key).info for name, key in KEYS.items()}
RSA = CERTIFICATES["rsa"]
PSS_HASHES = {0x0804: 4, 0x0805: 5, 0x0806: 6, 0x0809: 4, 0x080A: 5, 0x080B: 6}
TLS13_BRAINPOOL = {0x081A: 4, 0x081B: 5, 0x081C: 6}


def client_rsa_key() -> rsa.RSAPrivateKey:
    key = KEYS["rsa"]
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def sign(name: str, scheme: int, signed: bytes = SIGNED) -> bytes:
    key = KEYS[name]
    if isinstance(key, rsa.RSAPrivateKey):
        if scheme in PSS_HASHES:
            chosen = HASHES[PSS_HASHES[scheme]]
            return key.sign(signed, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
        return key.sign(signed, padding.PKCS1v15(), HASHES[scheme >> 8])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(signed, ec.ECDSA(HASHES[TLS13_BRAINPOOL.get(scheme, scheme >> 8)]))
    if isinstance(key, dsa.DSAPrivateKey):
        return key.sign(signed, HASHES[scheme >> 8])
    return key.sign(signed)


def rsa_sign_raw(content: bytes, key: rsa.RSAPrivateKey | None = None) -> bytes:
    """PKCS#1 v1.5 padding around anything, which ``cryptography`` signs only for digests that it knows."""
    numbers = (key or client_rsa_key()).private_numbers()
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    block = b"\0\1" + b"\xff" * (size - len(content) - 3) + b"\0" + content
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def md5_sha1(signed: bytes = SIGNED) -> bytes:
    return hashlib.md5(signed).digest() + hashlib.sha1(signed).digest()


def with_key(spki: bytes) -> CertificateInfo:
    return msgspec.structs.replace(RSA, public_key_info=spki)


def rsa_spki(modulus: int, exponent: int, algorithm: bytes = bytes.fromhex("300d06092a864886f70d0101010500")) -> bytes:
    numbers = b"".join(tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in (modulus, exponent))
    return tlv(0x30, algorithm + tlv(3, b"\0" + tlv(0x30, numbers)))


def verify(certificate: CertificateInfo, scheme: int | None, version: int, signature: bytes) -> bool | None:
    return verify_handshake_signature(certificate, scheme, version, SIGNED, signature)


def reason(certificate: CertificateInfo, scheme: int | None, version: int, signature: bytes) -> WrongSignature:
    assert verify(certificate, scheme, version, signature) is False
    return likely_reason(certificate, [], scheme, version, SIGNED, signature)


SCHEMES = [
    *(("rsa", high << 8 | 1) for high in HASHES),
    *(("rsa", scheme) for scheme in PSS_HASHES),
    *(("dsa", high << 8 | 2) for high in HASHES),
    *((name, high << 8 | 3) for name in ("p256", "p384", "p521", "brainpool") for high in HASHES),
    *(("brainpool", scheme) for scheme in TLS13_BRAINPOOL),
    ("ed25519", 0x0807),
    ("ed448", 0x0808),
]


@pytest.mark.parametrize(("name", "scheme"), SCHEMES)
@pytest.mark.parametrize("version", [TLS12, TLS13, 0x7F1C])
def test_every_scheme(name: str, scheme: int, version: int) -> None:
    signature = sign(name, scheme)
    assert verify(CERTIFICATES[name], scheme, version, signature) is True
    assert verify_handshake_signature(CERTIFICATES[name], scheme, version, SIGNED + b"x", signature) is False
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])
    assert verify(CERTIFICATES[name], scheme, version, flipped) is False
    assert verify(CERTIFICATES[name], scheme, version, b"") is False
    assert verify(CERTIFICATES[name], scheme, version, signature[1:]) is False
    assert verify(CERTIFICATES[name], scheme, version, signature + b"\0") is False


@pytest.mark.parametrize(("name", "scheme"), SCHEMES)
def test_a_key_cannot_make_the_signature_of_another_kind(name: str, scheme: int) -> None:
    for other, certificate in CERTIFICATES.items():
        if other != name:
            assert verify(certificate, scheme, TLS12, sign(name, scheme)) is False


@pytest.mark.parametrize("version", [TLS10, TLS11])
def test_the_form_before_tls12(version: int) -> None:
    legacy = {"rsa": rsa_sign_raw(md5_sha1()), "dsa": sign("dsa", 0x0202), "p256": sign("p256", 0x0203)}
    for name, signature in legacy.items():
        assert verify(CERTIFICATES[name], None, version, signature) is True
        assert verify_handshake_signature(CERTIFICATES[name], None, version, b"other", signature) is False
        assert verify(CERTIFICATES[name], None, version, signature[:-1] + bytes([signature[-1] ^ 1])) is False
        assert verify(CERTIFICATES[name], None, version, b"") is False
    assert verify(RSA, None, version, sign("rsa", 0x0201)) is False
    assert verify(RSA, None, version, rsa_sign_raw(md5_sha1() + b"\0")) is False
    assert verify(CERTIFICATES["ed25519"], None, version, sign("ed25519", 0x0807)) is None


def test_what_cannot_be_checked() -> None:
    signature = sign("rsa", 0x0401)
    for scheme in (0x0000, 0x0001, 0x0708, 0x0A0A, 0x0840, 0x0904, 0xFFFF, -1):
        assert verify(RSA, scheme, TLS12, signature) is None
    assert verify(RSA, None, SSL3, rsa_sign_raw(md5_sha1())) is None
    assert verify(RSA, None, 0x0002, rsa_sign_raw(md5_sha1())) is None
    assert verify(RSA, None, TLS12, rsa_sign_raw(md5_sha1())) is None
    assert verify(RSA, 0x0401, TLS11, signature) is None
    assert verify(with_key(b"\x30\x00"), 0x0401, TLS12, signature) is None
    assert verify(with_key(b""), 0x0401, TLS12, signature) is None


@pytest.mark.parametrize(
    "parameters",
    ["", "a0" + "0f300d0609608648016503040201" + "0500"],
    ids=["any hash", "SHA-256 only"],
)
def test_keys_that_are_named_for_pss(parameters: str) -> None:
    algorithm = bytes.fromhex("06092a864886f70d01010a")
    if parameters:
        algorithm += tlv(0x30, bytes.fromhex(parameters))
    public = client_rsa_key().public_key().public_numbers()
    certificate = with_key(rsa_spki(public.n, public.e, tlv(0x30, algorithm)))
    assert load_public_key(certificate.public_key_info) is not None
    for scheme in (0x0804, 0x0809):
        assert verify(certificate, scheme, TLS13, sign("rsa", scheme)) is True
        assert verify(certificate, scheme, TLS13, sign("rsa", scheme + 1)) is False


def test_signed_content_of_tls13() -> None:
    content = tls13_signed_content(bytes([1]) * 32, server=True)  # the example of RFC 8446 section 4.4.3
    assert content.hex() == "20" * 64 + (
        "544c5320312e332c207365727665722043657274696669636174655665726966790001" + "01" * 31
    )
    assert tls13_signed_content(b"h", server=False) == b" " * 64 + b"TLS 1.3, client CertificateVerify\0h"


def test_a_key_is_loaded_once_and_a_result_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bytes] = []
    verified: list[bytes] = []
    verify_once = signatures._verify

    def load(spki: bytes) -> PublicKeyTypes | None:
        loaded.append(spki)
        return load_public_key(spki)

    def count(key: PublicKeyTypes, form: signatures._Form, signed: bytes, signature: bytes) -> bool:
        verified.append(signature)
        return verify_once(key, form, signed, signature)

    monkeypatch.setattr(signatures, "load_public_key", load)
    monkeypatch.setattr(signatures, "_verify", count)
    certificate, signature = mint("fresh").info, sign("p256", 0x0403)
    for _ in range(3):
        assert verify(certificate, 0x0403, TLS12, signature) is False
    assert loaded == [certificate.public_key_info]
    assert verified == [signature] * 3


class TestLikelyReason:
    @pytest.mark.parametrize(("name", "scheme"), [("rsa", 0x0401), ("rsa", 0x0804), ("p384", 0x0503)])
    def test_other_key(self, name: str, scheme: int) -> None:
        others = [mint("root").info, mint("issuer", key=rsa.generate_private_key(65537, 1024)).info, CERTIFICATES[name]]
        signature = sign(name, scheme)
        wrong = likely_reason(mint("first").info, others, scheme, TLS12, SIGNED, signature)
        assert wrong == WrongSignature(SignatureFault.OTHER_KEY, index=2)
        assert likely_reason(others[1], others, scheme, TLS12, SIGNED, signature) == wrong
        unloadable = with_key(b"")
        assert likely_reason(unloadable, others, scheme, TLS12, SIGNED, signature) == wrong

    def test_other_key_before_tls12(self) -> None:
        others = [CERTIFICATES["p256"], RSA]
        wrong = likely_reason(CERTIFICATES["p384"], others, None, TLS10, SIGNED, rsa_sign_raw(md5_sha1()))
        assert wrong == WrongSignature(SignatureFault.OTHER_KEY, index=1)

    def test_the_work_is_bounded(self) -> None:
        others = [CERTIFICATES["p256"]] * 20 + [RSA]
        wrong = likely_reason(CERTIFICATES["p384"], others, 0x0401, TLS12, SIGNED, sign("rsa", 0x0401))
        assert wrong == WrongSignature(SignatureFault.UNKNOWN)

    def test_wrong_padding(self) -> None:
        for announced, made, name in (
            (0x0804, 0x0401, "SHA256"),
            (0x0401, 0x0804, "SHA256"),
            (0x0804, 0x0501, "SHA384"),
        ):
            wrong = reason(RSA, announced, TLS12, sign("rsa", made))
            assert wrong == WrongSignature(SignatureFault.WRONG_PADDING, hash=name)
        maximal = client_rsa_key().sign(SIGNED, padding.PSS(padding.MGF1(SHA256), padding.PSS.MAX_LENGTH), SHA256)
        assert reason(RSA, 0x0401, TLS12, maximal).fault is SignatureFault.WRONG_PADDING

    @pytest.mark.parametrize(
        ("name", "announced", "made", "hash_name"),
        [
            ("rsa", 0x0401, 0x0201, "SHA1"),
            ("rsa", 0x0201, 0x0101, "MD5"),
            ("rsa", 0x0401, 0x0601, "SHA512"),
            ("rsa", 0x0804, 0x0805, "SHA384"),
            ("dsa", 0x0402, 0x0202, "SHA1"),
            ("p256", 0x0503, 0x0403, "SHA256"),
            ("p521", 0x0603, 0x0303, "SHA224"),
        ],
    )
    def test_other_hash(self, name: str, announced: int, made: int, hash_name: str) -> None:
        wrong = reason(CERTIFICATES[name], announced, TLS12, sign(name, made))
        assert wrong == WrongSignature(SignatureFault.OTHER_HASH, hash=hash_name)

    def test_the_form_of_another_version(self) -> None:
        wrong = reason(RSA, 0x0401, TLS12, rsa_sign_raw(md5_sha1()))
        assert wrong == WrongSignature(SignatureFault.OTHER_HASH, hash="MD5+SHA1")
        assert reason(RSA, None, TLS11, sign("rsa", 0x0401)) == WrongSignature(SignatureFault.OTHER_HASH, hash="SHA256")
        assert reason(CERTIFICATES["p256"], None, TLS11, sign("p256", 0x0403)).hash == "SHA256"

    @pytest.mark.parametrize(
        ("mask", "salt"), [(SHA256, 20), (SHA256, 0), (hashes.SHA1(), 32), (SHA256, padding.PSS.MAX_LENGTH)]
    )
    def test_other_pss_parameters(self, mask: hashes.HashAlgorithm, salt: int) -> None:
        signature = client_rsa_key().sign(SIGNED, padding.PSS(padding.MGF1(mask), salt), SHA256)
        wrong = reason(RSA, 0x0804, TLS13, signature)
        assert wrong == WrongSignature(SignatureFault.OTHER_PSS_PARAMETERS, hash="SHA256")

    @pytest.mark.parametrize("scheme", [0x0401, 0x0804, None])
    def test_wrong_length(self, scheme: int | None) -> None:
        version = TLS10 if scheme is None else TLS12
        for attempt in range(10_000):
            signed = SIGNED + bytes([attempt >> 8, attempt & 0xFF])
            signature = rsa_sign_raw(md5_sha1(signed)) if scheme is None else sign("rsa", scheme, signed)
            if signature[0] == 0:
                break
        assert verify_handshake_signature(RSA, scheme, version, signed, signature) is True
        for wrong in (signature[1:], b"\0" + signature):
            assert verify_handshake_signature(RSA, scheme, version, signed, wrong) is False
            shown = likely_reason(RSA, [], scheme, version, signed, wrong)
            assert shown.fault is SignatureFault.WRONG_LENGTH
        for other in (signature[:-1], signature + b"\0"):
            assert likely_reason(RSA, [], scheme, version, signed, other).fault is SignatureFault.UNKNOWN

    @pytest.mark.parametrize("length", [0, 1, 39])
    def test_nothing_signed(self, length: int) -> None:
        shown = likely_reason(RSA, [], 0x0401, TLS12, SIGNED, bytes(length))
        assert (shown.fault, shown.length) == (SignatureFault.NO_SIGNATURE, length)
        assert likely_reason(RSA, [], 0x0401, TLS12, SIGNED, bytes(40)).fault is SignatureFault.UNKNOWN

    def test_other_bytes(self) -> None:
        wrong = reason(RSA, 0x0401, TLS12, sign("rsa", 0x0401, b"another handshake"))
        assert wrong == WrongSignature(SignatureFault.OTHER_BYTES, hash="SHA256")
        wrong = reason(RSA, None, TLS10, rsa_sign_raw(md5_sha1(b"another handshake")))
        assert wrong == WrongSignature(SignatureFault.OTHER_BYTES, hash="MD5+SHA1")

    def test_unknown(self) -> None:
        stranger = rsa.generate_private_key(65537, 2048).sign(SIGNED, padding.PKCS1v15(), SHA256)
        unknown = WrongSignature(SignatureFault.UNKNOWN)
        assert reason(RSA, 0x0401, TLS12, stranger) == unknown
        assert reason(RSA, 0x0401, TLS12, rsa_sign_raw(b"no digest")) == unknown
        assert reason(RSA, 0x0403, TLS12, sign("rsa", 0x0401)) == unknown
        assert reason(CERTIFICATES["p256"], 0x0403, TLS12, sign("p256", 0x0403, b"other")) == unknown
        assert reason(CERTIFICATES["ed25519"], 0x0807, TLS12, sign("ed448", 0x0808)) == unknown


class TestHostile:
    def test_keys_that_cost_too_much(self) -> None:
        long = (1 << 8192) + 1
        for modulus, exponent in ((long, 65537), (long - 2, (1 << 33) + 1), (long >> 6000, long >> 6001 | 1)):
            certificate = with_key(rsa_spki(modulus, exponent))
            assert load_public_key(certificate.public_key_info) is not None
            assert verify(certificate, 0x0401, TLS12, b"\0" * 1024) is None
        for exponent in (65537, (1 << 33) - 1):
            assert verify(with_key(rsa_spki(long - 2, exponent)), 0x0401, TLS12, b"\0" * 1024) is False

    def test_odd_rsa_keys(self) -> None:
        for modulus, exponent in ((0, 3), (1, 3), (15, 3), (1 << 2047 | 1, 1), (1 << 2047 | 1, 2)):
            assert not verify(with_key(rsa_spki(modulus, exponent)), 0x0401, TLS12, b"\1" * 256)
        assert verify(with_key(rsa_spki(1 << 2047, 65537)), 0x0401, TLS12, b"\1" * 256) is None
        short = with_key(rsa_spki(1 << 100 | 1, 65537))
        for scheme in (0x0401, 0x0806):
            assert not verify(short, scheme, TLS12, b"\0" * 13)

    @pytest.mark.parametrize(
        "point", [b"\0", b"\4" + b"\0" * 64, b"\4" + b"\xff" * 64, b"\2" + b"\xff" * 32, b"", b"\4"]
    )
    def test_absurd_points(self, point: bytes) -> None:
        p256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
        certificate = with_key(tlv(0x30, p256 + tlv(3, b"\0" + point)))
        assert verify(certificate, 0x0403, TLS12, sign("p256", 0x0403)) is None

    @pytest.mark.parametrize("name", ["dsa", "p256"])
    def test_absurd_numbers_in_signatures(self, name: str) -> None:
        scheme = 0x0402 if name == "dsa" else 0x0403
        for number in (0, 1, (1 << 256) - 1, 1 << 4000):
            assert verify(CERTIFICATES[name], scheme, TLS12, encode_dss_signature(number, 1)) is False
            assert verify(CERTIFICATES[name], scheme, TLS12, encode_dss_signature(1, number)) is False

    @settings(deadline=None, max_examples=400)
    @given(
        name=st.sampled_from(sorted(CERTIFICATES)),
        flips=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4),
        scheme=st.none() | st.sampled_from([scheme for _, scheme in SCHEMES]) | st.integers(0, 0xFFFF),
        version=st.integers(SSL3, TLS13),
        signature=st.binary(max_size=300) | st.builds(encode_dss_signature, st.integers(0, 1 << 600), st.integers(0)),
    )
    def test_nothing_is_raised(
        self, name: str, flips: list[tuple[int, int]], scheme: int | None, version: int, signature: bytes
    ) -> None:
        spki = bytearray(CERTIFICATES[name].public_key_info)
        for at, value in flips:
            spki[at % len(spki)] = value
        certificate = with_key(bytes(spki))
        assert verify(certificate, scheme, version, signature) in (None, False)
        likely_reason(certificate, [RSA, certificate], scheme, version, SIGNED, signature)
