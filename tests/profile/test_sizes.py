import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.profile.sizes import MAXIMUM, format_size, parse_address, parse_size, quote


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (0, 0),
        (4096, 4096),
        ("4096", 4096),
        ("128M", 128 << 20),
        ("128MiB", 128 << 20),
        ("128 MiB", 128 << 20),
        ("128mb", 128 << 20),
        ("4 GiB", 4 << 30),
        ("4GB", 4 << 30),
        ("1k", 1024),
        ("4480 kB", 4480 * 1024),
        ("7b", 7),
        ("7 bytes", 7),
        ("1.5GiB", 3 << 29),
        ("0.5k", 512),
        ("1_000", 1000),
        ("0x1000", 4096),
        ("0x10M", 16 << 20),
        ("2T", 2 << 40),
        ("1P", 1 << 50),
        ("15E", 15 << 60),
        (MAXIMUM, MAXIMUM),
    ],
)
def test_sizes_as_people_write_them(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (-1, "negative"),
        ("-1M", "negative"),
        (MAXIMUM + 1, "64 bits"),
        ("16E", "64 bits"),
        ("", "not a size"),
        ("M", "not a size"),
        ("1Q", "not a size"),
        ("1 i", "not a size"),
        ("1ib", "not a size"),
        ("1 2", "not a size"),
        ("1,5M", "not a size"),
        ("1.3", "whole number of bytes"),
        ("0.1k", "whole number of bytes"),
        ("010M", "octal"),
        (True, "true or false, not a size"),
        (1.5, "a number with a fraction, not a size"),
        ([], "a list, not a size"),
        ("9" * 200, "not a size"),
        ("1\x1b[31mM", r"\\x1b"),
    ],
)
def test_what_is_no_size(text: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_size(text)


@given(st.integers(0, MAXIMUM))
def test_format_size_reads_back(size: int) -> None:
    assert parse_size(format_size(size)) == size


@given(st.integers(0, 2**40), st.sampled_from(["", "K", "M", "k", "m"]))
def test_reads_what_memparse_reads(number: int, unit: str) -> None:
    shift = {"": 0, "k": 10, "m": 20}[unit.lower()]
    assert parse_size(f"{number}{unit}") == number << shift
    assert parse_size(f"{number:#x}{unit}") == number << shift


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers()))
def test_anything_is_a_size_or_a_value_error(value: object) -> None:
    for parse in (parse_size, parse_address):
        try:
            assert 0 <= parse(value) <= MAXIMUM
        except ValueError as error:
            assert str(error).isprintable()  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize(
    ("text", "address"),
    [(0, 0), ("0xf77d1000", 0xF77D1000), ("f77d1000", 0xF77D1000), ("@F77D1000", 0xF77D1000), (2**64 - 1, 2**64 - 1)],
)
def test_addresses(text: object, address: int) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "0x", "xyz", "0x1" + "0" * 16, -1, 2**64, True, None, "(ptrval)"])
def test_what_is_no_address(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_address(text)


@given(st.text())
def test_quotes_are_safe_for_a_terminal(text: str) -> None:
    assert quote(text).isprintable()
