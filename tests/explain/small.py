"""A small catalogue that stays as it is while the real one grows."""

from __future__ import annotations

from typing import Any

from analyzer.explain.entries import Cause, Entry, KnownMessage, Remedy
from analyzer.explain.matching import Matcher


def known(entry_id: str, pattern: str, example: str, **changes: Any) -> KnownMessage:
    file = changes.pop("file", "openssl")
    product = changes.pop("product", "OpenSSL")
    facts: dict[str, Any] = {
        "id": entry_id,
        "printed_by": "either",
        "pattern": pattern,
        "refused": "printer",
        "meaning": f"Meaning of {entry_id}.",
        "wire": "An alert.",
        "causes": (Cause("client-sent-empty-certificate"), Cause(None, "A proxy in between.")),
        "tell_apart": ("Look at `openssl s_client`.",),
        "remedies": (Remedy("server", "Reload."), Remedy("client", "Configure a certificate.")),
        "examples": (example,),
        "source": "made for tests",
    }
    return KnownMessage(Entry(**(facts | changes)), file, product, "openssl", ())


REQUIRED = known(
    "ossl-required",
    "tlsv13 alert certificate required",
    "error:0A00045C:SSL routines::tlsv13 alert certificate required",
    alert=116,
    refused="client",
)
UNKNOWN_CA = known("ossl-unknown-ca", "tlsv1 alert unknown ca", "SSL routines::tlsv1 alert unknown ca", alert=48)
CURL = known(
    "curl-required",
    r"curl: \(56\).*alert certificate required",
    "curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required, errno 0",
    printed_by="client",
    refused="client",
    file="curl",
    product="curl",
)
NGINX = known(
    "nginx-none",
    "client sent no required SSL certificate",
    "7#7: *1 client sent no required SSL certificate while reading headers, client: 192.0.2.7",
    printed_by="server",
    refused="client",
    file="nginx",
    product="nginx",
)
SCHANNEL = known(
    "win-cert-unknown",
    r"SEC_E_CERT_UNKNOWN",
    "schannel: SEC_E_CERT_UNKNOWN (0x80090327)",
    printed_by="client",
    refused="client",
    confidence="likely",
    file="schannel",
    product="Windows",
)
QUOTED = known("go-unknown", r'tls: "unknown" <authority>', 'remote error: tls: "unknown" <authority>', file="go")
WRAPPER = known(
    "nginx-handshake",
    r"SSL_do_handshake\(\) failed.*",
    "SSL_do_handshake() failed (x)",
    confidence="possible",
    file="nginx",
)

MESSAGES = (REQUIRED, UNKNOWN_CA, CURL, NGINX, SCHANNEL, QUOTED, WRAPPER)
MATCHER = Matcher(MESSAGES)
