"""Which client signatures are valid: computed from the messages that tshark decrypted, not from the plan.

A second opinion for the analyser, which must therefore not be asked.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_HELLO_REQUEST, _CLIENT_HELLO, _SERVER_HELLO, _NEW_SESSION_TICKET = 0, 1, 2, 4
_CERTIFICATE, _CERTIFICATE_REQUEST, _CERTIFICATE_VERIFY, _FINISHED = 11, 13, 15, 20
_KEY_UPDATE, _COMPRESSED_CERTIFICATE, _MESSAGE_HASH = 24, 25, 254
_NOT_HASHED = {_HELLO_REQUEST, _NEW_SESSION_TICKET, _KEY_UPDATE}
_TLS12, _TLS13 = 0x0303, 0x0304
_SUPPORTED_VERSIONS, _CERTIFICATE_AUTHORITIES = 43, 47
_ZLIB = 1
_AES_256_GCM_SHA384 = 0x1302
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_CONTEXT = b" " * 64 + b"TLS 1.3, client CertificateVerify\0"

_HASHES: dict[int, hashes.HashAlgorithm] = {
    2: hashes.SHA1(), 3: hashes.SHA224(), 4: hashes.SHA256(), 5: hashes.SHA384(), 6: hashes.SHA512(),
}  # fmt: skip
_PSS: dict[int, hashes.HashAlgorithm] = {
    0x0804: hashes.SHA256(), 0x0805: hashes.SHA384(), 0x0806: hashes.SHA512(),
    0x0809: hashes.SHA256(), 0x080A: hashes.SHA384(), 0x080B: hashes.SHA512(),
}  # fmt: skip


@dataclass
class _Conversation:
    """The handshake messages of one connection while they pass; `answers` collects the verdicts."""

    version: int = 0
    suite: int = 0
    transcript: bytes = b""
    main: bytes = b""
    retried: bool = False
    finished: set[str] = field(default_factory=set)
    key: CertificatePublicKeyTypes | None = None
    answers: list[bool] = field(default_factory=list)

    def hear(self, sender: str, message: bytes) -> None:
        kind = message[0]
        if kind in _NOT_HASHED:
            return
        if kind == _CLIENT_HELLO and not self.retried:
            self.transcript, self.finished = b"", set()
        elif kind == _SERVER_HELLO:
            self._greet(message)
        elif kind == _CERTIFICATE_REQUEST and "client" in self.finished:
            self.transcript = self.main
        elif kind in (_CERTIFICATE, _COMPRESSED_CERTIFICATE) and sender == "client":
            self.key = self._leaf_key(message if kind == _CERTIFICATE else _inflated(message))
        elif kind == _CERTIFICATE_VERIFY and sender == "client":
            self.answers.append(self._is_valid(message[4:]))
        self.transcript += message
        if kind == _FINISHED:
            if not self.main or "client" not in self.finished:
                self.main = self.transcript
            self.finished.add(sender)

    def _greet(self, message: bytes) -> None:
        session_id = message[38]
        self.suite = int.from_bytes(message[39 + session_id : 41 + session_id], "big")
        if message[6:38] == _RETRY:
            self.retried = True
            digest = self._hash(self.transcript)
            self.transcript = bytes([_MESSAGE_HASH, 0, 0, len(digest)]) + digest
            return
        self.retried, self.main = False, b""
        extensions = dict(_extensions(message[44 + session_id :]))
        version = extensions.get(_SUPPORTED_VERSIONS, message[4:6])
        self.version = int.from_bytes(version, "big")

    def _hash(self, data: bytes) -> bytes:
        return (hashlib.sha384 if self.suite == _AES_256_GCM_SHA384 else hashlib.sha256)(data).digest()

    def _leaf_key(self, message: bytes) -> CertificatePublicKeyTypes | None:
        position = 4 + (1 + message[4] if self.version == _TLS13 else 0) + 3
        if position >= len(message):
            return None
        length = int.from_bytes(message[position : position + 3], "big")
        return x509.load_der_x509_certificate(message[position + 3 : position + 3 + length]).public_key()

    def _is_valid(self, body: bytes) -> bool:
        if self.version < _TLS12:
            return _verifies(lambda: self._check_old(body[2:]))
        scheme, signature = int.from_bytes(body[:2], "big"), body[4:]
        signed = _CONTEXT + self._hash(self.transcript) if self.version == _TLS13 else self.transcript
        return _verifies(lambda: _check(self.key, scheme, signature, signed))

    def _check_old(self, signature: bytes) -> None:
        if isinstance(self.key, rsa.RSAPublicKey):
            digest = hashlib.md5(self.transcript).digest() + hashlib.sha1(self.transcript).digest()
            if self.key.recover_data_from_signature(signature, padding.PKCS1v15(), None) != digest:
                raise InvalidSignature
        elif isinstance(self.key, ec.EllipticCurvePublicKey):
            self.key.verify(signature, self.transcript, ec.ECDSA(hashes.SHA1()))
        else:
            raise TypeError(f"no such key in TLS 1.1: {self.key}")


def _inflated(message: bytes) -> bytes:
    """The Certificate in a CompressedCertificate; of the algorithms only zlib is in the standard library."""
    body = message[4:]
    if int.from_bytes(body[:2], "big") != _ZLIB:
        raise ValueError("this compression is not known here")
    content = zlib.decompress(body[8:])
    return bytes([_CERTIFICATE]) + len(content).to_bytes(3, "big") + content


def _extensions(block: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(block):
        length = int.from_bytes(block[position + 2 : position + 4], "big")
        yield int.from_bytes(block[position : position + 2], "big"), block[position + 4 : position + 4 + length]
        position += 4 + length


def _verifies(check: Callable[[], None]) -> bool:
    try:
        check()
    except InvalidSignature:
        return False
    return True


def _check(key: CertificatePublicKeyTypes | None, scheme: int, signature: bytes, signed: bytes) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(_HASHES[scheme >> 8]))
    elif isinstance(key, rsa.RSAPublicKey) and scheme in _PSS:
        algorithm = _PSS[scheme]
        key.verify(signature, signed, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), _HASHES[scheme >> 8])
    else:
        raise TypeError(f"no such client key: {key}")


def client_signatures(command: list[str]) -> list[bool]:
    """Of every client CertificateVerify, connections in order of appearance; `command` is tshark's without a format."""
    conversations: dict[str, tuple[str, _Conversation]] = {}
    for stream, port, message in _messages(command):
        client_port, conversation = conversations.setdefault(stream, (port, _Conversation()))
        conversation.hear("client" if port == client_port else "server", message)
    return [answer for _, conversation in conversations.values() for answer in conversation.answers]


