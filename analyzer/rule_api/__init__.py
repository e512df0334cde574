"""The one module that a rule may import: the case, the ways to ask it, and the match to answer with.

A rule is ``check(case) -> Match | None``. It never says "not matched because I could not see": it says
:func:`need` of what it needs, and the engine turns an unseen fact into *undecided* and a fact that was seen to
be absent into *not applicable*.
"""

from __future__ import annotations

from analyzer.model import (
    AnyName,
    Case,
    Confidence,
    Handshake,
    OriginalSession,
    Outcome,
    Phase,
    Reason,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
    Severity,
    Unseen,
)
from analyzer.model.application import HTTP_1_1_REQUIRED
from analyzer.model.inferred import Inference, Inferred
from analyzer.packets import Side
from analyzer.rule_api.accusations import accuse, accuse_server
from analyzer.rule_api.answers import (
    Refused,
    alert_text,
    application_refusal,
    asked_later,
    dropped,
    gave_up,
    names_certificate,
    no_answer,
    nobody_asked,
    refusal,
    renegotiation_refused,
    turned_away,
)
from analyzer.rule_api.certificates import client_chain, client_leaf, client_path, date_text, issuers_above, time_of
from analyzer.rule_api.inference import inferred, inferred_evidence, inferred_logins, says
from analyzer.rule_api.match import Evidence, Match, NotApplicableError, UndecidedError, known, need, undecided
from analyzer.rule_api.requests import kinds_listed, listed, offered_suites, offered_versions
from analyzer.tls.codepoints import (
    TLS_1_2,
    TLS_1_3,
    AlertDescription,
    ClientCertificateType,
    SignatureScheme,
    alert_name,
    certificate_type_name,
    cipher_suite_name,
    signature_scheme_name,
    version_name,
)
from analyzer.x509 import (
    CertificateInfo,
    NameMatch,
    SignatureFault,
    WalkedChain,
    WrongSignature,
    compare_names,
    is_self_signed,
    issued,
    walk_chain,
)
from analyzer.x509.public_cas import is_public_ca
from analyzer.x509.schemes import accepted_by_types, has_common_scheme

__all__ = [
    "HTTP_1_1_REQUIRED",
    "TLS_1_2",
    "TLS_1_3",
    "AlertDescription",
    "AnyName",
    "Case",
    "CertificateInfo",
    "ClientCertificateType",
    "Confidence",
    "Evidence",
    "Handshake",
    "Inference",
    "Inferred",
    "Match",
    "NameMatch",
    "NotApplicableError",
    "OriginalSession",
    "Outcome",
    "Phase",
    "Reason",
    "Refused",
    "SeenAlert",
    "SeenChain",
    "SeenClientHello",
    "SeenRequest",
    "SeenServerHello",
    "SeenVerify",
    "Severity",
    "Side",
    "SignatureFault",
    "SignatureScheme",
    "UndecidedError",
    "Unseen",
    "WalkedChain",
    "WrongSignature",
    "accepted_by_types",
    "accuse",
    "accuse_server",
    "alert_name",
    "alert_text",
    "application_refusal",
    "asked_later",
    "certificate_type_name",
    "cipher_suite_name",
    "client_chain",
    "client_leaf",
    "client_path",
    "compare_names",
    "date_text",
    "dropped",
    "gave_up",
    "has_common_scheme",
    "inferred",
    "inferred_evidence",
    "inferred_logins",
    "is_public_ca",
    "is_self_signed",
    "issued",
    "issuers_above",
    "kinds_listed",
    "known",
    "listed",
    "names_certificate",
    "need",
    "no_answer",
    "nobody_asked",
    "offered_suites",
    "offered_versions",
    "refusal",
    "renegotiation_refused",
    "says",
    "signature_scheme_name",
    "time_of",
    "turned_away",
    "undecided",
    "version_name",
    "walk_chain",
]
