"""Accepts connections and never says a word: `silent_server.py ADDRESS PORT`."""

import socket
import sys

with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
    held = []
    while True:
        connection, peer = listener.accept()
        held.append(connection)
        print("accepted from", peer[0], flush=True)
