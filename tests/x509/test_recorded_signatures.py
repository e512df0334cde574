"""What real clients signed: the transcript is put together here, from the recorded bytes alone."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from analyzer.x509 import CertificateInfo, SignatureFault, likely_reason, verify_handshake_signature
from tests.support.traffic import CAPTURES
from tests.tls.recordings import NAMES, recorded

from .minting import info

TLS10, TLS11, TLS12 = 0x0301, 0x0302, 0x0303


class Seen(NamedTuple):
    """A client's CertificateVerify in the clear, with what it should have signed."""

    certificate: CertificateInfo
    scheme: int | None
    version: int
    transcript: bytes
    signature: bytes


def messages(data: bytes, first: int) -> list[bytes]:
    """The handshake messages of one side before its ChangeCipherSpec, from its Hello on."""
    hello = re.search(rb"\x16\x03[\x00-\x03]..%c\x00" % first, data, re.DOTALL)
    at, content = hello.start() if hello else len(data), b""
    while data[at : at + 1] == b"\x16":
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        content += data[at + 5 : at + 5 + length]
        at += 5 + length
    found, at = [], 0
    while at + 4 <= len(content):
        end = at + 4 + int.from_bytes(content[at + 1 : at + 4], "big")
        found.append(content[at:end])
        at = end
    return found


def clear_certificate_verifies(name: str) -> Iterator[Seen]:
    for recording in recorded(name):
        sent = [b"".join(data for end, data in recording.turns if end == side) for side in (0, 1)]
        for client, server in (
            (messages(sent[0], 1), messages(sent[1], 2)),
            (messages(sent[1], 1), messages(sent[0], 2)),
        ):
            kinds, answers = [message[0] for message in client], [message[0] for message in server]
            if 15 in kinds and 14 in answers:
                at, done = kinds.index(15), answers.index(14)
                chain = client[kinds.index(11)]
                leaf = info(chain[10 : 10 + int.from_bytes(chain[7:10], "big")])
                version = int.from_bytes(server[0][4:6], "big")
                body = client[at][4:]
                scheme = int.from_bytes(body[:2], "big") if version == TLS12 else None
                signature = body[2:] if scheme is None else body[4:]
                transcript = b"".join([client[0], *server[: done + 1], *client[1:at]])
                yield Seen(leaf, scheme, version, transcript, signature)


def expects_bad_proof(name: str) -> bool:
    truth = tomllib.loads((CAPTURES / name / "truth.toml").read_text("utf-8"))
    return bool(truth["expect"].get("verdict") == "certificate-verify-invalid")


@pytest.mark.parametrize("name", [name for name in NAMES if not expects_bad_proof(name)])
def test_what_real_clients_signed(name: str) -> None:
    for certificate, scheme, version, transcript, signature in clear_certificate_verifies(name):
        assert verify_handshake_signature(certificate, scheme, version, transcript, signature) is True
        generator = random.Random(name)
        changed = bytearray(transcript)
        changed[generator.randrange(len(changed))] ^= 1
        given = (scheme, version, bytes(changed), signature)
        assert verify_handshake_signature(certificate, *given) is False
        shown = likely_reason(certificate, [], *given).fault
        recoverable = certificate.key_type == "rsa" and (scheme is None or scheme & 0xFF == 1)
        assert shown is (SignatureFault.OTHER_BYTES if recoverable else SignatureFault.UNKNOWN)


@pytest.mark.parametrize(
    ("name", "version", "key_type"),
    [
        ("good-openssl-openssl", TLS12, "ec"),
        ("good-rsa-curl-openssl", TLS12, "rsa"),
        ("good-go-apache", TLS12, "ec"),
        ("good-openssl-openssl-tls11", TLS11, "ec"),
        ("good-openssl-openssl-tls10", TLS10, "ec"),
    ],
)
def test_the_recordings_hold_what_is_meant_to_be_verified(name: str, version: int, key_type: str) -> None:
    (seen,) = clear_certificate_verifies(name)
    assert (seen.version, seen.certificate.key_type) == (version, key_type)


def test_most_recordings_take_part() -> None:
    assert sum(1 for name in NAMES for _ in clear_certificate_verifies(name)) >= 50
