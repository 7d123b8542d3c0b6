import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.report.text import clean, percent_text, plural, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1025, "1.0 KiB"),
        (53248, "52 KiB"),
        (31616, "30.8 KiB"),
        (1024 * 1024 - 1, "1,023 KiB"),
        (1 << 20, "1 MiB"),
        (-1536, "-1.5 KiB"),
        (5 << 60, "5 EiB"),
        (5 << 70, "5,120 EiB"),
    ],
)
def test_sizes(size, text):
    assert size_text(size) == text


@given(st.integers(0, 1 << 64))
def test_a_size_never_reads_as_more_than_it_is(size):
    number, unit = size_text(size).replace(",", "").split()
    power = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].index(unit)
    assert int(float(number) * 10) * 1024**power <= size * 10 + 9


@pytest.mark.parametrize(
    ("share", "text"), [(1, "100.0 %"), (0.99999, "99.9 %"), (0.3, "30.0 %"), (-0.034, "-3.4 %"), (0, "0.0 %")]
)
def test_percent(share, text):
    assert percent_text(share) == text


def test_plural():
    assert (plural(1, "unit"), plural(2000, "unit")) == ("1 unit", "2,000 units")


@given(st.text(max_size=200))
def test_clean_text_is_one_printable_line(text):
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    assert shown.isprintable()
    shown.encode()


def test_clean_keeps_words_and_cuts():
    assert clean("Zürich 日本") == "Zürich 日本"
    assert clean("x" * 10, limit=4) == "xxxx..."
    assert clean("\x1b[31m\u202e") == "\\x1b[31m\\u202e"
