"""A middlebox that swallows the client's answer: `swallowing_proxy.py ADDRESS PORT TARGET-PORT`.

The ClientHello is passed on, and everything that the server says; what else the client sends is acknowledged and lost.
"""

import socket
import sys
import threading

address, port, target_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def pump(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(65536):
        sink.sendall(data)


with socket.create_server((address, port)) as listener:
    while True:
        client, _ = listener.accept()
        origin = socket.create_connection((address, target_port))
        origin.sendall(client.recv(65536))
        threading.Thread(target=pump, args=(origin, client), daemon=True).start()
        swallowed = 0
        while data := client.recv(65536):
            swallowed += len(data)
        print("swallowed", swallowed, "bytes", flush=True)
