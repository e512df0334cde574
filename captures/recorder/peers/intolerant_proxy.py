"""A middlebox that does not like TLS 1.3: `intolerant_proxy.py ADDRESS PORT TARGET-PORT`.

A ClientHello that offers TLS 1.3 is answered with a reset, everything else is passed on.
"""

import socket
import struct
import sys
import threading

address, port, target_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SUPPORTED_VERSIONS = b"\x00\x2b"
TLS_1_3 = b"\x03\x04"


def pump(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


def offers_tls13(hello: bytes) -> bool:
    """The extension is 2 bytes type, 2 bytes length, 1 byte length of the list, and two bytes for each version."""
    place = hello.find(SUPPORTED_VERSIONS)
    return place >= 0 and TLS_1_3 in hello[place + 5 : place + 5 + hello[place + 4]]


with socket.create_server((address, port)) as listener:
    while True:
        client, _ = listener.accept()
        hello = client.recv(65536)
        if offers_tls13(hello):
            print("TLS 1.3 is offered: reset", flush=True)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            continue
        origin = socket.create_connection((address, target_port))
        origin.sendall(hello)
        for source, sink in ((client, origin), (origin, client)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()
