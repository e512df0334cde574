"""Where the server's first TLS record should stand there is something else."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, SeenServerHello, need

GREETINGS = {
    b"HTTP/": "HTTP without TLS",
    b"SSH-": "SSH",
    b"220": "the greeting of a mail or FTP server, which begins TLS only when it is asked to",
    b"* OK": "the greeting of an IMAP server, which begins TLS only when it is asked to",
    b"+OK": "the greeting of a POP3 server, which begins TLS only when it is asked to",
    b"RFB ": "VNC",
    b"AMQP": "AMQP without TLS",
    b"<": "a page of an HTTP server without TLS",
}
MOST_SHOWN = 40


def check(case: Case) -> Match | None:
    hello, strange = need(case.handshake.client_hello), case.connection.not_tls
    if strange is None or isinstance(case.handshake.server_hello, SeenServerHello):
        return None
    what = next((name for start, name in GREETINGS.items() if strange.data.startswith(start)), None)
    sent = Evidence(strange.packet, f"the server sends {shown(strange.data)}")
    values = {"what": f"it is {what}" if what else "it is no TLS record", "begins": shown(strange.data)}
    sure = None if what and case.connection.start_captured else Confidence.LIKELY
    return Match((Evidence(hello.packet, "the client begins TLS: ClientHello"), sent), values, sure)


def shown(data: bytes) -> str:
    """The beginning of its first line as text, or else as bytes."""
    line = data.splitlines()[0][:MOST_SHOWN] if data.splitlines() else b""
    if line and all(32 <= byte < 127 for byte in line):
        return f'"{line.decode("ascii")}"'
    return f"the bytes {data[:12].hex(' ')}"
