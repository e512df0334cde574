"""PEM files: blocks in any surroundings, and what is no block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.pem import pem_blocks

LABELS = st.sampled_from([b"CERTIFICATE", b"X509 CRL", b"PRIVATE KEY", b"PKCS7"])
TEXTS = st.binary(max_size=60).map(lambda text: text.replace(b"-", b""))


@given(st.lists(st.tuples(TEXTS, LABELS, TEXTS), max_size=8))
def test_every_block_is_found_whatever_stands_between_them(parts: list[tuple[bytes, bytes, bytes]]) -> None:
    wholes = [b"-----BEGIN %b-----%b-----END %b-----" % (label, body, label) for _, label, body in parts]
    data = b"".join(between + whole for (between, _, _), whole in zip(parts, wholes, strict=True))
    found = list(pem_blocks(data))
    assert [(block.label, block.body) for block in found] == [(label, body) for _, label, body in parts]
    assert [block.whole for block in found] == wholes


@pytest.mark.parametrize(
    ("data", "bodies"),
    [
        (b"-----BEGIN A-----1-----END B-----", []),
        (b"-----END A-----1-----BEGIN A-----", []),
        (b"-----BEGIN A-----1-----BEGIN A-----2-----END A-----", [b"2"]),
        (b"-----BEGIN A-----1-----BEGIN B-----2-----END B-----3-----END A-----", [b"2"]),
        (b"-----BEGIN A-----1-----END B-----2-----END A-----", []),
        (b"-----BEGIN A-----1-----END A-----2-----END A-----", [b"1"]),
        (b"-----BEGIN a-----1-----END a-----", []),
        (b"-----BEGIN A----1-----END A-----", []),
    ],
)
def test_a_block_is_a_begin_and_the_end_that_follows_it(data: bytes, bodies: list[bytes]) -> None:
    assert [block.body for block in pem_blocks(data)] == bodies


def test_begins_without_an_end_cost_no_more_than_their_length() -> None:
    begins = b"".join(b"-----BEGIN A%d-----\n" % number for number in range(200_000))
    assert list(pem_blocks(begins)) == []
    assert list(pem_blocks(b"-----BEGIN A-----\n" * 200_000)) == []
