"""Foreign text made safe and bounded: nothing raw reaches the terminal, nothing of any length fills the memory."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

BLOCK: Final = 1 << 16
MAXIMUM_LINE: Final = 4096
"""Bytes of one line that are looked at: the kernel cuts its own lines at about 1 KiB."""
DEFAULT_BYTES: Final = 256 << 20
DEFAULT_LINES: Final = 4_000_000

_EMPTY: Final = re.compile(rb"\n{3,}")
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move cursors, reorder text or show nothing."""


def printable(text: str, limit: int = 400) -> str:
    """Return ``text`` with every control, format and unassigned character as an escape, cut to ``limit`` characters."""
    cut = text[:limit]
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(_shown(character) for character in cut)[: 2 * limit]
    return cut + ("…" if len(text) > limit else "")


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return " " if character == "\t" else character.encode("unicode_escape", "surrogatepass").decode("ascii")


@dataclass(slots=True)
class Lines:
    """The lines of a binary stream, decoded, without their ends, within limits.

    A line longer than ``maximum_line`` bytes is cut (the rest of it is skipped); reading ends after ``maximum_bytes`` or
    ``maximum_lines``, and ``cut`` then says so. NUL bytes end a line too: journal exports and core files have them. Of many empty
    lines in a row, as a sparse file has them by the gigabyte, few are given.
    """

    stream: BinaryIO
    maximum_bytes: int = DEFAULT_BYTES
    maximum_lines: int = DEFAULT_LINES
    maximum_line: int = MAXIMUM_LINE
    bytes_read: int = field(default=0, init=False)
    lines_read: int = field(default=0, init=False)
    cut: str = field(default="", init=False)

    def __iter__(self) -> Iterator[str]:
        rest = b""
        skipping = False
        for block in self._blocks():
            if not block.strip(b"\0"):  # a hole of a sparse file
                block = b"\0"  # noqa: PLW2901 - it stands for the whole block
            pieces = _EMPTY.sub(b"\n\n", (rest + block).replace(b"\0", b"\n")).split(b"\n")
            rest = pieces.pop()
            for piece in pieces:
                if skipping:
                    skipping = False
                    continue
                yield self._decoded(piece)
                self.lines_read += 1
                if self.lines_read >= self.maximum_lines:
                    self.cut = f"stopped after {self.lines_read} lines"
                    return
            if len(rest) > self.maximum_line:
                if not skipping:
                    yield self._decoded(rest)
                    self.lines_read += 1
                rest, skipping = b"", True
        if rest and not skipping:
            yield self._decoded(rest)
            self.lines_read += 1

    def _blocks(self) -> Iterator[bytes]:
        while True:
            block = self.stream.read(min(BLOCK, self.maximum_bytes - self.bytes_read + 1))
            if not block:
                return
            self.bytes_read += len(block)
            if self.bytes_read > self.maximum_bytes:
                self.cut = f"stopped after {self.maximum_bytes} bytes"
                yield block[: self.maximum_bytes - self.bytes_read]
                return
            yield block

    def _decoded(self, line: bytes) -> str:
        return line[: self.maximum_line].rstrip(b"\r").decode("utf-8", "replace")
