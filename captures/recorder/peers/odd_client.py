"""A client that stops half-way: `odd_client.py ADDRESS PORT [--tls13]`; leaves once it has seen the server's flight."""

import contextlib
import socket
import ssl
import sys

address, port, tls13 = sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["--tls13"]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3 if tls13 else ssl.TLSVersion.TLSv1_2
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
connection = context.wrap_bio(incoming, outgoing, server_hostname="shop.example")

with socket.create_connection((address, port)) as plain:
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        plain.sendall(outgoing.read())
    flight = b""
    if tls13:  # nothing of it can be read: it is there when no more comes
        plain.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                flight += plain.recv(65536)
    else:
        while not flight.endswith(b"\x0e\x00\x00\x00"):
            flight += plain.recv(65536)
    print(f"read {len(flight)} bytes of the server's flight, leaving")
