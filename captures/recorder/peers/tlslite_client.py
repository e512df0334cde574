"""A tlslite-ng client that leaves messages out or proves its key wrongly.

    tlslite_client.py ADDRESS PORT PEM [MESSAGE...] [--fault FAULT] [--key PEM] [--tls13]

MESSAGE names what is not sent. PEM holds a key and the chain to show, in its order; tlslite-ng itself only ever learns
of alice-rsa.pem, whose messages are exchanged for the wrong ones on their way out.
"""

from __future__ import annotations

import argparse
import hashlib
import socket
import traceback
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.constants import HandshakeType, SignatureScheme

FAULTS = {
    "none": "the right signature; with --key or a chain in another order it is wrong nevertheless",
    "nothing": "the signature is empty",
    "wrong-bytes": "the signature covers one byte too many",
    "pkcs1-as-pss": "rsa_pss_rsae_sha256 is announced, PKCS#1 v1.5 is what was signed",
    "sha512": "rsa_pss_rsae_sha512 in TLS 1.3, rsa_pkcs1_sha512 in TLS 1.2, whatever the server offered",
    "pkcs1-in-tls13": "rsa_pkcs1_sha256, which TLS 1.3 does not allow here",
}
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("pem")
parser.add_argument("left_out", nargs="*")
parser.add_argument("--fault", choices=FAULTS)
parser.add_argument("--key", help="sign with the key in here")
parser.add_argument("--tls13", action="store_true")
parser.add_argument("--compression", nargs="*", default=[], help="what the client's certificate may be compressed with")
arguments = parser.parse_args()
left_out = {getattr(HandshakeType, name) for name in arguments.left_out}


def read(path: str) -> str:
    with open(path) as stream:
        return stream.read()


def chain_of(pem: str) -> X509CertChain:
    chain = X509CertChain()
    chain.parsePemList(pem)
    return chain


def scheme() -> tuple[int, int]:
    if isinstance(signing_key, ec.EllipticCurvePrivateKey):
        return SignatureScheme.ecdsa_secp256r1_sha256
    if arguments.fault == "sha512":
        return SignatureScheme.rsa_pss_rsae_sha512 if arguments.tls13 else SignatureScheme.rsa_pkcs1_sha512
    if arguments.fault == "pkcs1-in-tls13" or not (arguments.tls13 or arguments.fault == "pkcs1-as-pss"):
        return SignatureScheme.rsa_pkcs1_sha256
    return SignatureScheme.rsa_pss_rsae_sha256


def sign(data: bytes) -> bytes:
    if arguments.fault == "nothing":
        return b""
    if isinstance(signing_key, ec.EllipticCurvePrivateKey):
        return signing_key.sign(data, ec.ECDSA(hashes.SHA256()))
    assert isinstance(signing_key, rsa.RSAPrivateKey)
    algorithm = hashes.SHA512() if arguments.fault == "sha512" else hashes.SHA256()
    if scheme()[0] == 8 and arguments.fault != "pkcs1-as-pss":
        return signing_key.sign(data, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
    return signing_key.sign(data, padding.PKCS1v15(), algorithm)


class Odd(TLSConnection):  # type: ignore[misc]
    """Neither sends nor hashes what it was told to leave out; shows and signs what it was told."""

    def _sendMsg(self, message: Any, *rest: Any, **options: Any) -> Iterator[Any]:  # noqa: N802
        kind = getattr(message, "handshakeType", None)
        if kind in left_out:
            return
        if kind == HandshakeType.certificate and arguments.fault:
            message.cert_chain = chain_of(read(arguments.pem))
        if kind == HandshakeType.certificate_verify and arguments.fault:
            message.signatureAlgorithm = scheme()
            message.signature = bytearray(sign(self._to_be_signed()))
        yield from super()._sendMsg(message, *rest, **options)

    def _to_be_signed(self) -> bytes:
        transcript = bytes(self._handshake_hash.digest("intrinsic"))
        if arguments.tls13:
            transcript = b" " * 64 + b"TLS 1.3, client CertificateVerify\0" + hashlib.sha256(transcript).digest()
        return transcript + (b"!" if arguments.fault == "wrong-bytes" else b"")


signing_key = load_pem_private_key(read(arguments.key or arguments.pem).encode(), None)
known = read("alice-rsa.pem" if arguments.fault else arguments.pem)
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = (3, 4) if arguments.tls13 else (3, 3)
# Left to itself tlslite-ng compresses although nobody has offered to understand it.
settings.certificate_compression_send = settings.certificate_compression_receive = arguments.compression
if arguments.tls13:
    settings.cipherNames = ["aes128gcm"]  # the transcript is then hashed with SHA-256

with socket.create_connection((arguments.address, arguments.port)) as plain:
    connection = Odd(plain)
    try:
        connection.handshakeClientCert(
            chain_of(known), parsePEMKey(known, private=True), settings=settings, serverName="shop.example"
        )
        print("handshake done, says the client")
        if arguments.tls13:  # the server judges last
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            print(bytes(connection.recv(4096)))
    except Exception:
        print(traceback.format_exc())
