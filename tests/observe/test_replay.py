"""Traces kept as books, and put to the model; real kernels' traces with dumps of the allocator's state are the start states."""

import functools
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from planner.allocator.allocator import Allocator
from planner.allocator.restore import CapturedChunk, Hints, restore
from planner.cli.app import app
from planner.observe.parsers.trace import TraceEvent, TraceReader
from planner.observe.replay.check import Check, gone_before
from planner.observe.replay.ledger import Ledger
from planner.observe.replay.render import as_data, render_text
from planner.observe.replay.simulate import Outcome
from tests.real.trace import DATA, Trace, load, populated_pages
from tests.real.trace_replay import dumped_areas

CORPUS = Path(__file__).parent / "corpus"
KINDS: dict[str, Any] = {
    "alloc": "alloc",
    "free": "free",
    "fail": "fail",
    "create_chunk": "create",
    "destroy_chunk": "destroy",
}


def event(row: dict[str, Any]) -> TraceEvent:
    return TraceEvent(
        kind=KINDS[row["t"]],
        time=float(row["n"]),
        cpu=row["cpu"],
        task=row["task"],
        size=row.get("size", 0),
        align=row.get("align", 0),
        atomic=bool(row.get("atomic")),
        reserved=bool(row.get("reserved")),
        base=row.get("base", ""),
        off=row.get("off", 0),
        site=row.get("site", ""),
        bytes_alloc=row.get("bytes", 0),
    )


def captured(chunk: dict[str, Any], bits: int) -> CapturedChunk:
    return CapturedChunk(
        kind="reserved" if chunk["slot"] < 0 else "first" if chunk["immutable"] else "dynamic",
        base=int(chunk["base_addr"], 16),
        slot=chunk["slot"],
        position=chunk["pos"],
        populated=populated_pages(chunk, bits),
        empty_pages=chunk["nr_empty_pop_pages"],
        isolated=bool(chunk["isolated"]),
        areas=dumped_areas(chunk),
        free_bytes=chunk["free_bytes"],
        hints=Hints(
            chunk["contig_hint"],
            chunk["contig_hint_start"],
            chunk["scan_hint"],
            chunk["scan_hint_start"],
            chunk["first_free"],
        ),
    )


def from_dump(trace: Trace, dump: dict[str, Any]) -> tuple[Allocator, Check]:
    allocator = Allocator(trace.version, trace.layout)
    chunks = [captured(chunk, trace.layout.bits) for chunk in dump["chunks"]]
    restore(allocator, chunks, populated=dump["head"]["nr_populated"], empty=dump["head"]["nr_empty_pop_pages"])
    bases = {chunk.kind: chunk.base for chunk in chunks if chunk.kind != "dynamic"}
    return allocator, Check(allocator, bases["first"], bases.get("reserved"))


@functools.lru_cache(maxsize=4)
def outcomes(name: str) -> dict[int, Outcome]:
    """From each dump of a trace the model goes on alone until the next one."""
    trace = load(name)
    dumps = [number for number, row in enumerate(trace.rows) if row["t"] == "dump"]
    found = {}
    for start, end in itertools.pairwise(dumps):
        dump = trace.rows[start]
        rows = [row for row in trace.rows[start + 1 : end] if row["t"] in KINDS]
        _allocator, check = from_dump(trace, dump)
        found[dump["dump"]] = check.run([event(row) for row in rows])
    return found


@pytest.mark.parametrize("dump", [1, 2, 8])
def test_from_a_dump_every_request_is_placed_as_the_kernel_did(dump: int) -> None:
    outcome = outcomes("a61-2")[dump]
    assert outcome.requests > 290
    assert outcome.exact == outcome.requests
    assert outcome.unknown_frees == 0


TRACES = sorted(path.name.split("_", 1)[1].split(".")[0] for path in DATA.glob("placement_*.jsonl.gz"))


@pytest.mark.parametrize("name", TRACES)
def test_nearly_all_requests_of_a_trace_are_placed_as_the_kernel_did(name: str) -> None:
    """What a dump lacks (hints of page blocks) and a trace does not tell (when the worker ran) costs a few places."""
    found = outcomes(name).values()
    requests, exact = sum(one.requests for one in found), sum(one.exact for one in found)
    assert requests > 10_000
    assert exact / requests > 0.98


