"""A tlslite-ng server for TLS 1.2 whose CertificateRequest is misshapen: `odd_request_server.py ADDRESS PORT PEM HOW`.

HOW is `broken-name` (the list of CA names holds bytes that are no name), or `old-layout` (the layout of TLS 1.1,
without signature algorithms).
"""

from __future__ import annotations

import socket
import sys
import traceback
from typing import Any

from tlslite import messages
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

address, port, pem_path, how = sys.argv[1:]


def read(path: str) -> str:
    with open(path) as stream:
        return stream.read()


pem = read(pem_path)
chain = X509CertChain()
chain.parsePemList(pem)
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = (3, 3)
authorities = [bytearray(b"\x30\x14this is not a name..")] if how == "broken-name" else []

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
