"""Proofs of possession that are wrong or missing, with their keys."""

from __future__ import annotations

from .. import clients, servers
from ..programs import Program
from ..scenarios import Scenario, failure, good, login

_INVALID = "certificate-verify-invalid"

_NOT_OFFERED = "certificate-verify-scheme-not-offered"

_ISSUERS_KEY = "--fault none --key issuing-key.pem"


def _odd(certificate: str, options: str) -> Program:
    return clients.tlslite(certificate, options=options)


_OTHER_CURVE = "-client_sigalgs ECDSA+SHA384"
"""In TLS 1.3 that is a scheme of P-384; in TLS 1.2 of any curve, but not for every client."""

_NOT_SIGNED = (
    login(
        "client-could-not-sign-java-openssl",
        "The request's only scheme goes with P-384 in TLS 1.3; Java sends its P-256 certificate and then cannot sign.",
        clients.java(),
        servers.openssl(options=_OTHER_CURVE),
        failure("client-could-not-sign", never=("certificate-verify-missing", "client-rejected-server-certificate")),
        "failed_by_client",
    ),
    login(
        "scheme-of-other-curve-go-openssl",
        "The same request: Go signs with its P-256 key and SHA-384, as TLS 1.2 allows.",
        clients.go(),
        servers.openssl(options=_OTHER_CURVE),
        good("client-could-not-sign"),
        "completed",
    ),
)

VERIFY: tuple[Scenario, ...] = (
    login(
        "verify-wrong-bytes-tlslite-openssl",
        "The client's signature covers other bytes than the transcript.",
        _odd("alice-rsa.pem", "--fault wrong-bytes"),
        servers.openssl(),
        failure(_INVALID, never=(_NOT_OFFERED, "client-sent-empty-certificate")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-wrong-bytes-tls13-tlslite-openssl",
        "The client's signature covers other bytes than the transcript, in TLS 1.3.",
        _odd("alice.pem", "--tls13 --fault wrong-bytes"),
        servers.openssl(version="-tls1_3"),
        failure(_INVALID, never=(_NOT_OFFERED, "client-sent-empty-certificate")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-key-of-issuer-tlslite-openssl",
        "The client signs with the key of the second certificate of its chain.",
        _odd("alice.pem", _ISSUERS_KEY),
        servers.openssl(),
        failure(_INVALID, never=(_NOT_OFFERED,)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-key-of-issuer-tls13-tlslite-openssl",
        "The client signs with the key of the second certificate of its chain, in TLS 1.3.",
        _odd("alice.pem", f"--tls13 {_ISSUERS_KEY}"),
        servers.openssl(version="-tls1_3"),
        failure(_INVALID, never=(_NOT_OFFERED,)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-ca-first-tlslite-openssl",
        "The CA's certificate stands first in the client's file, and the key is the leaf's.",
        _odd("alice-upside-down.pem", "--fault none"),
        servers.openssl(auth="request"),
        failure(_INVALID),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-ca-first-tls13-tlslite-openssl",
        "The CA's certificate stands first in the client's file, and the key is the leaf's, in TLS 1.3.",
        _odd("alice-upside-down.pem", "--tls13 --fault none"),
        servers.openssl(auth="request", version="-tls1_3"),
        failure(_INVALID),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-nothing-signed-tlslite-openssl",
        "The signature in the client's CertificateVerify is empty.",
        _odd("alice-rsa.pem", "--fault nothing"),
        servers.openssl(),
        failure(_INVALID, never=(_NOT_OFFERED,)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-pkcs1-as-pss-tlslite-openssl",
        "The client announces RSA-PSS in TLS 1.2 and signs with PKCS#1 v1.5.",
        _odd("alice-rsa.pem", "--fault pkcs1-as-pss"),
        servers.openssl(),
        failure(_INVALID, never=(_NOT_OFFERED,)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-pkcs1-as-pss-tls13-tlslite-openssl",
        "The client announces RSA-PSS in TLS 1.3 and signs with PKCS#1 v1.5.",
        _odd("alice-rsa.pem", "--tls13 --fault pkcs1-as-pss"),
        servers.openssl(version="-tls1_3"),
        failure(_INVALID, never=(_NOT_OFFERED,)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-scheme-not-offered-tlslite-openssl",
        "The signature is right, its scheme was not in the server's list.",
        _odd("alice-rsa.pem", "--fault sha512"),
        servers.openssl(options="-client_sigalgs RSA+SHA256:ECDSA+SHA256"),
        failure(_NOT_OFFERED, never=(_INVALID, "server-policy-refused")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-scheme-not-offered-tls13-tlslite-openssl",
        "The signature is right, its scheme was not in the server's list, in TLS 1.3.",
        _odd("alice-rsa.pem", "--tls13 --fault sha512"),
        servers.openssl(version="-tls1_3", options="-client_sigalgs RSA-PSS+SHA256:ECDSA+SHA256"),
        failure(_NOT_OFFERED, never=(_INVALID, "server-policy-refused")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "verify-missing-tls13-tlslite-openssl",
        "The client shows a certificate in TLS 1.3 and does not prove that it holds the key.",
        clients.tlslite("alice-rsa.pem", leave_out="certificate_verify", options="--tls13"),
        servers.openssl(version="-tls1_3"),
        failure("certificate-verify-missing", never=("client-sent-empty-certificate",)),
        "failed_by_server",
        key_log="server",
    ),
    *_NOT_SIGNED,
)
