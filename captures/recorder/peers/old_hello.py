"""SSL from the nineties, byte by byte: `old_hello.py sslv2-hello|ssl3-client|ssl3-server ADDRESS PORT`.

sslv2-hello   a client that opens TLS 1.0 with an SSLv2-style ClientHello and answers a request with nothing
ssl3-client   a client that opens SSL 3.0 in the same way and answers with the warning no_certificate
ssl3-server   an SSL 3.0 server that asks for a certificate and refuses the client that has none

Key exchange and Finished are random bytes: nobody here computes keys.
"""

import base64
import os
import re
import socket
import struct
import sys

ALERT, HANDSHAKE, CHANGE_CIPHER_SPEC = 21, 22, 20
RSA_AES128_SHA = 0x002F


def record(version: int, content_type: int, payload: bytes) -> bytes:
    return struct.pack("!BHH", content_type, version, len(payload)) + payload


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def certificates(path: str) -> list[bytes]:
    with open(path) as stream:
        blocks = re.findall(r"BEGIN CERTIFICATE-----(.*?)-----END", stream.read(), re.DOTALL)
    return [base64.b64decode(block) for block in blocks]


def subject_of_root(path: str) -> bytes:
    """The DER name of a self-signed certificate: it stands twice, first as the issuer."""
    der = certificates(path)[0]
    start = der.index(b"\x30", der.index(bytes.fromhex("06082a8648ce3d040302")) + 10)
    return der[start : start + 2 + der[start + 1]]


def sslv2_client_hello(version: int) -> bytes:
    ciphers = b"".join(cipher.to_bytes(3, "big") for cipher in (RSA_AES128_SHA, 0x000035, 0x00000A))
    challenge = os.urandom(32)
    body = struct.pack("!BHHHH", 1, version, len(ciphers), 0, len(challenge)) + ciphers + challenge
    return struct.pack("!H", 0x8000 | len(body)) + body


def read_until(connection: socket.socket, ending: bytes) -> None:
    data = b""
    while not data.endswith(ending):
        data += connection.recv(65536)


def client(connection: socket.socket, version: int) -> None:
    connection.sendall(sslv2_client_hello(version))
    read_until(connection, b"\x0e\x00\x00\x00")
    encrypted_secret = b"\x00" + os.urandom(255)
    if version == 0x0300:
        answer = record(version, ALERT, bytes([1, 41]))
    else:
        answer = record(version, HANDSHAKE, message(11, b"\x00\x00\x00"))
        encrypted_secret = b"\x01\x00" + encrypted_secret
    connection.sendall(
        answer
        + record(version, HANDSHAKE, message(16, encrypted_secret))
        + record(version, CHANGE_CIPHER_SPEC, b"\x01")
        + record(version, HANDSHAKE, os.urandom(64))
    )
    print("server's last word:", connection.recv(4096).hex(" "))


def ssl3_server(connection: socket.socket) -> None:
    connection.recv(4096)
    entries = b"".join(len(der).to_bytes(3, "big") + der for der in certificates("server-rsa.pem"))
    name = subject_of_root("root-a.pem")
    names = struct.pack("!H", len(name)) + name
    flight = (
        message(2, struct.pack("!H", 0x0300) + os.urandom(32) + b"\x20" + os.urandom(32) + b"\x00\x2f\x00")
        + message(11, len(entries).to_bytes(3, "big") + entries)
        + message(13, b"\x02\x01\x02" + struct.pack("!H", len(names)) + names)
        + message(14, b"")
    )
    connection.sendall(record(0x0300, HANDSHAKE, flight))
    print("client's answer:", connection.recv(4096).hex(" ", 32), flush=True)
    connection.sendall(record(0x0300, ALERT, bytes([2, 40])))
    connection.close()


role, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if role == "ssl3-server":
    with socket.create_server((address, port)) as listener:
        while True:
            ssl3_server(listener.accept()[0])
else:
    with socket.create_connection((address, port)) as plain:
        client(plain, 0x0300 if role == "ssl3-client" else 0x0301)
