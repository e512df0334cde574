"""Exit codes, and errors as one sentence with what to try."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from analyzer.errors import CaptureError, CertwhyError, InputUnreadableError

OK, FAILED_LOGIN, USAGE, BAD_INPUT = 0, 1, 2, 3
"""No verdict of severity failure; at least one; the command line is wrong; an input is missing or damaged."""
BAD_RULE = 1
"""``certwhy rules check`` found a mistake."""
BUG = 70
"""Our own mistake, told apart from a failed login (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130
"""128 + SIGINT: stopped before there was anything to report."""


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an error that the caller can act on into one sentence and the right exit code."""
    try:
        yield
    except CertwhyError as error:
        complain(error.sentence, error.try_this)
        sys.exit(BAD_INPUT if isinstance(error, InputUnreadableError | CaptureError) else USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:
        traceback.print_exc()
        complain("This is a mistake in certwhy, not in the capture.", "Report the lines above, with the command.")
        sys.exit(BUG)


def complain(sentence: str, try_this: str = "") -> None:
    """One line on standard error, one more for what to try."""
    from analyzer.render.safe import safe_text

    print(f"certwhy: {safe_text(sentence)}", file=sys.stderr)
    if try_this:
        print(f"Try: {safe_text(try_this)}", file=sys.stderr)
