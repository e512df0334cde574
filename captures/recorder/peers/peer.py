"""Python's ssl module as server or client: `peer.py server|client ADDRESS PORT [options]`."""

import argparse
import os
import socket
import ssl
import time
import traceback

parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["server", "client"])
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("--cert")
parser.add_argument("--roots")
parser.add_argument("--verify", choices=["CERT_NONE", "CERT_OPTIONAL", "CERT_REQUIRED"], default="CERT_REQUIRED")
parser.add_argument("--allow", help="the only common name that is let in; others are dropped without a word")
parser.add_argument("--version", default="TLSv1_2", help="the highest ssl.TLSVersion")
parser.add_argument("--post-handshake", action="store_true", help="ask or be ready to be asked after the handshake")
parser.add_argument("--deaf", action="store_true", help="send the request, wait two seconds and leave unread")
parser.add_argument("--ciphers", help="the cipher suites of TLS 1.2, as OpenSSL writes them")
arguments = parser.parse_args()

side = ssl.PROTOCOL_TLS_SERVER if arguments.role == "server" else ssl.PROTOCOL_TLS_CLIENT
context = ssl.SSLContext(side)
context.maximum_version = ssl.TLSVersion[arguments.version]
context.post_handshake_auth = arguments.post_handshake
if os.environ.get("SSLKEYLOGFILE"):
    context.keylog_filename = os.environ["SSLKEYLOGFILE"]
context.verify_mode = ssl.VerifyMode[arguments.verify] if arguments.role == "server" else ssl.CERT_REQUIRED
if arguments.ciphers:
    context.set_ciphers(arguments.ciphers)
if arguments.cert:
    context.load_cert_chain(arguments.cert)
if arguments.roots:
    context.load_verify_locations(arguments.roots)


def ask_late(secured: ssl.SSLSocket) -> None:
    """Ask for a certificate now; the request leaves with what is written, the answer comes with what is read."""
    secured.verify_client_post_handshake()
    secured.sendall(b"HTTP/1.0 100 Continue\r\n\r\n")
    secured.settimeout(5)
    print(secured.recv(4096), "certificate:", secured.getpeercert(), flush=True)


if arguments.role == "client":
    with (
        socket.create_connection((arguments.address, arguments.port)) as plain,
        context.wrap_socket(plain, server_hostname="shop.example") as secured,
    ):
        print(secured.version(), secured.cipher())
        secured.sendall(b"GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n")
        if arguments.deaf:
            time.sleep(2)
        else:
            print(secured.recv(4096))
            if arguments.post_handshake:
                secured.sendall(b"thanks\r\n")
                print(secured.recv(4096))
else:
    family = socket.AF_INET6 if ":" in arguments.address else socket.AF_INET
    with socket.create_server((arguments.address, arguments.port), family=family) as listener:
        while True:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as secured:
                    certificate = secured.getpeercert() or {}
                    print("certificate:", certificate, flush=True)
                    if arguments.allow and (("commonName", arguments.allow),) not in certificate["subject"]:
                        print("not allowed, closing", flush=True)
                        continue
                    print(secured.recv(4096), flush=True)
                    if arguments.post_handshake:
                        ask_late(secured)
                    secured.sendall(b"HTTP/1.0 200 OK\r\n\r\nwelcome\n")
                    secured.unwrap()
            except (OSError, ValueError):
                print(traceback.format_exc(), flush=True)
