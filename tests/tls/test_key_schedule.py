"""Published vectors: RFC 8448 for TLS 1.3, those of the IETF TLS list for the PRFs; and HKDF as a second opinion."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from analyzer.tls.codepoints import TLS_1_0, TLS_1_1, TLS_1_2
from analyzer.tls.key_schedule import (
    expand_label,
    extended_master_secret,
    finished_mac,
    master_secret,
    next_traffic_secret,
    prf,
    transcript_hash,
    verify_data,
)

SERVER_HANDSHAKE = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"
CLIENT_HANDSHAKE = "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"
SERVER_TRAFFIC = "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
CLIENT_TRAFFIC = "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"


@pytest.mark.parametrize(
    ("secret", "key", "iv"),
    [
        (SERVER_HANDSHAKE, "3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"),
        (CLIENT_HANDSHAKE, "dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"),
        (SERVER_TRAFFIC, "9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"),
        (CLIENT_TRAFFIC, "17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"),
    ],
)
def test_keys_of_rfc_8448_section_3(secret: str, key: str, iv: str) -> None:
    assert expand_label("sha256", bytes.fromhex(secret), b"key", 16).hex() == key
    assert expand_label("sha256", bytes.fromhex(secret), b"iv", 12).hex() == iv


def test_finished_of_rfc_8448_section_3() -> None:
    transcript = bytes.fromhex("edb7725fa7a3473b031ec8ef65a2485493900138a2b91291407d7951a06110ed")
    expected = "9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718"
    assert finished_mac("sha256", bytes.fromhex(SERVER_HANDSHAKE), transcript).hex() == expected


@pytest.mark.parametrize(("name", "algorithm"), [("sha256", hashes.SHA256()), ("sha384", hashes.SHA384())])
def test_key_update(name: str, algorithm: hashes.HashAlgorithm) -> None:
    size = algorithm.digest_size
    secret = bytes(range(size))
    info = size.to_bytes(2, "big") + b"\x11tls13 traffic upd\x00"
    assert next_traffic_secret(name, secret) == HKDFExpand(algorithm, size, info).derive(secret)


def test_prf_of_tls12() -> None:
    """https://mailarchive.ietf.org/arch/msg/tls/fzVCzk-z3FShgGJ6DOXqM1ydxms/"""
    expected = (
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17"
        "abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
    )
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    assert prf(TLS_1_2, "sha256", secret, b"test label", seed, 100).hex() == expected


@pytest.mark.parametrize("version", [TLS_1_0, TLS_1_1])
def test_prf_of_tls10_and_tls11(version: int) -> None:
    """The vector that went round with the first TLS 1.0 stacks; the hash's name has no meaning here."""
    expected = (
        "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754443bcf9a296519bc289abcbc1187e4ebd31e602353776c40"
        "8aafb74cbc85eff69255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f1afbc655a8c9a013"
    )
    assert prf(version, "sha384", b"\xab" * 48, b"PRF Testvector", b"\xcd" * 64, 104).hex() == expected


def test_a_secret_of_odd_length_is_cut_in_overlapping_halves() -> None:
    """RFC 4346 section 5: the byte in the middle belongs to both."""
    assert prf(TLS_1_0, "", b"abc", b"l", b"s", 16) == prf(TLS_1_0, "", b"abbc", b"l", b"s", 16)


def test_labels_and_hashes_of_tls12() -> None:
    premaster, randoms, digest = bytes(48), bytes(range(64)), bytes(32)
    assert master_secret(TLS_1_2, "sha256", premaster, randoms) == prf(
        TLS_1_2, "sha256", premaster, b"master secret", randoms, 48
    )
    assert extended_master_secret(TLS_1_2, "sha256", premaster, digest) == prf(
        TLS_1_2, "sha256", premaster, b"extended master secret", digest, 48
    )
    client = verify_data(TLS_1_2, "sha256", premaster, digest, server=False)
    server = verify_data(TLS_1_2, "sha256", premaster, digest, server=True)
    assert len(client) == len(server) == 12
    assert client != server


def test_transcript_hash() -> None:
    assert transcript_hash(TLS_1_2, "sha384", b"messages") == hashlib.sha384(b"messages").digest()
    both = hashlib.md5(b"messages").digest() + hashlib.sha1(b"messages").digest()
    assert transcript_hash(TLS_1_1, "sha384", b"messages") == both
