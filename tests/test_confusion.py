"""The corpus is large and varied enough, and verdicts on it are right or honestly unknown.

The whole matrix is printed at the end of a test run, and by ``python -m tests.confusion``.
"""

from __future__ import annotations

from tests.confusion import corpus, figures, matrix, rule_of, size


def test_with_keys_the_verdict_is_the_truth() -> None:
    found = figures()
    assert found.share_right >= 0.95
    assert found.false_proved == 0


def test_without_keys_nothing_false_is_likely() -> None:
    found = figures()
    assert found.encrypted >= 100
    assert (found.blind_false_proved, found.blind_false_likely) == (0, 0)
    assert found.blind_right + found.blind_true + found.blind_undecided == found.encrypted
    assert found.share_decided >= 0.55


def test_the_matrix_holds_every_recording() -> None:
    rows = list(matrix())
    assert sum(int(row[50:56]) for row in rows[1:] if row.startswith("  ") and "·" not in row[50:56]) == len(corpus())
    assert all(any(row.split()[0] == rule_of(one.told) for row in rows[1:]) for one in corpus())


def test_the_corpus_is_large_enough() -> None:
    corpus_size = size()
    assert corpus_size.recordings >= 150
    assert len(corpus_size.clients) >= 10
    assert len(corpus_size.servers) >= 10
    assert min(corpus_size.versions["TLS 1.2"], corpus_size.versions["TLS 1.3"]) >= 50
    assert corpus_size.accepted >= 50
    assert corpus_size.faults_accepted >= 5
    assert corpus_size.servers_refused >= 5
