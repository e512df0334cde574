"""An HTTP proxy that tunnels every CONNECT to one place: `connect_proxy.py ADDRESS PORT TARGET-PORT`."""

import socket
import sys
import threading

address, port, target_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def pump(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


with socket.create_server((address, port)) as listener:
    while True:
        client, _ = listener.accept()
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += client.recv(4096)
        print(request.decode().rstrip(), flush=True)
        origin = socket.create_connection((address, target_port))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((client, origin), (origin, client)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()
