"""Whatever is given, a profile or one clear error comes of it."""

from pathlib import Path
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.profile import Profile, ProfileError, load, load_text
from planner.profile.check import keys_of
from planner.profile.tables import SECTIONS, TOP_LEVEL, ConsumerTable, GateTable
from tests.profile.plugins import Plugins
from tests.profile.test_messages import WRONG
from tests.profile.test_profile import WHOLE

PLUGINS = Plugins()


def clear(text: str) -> None:
    try:
        profile = load_text(text, PLUGINS, label="p.toml")
    except ProfileError as error:
        assert error.problems  # noqa: PT017 - both outcomes are right
        assert all(line.isprintable() for line in str(error).split("\n"))  # noqa: PT017 - as above
    else:
        assert isinstance(profile, Profile)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    clear(text)


@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes, tmp_path_factory: Any) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "fuzz.toml"
    path.write_bytes(data)
    try:
        load(str(path), PLUGINS)
    except ProfileError as error:
        assert all(line.isprintable() for line in str(error).split("\n"))  # noqa: PT017 - nothing else may be raised


TEXTS = [WHOLE, *WRONG.values()]


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A profile with some piece of it cut out, doubled, or replaced by a piece of another."""
    text, other = draw(st.sampled_from(TEXTS)), draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        end = draw(st.integers(start, min(len(text), start + 60)))
        begin = draw(st.integers(0, max(0, len(other) - 1)))
        piece = draw(
            st.sampled_from(
                ["", text[start:end] * 2, other[begin : begin + 40], "\n", '"', "[[", "-", "9" * 30, "\x1b"]
            )
        )
        text = text[:start] + piece + text[end:]
    return text


@given(_damaged())
@settings(max_examples=200)
def test_damaged_profiles(text: str) -> None:
    clear(text)


_scalars = (
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["veth", "x86", "6.12", "0-3", "4GiB", "10/h", "1ms", "captured", "random", "first", "P", "20%", "\x1b[2J"]
    )
    | st.datetimes()
    | st.dates()
    | st.times()
)
_keys = st.sampled_from(
    sorted(
        {key for table in (*SECTIONS.values(), ConsumerTable, GateTable) for key in keys_of(table)}
        | {"low", "mid", "high", "veth", "pod", "headroom", "preset", "peak", "queues", "areas", "0", "1", "x"}
    )
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=10
)
_documents = st.dictionaries(
    st.sampled_from(TOP_LEVEL), _values | st.dictionaries(_keys, _values, max_size=5), max_size=8
)
_base = {"system": {"arch": "x86_64", "kernel": "6.12"}, "cpus": {"possible": 2}}


@given(_documents, st.booleans())
@settings(max_examples=300)
def test_any_toml_with_the_right_keys(document: dict[str, Any], with_base: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    clear(tomlkit.dumps({**(_base if with_base else {}), **document}))
