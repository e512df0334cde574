"""A tlslite-ng client that leaves messages out: `tlslite_client.py ADDRESS PORT PEM MESSAGE...`."""

import socket
import sys
import traceback

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.constants import HandshakeType

address, port, pem_path, *left_out_names = sys.argv[1:]
left_out = {getattr(HandshakeType, name) for name in left_out_names}


class Forgetful(TLSConnection):
    """Neither sends nor hashes the messages that it was told to leave out."""

    def _sendMsg(self, msg, *arguments, **options):  # noqa: N802
        if getattr(msg, "handshakeType", None) in left_out:
            return
        yield from super()._sendMsg(msg, *arguments, **options)


with open(pem_path) as stream:
    pem = stream.read()
chain = X509CertChain()
chain.parsePemList(pem)
settings = HandshakeSettings()
settings.maxVersion = (3, 3)

with socket.create_connection((address, int(port))) as plain:
    connection = Forgetful(plain)
    try:
        connection.handshakeClientCert(
            chain, parsePEMKey(pem, private=True), settings=settings, serverName="shop.example"
        )
        print("handshake done")
    except Exception:
        print(traceback.format_exc())
