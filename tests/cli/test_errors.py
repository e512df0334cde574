"""Standard error is held while a screen is drawn, and then written."""

from __future__ import annotations

import sys

import pytest

from analyzer.cli.errors import LONGEST_HELD, MOST_HELD, HeldErrors, complain


def test_what_is_said_while_a_screen_is_drawn_is_written_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    real, held = sys.stderr, HeldErrors()
    for _ in range(2):
        held.hold()
        complain("The disk is full.")
        sys.stderr.write("begun")
        assert capsys.readouterr().err == ""
        held.release()
        assert sys.stderr is real
        assert capsys.readouterr().err == "certwhy: The disk is full.\nbegun"
    held.release()
    assert capsys.readouterr().err == ""


def test_only_so_much_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    held = HeldErrors()
    held.hold()
    for number in range(MOST_HELD + 50):
        print(number, file=sys.stderr)
    for _ in range(100):
        sys.stderr.write("x" * LONGEST_HELD)
    held.release()
    *lines, last = capsys.readouterr().err.splitlines()
    assert lines == [str(number) for number in range(50, MOST_HELD + 50)]
    assert last == "x" * LONGEST_HELD
    held.hold()
    print("y" * 2 * LONGEST_HELD, file=sys.stderr)
    held.release()
    assert capsys.readouterr().err == "y" * LONGEST_HELD + "\n"
