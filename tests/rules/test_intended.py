"""The certificate that the client was meant to send: what kept it back from this very client, and one story of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Case, Confidence, SeenClientHello, Severity, Unseen
from analyzer.model.observed import Reason
from analyzer.pipeline import Options, read_captures
from analyzer.pipeline.recorded_cases import recorded_cases
from analyzer.rule_api import Fit, UndecidedError, fit
from analyzer.x509 import load_client_certificate
from analyzer.x509.pem import pem_blocks
from tests.support.traffic import CAPTURES, capture_of

MISFIT, NOT_LOADED = (
    "empty-intended-certificate-does-not-fit-java-haproxy",
    "empty-not-listed-and-not-loaded-curl-openssl",
)
DIRECT_UNLISTED = "empty-fitting-certificate-not-loaded-java-nginx"


def told(name: str, file: Path) -> ConnectionReport:
    options = Options(client_certs=(load_client_certificate(str(file)),))
    (report,) = read_captures([str(capture_of(name))], options).connections
    return report


def case_of(name: str) -> Case:
    (case,) = recorded_cases(CAPTURES / name)
    return case


def of_nobody_known(case: Case) -> Case:
    """The same without the ClientHello, which alone tells the client's stack."""
    assert isinstance(case.handshake.client_hello, SeenClientHello)
    unseen = msgspec.structs.replace(case.handshake, client_hello=Unseen(Reason.NOT_CAPTURED))
    connection = msgspec.structs.replace(case.connection, handshakes=(unseen,))
    return msgspec.structs.replace(case, handshake=unseen, connection=connection)


@pytest.mark.parametrize("keeps_key", [True, False], ids=["with its key", "without its key"])
def test_a_certificate_that_does_not_fit_is_one_story_with_and_without_its_key(keeps_key: bool, tmp_path: Path) -> None:
    pem, file = (CAPTURES / MISFIT / "bob.pem").read_bytes(), tmp_path / "bob.pem"
    kept = [block.whole for block in pem_blocks(pem) if keeps_key or block.label == b"CERTIFICATE"]
    file.write_bytes(b"\n".join(kept))
    report = told(MISFIT, file)
    assert report.verdict is not None
    assert report.verdict.rule == "intended-certificate-does-not-fit-request"
    failures = {one.rule for one in report.findings if one.severity is Severity.FAILURE}
    assert failures == set(report.verdict.because)
    assert ("intended-certificate-has-no-private-key" in failures) is not keeps_key


def test_a_list_that_this_client_does_not_look_at_keeps_nothing_back() -> None:
    case = case_of(NOT_LOADED)
    assert fit(case) == Fit((), Confidence.LIKELY, "curl (OpenSSL)")
    unknown = fit(of_nobody_known(case))
    assert unknown.confidence is Confidence.POSSIBLE
    assert unknown.reasons


def test_of_a_client_that_nobody_knows_the_direct_issuer_may_count() -> None:
    case = case_of(DIRECT_UNLISTED)
    assert fit(case).reasons == ()
    assert fit(case).confidence is Confidence.LIKELY
    assert "direct issuer" in fit(of_nobody_known(case)).reasons[0]


def test_without_a_file_nothing_can_be_said() -> None:
    with pytest.raises(UndecidedError):
        fit(msgspec.structs.replace(case_of(MISFIT), supplied=None))