def names_in_tls13_request(command: list[str]) -> int:
    """How many CA names stand in the only CertificateRequest; tshark itself shows a hundred and no more."""
    (request,) = (message for _, _, message in _messages(command) if message[0] == _CERTIFICATE_REQUEST)
    listed = dict(_extensions(request[4 + 1 + request[4] + 2 :]))[_CERTIFICATE_AUTHORITIES]
    count, position = 0, 2
    while position < len(listed):
        position += 2 + int.from_bytes(listed[position : position + 2], "big")
        count += 1
    return count


def _messages(command: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """Every handshake message that tshark can read: stream, sender's port, bytes."""
    result = subprocess.run([*command, "-T", "json", "-x", "-J", "ip ipv6 tcp tls"], capture_output=True, check=True)
    for packet in json.loads(result.stdout, object_pairs_hook=lambda pairs: pairs):
        values = dict(_walk(packet, {"tcp.stream", "tcp.srcport"}))
        for _, raw in _walk(packet, {"tls.handshake_raw"}):
            message = bytes.fromhex(raw[0])
            # The first part of a message that spans records is shown as well.
            if len(message) == 4 + int.from_bytes(message[1:4], "big"):
                yield values["tcp.stream"], values["tcp.srcport"], message


def _walk(node: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """The named members of a JSON document, in its order; members may have the same name."""
    if isinstance(node, list):
        for element in node:
            if isinstance(element, tuple):
                name, value = element
                if name in names:
                    yield name, value
                yield from _walk(value, names)
            else:
                yield from _walk(element, names)