def test_what_had_gone_before_the_trace_is_taken_out_of_the_start_state() -> None:
    """A dump is not taken under the lock: the recording process's own objects stand in it and are gone. One must not spoil the rest."""
    outcome = outcomes("a73-2")[1]
    assert outcome.gone == 2
    assert outcome.exact == outcome.requests > 3000


def test_areas_whose_place_is_reused_without_a_free_had_gone() -> None:
    areas = {"c": {0: 16, 16: 8, 64: 32, 96: 4}, "d": {0: 8}}
    events = [free(0), alloc(0, 20), alloc(80, 4), alloc(96, 4, base="d")]
    assert gone_before(areas, events) == [("c", 16), ("c", 64)]


def test_lost_events_do_not_make_all_the_rest_differ() -> None:
    """Every twentieth free is missing: the model finds out when the kernel uses the place again, and goes on from there."""
    trace = load("a61-2")
    start, end = [number for number, row in enumerate(trace.rows) if row["t"] == "dump"][1:3]
    rows = [row for row in trace.rows[start + 1 : end] if row["t"] in KINDS]
    frees = [number for number, row in enumerate(rows) if row["t"] == "free"][::20]
    allocator, check = from_dump(trace, trace.rows[start])
    outcome = check.run([event(row) for number, row in enumerate(rows) if number not in frees])
    assert len(frees) > 40
    assert outcome.unfreed > 10
    assert 0.9 < outcome.exact / outcome.requests < 1
    assert len(outcome.divergences) == min(100, outcome.divergent)
    assert outcome.end_bytes == allocator.percpu_bytes


def test_from_a_wrong_state_the_check_says_so() -> None:
    """The same events on an allocator that was just booted: the check must not call that exact."""
    trace = load("a61-2")
    rows = [row for row in trace.rows[4000:6000] if row["t"] in KINDS]
    outcome = Check(Allocator(trace.version, trace.layout)).run([event(row) for row in rows])
    assert outcome.exact < outcome.requests / 2
    assert outcome.divergences


# -- the books --------------------------------------------------------------------------------------------------------


def alloc(off: int, size: int = 16, site: str = "mm_init+0x1/0x2", base: str = "c", **more: Any) -> TraceEvent:
    return TraceEvent(
        "alloc", more.pop("time", 0.0), 0, "x", 1, size=size, align=8, base=base, off=off, site=site, **more
    )


def free(off: int, base: str = "c") -> TraceEvent:
    return TraceEvent("free", 1.0, 0, "x", 1, base=base, off=off)


def test_books_of_a_small_trace() -> None:
    ledger = Ledger()
    ledger.read(
        [
            alloc(0), alloc(16), alloc(32, 304, "ipv6_add_dev+0x1/0x2"), free(16), free(4096),
            TraceEvent("fail", 2.0, 0, "nft", 2, size=16, align=8, atomic=True),
            TraceEvent("create", 3.0, 0, "kworker", 3, base="d"), alloc(0, 8, "alloc_workqueue+0x1/0x2", "d"),
            TraceEvent("destroy", 4.0, 0, "kworker", 3, base="e"),
        ]
    )  # fmt: skip
    assert (ledger.allocs, ledger.frees, ledger.failed, ledger.freed_from_before) == (4, 2, 1, 1)
    assert (ledger.live_bytes, ledger.peak_bytes) == (16 + 304 + 8, 16 + 16 + 304)
    assert {site.what: (site.live, site.live_bytes) for site in ledger.by_consumer()} == {
        "IPv6 statistics of a device": (1, 304),
        "memory descriptor of a process": (1, 16),
        "a workqueue": (1, 8),
    }
    assert ledger.chunks["c"].live_bytes == 320
    assert (ledger.chunks["d"].created, ledger.chunks["e"].destroyed) == (3.0, 4.0)


def test_a_lost_free_does_not_count_twice() -> None:
    ledger = Ledger()
    ledger.read([alloc(0), alloc(0, 32)])
    assert (ledger.overlaps, ledger.live_bytes, ledger.chunks["c"].live_bytes) == (1, 32, 32)


