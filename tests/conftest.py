"""What is printed at the end of a test run, be it in one process or spread over several (pytest-xdist)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import confusion

MATRIX = "confusion matrix"
_from_workers: list[list[str]] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands the matrix to the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None and confusion.corpus.cache_info().currsize:
        output[MATRIX] = list(confusion.report())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    lines = getattr(node, "workeroutput", {}).get(MATRIX)
    if lines:
        _from_workers.append(lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The confusion matrix, where the corpus was judged anyway."""
    lines = _from_workers[0] if _from_workers else []
    if confusion.corpus.cache_info().currsize:
        lines = list(confusion.report())
    if lines:
        terminalreporter.section("verdict against truth")
        for line in lines:
            terminalreporter.line(line)
