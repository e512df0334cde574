"""Exit codes, and errors as one sentence with what to try."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from analyzer.errors import CertwhyError, InputUnreadableError, UsageError

OK, FAILED_LOGIN, USAGE, BAD_INPUT = 0, 1, 2, 3
"""No verdict of severity failure; at least one; the command line is wrong; an input is missing or damaged."""


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an error that the caller can act on into one sentence and the right exit code."""
    try:
        yield
    except CertwhyError as error:
        from analyzer.render.safe import safe_text

        print(f"certwhy: {safe_text(error.sentence)}", file=sys.stderr)
        if error.try_this:
            print(f"Try: {safe_text(error.try_this)}", file=sys.stderr)
        sys.exit(_code(error))
    except BrokenPipeError:
        # who reads our output has gone: nothing to say, and nothing to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except KeyboardInterrupt:
        sys.exit(130)


def _code(error: CertwhyError) -> int:
    if isinstance(error, InputUnreadableError):
        return BAD_INPUT
    return USAGE if isinstance(error, UsageError) else FAILED_LOGIN
