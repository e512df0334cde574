"""A tlslite-ng server for TLS 1.2 whose CertificateRequest is misshapen: `odd_request_server.py ADDRESS PORT PEM HOW
[NAMES]`.

HOW is `broken-name` (the list of CA names holds bytes that are no name), `old-layout` (the layout of TLS 1.1, without
signature algorithms), or `one-record` and a number of CA names, all in one record.
"""

from __future__ import annotations

import socket
import sys
import traceback
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from tlslite import messages, tlsrecordlayer
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

address, port, pem_path, how, *names = sys.argv[1:]


def read(path: str) -> str:
    with open(path) as stream:
        return stream.read()


def name_of(common_name: str) -> bytes:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]).public_bytes()


pem = read(pem_path)
chain = X509CertChain()
chain.parsePemList(pem)
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = (3, 3)
authorities = [bytearray(b"\x30\x14this is not a name..")] if how == "broken-name" else []
if how == "one-record":
    authorities = [
        bytearray(name_of(f"Partner CA {number:03} of a very long list indeed")) for number in range(int(names[0]))
    ]
    tlsrecordlayer.TLSRecordLayer.recordSize = property(lambda _: 1 << 16, lambda _, __: None)

if how == "old-layout":
    initialise = messages.CertificateRequest.__init__

    def as_in_tls11(self: Any, version: tuple[int, int]) -> None:
        initialise(self, (3, 2))

    messages.CertificateRequest.__init__ = as_in_tls11

with socket.create_server((address, int(port))) as listener:
    while True:
        plain, _ = listener.accept()
        connection = TLSConnection(plain)
        try:
            connection.handshakeServer(
                certChain=chain,
                privateKey=parsePEMKey(pem, private=True),
                reqCert=True,
                reqCAs=authorities,
                settings=settings,
            )
            print(bytes(connection.recv(4096)), flush=True)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nwelcome\n")
            connection.close()
        except Exception:
            print(traceback.format_exc(), flush=True)
