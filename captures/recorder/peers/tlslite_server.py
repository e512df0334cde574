"""A tlslite-ng server for TLS 1.3 that asks for a certificate: `tlslite_server.py ADDRESS PORT PEM COMPRESSION...`.

COMPRESSION names what it offers for certificates. tlslite-ng has no key log: the secrets are taken where it derives
them.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from typing import Any

from tlslite import tlsconnection
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

LABELS = {
    b"c hs traffic": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    b"s hs traffic": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    b"c ap traffic": "CLIENT_TRAFFIC_SECRET_0",
    b"s ap traffic": "SERVER_TRAFFIC_SECRET_0",
}
address, port, pem_path, *compressions = sys.argv[1:]
derive = tlsconnection.derive_secret


def derive_and_log(secret: Any, label: Any, transcript: Any, *rest: Any) -> Any:
    result = derive(secret, label, transcript, *rest)
    path = os.environ.get("SSLKEYLOGFILE")
    if path and bytes(label) in LABELS:
        client_random = transcript.digest("intrinsic")[6:38]  # the ClientHello comes first
        with open(path, "a") as stream:
            stream.write(f"{LABELS[bytes(label)]} {client_random.hex()} {result.hex()}\n")
    return result


tlsconnection.derive_secret = derive_and_log
with open(pem_path) as pem_stream:
    pem = pem_stream.read()
chain = X509CertChain()
chain.parsePemList(pem)
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = (3, 4)
settings.certificate_compression_send = settings.certificate_compression_receive = compressions

with socket.create_server((address, int(port))) as listener:
    while True:
        plain, _ = listener.accept()
        connection = TLSConnection(plain)
        try:
            connection.handshakeServer(
                certChain=chain, privateKey=parsePEMKey(pem, private=True), reqCert=True, settings=settings
            )
            shown = connection.session.clientCertChain
            print("client showed", shown.getNumCerts() if shown else 0, "certificates", flush=True)
            print(bytes(connection.recv(4096)), flush=True)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nwelcome\n")
            connection.close()
        except Exception:
            print(traceback.format_exc(), flush=True)
