from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from planner.profile import load_text
from planner.profile.tables import TOP_LEVEL
from planner.profile.write import edit, render
from tests.profile.plugins import Plugins

DATA: dict[str, Any] = {
    "state": {"chunk": [{"kind": "first", "areas": [[0, 8], [8, 16]]}, {"base": 2**64 - 4096}]},
    "basis": {"default": "captured", "vmalloc.used": "calibrated"},
    "schema": 1,
    "system": {"name": "tab\there", "arch": "x86_64", "kernel": "6.12", "page_size": None},
    "cpus": {"possible": "0-3"},
    "vmalloc": {
        "start": 0xFFFFC90000000000,
        "area": [{"start": "0xffffc90000000000", "size": 4096, "caller": "a\x1bb".replace("\x1b", "?")}],
    },
    "numa": {"nodes": ["0-1", "2-3"], "distances": [[10, 20], [20, 10]]},
    "percpu": {"boot_log": ["x" * 80, "pcpu-alloc: s1 r2 d3 u4 alloc=1*2"]},
    "structs": {"pool_workqueue": {"size": 256, "align": 256}},
    "consumer": [{"kind": "veth", "name": "a.b", "count": 3, "churn": {"peak": 5}}],
    "gate": {"headroom": {"level": "warn", "min": "20%"}},
}
COMMENTS = {
    "system": "the machine",
    "system.kernel": "uname -r",
    "consumer[0]": "counted",
    "consumer[0].count": "ip -d link\nsecond \x1b line",
    "vmalloc.area[0]": "first",
}


def without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return hex(value) if isinstance(value, int) and value > 2**63 - 1 else value


def test_render() -> None:
    text = render(DATA, COMMENTS, header="A machine\n\ncaptured \x07 today")
    assert text.startswith("# A machine\n#\n# captured   today\n\nschema = 1\n")
    assert tomli.loads(text) == without_none(DATA)
    lines = text.split("\n")
    assert "[system] # the machine" in lines
    assert 'kernel = "6.12" # uname -r' in lines
    assert "count = 3 # ip -d link second   line" in lines
    assert "[[consumer]] # counted" in lines
    assert '"vmalloc.used" = "calibrated"' in lines
    assert "pool_workqueue = {size = 256, align = 256}" in lines
    assert text.index("[system]") < text.index("[cpus]") < text.index("[[consumer]]") < text.index("[[state.chunk]]")
    assert all(len(line) <= 120 for line in lines)


def test_what_is_rendered_loads() -> None:
    data = {
        **DATA,
        "percpu": {"static": 4096},
        "vmalloc": {"used": "1MiB"},
        "system": {"arch": "x86_64", "kernel": "6.12"},
    }
    profile = load_text(render(data), Plugins())
    assert profile.basis_of("vmalloc.used") == "calibrated"
    assert profile.consumers[0].name == "a.b"
    assert profile.state is not None
    assert profile.state.chunks[1].base == 2**64 - 4096


def test_rendering_refuses_what_is_no_profile() -> None:
    with pytest.raises(ValueError, match="not tables of a profile: 'sytem'"):
        render({"sytem": {}})
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ValueError, match="too deeply"):
        render({"schema": deep})


def test_edit_keeps_everything_else() -> None:
    text = render(DATA, COMMENTS, header="A machine")
    changed = edit(
        text,
        {"vmalloc.used": "18MiB", 'basis."vmalloc.used"': "declared", "consumer.a.b.count": 7, "memory.ram": "4GiB"},
        {"vmalloc.used": "solved for"},
    )
    before, after = tomli.loads(text), tomli.loads(changed)
    assert after["vmalloc"]["used"] == "18MiB"
    assert after["basis"]["vmalloc.used"] == "declared"
    assert after["consumer"][0]["count"] == 7
    assert after["memory"] == {"ram": "4GiB"}
    touched = ("vmalloc", "basis", "consumer", "memory")
    assert {key: value for key, value in after.items() if key not in touched} == {
        key: value for key, value in before.items() if key not in touched
    }
    assert 'used = "18MiB" # solved for' in changed
    assert 'kernel = "6.12" # uname -r' in changed
    assert changed.startswith("# A machine\n")
    assert "count = 7 # ip -d link second   line" in changed


def test_edit_of_a_file_by_hand() -> None:
    text = "# mine\n[system]   # here\narch='x86_64' # yes\n\n[vmalloc]\n\n[[vmalloc.area]]\nstart = 1\nsize = 1\n"
    changed = edit(text, {"vmalloc.used": 5, "system.kernel": "6.1"})
    assert tomli.loads(changed)["vmalloc"] == {"used": 5, "area": [{"start": 1, "size": 1}]}
    assert changed.startswith("# mine\n[system]   # here\narch='x86_64' # yes\n")


_names = st.text(min_size=1, max_size=6)
_scalars = st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=12) | st.floats(allow_nan=False)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)
_profiles = st.dictionaries(st.sampled_from(TOP_LEVEL), _values, max_size=5)


@given(_profiles, st.text(max_size=30))
def test_any_data_is_read_back(data: dict[str, Any], header: str) -> None:
    text = render(data, header=header)
    assert tomli.loads(text) == without_none(data)
