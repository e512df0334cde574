"""A client that stops half-way: `odd_client.py ADDRESS PORT`; leaves once it has seen the server's flight."""

import socket
import ssl
import sys

address, port = sys.argv[1], int(sys.argv[2])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.maximum_version = ssl.TLSVersion.TLSv1_2
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
connection = context.wrap_bio(incoming, outgoing, server_hostname="shop.example")

with socket.create_connection((address, port)) as plain:
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        plain.sendall(outgoing.read())
    flight = b""
    while not flight.endswith(b"\x0e\x00\x00\x00"):
        flight += plain.recv(65536)
    print(f"read {len(flight)} bytes up to ServerHelloDone, leaving")
