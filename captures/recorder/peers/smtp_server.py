"""An SMTP server that knows EHLO, STARTTLS and QUIT: `smtp_server.py ADDRESS PORT ROOTS`."""

import socket
import ssl
import sys

address, port, roots = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("server.pem")
context.load_verify_locations(roots)
context.verify_mode = ssl.CERT_REQUIRED


def speak(connection: socket.socket, secured: bool) -> bool:
    """Answer commands until STARTTLS (True) or the end (False)."""
    for line in connection.makefile("rb"):
        command = line.strip().upper()
        print(">", line.decode().rstrip(), flush=True)
        if command == b"STARTTLS" and not secured:
            connection.sendall(b"220 2.0.0 Ready to start TLS\r\n")
            return True
        if command == b"QUIT":
            connection.sendall(b"221 2.0.0 Bye\r\n")
            return False
        connection.sendall(b"250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
    return False


with socket.create_server((address, int(port))) as listener:
    while True:
        plain, _ = listener.accept()
        plain.sendall(b"220 mail.example ESMTP\r\n")
        try:
            if speak(plain, secured=False):
                with context.wrap_socket(plain, server_side=True) as secured:
                    print("certificate of", (secured.getpeercert() or {})["subject"], flush=True)
                    speak(secured, secured=True)
        except OSError as problem:
            print(repr(problem), flush=True)
