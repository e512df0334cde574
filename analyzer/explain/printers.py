"""Which side wrote a line, as far as the line itself shows it: the prefix of a log, the name of a function."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from analyzer.explain.explanation import PrintedBy

# A proxy is a client where it speaks of its upstream, so that is asked before its name is.
_CLIENT = (
    r"to upstream|while (?:connecting|proxying)|SSL proxy|\[proxy|AH02003|AH01961"
    r"|curl: ?\(|\bcurl\b|\bwget\b|SSL_connect"
    r"|s_client|fatal: unable to access|HTTPSConnectionPool|requests\.exceptions"
    r"|urllib\.error|urlopen error|httpx\.|AxiosError|FetchError|\b(?:Get|Post|Put|Head|Delete|Patch) \"https?://"
    r"|dial tcp|Unable to connect to the server|postfix/smtp\[|psql:|connection to server at|ERROR 2026"
    r"|HttpsURLConnection|java\.net\.http|HttpClient|javax\.ws\.rs|NSURLError|net::ERR_|SEC_ERROR_|SSL_ERROR_"
    r"|openvpn-client|kubectl|connect\(\)"
)
_SERVER = (
    r"while SSL handshaking, client: |, client: [0-9a-f.:]+, server: |\[client [0-9a-f.:]+|\[ssl:\w+\] \[pid"
    r"|\bAH0[12]\d{3}:"
    r"|haproxy\[\d+\]|: SSL client CA chain|/\d+: SSL handshake failure|SSL_accept|http: TLS handshake error from"
    r"|tlsClientError|postfix/smtpd\[|slapd\[|rejected connection|client disconnected|from client"
    r"|nginx: |nginx\[\d+\]|httpd\[\d+\]|apache2\[\d+\]|stunnel\[\d+\]|\[SocketServer|Failed authentication with /"
    r"|generated SERVER ALERT|TLS server:|SSLServerSocket|org\.apache\.tomcat|io\.undertow|Kestrel|s_server"
    r"|New client connected|Socket error on client|could not accept SSL connection"
)


def printed_by(line: str) -> PrintedBy:
    """``either`` where the line does not show it."""
    if _pattern(_CLIENT).search(line):
        return "client"
    return "server" if _pattern(_SERVER).search(line) else "either"


@lru_cache(maxsize=2)
def _pattern(alternatives: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(alternatives, options)
