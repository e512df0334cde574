"""An HTTP proxy that tunnels every CONNECT to one place: `connect_proxy.py ADDRESS PORT TARGET-PORT [PEM]`.

With PEM clients reach it by https.
"""

import socket
import ssl
import sys
import threading

address, port, target_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
context = None
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4])
    context.maximum_version = ssl.TLSVersion.TLSv1_2


def pump(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(65536):
        sink.sendall(data)
    socket.socket.shutdown(sink, socket.SHUT_WR)


with socket.create_server((address, port)) as listener:
    while True:
        client, _ = listener.accept()
        if context is not None:
            client = context.wrap_socket(client, server_side=True)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += client.recv(4096)
        print(request.decode().rstrip(), flush=True)
        origin = socket.create_connection((address, target_port))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((client, origin), (origin, client)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()
