"""Layout of structures by the rules of the ABI, with ctypes (this machine's own) as the judge."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_consumers.layout import Kernel, names_of, options_of, unreadable
from planner_consumers.options import Abi

NATIVE = {
    "u8": ctypes.c_uint8,
    "u16": ctypes.c_uint16,
    "u32": ctypes.c_uint32,
    "u64": ctypes.c_uint64,
    "long": ctypes.c_size_t,
    "ptr": ctypes.c_void_p,
}
ABI = Abi(word=ctypes.sizeof(ctypes.c_void_p), wide=ctypes.alignment(ctypes.c_uint64), line=64)
KNOWN = {"lock": "u32 DEBUG?ptr", "list": "2*ptr", "work": "long list ptr"}


def _measure(line, *options, abi=ABI):
    return Kernel(abi=abi, enabled=options.__contains__, text=KNOWN.__getitem__).measure(line)


MEMBERS = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(sorted(NATIVE))), min_size=1, max_size=12)


def _native(members, inner=()):
    fields = [(f"m{number}", NATIVE[name] * count) for number, (count, name) in enumerate(members)]
    if inner:
        fields.insert(len(fields) // 2, ("inner", _native(inner)))
    return type("Native", (ctypes.Structure,), {"_fields_": fields})


def _written(members):
    return [f"{count}*{name}" for count, name in members]


@given(MEMBERS)
def test_members_lie_where_the_compiler_puts_them(members):
    native = _native(members)
    assert _measure(" ".join(_written(members))) == (ctypes.sizeof(native), ctypes.alignment(native))


@given(MEMBERS, MEMBERS)
def test_structures_nest(members, inner):
    native = _native(members, inner)
    words = _written(members)
    words.insert(len(words) // 2, f"({' '.join(_written(inner))})")
    assert _measure(" ".join(words)) == (ctypes.sizeof(native), ctypes.alignment(native))


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        ("", (), (0, 1)),
        ("lock", (), (4, 4)),
        ("lock", ("DEBUG",), (16, 8)),
        ("DEBUG?u64 u8", (), (1, 1)),
        ("!DEBUG?u64 u8", ("DEBUG",), (1, 1)),
        ("DEBUG?(u64 u8) u8", (), (1, 1)),
        ("DEBUG?(u64 u8) u8", ("DEBUG",), (24, 8)),
        ("3*work", (), (96, 8)),
        ("u8 =16", (), (16, 16)),
        ("u8 =line", (), (64, 64)),
        ("u8 DEBUG?=32", (), (1, 1)),
        ("u8 DEBUG?=32", ("DEBUG",), (32, 32)),
        ("u8 @u8", (), (128, 64)),  # the second member begins a line and brings its alignment
        ("u8 @u8 u8", (), (128, 64)),  # but does not fill it
        ("u8 @(u8 =line) u8", (), (192, 64)),  # a structure that is itself aligned does
    ],
)
def test_notation(line, options, expected):
    assert _measure(line, *options) == expected


def test_the_abi_decides_about_words_and_wide_integers():
    line = "ptr u64 u8"
    assert _measure(line, abi=Abi(8, 8, 64)) == (24, 8)
    assert _measure(line, abi=Abi(4, 4, 64)) == (16, 4)
    assert _measure(line, abi=Abi(4, 8, 64)) == (24, 8)
    assert _measure(line, abi=Abi(4, 2, 64)) == (16, 4)


def test_what_a_line_speaks_of():
    line = "2*ptr DEBUG?lock !FAST?(list 3*u32) =line"
    assert set(names_of(line)) == {"lock", "list"}
    assert set(options_of(line)) == {"DEBUG", "FAST"}
    assert unreadable(line) == ""
    assert unreadable("2*ptr, u8;") == ", ;"


def test_a_structure_that_nobody_knows_has_no_size():
    with pytest.raises(KeyError):
        _measure("ptr mutex")
