"""Where each key of a TOML text stands. tomli gives values without positions; this scanner gives positions without values.

The scanner reads structure only (keys, headers, brackets, strings) and never judges: text that is not TOML ends the scan, and
tomli then says what is wrong. It runs before tomli, and bounds nesting and the number of keys for both.
"""

import bisect
import re
from collections.abc import Iterator

import tomli

Path = tuple[str | int, ...]
"""A key's path; numbers index arrays of tables."""

MAXIMUM_DEPTH = 32
MAXIMUM_KEYS = 300_000
MAXIMUM_VALUES = 1_000_000
"""Entries of all lists together."""

MAXIMUM_LINES = 1_000_000

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*+"|'[^'\n]*'""")
_LONG = re.compile(r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|\'\'\'(?:[^']|'{1,2}(?!'))*+'{3,5}''', re.DOTALL)
_FLAT = re.compile(r"""\[[^\[\]{}"'#]*+\]""")
_SCALAR = re.compile(r"[^,\]}\n#]+")


class TooMuchError(ValueError):
    """The text is nested deeper, or holds more keys, values or lines, than the limits here; ``offset`` says where."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


class _NotTomlError(Exception):
    """The scan ends here; tomli will say why."""


class Positions:
    """Positions of a text's keys."""

    def __init__(self, text: str) -> None:
        """Scan ``text``.

        :raises TooMuchError: it is nested too deeply or holds too many keys.
        """
        if text.count("\n") > MAXIMUM_LINES:
            raise TooMuchError(f"has more than {MAXIMUM_LINES} lines", 0)
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._offsets = _Scanner(text).scan()

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset into the text, both from 1."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def of(self, path: Path) -> tuple[int, int] | None:
        """Return line and column of a key, or of the nearest table around it that the text names."""
        for length in range(len(path), 0, -1):
            offset = self._offsets.get(path[:length])
            if offset is not None:
                return self.place(offset)
        return None

    def __contains__(self, path: Path) -> bool:
        return path in self._offsets

    def __iter__(self) -> Iterator[Path]:
        return iter(self._offsets)

    def __len__(self) -> int:
        return len(self._offsets)


class _Scanner:
    """One pass over a text. ``found`` maps each path to the offset where it is first named."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}  # arrays of tables: entries so far
        self.values = 0  # entries of lists so far

    def scan(self) -> dict[Path, int]:
        """Return the offsets of all keys up to the end, or up to the first thing that is not TOML."""
        table: Path = ()
        try:
            position = self._skip(_BLANK, 0)
            while position < len(self.text):
                if self.text[position] == "[":
                    position, table = self._header(position)
                else:
                    position = self._pair(position, table, 0)
                position = self._skip(_BLANK, position)
        except (_NotTomlError, IndexError):
            pass
        return self.found

    def _skip(self, pattern: "re.Pattern[str]", position: int) -> int:
        match = pattern.match(self.text, position)
        return match.end() if match else position

    def _match(self, pattern: "re.Pattern[str]", position: int) -> "re.Match[str]":
        match = pattern.match(self.text, position)
        if match is None:
            raise _NotTomlError
        return match

    def _note(self, path: Path, offset: int) -> None:
        if path not in self.found:
            if len(self.found) >= MAXIMUM_KEYS:
                raise TooMuchError(f"holds more than {MAXIMUM_KEYS} keys", offset)
            if len(path) > MAXIMUM_DEPTH:
                raise TooMuchError(f"is nested deeper than {MAXIMUM_DEPTH} tables", offset)
            self.found[path] = offset

    def _key(self, position: int) -> tuple[int, list[tuple[str, int]]]:
        """Read a dotted key; return the position behind it, and its parts with their offsets."""
        parts: list[tuple[str, int]] = []
        while True:
            match = _BARE.match(self.text, position)
            if match:
                parts.append((match[0], position))
            else:
                match = self._match(_QUOTED, position)
                parts.append((_unquote(match[0]), position))
            if len(parts) > MAXIMUM_DEPTH:
                raise TooMuchError(f"is nested deeper than {MAXIMUM_DEPTH} tables", position)
            position = self._skip(_SPACE, match.end())
            if self.text[position : position + 1] != ".":
                return position, parts
            position = self._skip(_SPACE, position + 1)

    def _header(self, position: int) -> tuple[int, Path]:
        brackets = 2 if self.text.startswith("[[", position) else 1
        position, parts = self._key(self._skip(_SPACE, position + brackets))
        if not self.text.startswith("]" * brackets, position):
            raise _NotTomlError
        table: Path = ()
        for index, (part, offset) in enumerate(parts):
            table = (*table, part)
            self._note(table, offset)
            if brackets == 2 and index == len(parts) - 1:
                self.lengths[table] = self.lengths.get(table, 0) + 1
            if table in self.lengths:
                table = (*table, self.lengths[table] - 1)
                self._note(table, offset)
        return position + brackets, table

    def _pair(self, position: int, table: Path, depth: int) -> int:
        """Read ``key = value`` and return the position behind it."""
        position, parts = self._key(position)
        if self.text[position] != "=":
            raise _NotTomlError
        path = table
        for part, offset in parts:
            path = (*path, part)
            self._note(path, offset)
        return self._value(self._skip(_SPACE, position + 1), path, depth)

    def _value(self, position: int, path: Path, depth: int) -> int:
        """Skip a value, noting the keys inside it, and return the position behind it."""
        if depth > MAXIMUM_DEPTH:
            raise TooMuchError(f"is nested deeper than {MAXIMUM_DEPTH} brackets", position)
        first = self.text[position]
        if first == "[":
            flat = _FLAT.match(
                self.text, position
            )  # a list of numbers holds no key, and there may be very many of them
            if flat is not None:
                self._count(self.text.count(",", position, flat.end()) + 1, position)
                return flat.end()
            return self._array(position + 1, path, depth + 1)
        if first == "{":
            return self._inline_table(position + 1, path, depth + 1)
        if first in "\"'":
            pattern = _LONG if self.text.startswith(first * 3, position) else _QUOTED
            return self._match(pattern, position).end()
        return self._match(_SCALAR, position).end()

    def _array(self, position: int, path: Path, depth: int) -> int:
        index = 0
        while True:
            position = self._skip(_BLANK, position)
            character = self.text[position]
            if character == "]":
                return position + 1
            if character == ",":
                index += 1
                position += 1
                self._count(1, position)
                continue
            element = (*path, index)
            if character == "{":
                self._note(element, position)
            position = self._value(position, element, depth)

    def _count(self, entries: int, position: int) -> None:
        self.values += entries
        if self.values > MAXIMUM_VALUES:
            raise TooMuchError(f"holds more than {MAXIMUM_VALUES} values in lists", position)

    def _inline_table(self, position: int, path: Path, depth: int) -> int:
        while True:
            position = self._skip(_BLANK, position)
            character = self.text[position]
            if character == "}":
                return position + 1
            position = position + 1 if character == "," else self._pair(position, path, depth)


def _unquote(text: str) -> str:
    """Return the key that a quoted key stands for."""
    if "\\" not in text or text[0] == "'":
        return text[1:-1]
    try:
        value = tomli.loads(f"key = {text}")["key"]
    except tomli.TOMLDecodeError as error:
        raise _NotTomlError from error
    return str(value)
