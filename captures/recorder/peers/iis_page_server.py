"""Answers like IIS for a certificate that it does not trust: `iis_page_server.py ADDRESS PORT PEM ROOTS`."""

import os
import socket
import ssl
import sys

address, port, pem, roots = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pem)
context.load_verify_locations(roots)
context.verify_mode = ssl.CERT_REQUIRED
context.keylog_filename = os.environ.get("SSLKEYLOGFILE")
PAGE = (
    b"<!DOCTYPE html><html><head><title>403 - Forbidden: Access is denied.</title></head><body>"
    b"<h2>HTTP Error 403.16 - Forbidden</h2>"
    b"<h3>Your client certificate is either not trusted or is invalid.</h3></body></html>"
)
HEAD = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nServer: Microsoft-IIS/10.0\r\nContent-Length: %d\r\n\r\n"

with socket.create_server((address, int(port))) as listener:
    while True:
        plain, _ = listener.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as secured:
                print(secured.recv(4096), flush=True)
                secured.sendall(HEAD % len(PAGE) + PAGE)
                secured.unwrap()
        except OSError as error:
            print(error, flush=True)
