"""Exit codes, and errors as one sentence with what to try."""

from __future__ import annotations

import io
import sys
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from analyzer.errors import CaptureError, CertwhyError, InputUnreadableError

OK, FAILED_LOGIN, USAGE, BAD_INPUT = 0, 1, 2, 3
"""No verdict of severity failure; at least one; the command line is wrong; an input is missing or damaged."""
BAD_RULE = 1
"""``certwhy rules check`` found a mistake."""
BUG = 70
"""Our own mistake, told apart from a failed login (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130
"""128 + SIGINT: stopped before there was anything to report."""

MOST_HELD, LONGEST_HELD = 100, 10_000
"""Lines, and characters of each."""


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


class HeldErrors(io.TextIOBase):
    """Standard error while a screen is drawn that would paint over it: its latest lines, until they can be read."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_HELD)
        self._begun = ""
        self._real: TextIO | None = None

    def hold(self) -> None:
        """From here on."""
        self._real, sys.stderr = sys.stderr, cast(TextIO, self)

    def release(self) -> None:
        """Write what has come."""
        if self._real is None:
            return
        sys.stderr, self._real = self._real, None
        sys.stderr.write("".join([*self._lines, self._begun]))
        sys.stderr.flush()
        self._lines.clear()
        self._begun = ""

    def write(self, text: str) -> int:
        """See :class:`io.TextIOBase`."""
        *lines, begun = (self._begun + text).splitlines(keepends=True) or [""]
        if begun.endswith("\n"):
            lines, begun = [*lines, begun], ""
        self._lines.extend(line if len(line) <= LONGEST_HELD else f"{line[:LONGEST_HELD]}\n" for line in lines)
        self._begun = begun[-LONGEST_HELD:]
        return len(text)

    def writable(self) -> bool:
        """See :class:`io.TextIOBase`."""
        return True
