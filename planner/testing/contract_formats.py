"""What holds for every format: text, the same each time, whatever it is given, and nothing in it that a reader would obey."""

import re
import unicodedata

from planner.plugin import FormatRecord
from planner.testing.samples import sample_documents

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of characters that move a cursor, turn text around, or are no text."""


def check(record: FormatRecord) -> None:
    """Assert what holds for a format.

    :raises AssertionError: with what is wrong.
    """
    assert _NAME.fullmatch(record.name), f"{record.name!r} cannot be written after -f"
    assert record.summary.strip(), f"{record.name}: no summary"
    assert record.suffix.startswith("."), f"{record.name}: suffix {record.suffix!r}"
    for name, document in sample_documents().items():
        where = f"{record.name} of the document {name!r}"
        text = record.render(document)
        assert isinstance(text, str), f"{where}: {type(text).__name__}, not text"
        assert text.endswith("\n"), f"{where}: does not end in a newline"
        assert text == record.render(document), f"{where}: differs from one time to the next"
        bad = {
            character for character in text if character not in "\n\t" and unicodedata.category(character) in _OBEYED
        }
        assert not bad, f"{where}: control characters {sorted(map(ascii, bad))}; see planner.report.text.clean"
