"""Possession: is a CertificateVerify really made with the key of the certificate, and were we reading right?

``tls`` hands over the signature with the bytes it covers, ``x509`` verifies; here they are joined. A signature that
does not verify accuses its sender only if a control shows that our own view of the handshake is right: the server's
signature over its key exchange (before TLS 1.3: the randoms and its parameters, RFC 5246 section 7.4.3), or over the
transcript (TLS 1.3), and both Finished. Where a control fails, nothing is said of the client's signature.

A client's signature is verified when it comes, and only the answer is kept: what it covers may be large.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.model.checked import ProofChecked, SeenEvent
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.codepoints import TLS_1_2, TLS_1_3, cipher_suite_name
from analyzer.tls.events import HandshakeMessageReceived, ProofReceived
from analyzer.tls.messages import Certificate, ClientHello, ServerHello
from analyzer.tls.reader import DecodeError, Reader
from analyzer.x509 import CertificateInfo, likely_reason, read_certificate, verify_handshake_signature


def check_client_proof(events: Sequence[SeenEvent], proof: ProofReceived, *, check_all: bool) -> ProofChecked:
    """Verify a client's CertificateVerify; the messages before it are in ``events``."""
    chain = _chain(events, CLIENT)
    valid, fault = None, None
    if chain and isinstance(chain[0], CertificateInfo):
        leaf = chain[0]
        valid = verify_handshake_signature(leaf, proof.scheme, proof.version, proof.signed, proof.signature)
        if valid is False:
            others = [other for other in chain[1:] if isinstance(other, CertificateInfo)]
            fault = likely_reason(leaf, others, proof.scheme, proof.version, proof.signed, proof.signature)
    control = None
    if (valid is False or check_all) and proof.key_exchange:
        control = _key_exchange_control(events, proof)
    return ProofChecked(CLIENT, valid, proof.packet, proof.timestamp_ns, fault, control)


def check_server_proof(events: Sequence[SeenEvent]) -> bool | None:
    """The server's CertificateVerify of TLS 1.3, a control over the whole transcript up to it."""
    proof = next((e for e in events if isinstance(e, ProofReceived) and e.sender is SERVER), None)
    chain = _chain(events, SERVER)
    if proof is None or not chain or not isinstance(chain[0], CertificateInfo):
        return None
    return verify_handshake_signature(chain[0], proof.scheme, proof.version, proof.signed, proof.signature)


def _chain(events: Sequence[SeenEvent], side: Side) -> list[object]:
    """The certificates that a side sent last."""
    for event in reversed(events):
        if isinstance(event, HandshakeMessageReceived) and event.sender is side:
            message = event.message
            if isinstance(message, Certificate):
                return [read_certificate(der) for der in message.certificates]
    return []


def _key_exchange_control(events: Sequence[SeenEvent], proof: ProofReceived) -> bool | None:
    """ServerKeyExchange signs both randoms and its parameters (RFC 5246 section 7.4.3, RFC 8422 section 5.4)."""
    client = server = b""
    suite = ""
    for event in events:
        if isinstance(event, HandshakeMessageReceived):
            message = event.message
            if isinstance(message, ClientHello):
                client = message.random
            elif isinstance(message, ServerHello):
                server, suite = message.random, cipher_suite_name(message.cipher_suite)
    chain = _chain(events, SERVER)
    signed = _signed_parameters(suite, proof.version, proof.key_exchange)
    if signed is None or not client or not server or not chain or not isinstance(chain[0], CertificateInfo):
        return None
    parameters, scheme, signature = signed
    return verify_handshake_signature(chain[0], scheme, proof.version, client + server + parameters, signature)


def _signed_parameters(suite: str, version: int, body: bytes) -> tuple[bytes, int | None, bytes] | None:
    """Parameters, scheme and signature in a ServerKeyExchange; None where it is unsigned or of another form."""
    if version >= TLS_1_3 or "_anon_" in suite or "PSK" in suite:
        return None
    reader = Reader(body)
    try:
        if "_ECDHE_" in suite:
            reader.take(3, "ECParameters")
            reader.vector(1, "ECPoint")
        elif "_DHE_" in suite:
            for field in ("dh_p", "dh_g", "dh_Ys"):
                reader.vector(2, field)
        else:
            return None
        parameters = body[: len(body) - reader.remaining]
        scheme = reader.number(2, "algorithm") if version >= TLS_1_2 else None
        return parameters, scheme, reader.vector(2, "signature")
    except DecodeError:
        return None
