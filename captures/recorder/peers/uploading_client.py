"""A client that only writes: `uploading_client.py ADDRESS PORT ROOTS PEM CHUNKS`; then it waits and leaves.

OpenSSL answers a HelloRequest only where its user reads, so this client never sees one.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import time

address, port, roots, pem, chunks = sys.argv[1:]
context = ssl.create_default_context(cafile=roots)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(pem)
context.keylog_filename = os.environ.get("SSLKEYLOGFILE")
size = 2048 * int(chunks)
open("connected", "w").close()

with (
    socket.create_connection((address, int(port))) as plain,
    context.wrap_socket(plain, server_hostname="shop.example") as connection,
):
    head = f"POST /upload HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {size}\r\n\r\n"
    connection.sendall(head.encode())
    for _ in range(int(chunks)):
        connection.sendall(b"." * 2048)
        time.sleep(0.2)
    print("sent", size, "bytes", flush=True)
    time.sleep(1.5)
