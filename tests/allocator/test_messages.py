"""Messages are printed as each version prints them, and recognised again."""

import gzip
import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator import messages
from planner.allocator.gfp import mode_text, vzalloc_mode
from planner.allocator.kernel_failures import REASONS
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.messages import CATALOGUE, failure_lines, recognise, strip_prefix, vmalloc_failure_lines

NEWEST = KernelVersion.parse("6.18")
EXAMPLES = {
    "d": 4711,
    "x": 0xC0FFEE,
    "p": "c0ffee00",
    "w": "word",
    "m": "0xcc0(GFP_KERNEL)",
    "t": "NUMA: PERCPU: ",
    "s": "a few words",
}
LOCATION = "nodemask=(null),cpuset=/,mems_allowed=0"
KEY_LINES = Path(__file__).parents[1] / "real" / "data" / "exhaustion.jsonl.gz"


def every_wording():
    for message in CATALOGUE:
        for wording, era in message.eras():
            yield pytest.param(message, wording, id=f"{message.key}-{era.since}")


@pytest.mark.parametrize(("message", "wording"), [*every_wording()])
def test_round_trip(message, wording):
    values = {
        name: EXAMPLES[kind or "s"]
        for _text, name, kind, _conversion in string.Formatter().parse(wording.template)
        if name
    }
    line = wording.format(values)
    for dress in (
        "",
        "[    0.000000] ",
        "[12345.678901][  T123] ",
        "<4>[    1.500000] ",
        "Jun 19 11:06:09 castle kernel: [45601.02] ",
    ):
        found = recognise(dress + line)
        assert found is not None, line
        assert found.message is message
        assert found.values == values


@pytest.mark.parametrize("message", CATALOGUE, ids=lambda message: message.key)
def test_tables_are_whole(message):
    """Every message says what it means, newest first, with a source, from 2.6.30 on."""
    assert message.meaning.endswith(".")
    history = message.wordings.history
    assert [line.first for line in history] == sorted((line.first for line in history), reverse=True)
    assert history[-1].version == "2.6.30"
    assert all(line.source for line in history)
    assert any(wording for wording, _era in message.eras())


def test_keys_are_unique():
    assert len({message.key for message in CATALOGUE}) == len(CATALOGUE)
    assert messages.message("embedded") is CATALOGUE[0]
    with pytest.raises(KeyError):
        messages.message("nothing")


def test_real_failure_lines_are_recognised():
    """Every line that real kernels logged about a failure, in 30 runs to it."""
    with gzip.open(KEY_LINES, "rt") as file:
        records = [json.loads(line) for line in file]
    lines = {line for record in records for step in record["steps"] for line in step["lines"]}
    assert len(lines) > 5
    assert {line for line in lines if recognise(line) is None} == set()


@pytest.mark.parametrize(
    ("version", "atomic", "expected"),
    [
        ("2.6.31", False, ()),
        ("2.6.32", False, ("PERCPU: allocation failed, size=256 align=256, failed to populate",)),
        ("3.2.0-51-generic", False, ("PERCPU: allocation failed, size=256 align=256, failed to populate",)),
        ("3.18", False, ("PERCPU: allocation failed, size=256 align=256 atomic=0, failed to populate",)),
        ("3.18", True, ()),
        ("4.6", False, ("percpu: allocation failed, size=256 align=256 atomic=0, failed to populate",)),
        ("6.5", True, ()),
        ("6.6", True, ("percpu: allocation failed, size=256 align=256 atomic=1, failed to populate",)),
    ],
)
def test_failure_by_version(version, atomic, expected):
    parsed = KernelVersion.parse(version)
    assert failure_lines(parsed, size=256, align=256, reason="failed to populate", atomic=atomic) == expected


@pytest.mark.parametrize(("version", "silent"), [("4.13", False), ("4.14", True)])
def test_nowarn_by_version(version, silent):
    lines = failure_lines(KernelVersion.parse(version), size=8, align=8, reason="failed to populate", nowarn=True)
    assert (lines == ()) is silent


