"""Each carrier is recognised by what it says before TLS, and by nothing less."""

from __future__ import annotations

import random

import pytest

from analyzer.carriers.table import recognise
from tests.tls.shapes import vector

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
GSS_REQUEST = bytes.fromhex("0000000804d21630")
MYSQL_GREETING = b"\x4a\0\0\0\x0a8.0.36\0" + bytes(60)
MYSQL_REQUEST = b"\x20\0\0\x01\x85\xae\xff\x19" + bytes(28)
LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
V2 = b"\r\n\r\n\0\r\nQUIT\n"
V2_IPV4 = V2 + b"\x21\x11" + vector(2, bytes((192, 0, 2, 1, 192, 0, 2, 2)) + b"\xc3\x50\x01\xbb")
V2_IPV6 = V2 + b"\x21\x21" + vector(2, b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01" + bytes(16) + b"\xc3\x50\x01\xbb")
RDP_REQUEST = b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"
RDP_CONFIRM = b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x02\0\0\0"
XMPP = b"<stream:stream><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


@pytest.mark.parametrize(
    ("client", "server", "name", "detail"),
    [
        (b"", b"", "tcp", ""),
        (b"EHLO a\r\nSTARTTLS\r\n", b"220 mx ESMTP\r\n250 STARTTLS\r\n220 go\r\n", "starttls-smtp", ""),
        (b"ehlo a\r\nstarttls\r\n", b"220 mx\r\n", "starttls-smtp", ""),
        (b"STARTTLS\n", b"", "starttls-smtp", ""),
        (b"", b"220 mx ESMTP\r\n220 ready\r\n", "starttls-smtp", ""),
        (b"", b"220-mx\r\n220 ESMTP\r\n", "starttls-smtp", ""),
        (b"a1 STARTTLS\r\n", b"* OK IMAP4rev1\r\na1 OK begin\r\n", "starttls-imap", ""),
        (b"a0 CAPABILITY\r\nA001 starttls\r\n", b"", "starttls-imap", ""),
        (b"CAPA\r\nSTLS\r\n", b"+OK\r\n", "starttls-pop3", ""),
        (b"AUTH TLS\r\n", b"220 ftp\r\n234 ok\r\n", "starttls-ftp", ""),
        (b"auth ssl\r\n", b"220 ftp\r\n", "starttls-ftp", ""),
        (b"", b"220 ftp\r\n234 proceed\r\n", "starttls-ftp", ""),
        (b"STARTTLS\r\n", b'"IMPLEMENTATION" "sieve"\r\nOK\r\n', "starttls-sieve", ""),
        (b"STARTTLS\r\n", b"200 news\r\n382 go\r\n", "starttls-nntp", ""),
        (
            b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            "http-connect",
            "to a.example:443",
        ),
        (b"CONNECT a\xff:443 HTTP/1.0\r\n\r\n", b"", "http-connect", "to a\\xff:443"),
        (SSL_REQUEST, b"S", "postgresql", ""),
        (SSL_REQUEST, b"", "postgresql", ""),
        (GSS_REQUEST + SSL_REQUEST, b"NS", "postgresql", ""),
        (b"", b"S", "postgresql", ""),
        (MYSQL_REQUEST, MYSQL_GREETING, "mysql", "server 8.0.36"),
        (MYSQL_REQUEST, b"", "mysql", ""),
        (b"", MYSQL_GREETING, "mysql", "server 8.0.36"),
        (LDAP_REQUEST, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0", "starttls-ldap", ""),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n", b"", "proxy-protocol", "for 192.0.2.1 port 50000"),
        (b"PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\n", b"", "proxy-protocol", "for 2001:db8::1 port 50000"),
        (b"PROXY UNKNOWN\r\n", b"", "proxy-protocol", ""),
        (V2_IPV4, b"", "proxy-protocol", "for 192.0.2.1 port 50000"),
        (V2_IPV6, b"", "proxy-protocol", "for 2001:db8::1 port 50000"),
        (V2 + b"\x20\0\0\0", b"", "proxy-protocol", ""),
        (V2_IPV4[:20], b"", "proxy-protocol", ""),
        (RDP_REQUEST, RDP_CONFIRM, "rdp", ""),
        (b"", RDP_CONFIRM, "rdp", ""),
        (b"\x05\x01\0" + b"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb", b"\x05\0\x05\0\0\x01" + bytes(6), "socks5", ""),
        (b"\x04\x01\x01\xbb\xc0\0\x02\x01\0", b"\0\x5a" + bytes(6), "socks4", ""),
        (XMPP, b"", "starttls-xmpp", ""),
        (b"", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "starttls-xmpp", ""),
        (b"what is this?", b"", "unknown-preamble", ""),
        (b"EHLO a\r\n", b"500 no\r\n", "unknown-preamble", ""),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n", "unknown-preamble", ""),
    ],
)
def test_carriers(client: bytes, server: bytes, name: str, detail: str) -> None:
    found = recognise(client, server)
    assert (found.name, found.detail) == (name, detail)


PREAMBLES = (
    (b"EHLO a\r\nSTARTTLS\r\n", b"220 mx\r\n220 go\r\n"),
    (MYSQL_REQUEST, MYSQL_GREETING),
    (LDAP_REQUEST, b"\x30\x0c"),
    (V2_IPV4, b""),
    (V2_IPV6, b""),
    (RDP_REQUEST, RDP_CONFIRM),
    (b"\x05\x01\0", b"\x05\0"),
    (b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n", b""),
)


@pytest.mark.parametrize(("client", "server"), PREAMBLES)
def test_cut_anywhere_and_damaged_they_never_raise(client: bytes, server: bytes) -> None:
    generator = random.Random(7)
    for size in range(len(client) + 1):
        recognise(client[:size], server)
    for size in range(len(server) + 1):
        recognise(client, server[:size])
        recognise(b"", server[:size])
    for _ in range(200):
        recognise(generator.randbytes(generator.randrange(60)), generator.randbytes(generator.randrange(60)))
        changed = bytearray(client)
        changed[generator.randrange(len(changed))] = generator.randrange(256)
        recognise(bytes(changed), server)
