"""What is printed at the end of a test run."""

from __future__ import annotations

import pytest

from tests import confusion


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The confusion matrix, where the corpus was judged anyway."""
    if confusion.corpus.cache_info().currsize:
        terminalreporter.section("verdict against truth")
        for line in confusion.report():
            terminalreporter.line(line)
