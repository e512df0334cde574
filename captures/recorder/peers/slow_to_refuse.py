"""A server that refuses as s2n does, after a pause: `slow_to_refuse.py ADDRESS PORT ROOTS SECONDS`."""

import socket
import ssl
import sys
import time

address, port, roots, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.verify_mode = ssl.CERT_REQUIRED
context.load_cert_chain("server.pem")
context.load_verify_locations(roots)

with socket.create_server((address, port)) as listener:
    while True:
        plain, _ = listener.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = context.wrap_bio(incoming, outgoing, server_side=True)
        with plain:
            while True:
                try:
                    connection.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65536))
                except ssl.SSLError as error:
                    print(f"{error}; waiting for {seconds} s", flush=True)
                    time.sleep(seconds)
                    break
            plain.sendall(outgoing.read())
