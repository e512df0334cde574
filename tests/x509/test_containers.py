from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from analyzer.errors import InputUnreadableError, PasswordNeededError
from analyzer.x509.containers import canonical_public_key, read_contents

from .minting import Family

Write = Callable[[bytes], str]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(data: bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(data)
        return str(path)

    return write_file


class Asked:
    """Gives a password and counts how often it was wanted."""

    def __init__(self, password: str) -> None:
        self._password = password
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self._password


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def test_der(write: Write, family: Family) -> None:
    found = read_contents(write(family.leaf.der), None)
    assert (found.certificates, found.has_key) == ([family.leaf.der], False)


def test_pem_with_text_between(write: Write, family: Family) -> None:
    text = "Bag Attributes\n    friendlyName: älice\n".encode()
    data = b"\xef\xbb\xbf" + text + family.leaf.pem + text + family.leaf.key_pem() + family.root.pem
    found = read_contents(write(data.replace(b"\n", b"\r\n")), None)
    assert found.certificates == [family.leaf.der, family.root.der]
    assert found.public_keys == [family.leaf.info.public_key_info]
    assert found.notes == ()


def test_pem_saved_as_utf_16(write: Write, family: Family) -> None:
    found = read_contents(write(family.leaf.pem.decode().encode("utf-16")), None)
    assert found.certificates == [family.leaf.der]


@pytest.mark.parametrize("traditional", [False, True])
def test_encrypted_key(write: Write, family: Family, traditional: bool) -> None:
    path = write(family.leaf.pem + family.leaf.key_pem(b"secret", traditional=traditional) * 2)
    asked = Asked("secret")
    found = read_contents(path, asked)
    assert found.public_keys == [family.leaf.info.public_key_info] * 2
    assert asked.times == 1
    with pytest.raises(PasswordNeededError, match="does not open"):
        read_contents(path, Asked("wrong"))
    with pytest.raises(PasswordNeededError, match="no password was given"):
        read_contents(path, None)
    without = read_contents(path, None, with_keys=False)
    assert (without.certificates, without.has_key, without.public_keys) == ([family.leaf.der], True, [])


def test_password_is_not_asked_for_in_vain(write: Write, family: Family) -> None:
    asked = Asked("secret")
    read_contents(write(family.leaf.pem + family.leaf.key_pem()), asked)
    assert asked.times == 0


def test_broken_blocks_become_notes(write: Write, family: Family) -> None:
    broken_key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    broken = b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
    trusted = b"-----BEGIN TRUSTED CERTIFICATE-----\nMIIB\n-----END TRUSTED CERTIFICATE-----\n"
    bundle = b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n"
    other = b"-----BEGIN DH PARAMETERS-----\nMIIB\n-----END DH PARAMETERS-----\n"
    found = read_contents(write(broken_key + broken + trusted + bundle + other + family.leaf.pem), None)
    assert found.certificates == [family.leaf.der]
    assert found.has_key
    assert found.public_keys == []
    assert found.notes == (
        "a private key in the file cannot be read",
        "a certificate in the file is not base64",
        "a trusted certificate in the file is damaged",
        "a PKCS#7 bundle in the file cannot be read",
    )


@pytest.mark.parametrize("password", [b"secret", b"", None])
def test_pkcs12(write: Write, family: Family, password: bytes | None) -> None:
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    key = family.leaf.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    others = [family.root.certificate, family.intermediate.certificate]
    path = write(pkcs12.serialize_key_and_certificates(b"alice", key, family.leaf.certificate, others, protection))
    asked = Asked("secret")
    found = read_contents(path, asked)
    assert set(found.certificates) == {family.leaf.der, family.root.der, family.intermediate.der}
    assert found.certificates[0] == family.leaf.der
    assert found.public_keys == [family.leaf.info.public_key_info]
    assert asked.times == bool(password)
    if password:
        with pytest.raises(PasswordNeededError, match="does not open"):
            read_contents(path, Asked("wrong"))
        with pytest.raises(PasswordNeededError, match="no password"):
            read_contents(path, None)


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_pkcs7(write: Write, family: Family, encoding: Encoding) -> None:
    data = pkcs7.serialize_certificates([family.leaf.certificate, family.root.certificate], encoding)
    assert set(read_contents(write(data), None).certificates) == {family.leaf.der, family.root.der}


@needs_openssl
def test_trusted_certificate_of_openssl(write: Write, family: Family) -> None:
    data = openssl("x509", "-trustout", "-addtrust", "clientAuth", "-setalias", "x", stdin=family.root.pem)
    assert b"BEGIN TRUSTED CERTIFICATE" in data
    assert read_contents(write(data), None).certificates == [family.root.der]


@needs_openssl
@pytest.mark.parametrize("password", ["secret", ""])
@pytest.mark.parametrize("options", [(), ("-legacy",), ("-keypbe", "NONE", "-certpbe", "NONE", "-nomac")])
def test_pkcs12_of_openssl(tmp_path: Path, family: Family, password: str, options: tuple[str, ...]) -> None:
    source, path = tmp_path / "source.pem", tmp_path / "client.p12"
    source.write_bytes(family.leaf.pem + family.leaf.key_pem())
    try:
        made = openssl("pkcs12", "-export", "-in", str(source), "-passout", f"pass:{password}", *options)
    except subprocess.CalledProcessError:
        pytest.skip("this openssl has no such option")
    path.write_bytes(made)
    found = read_contents(str(path), Asked(password))
    assert found.certificates == [family.leaf.der]
    assert found.public_keys == [family.leaf.info.public_key_info]


@needs_openssl
def test_key_of_openssl_with_parameters_in_front(write: Write, family: Family) -> None:
    key = openssl("ecparam", "-name", "prime256v1", "-genkey")
    assert b"BEGIN EC PARAMETERS" in key
    found = read_contents(write(key + family.leaf.pem), None)
    assert (found.has_key, len(found.public_keys), found.notes) == (True, 1, ())


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", "PEM, DER"),
        (b"hello", "PEM, DER"),
        (b"\x30\x03\x02\x01\x01", "PEM, DER"),
        (b"\xfe\xed\xfe\xed\x00\x00\x00\x02", "keytool"),
    ],
)
def test_no_known_form(write: Write, data: bytes, advice: str) -> None:
    with pytest.raises(InputUnreadableError, match="holds no certificate") as caught:
        read_contents(write(data), None)
    assert advice in caught.value.try_this


@pytest.mark.parametrize("data", [b"\x30\x03\x02\x01\x03", b"\x30\x80\x02\x01\x03\x30\x80"])
def test_broken_pkcs12(write: Write, data: bytes) -> None:
    with pytest.raises(PasswordNeededError):
        read_contents(write(data), Asked("x"))


def test_missing_folder_and_odd_paths(tmp_path: Path) -> None:
    for path in (str(tmp_path / "none"), str(tmp_path), "a\0b"):
        with pytest.raises(InputUnreadableError, match="Cannot read"):
            read_contents(path, None)


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(InputUnreadableError, match="64 MiB"):
        read_contents(str(path), None)


def test_compressed_point_is_the_same_key(family: Family) -> None:
    key = family.leaf.key.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    compressed = b"\x30\x39" + algorithm + b"\x03\x22\x00" + point
    assert canonical_public_key(compressed) == family.leaf.info.public_key_info
    assert canonical_public_key(b"broken") == b"broken"


def test_pem_body_in_one_line(write: Write, family: Family) -> None:
    body = base64.b64encode(family.leaf.der)
    data = b"-----BEGIN CERTIFICATE-----" + body + b"-----END CERTIFICATE-----"
    assert read_contents(write(data), None).certificates == [family.leaf.der]
