"""Mbed TLS as client or server of TLS 1.2: `mbedtls_peer.py client|server ADDRESS PORT PEM ROOTS`."""

import socket
import sys
import traceback
from pathlib import Path

from mbedtls.pk import ECC, RSA
from mbedtls.tls import ClientContext, ServerContext, TLSConfiguration, TLSVersion, TrustStore
from mbedtls.x509 import CRT

role, address, port, pem, roots = sys.argv[1:]


def certificates(path: str) -> list[CRT]:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    blocks = Path(path).read_text().split(begin)[1:]
    return [CRT.from_PEM(begin + block.partition(end)[0] + end + "\n") for block in blocks]


def key(path: str) -> ECC | RSA:
    text = Path(path).read_text()
    end = "-----END PRIVATE KEY-----\n"
    private = "-----BEGIN PRIVATE KEY-----" + text.partition("-----BEGIN PRIVATE KEY-----")[2].partition(end)[0] + end
    return ECC.from_PEM(private)


trust = TrustStore()
for root in certificates(roots):
    trust.add(root)
configuration = TLSConfiguration(
    trust_store=trust,
    certificate_chain=(certificates(pem), key(pem)),
    lowest_supported_version=TLSVersion.TLSv1_2,
    highest_supported_version=TLSVersion.TLSv1_2,
    validate_certificates=True,
)
if role == "client":
    plain = socket.create_connection((address, int(port)))
    secured = ClientContext(configuration).wrap_socket(plain, server_hostname="shop.example")
    secured.do_handshake()
    print(secured.negotiated_tls_version(), secured.cipher())
    secured.send(b"GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n")
    print(secured.recv(4096))
    secured.close()
else:
    listener = socket.create_server((address, int(port)))
    context = ServerContext(configuration)
    while True:
        plain, _ = listener.accept()
        try:
            secured = context.wrap_socket(plain)
            secured.do_handshake()
            print(secured.recv(4096), flush=True)
            secured.send(b"HTTP/1.0 200 OK\r\n\r\nwelcome\n")
            secured.close()
        except Exception:
            print(traceback.format_exc(), flush=True)
