"""Certificates, names and chains, read tolerantly; the only door to ``cryptography`` outside ``tls``."""

from __future__ import annotations

from analyzer.x509.certificates import CertificateInfo, UnreadableCertificate, read_certificate
from analyzer.x509.chains import WalkedChain, find_issuer, walk_chain
from analyzer.x509.constraints import Violation, name_violation, too_deep
from analyzer.x509.issuance import is_self_signed, issued, load_public_key, same_key_issued
from analyzer.x509.matching import Obstacle, RequestMatch, WouldMatch, match_request
from analyzer.x509.names import Name, NameMatch, UnreadableName, compare_names, name_from_text, read_name
from analyzer.x509.revocation import Revocation, RevocationList, load_revocation_lists
from analyzer.x509.roles import Kind, Origin, Role, RoleIndex
from analyzer.x509.signatures import (
    SignatureFault,
    WrongSignature,
    likely_reason,
    tls13_signed_content,
    verify_handshake_signature,
)
from analyzer.x509.supplied import SuppliedCertificate, load_chain, load_client_certificate, load_trust

__all__ = [
    "CertificateInfo",
    "Kind",
    "Name",
    "NameMatch",
    "Obstacle",
    "Origin",
    "RequestMatch",
    "Revocation",
    "RevocationList",
    "Role",
    "RoleIndex",
    "SignatureFault",
    "SuppliedCertificate",
    "UnreadableCertificate",
    "UnreadableName",
    "Violation",
    "WalkedChain",
    "WouldMatch",
    "WrongSignature",
    "compare_names",
    "find_issuer",
    "is_self_signed",
    "issued",
    "likely_reason",
    "load_chain",
    "load_client_certificate",
    "load_public_key",
    "load_revocation_lists",
    "load_trust",
    "match_request",
    "name_from_text",
    "name_violation",
    "read_certificate",
    "read_name",
    "same_key_issued",
    "tls13_signed_content",
    "too_deep",
    "verify_handshake_signature",
    "walk_chain",
]
