"""Every format on every sample: golden text, determinism, and nothing that a reader would obey."""

import hashlib
import unicodedata

import pytest

from planner.plugin.manager import PluginManager
from tests.report_samples import DOCUMENTS

FORMATS = PluginManager(entry_points=()).formats()
NAMES = ("csv", "github", "gitlab", "json", "junit", "markdown", "openmetrics", "sarif", "table")


def test_the_built_in_formats_are_all_there():
    assert set(NAMES) <= set(FORMATS)


SHORT = [
    (name, document) for name in NAMES for document in DOCUMENTS if name != "json" or document in {"nothing", "problem"}
]
"""The JSON form has tests of its own and is long."""


@pytest.mark.parametrize(("name", "document"), SHORT)
def test_golden(name, document, snapshot, monkeypatch):
    monkeypatch.setattr("planner.report.model.model_data", lambda: "0123456789ab")  # it changes with the model
    assert FORMATS[name].render(DOCUMENTS[document]) == snapshot


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_text_ends_in_a_newline_is_printable_and_repeats(name, document):
    text = FORMATS[name].render(DOCUMENTS[document])
    assert text.endswith("\n")
    text.encode("utf-8")
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert not bad, f"control characters {bad!r}"
    again = FORMATS[name].render(DOCUMENTS[document])
    assert hashlib.sha256(text.encode()).digest() == hashlib.sha256(again.encode()).digest()
