"""Reads the ClientHello and closes the connection: `closing_server.py ADDRESS PORT`."""

import socket
import sys

with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
    while True:
        connection, peer = listener.accept()
        print(f"read {len(connection.recv(65536))} bytes from {peer[0]}, closing", flush=True)
        connection.close()
