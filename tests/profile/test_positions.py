import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from planner.profile import positions
from planner.profile.positions import Path, Positions, TooMuchError

TEXT = '''\
# comment with [brackets] and "quotes"
schema = 1

[system]
name = "a # b" # c
"quoted key" = 'x'
text = """
[not.a.table]
key = 1 \\""" still
"""
raw = \'\'\'
[nor this]
\'\'\'
a.b . "c.d" = 2

  [ vmalloc . deep ]
x = { y = 1, z = [ { w = 2 }, { w = 3 } ] }

[[consumer]]
kind = "veth"
list = [
  1, # one ]
  "]",
  [2, 3],
]
[consumer.churn]
peak = 1
[[consumer]]
kind = "netns"
date = 1979-05-27 07:32:00
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("schema",), (2, 1)),
        (("system",), (4, 2)),
        (("system", "name"), (5, 1)),
        (("system", "quoted key"), (6, 1)),
        (("system", "text"), (7, 1)),
        (("system", "raw"), (11, 1)),
        (("system", "a", "b"), (14, 3)),
        (("system", "a", "b", "c.d"), (14, 7)),
        (("vmalloc",), (16, 5)),
        (("vmalloc", "deep"), (16, 15)),
        (("vmalloc", "deep", "x", "y"), (17, 7)),
        (("vmalloc", "deep", "x", "z", 1), (17, 31)),
        (("vmalloc", "deep", "x", "z", 1, "w"), (17, 33)),
        (("consumer", 0), (19, 3)),
        (("consumer", 0, "kind"), (20, 1)),
        (("consumer", 0, "churn"), (26, 11)),
        (("consumer", 0, "churn", "peak"), (27, 1)),
        (("consumer", 1, "kind"), (29, 1)),
        (("consumer", 1, "date"), (30, 1)),
        # nothing stands there: the nearest thing around it
        (("consumer", 1, "nothing", "inner"), (28, 3)),
        (("consumer", 0, "list", 2), (21, 1)),
    ],
)
def test_places(path: Path, place: tuple[int, int]) -> None:
    assert Positions(TEXT).of(path) == place


def test_nothing_at_all() -> None:
    assert Positions("").of(("a",)) is None
    assert Positions(TEXT).of(("nothing",)) is None
    assert Positions(TEXT).of(()) is None


def key_paths(data: object, path: Path = ()) -> set[Path]:
    """Every key's path in TOML data, array indexes included where tables stand in arrays."""
    if isinstance(data, dict):
        return {p for k, v in data.items() for p in ({(*path, k)} | key_paths(v, (*path, k)))}
    if isinstance(data, list):
        return {p for i, v in enumerate(data) for p in key_paths(v, (*path, i))}
    return set()


def named(found: Positions) -> set[Path]:
    return {path for path in found if isinstance(path[-1], str)}


def test_same_keys_as_tomli_here() -> None:
    assert named(Positions(TEXT)) == key_paths(tomli.loads(TEXT))


_space = st.sampled_from(["", " ", "\t", "  "])
_part = st.sampled_from(
    ["a", "b", "c-1", "0", "true", '"a"', "'b'", '"x.y"', "'[q]'", '"\\u0061b"', '"#"', '""', '"\\""', '"é"']
)
_key = st.builds(lambda parts, s: f"{s}.{s}".join(parts), st.lists(_part, min_size=1, max_size=3), _space)
_break = st.sampled_from(["", "\n", " # note ] } '\n", "\n\n  "])
_scalar = st.sampled_from(
    [
        "1",
        "-0x1F",
        "1_000.5e3",
        "inf",
        "true",
        '"s"',
        "'[l] # x'",
        '"a\\"b]"',
        '""',
        "''",
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00",
        "07:32:00",
        '"""a\n[b]\n"c" \\"""d\n"""',
        '""" "" """""',
        '""""x"""',
        "'''\n[a]\n'' b\\'''",
        "''''x'''''",
        '"""\\\\"""',
    ]
)


def _array(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda items, gap, comma: "[" + gap + ("," + gap).join(items) + (comma if items else "") + gap + "]",
        st.lists(inner, max_size=3),
        _break,
        st.sampled_from(["", ",", ", "]),
    )


def _inline(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(lambda k, s, v: f"{k}{s}={s}{v}", _key, _space, inner)
    return st.builds(lambda pairs, s: "{" + s + f"{s},{s}".join(pairs) + s + "}", st.lists(pair, max_size=3), _space)


_value = st.recursive(_scalar, lambda inner: _array(inner) | _inline(inner), max_leaves=6)
_line = st.one_of(
    st.builds(lambda s, k, v: f"{s}{k} = {v}{s}", _space, _key, _value),
    st.builds(lambda s, k: f"{s}[{s}{k}{s}]{s}# head", _space, _key),
    st.builds(lambda s, k: f"[[{s}{k}{s}]]", _space, _key),
    st.sampled_from(["", "# [x] = '", "   "]),
)
_ends = st.sampled_from(["\n", "\n\n"])


@given(st.lists(_line, max_size=8), _ends)
def test_same_keys_as_tomli_in_any_text(lines: list[str], end: str) -> None:
    # grown line by line, and what tomli refuses is left out: so texts stay long and stay TOML
    text, data = "", {}
    for line in lines:
        try:
            data = tomli.loads(text + line + end)
        except tomli.TOMLDecodeError:
            Positions(text + line + end)  # whatever it is, the scanner comes through
        else:
            text += line + end
    found = Positions(text)
    assert named(found) == key_paths(data)
    rows = text.split("\n")
    for path in found:
        line_number, column = found.of(path) or (0, 0)
        start = rows[line_number - 1][column - 1 :]
        if isinstance(path[-1], str):
            parsed = path[-1] if start.startswith(path[-1]) and path[-1] else _first_key(start)
            assert parsed == path[-1]


def _first_key(text: str) -> str:
    quoted = text[: text.index(text[0], 1) + 1] if text[1] != "\\" else text[: text.index('"', 3) + 1]
    return next(iter(tomli.loads(f"{quoted} = 1")))


_STRINGS = (
    '""""x"""',
    '"""x""""',
    '"""x"""""',
    '"""\\\\"""',
    "'''x''''",
    "'''x'''''",
    "'''\\'''",
    '"\\\\"',
    "'\\'",
    '""',
    "''",
    '""""""',
)


@pytest.mark.parametrize("value", _STRINGS)
def test_what_follows_a_string_is_found(value: str) -> None:
    text = f"a = {value}\nb = [{value}, {{c = {value}}}]\nd = 1\n"
    assert named(Positions(text)) == key_paths(tomli.loads(text))


@given(st.text(alphabet="[]{}\"'=.,#\n\t \\abc01é\x00", max_size=60))
def test_any_text_is_scanned(text: str) -> None:
    Positions(text)


@given(st.text(max_size=60))
def test_any_unicode_is_scanned(text: str) -> None:
    Positions(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 100_000,
        "a." * 100_000 + "b = 1",
        "[" + "a." * 100_000 + "b]",
        "[a" * 100_000,
    ],
)
def test_nesting_is_bounded(text: str) -> None:
    try:
        Positions(text)
    except TooMuchError as error:
        assert "nested deeper" in str(error)  # noqa: PT017 - the last text is not nested, it is no TOML


def test_the_number_of_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "MAXIMUM_KEYS", 100)
    Positions("\n".join(f"k{n} = 1" for n in range(100)))
    with pytest.raises(TooMuchError, match="more than 100 keys"):
        Positions("\n".join(f"k{n} = 1" for n in range(101)))


def test_the_number_of_values_and_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "MAXIMUM_VALUES", 100)
    monkeypatch.setattr(positions, "MAXIMUM_LINES", 100)
    Positions("x = [" + "1," * 90 + "]\n")
    for text in ("x = [" + "1," * 101 + "]", "x = [" + "[1,2]," * 60 + "]", "x = [" + "{}," * 101 + "]"):
        with pytest.raises(TooMuchError, match="more than 100 values in lists"):
            Positions(text)
    with pytest.raises(TooMuchError, match="more than 100 lines"):
        Positions("\n" * 101)
