"""Line-based protocols that are asked for TLS with a command: SMTP, IMAP, POP3, FTP, ManageSieve, NNTP."""

from __future__ import annotations

import re

from analyzer.carriers.carrier import Carrier

_IMAP = re.compile(rb"(?im)^\S{1,64} STARTTLS\r?$")
_LINE = re.compile(rb"(?im)^(STARTTLS|STLS|AUTH (?:TLS|SSL))\r?$")
_BY_COMMAND = {b"STLS": "starttls-pop3", b"AUTH TLS": "starttls-ftp", b"AUTH SSL": "starttls-ftp"}


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """By the client's last command, or, where only the server was captured, by its greeting and answer."""
    if _IMAP.search(client):
        return Carrier("starttls-imap")
    commands = _LINE.findall(client)
    if commands:
        command = commands[-1].upper()
        if command in _BY_COMMAND:
            return Carrier(_BY_COMMAND[command])
        return Carrier(_by_server(server))
    if not client and server.startswith((b"220 ", b"220-")):
        return Carrier("starttls-ftp" if re.search(rb"(?m)^234 ", server) else "starttls-smtp")
    return None


def _by_server(server: bytes) -> str:
    """STARTTLS is a command of three protocols; the server's way to speak tells which."""
    if server.startswith((b"200 ", b"201 ")):
        return "starttls-nntp"
    if re.search(rb'(?m)^(?:"IMPLEMENTATION"|OK\b)', server):
        return "starttls-sieve"
    return "starttls-smtp"
