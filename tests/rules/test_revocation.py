"""A revocation list counts where the issuer signed it, and an entry from its date on."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from analyzer.model import CaptureIndex, Case, Confidence, SeenChain
from analyzer.rule_api import UndecidedError
from analyzer.x509 import RoleIndex, load_revocation_lists
from captures.recorder.pki import corp_name, key_for
from tests.rules.test_edges import ask, case_of

NAME = "revoked-openssl-apache"
"""Recorded with alert 44; the list is given here."""
ISSUER = "Issuing CA 1"


def given(
    folder: Path,
    *,
    days: int,
    key: ec.EllipticCurvePrivateKey | None = None,
    valid_days: int = 365,
    alert: int = 42,
    alone: bool = False,
) -> Case:
    """The recorded login, and a list on which the certificate has been for so many days; with another alert."""
    recorded = case_of(NAME)
    answer = recorded.handshake.client_certificate
    assert isinstance(answer, SeenChain)
    assert answer.leaf is not None
    assert answer.timestamp_ns is not None
    at = datetime.datetime.fromtimestamp(answer.timestamp_ns // 10**9, datetime.UTC)
    made = at - datetime.timedelta(days=100)
    entry = x509.RevokedCertificateBuilder().serial_number(int(answer.leaf.serial, 16))
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(corp_name(ISSUER))
        .last_update(made)
        .next_update(made + datetime.timedelta(days=valid_days))
        .add_revoked_certificate(entry.revocation_date(at - datetime.timedelta(days=days)).build())
    )
    path = folder / "ca.crl"
    path.write_bytes(builder.sign(key or key_for(ISSUER), hashes.SHA256()).public_bytes(Encoding.PEM))
    chain = msgspec.structs.replace(answer, certificates=answer.certificates[:1]) if alone else answer
    alerts = tuple(msgspec.structs.replace(one, description=alert) for one in recorded.handshake.alerts)
    case = case_of(NAME, client_certificate=chain, alerts=alerts)
    roles = RoleIndex() if alone else case.capture.roles
    return msgspec.structs.replace(case, capture=CaptureIndex(roles, load_revocation_lists(str(path))))


@pytest.mark.parametrize(
    ("alert", "confidence"), [(44, Confidence.PROVED), (42, Confidence.LIKELY), (48, Confidence.POSSIBLE)]
)
def test_the_servers_answer_says_how_sure_it_is(tmp_path: Path, alert: int, confidence: Confidence) -> None:
    match = ask("certificate-revoked", given(tmp_path, days=1, alert=alert))
    assert match is not None
    assert match.confidence is confidence
    assert "is on the list of CN=Issuing CA 1,O=Corp since" in match.evidence[0].what


def test_who_was_revoked_after_the_login_was_not_refused_for_it(tmp_path: Path) -> None:
    assert ask("certificate-revoked", given(tmp_path, days=-1)) is None


def test_a_list_that_another_key_signed_counts_for_nothing(tmp_path: Path) -> None:
    assert ask("certificate-revoked", given(tmp_path, days=1, key=key_for("somebody else"))) is None


def test_without_the_cas_certificate_nothing_is_said_of_its_list(tmp_path: Path) -> None:
    with pytest.raises(UndecidedError, match="--trust"):
        ask("certificate-revoked", given(tmp_path, days=1, alone=True))
    named = ask("certificate-revoked", given(tmp_path, days=1, alone=True, alert=44))
    assert named is not None


def test_a_list_out_of_date_is_a_possible_reason_and_no_more(tmp_path: Path) -> None:
    match = ask("revocation-list-expired", given(tmp_path, days=-1, valid_days=99))
    assert match is not None
    assert match.confidence is Confidence.POSSIBLE
    assert ask("revocation-list-expired", given(tmp_path, days=-1, valid_days=101)) is None
    assert ask("revocation-list-expired", given(tmp_path, days=-1, valid_days=99, alert=43)) is None
