"""How far a long run is and when it will end, on standard error: one line that changes on a terminal, else a line now and then."""

import contextlib
import gc
import sys
import time
from typing import Final

from planner.cli.failures import UsageError

_PATIENCE: Final = 1.0
"""Seconds before anything is said."""
_TERMINAL_EVERY: Final = 0.2
_FILE_EVERY: Final = 10.0


_OBJECTS_PER_COLLECTION: Final = 700
"""Python's own. A machine that was filled is a knot of chunks that only the collector unties."""


def long_run() -> None:
    """Make memory depend on one point and not on how many there are: a short run's collector hardly ever comes round.

    Worker processes that are forked inherit it.
    """
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


class Progress:
    """``total`` things, ``start`` of them done before; ``when`` is auto (on a terminal), always or never.

    :raises UsageError: ``when`` is another word.
    """

    def __init__(self, total: int, noun: str, *, start: int = 0, when: str = "auto") -> None:
        if when not in {"auto", "always", "never"}:
            raise UsageError("--progress is auto, always or never")
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._shown = when == "always" or (when == "auto" and self._terminal)
        self._total, self._noun, self._start, self.done = total, noun, start, start
        self._began = time.monotonic()
        self._last = self._began + _PATIENCE - (_TERMINAL_EVERY if self._terminal else _FILE_EVERY)
        self._width = 0

    def advance(self, number: int) -> None:
        """Count ``number`` more, and say so where it is time to."""
        self.done += number
        now = time.monotonic()
        every = _TERMINAL_EVERY if self._terminal else _FILE_EVERY
        if self._shown and now - self._last >= every:
            self._last = now
            self._say(self.line(now - self._began))

    def line(self, seconds: float) -> str:
        """Return what there is to say ``seconds`` after the beginning."""
        fresh = self.done - self._start
        rate = fresh / seconds if seconds > 0 else 0.0
        left = _clock((self._total - self.done) / rate) if rate else "unknown"
        share = 100 * self.done // self._total if self._total else 100
        return f"{self.done:,} of {self._total:,} {self._noun} ({share} %), {rate:.3g}/s, {left} left"

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._terminal:
                sys.stderr.write("\r" + text.ljust(self._width))
                self._width = len(text)
            else:
                sys.stderr.write(f"planner: {text}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Clear the line on a terminal."""
        if self._terminal and self._width:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write("\r" + " " * self._width + "\r")
                sys.stderr.flush()


def _clock(seconds: float) -> str:
    if seconds >= 100 * 3600:
        return f"{seconds / 86400:.0f} days"
    minutes, rest = divmod(int(seconds) + 1, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
