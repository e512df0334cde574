"""What the values of the model say of themselves."""

from __future__ import annotations

import pytest

from analyzer.model import NOT_SENT, Reason, SeenAlert, SeenChain, Unseen
from analyzer.packets import Side
from analyzer.x509 import read_certificate
from tests.support.reports import certificate


def test_an_empty_chain() -> None:
    chain = SeenChain((), 7, 1, None)
    assert chain.empty
    assert chain.leaf is None
    assert chain.readable == ()


def test_a_damaged_chain_is_not_empty() -> None:
    assert not SeenChain((), 7, 1, None, damaged="it lies").empty


def test_a_certificate_that_cannot_be_read_keeps_its_place() -> None:
    good, bad = certificate("leaf", "issuing"), read_certificate(b"no certificate")
    assert SeenChain((bad, good), 7, 1, None).leaf is None
    assert SeenChain((bad, good), 7, 1, None).readable == (good,)
    assert SeenChain((good, bad), 7, 1, None).leaf is good


@pytest.mark.parametrize(("level", "fatal"), [(1, False), (2, True), (3, False)])
def test_fatal_alerts(level: int, fatal: bool) -> None:
    assert SeenAlert(Side.SERVER, level, 40, 1, None).fatal is fatal


def test_unseen() -> None:
    assert NOT_SENT.absent
    assert str(NOT_SENT) == "not sent"
    hidden = Unseen(Reason.ENCRYPTED, "TLS 1.3")
    assert not hidden.absent
    assert str(hidden) == "encrypted: TLS 1.3"
