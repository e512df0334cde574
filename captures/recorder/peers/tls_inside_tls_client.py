"""A client that speaks TLS inside TLS: `tls_inside_tls_client.py ADDRESS PORT ROOTS PEM`.

As where an application brings its own TLS and a sidecar or a tunnel wraps it once more.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys

address, port, roots, pem = sys.argv[1:]
context = ssl.create_default_context(cafile=roots)
context.load_cert_chain(pem)
outer_context = ssl.create_default_context(cafile=roots)
outer_context.load_cert_chain(pem)
outer_context.keylog_filename = os.environ.get("SSLKEYLOGFILE")
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
inner = context.wrap_bio(incoming, outgoing, server_hostname="shop.example")

with (
    socket.create_connection((address, int(port))) as plain,
    outer_context.wrap_socket(plain, server_hostname="shop.example") as outer,
):
    print("outer:", outer.version(), flush=True)
    try:
        while True:
            try:
                inner.do_handshake()
                print("inner:", inner.version(), flush=True)
                break
            except ssl.SSLWantReadError:
                outer.sendall(outgoing.read())
                data = outer.recv(65536)
                if not data:
                    print("inner: the server closed", flush=True)
                    break
                incoming.write(data)
    except OSError as error:
        print("inner:", error, flush=True)