def test_a_burst_before_a_failure_is_counted() -> None:
    ledger = Ledger()
    events = [alloc(16 * number, time=1.0 + number / 1000, atomic=True) for number in range(50)]
    ledger.read(
        [alloc(9000, time=0.5, atomic=True), *events, TraceEvent("fail", 1.06, 0, "nft", 2, size=16, atomic=True)]
    )
    assert ledger.failures[0].burst == 51


def test_a_stack_names_who_is_behind_a_helper() -> None:
    ledger = Ledger()
    helper = alloc(0, site="__percpu_counter_init_many+0x1/0x2")
    helper.stack = ["pcpu_alloc_noprof", "__percpu_counter_init_many", "xfrm4_net_init", "ops_init"]
    ledger.read([helper])
    assert ledger.by_consumer()[0].kind == "netns"


def test_many_moments_are_thinned_out() -> None:
    ledger = Ledger()
    ledger.read(alloc(16 * number, time=float(number)) for number in range(100_000))
    assert len(ledger.moments) <= 121
    assert ledger.moments[-1].live_bytes == 1_600_000


@given(
    st.lists(
        st.tuples(st.sampled_from(["alloc", "free", "fail"]), st.integers(0, 40), st.integers(1, 9), st.booleans()),
        max_size=200,
    )
)
@settings(max_examples=100, deadline=None)
def test_books_balance(steps: list[tuple[str, int, int, bool]]) -> None:
    """Whatever the order: live bytes equal those of the sites and of the chunks, and never fall below nothing."""
    ledger = Ledger()
    for kind, place, size, atomic in steps:
        ledger.take(TraceEvent(kind, 0.0, 0, base="c", off=place, size=size, atomic=atomic, site=f"f{size}+0x1"))  # type: ignore[arg-type]
    live = sum(size for _site, size, _charged in ledger.live.values())
    assert ledger.live_bytes == live == sum(site.live_bytes for site in ledger.sites.values())
    assert live == sum(chunk.live_bytes for chunk in ledger.chunks.values())
    assert all(site.live >= 0 and site.peak_bytes >= site.live_bytes for site in ledger.sites.values())
    reader = TraceReader([])
    json.dumps(as_data(ledger, reader, cpus=2))
    assert all(line.isprintable() for line in render_text(ledger, reader, cpus=2).splitlines())


# -- the command ------------------------------------------------------------------------------------------------------


def test_command_names_consumers() -> None:
    result = CliRunner().invoke(app, ["replay", str(CORPUS / "ftrace.txt"), "--cpus", "2"])
    assert result.exit_code == 0
    assert "a network namespace [netns]" in result.output
    assert "all CPUs = each CPU x 2 possible CPUs" in result.output


PROFILE = """
schema = 1
[system]
name = "base"
arch = "x86_64"
kernel = "6.1.176"
[cpus]
possible = 2
[percpu]
static = 217088
"""


