"""Ctrl-Z, for a program that has taken the terminal's other screen: the shell must get its own back first.

Theory of operation
-------------------
SIGTSTP may come in the middle of a drawing. So it is only noted, and whoever draws asks between two drawings, gives
the screen back, and calls :meth:`StopKey.stop`, which returns when the shell has somebody go on: with ``fg``, or with
``bg``, and then the terminal belongs to others until a later ``fg``. A system without job control never sends it.
"""

from __future__ import annotations

import signal
from types import FrameType

_SIGNAL: signal.Signals | None = getattr(signal, "SIGTSTP", None)


class StopKey:
    """Notes that somebody has typed Ctrl-Z."""

    def __init__(self) -> None:
        self.pressed = False
        self._listening = False

    def listen(self) -> None:
        """From here on, unless whoever started the program wants no job control."""
        if _SIGNAL is not None and signal.getsignal(_SIGNAL) is signal.SIG_DFL:
            self._listening = True
            signal.signal(_SIGNAL, self._note)

    def stop(self) -> None:
        """Stop, as Ctrl-Z does elsewhere; returns when somebody has us go on."""
        self.pressed = False
        if _SIGNAL is not None:
            signal.signal(_SIGNAL, signal.SIG_DFL)
            signal.raise_signal(_SIGNAL)
            signal.signal(_SIGNAL, self._note)

    def close(self) -> None:
        """Listen no more."""
        if self._listening and _SIGNAL is not None:
            signal.signal(_SIGNAL, signal.SIG_DFL)
            self._listening = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