@pytest.mark.parametrize(("version", "prefix"), [("4.5", "PERCPU"), ("4.6", "percpu")])
def test_ten_failures_are_printed(version, prefix):
    parsed = KernelVersion.parse(version)
    printed = [failure_lines(parsed, size=8, align=8, reason="failed to populate", printed=n) for n in range(12)]
    assert [len(lines) for lines in printed] == [1] * 9 + [2, 0, 0]
    assert printed[9][1] == f"{prefix}: limit reached, disable warning"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "3.10",
            (
                "vmap allocation for size 139264 failed: use vmalloc=<size> to increase size.",
                "vmalloc: allocation failure: 135168 bytes",
                "tr: page allocation failure: order:0, mode:0x80d2",
            ),
        ),
        (
            "4.14.107",
            (
                "vmap allocation for size 139264 failed: use vmalloc=<size> to increase size",
                "tr: vmalloc: allocation failure: 135168 bytes, mode:0x14080c0(GFP_KERNEL|__GFP_ZERO), nodemask=(null)",
            ),
        ),
        (
            "5.4.58",
            (
                "vmap allocation for size 139264 failed: use vmalloc=<size> to increase size",
                f"tr: vmalloc: allocation failure: 135168 bytes, mode:0xdc0(GFP_KERNEL|__GFP_ZERO), {LOCATION}",
            ),
        ),
        (
            "6.1.176",
            (
                "vmap allocation for size 139264 failed: use vmalloc=<size> to increase size",
                f"tr: vmalloc error: size 135168, vm_struct allocation failed, mode:0xdc0(GFP_KERNEL|__GFP_ZERO), {LOCATION}",
            ),
        ),
        (
            "6.12",
            (
                "vmalloc_node_range for size 139264 failed: Address range restricted to 0xf0800000 - 0xff800000",
                f"tr: vmalloc error: size 135168, vm_struct allocation failed, mode:0xdc0(GFP_KERNEL|__GFP_ZERO), {LOCATION}",
            ),
        ),
    ],
)
def test_vmalloc_failure_by_version(version, expected):
    lines = vmalloc_failure_lines(
        KernelVersion.parse(version), size=135168, area=139264, comm="tr", start=0xF0800000, end=0xFF800000
    )
    assert lines == expected
    assert all(recognise(line) for line in lines)


def test_modes():
    assert mode_text(KernelVersion.parse("6.1"), ("GFP_KERNEL", "__GFP_NORETRY", "__GFP_HIGHMEM")) == (
        "0x10cc2(GFP_KERNEL|__GFP_HIGHMEM|__GFP_NORETRY)"
    )
    assert mode_text(KernelVersion.parse("4.4"), ("GFP_KERNEL",)) == "0x24000c0"
    assert vzalloc_mode(KernelVersion.parse("6.12"), "__GFP_NORETRY") == "0x10dc0(GFP_KERNEL|__GFP_NORETRY|__GFP_ZERO)"
    with pytest.raises(KeyError):
        mode_text(KernelVersion.parse("6.1"), ("__GFP_WAIT",))


def test_reasons_are_explained():
    for text, fact, meaning in REASONS:
        assert messages.reason_meaning(text) == meaning
        assert fact.history
    assert messages.reason_meaning("moon phase") is None
    gone = next(fact for text, fact, _meaning in REASONS if text == "failed to extend area map")
    assert not gone.at(NEWEST)


def test_a_message_that_a_version_does_not_print():
    assert messages.message("allocation-failed").at(KernelVersion.parse("2.6.30")) is None
    with pytest.raises(LookupError, match="does not print"):
        messages.format_message("allocation-failed", KernelVersion.parse("2.6.30"))
    with pytest.raises(LookupError, match="does not print"):
        messages.message("remapped").line(KernelVersion.parse("6.1"), base="0", static=1)


def test_eras_say_who_prints_it():
    found = recognise("percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u1048576")
    assert found is not None
    assert [str(era) for era in found.eras][:2] == ["5.1 and later", "4.19.57 and later of that series"]
    old = recognise("PERCPU: allocation failed, size=92 align=256, failed to allocate new chunk")
    assert old is not None
    assert [str(era) for era in old.eras] == ["2.6.32 up to before 3.18"]


@given(st.text(max_size=300))
def test_any_text_is_taken(text):
    found = recognise(text)
    assert found is None or found.message in CATALOGUE
    assert len(strip_prefix(text)) <= max(len(text), 4096)


@pytest.mark.parametrize("start", ["PERCPU: allocation failed, size=", "pcpu-alloc: ", "a: vmalloc error: size "])
def test_long_lines_are_cut(start):
    assert recognise(start + "9" * 1_000_000) is None or start == "pcpu-alloc: "