def test_command_runs_the_events_on_other_systems(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(PROFILE)
    arguments = ["replay", str(CORPUS / "ftrace.txt"), "--profile", str(tmp_path / "p.toml"), "--json"]
    result = CliRunner().invoke(app, [*arguments, "--set", "cpus.possible=64"])
    assert result.exit_code == 0
    variants = json.loads(result.output)["variants"]
    assert [one["system"] for one in variants] == ["base", "base with cpus.possible=64"]
    assert variants[1]["end_bytes"] == 32 * variants[0]["end_bytes"]
    assert variants[0]["failures"] == 0


def test_command_with_a_start_state_checks_places(tmp_path: Path) -> None:
    """A hand-made state: one object in the first chunk; the next one of 16 bytes must follow it."""
    state = """
[[state.chunk]]
kind = "first"
base = "0xffff888000035000"
start_offset = 0
areas = [[8192, 16]]
[[state.chunk]]
kind = "reserved"
base = "0xffff888000033000"
areas = []
"""
    (tmp_path / "p.toml").write_text(PROFILE + state)
    line = "x-1 [000] 1.0: percpu_alloc_percpu: reserved=0 is_atomic=0 size=16 align=8 base_addr={} off={} ptr=0x1\n"
    arguments = ["--profile", str(tmp_path / "p.toml"), "--check", "--json"]
    for off, exact in ((0, 1), (64, 0)):
        (tmp_path / "t.txt").write_text(line.format("0xffff888000035000", off))
        result = CliRunner().invoke(app, ["replay", str(tmp_path / "t.txt"), *arguments])
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["check"]["exact"] == exact


def test_command_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    runner = CliRunner()
    (tmp_path / "empty").write_text("nothing here\n")
    assert runner.invoke(app, ["replay", str(tmp_path / "empty")]).exit_code == 4
    assert runner.invoke(app, ["replay", "-"], input="").exit_code == 4


def as_text(row: dict[str, Any]) -> str:
    """Return an event as ftrace prints it."""
    head = f"  {row['task']}-77 [{row['cpu']:03}] d..1 {row['n'] / 1000:.6f}: "
    place = f"base_addr={row['base']} off={row['off']} ptr=0x{row['n']:x}" if "off" in row else ""
    if row["t"] == "alloc":
        asked = f"reserved={row['reserved']} is_atomic={row['atomic']} size={row['size']} align={row['align']}"
        return f"{head}percpu_alloc_percpu: call_site={row['site']} {asked} {place} bytes_alloc={row['bytes']} gfp_flags=GFP_KERNEL"
    if row["t"] == "free":
        return f"{head}percpu_free_percpu: {place}"
    if row["t"] == "fail":
        asked = f"reserved={row['reserved']} is_atomic={row['atomic']} size={row['size']} align={row['align']}"
        return f"{head}percpu_alloc_percpu_fail: {asked}"
    return f"{head}percpu_{row['t']}: base_addr={row['base']}"


def state_of(dump: dict[str, Any], bits: int) -> str:
    """Return a dump as a profile's [state]."""
    lines = [
        "[state]",
        f"populated_pages = {dump['head']['nr_populated']}",
        f"empty_populated_pages = {dump['head']['nr_empty_pop_pages']}",
    ]
    names = (
        "contig_hint",
        "contig_hint_start",
        "scan_hint",
        "scan_hint_start",
        "first_free",
        "free_bytes",
        "nr_empty_pop_pages",
    )
    for chunk in dump["chunks"]:
        pages = populated_pages(chunk, bits)
        kind = "reserved" if chunk["slot"] < 0 else "first" if chunk["immutable"] else "dynamic"
        lines += ["[[state.chunk]]", f'kind = "{kind}"', f'base = "{chunk["base_addr"]}"', f"position = {chunk['pos']}"]
        lines += [f"slot = {chunk['slot']}"] if chunk["slot"] >= 0 else []
        lines += ["isolated = true"] if chunk["isolated"] else []
        lines.append(f'populated = "{",".join(str(page) for page in range(chunk["nr_pages"]) if pages >> page & 1)}"')
        lines.append(f"areas = {[list(area) for area in dumped_areas(chunk)]}")
        lines.append("hints = {" + ", ".join(f"{name} = {chunk[name]}" for name in names) + "}")
    return "\n".join(lines)


def test_command_checks_a_real_trace_from_a_real_state(tmp_path: Path) -> None:
    """The text that a kernel would print, its state as a profile, and the command: every place is the kernel's."""
    trace = load("a61-2")
    start, end = [number for number, row in enumerate(trace.rows) if row["t"] == "dump"][1:3]
    rows = [row for row in trace.rows[start + 1 : end] if row["t"] in KINDS]
    (tmp_path / "t.txt").write_text("\n".join(map(as_text, rows)) + "\n")
    first = trace.rows[0]["first_chunk"]
    (tmp_path / "p.toml").write_text(
        f"""
schema = 1
[system]
name = "traced"
arch = "x86_64"
kernel = "6.1.176"
[cpus]
possible = {trace.layout.nr_cpus}
[percpu]
static = {first["static"]}
{state_of(trace.rows[start], trace.layout.bits)}
"""
    )
    arguments = ["replay", str(tmp_path / "t.txt"), "--profile", str(tmp_path / "p.toml"), "--check"]
    data = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert data["check"]["requests"] > 3000
    assert data["check"]["exact"] == data["check"]["requests"]
    assert data["broken"] == 0
    text = CliRunner().invoke(app, arguments).output
    assert "(100.00%)" in text
