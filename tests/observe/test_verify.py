"""Predicted beside measured: verdicts, the share explained, what changed since, and the data form."""

import json
from pathlib import Path

import pytest

from planner.capacity.machine import boot
from planner.cli.app import run
from planner.cli.verifying import verify
from planner.observe.verify import Verification
from planner.observe.verify_render import as_data, render_text
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text

CAPTURED = """
schema = 1
[system]
name = "machine"
arch = "x86_64"
kernel = "6.1.176"
[cpus]
possible = 2
[percpu]
static = 217088
[measured]
"meminfo.Percpu" = {percpu}
{measured}
{state}
[[consumer]]
kind = "raw"
name = "objects"
count = {count}
size = 64
[basis]
default = "{basis}"
"""
UNIT = 1 << 20
"""Bytes of a unit here: two CPUs share an atom of 2 MiB."""


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    return PluginManager(entry_points=[])


def text(
    *, count: int = 100, percpu: int = 2 * 70 * 4096, measured: str = "", state: str = "", basis: str = "captured"
) -> str:
    return CAPTURED.format(count=count, percpu=percpu, measured=measured, state=state, basis=basis)


def verified(profile: str, manager: PluginManager, now: str | None = None) -> Verification:
    other = load_text(now, manager, label="now") if now is not None else None
    return verify(load_text(profile, manager, label="then"), manager, now=other)


def state(free_first: int, free: int) -> str:
    return f"""
[state]
populated_pages = 70
empty_populated_pages = 5
[[state.chunk]]
kind = "first"
stats = {{ free_bytes = {free_first}, contig_bytes = {free_first}, first_bit = 7000 }}
[[state.chunk]]
kind = "reserved"
stats = {{ free_bytes = 8192, contig_bytes = 8192, first_bit = 0 }}
[[state.chunk]]
kind = "dynamic"
stats = {{ free_bytes = {free}, contig_bytes = {free}, first_bit = {(UNIT - free) // 4}, empty_pop_pages = 5 }}
"""


STATS = """
"percpu_stats.unit_size" = 1048576
"percpu_stats.reserved_size" = 8192
"percpu_stats.dyn_size" = 28672
"percpu_stats.nr_chunks" = 2
"percpu_stats.nr_cur_alloc" = 120
"percpu_stats.nr_max_alloc" = 4711
"percpu_stats.empty_pop_pages" = 5
"""


def test_the_share_explained_is_that_of_the_allocated_bytes(manager: PluginManager) -> None:
    """28 672 - 672 bytes in the first chunk and 4 096 in the other are allocated; 400 objects of 64 bytes explain 25 600."""
    result = verified(text(count=400, measured=STATS, state=state(672, UNIT - 4096)), manager)
    assert result.explained_of == "allocated"
    assert result.explained == 25600 / (28000 + 4096)
    assert result.unexplained_bytes == 28000 + 4096 - 25600
    assert "explained: 79.8% of the allocated bytes" in render_text(result)


def test_without_percpu_stats_the_share_is_a_lower_bound(manager: PluginManager) -> None:
    """What is populated, less the static section, can be allocated at most."""
    result = verified(text(count=400), manager)
    assert result.explained_of == "populated"
    assert result.explained == 25600 / (70 * 4096 - 217088)
    assert "explained: at least 36.8% of the allocated bytes" in render_text(result)


def test_a_share_of_nothing_measured_is_not_known(manager: PluginManager) -> None:
    bare = text().replace('"meminfo.Percpu" = 573440', "")
    result = verified(bare, manager)
    assert result.explained is None
    assert "explained: not known" in render_text(result)


def test_counting_too_much_is_said(manager: PluginManager) -> None:
    result = verified(text(count=1000, measured=STATS, state=state(672, UNIT - 4096)), manager)
    assert result.explained == 1
    assert result.unexplained_bytes == 28000 + 4096 - 64000
    assert "counted too much: 31,904 bytes on each CPU" in render_text(result)


def test_figures_of_percpu_stats_stand_beside_the_model_s(manager: PluginManager) -> None:
    result = verified(text(count=100, measured=STATS, state=state(672, UNIT - 4096)), manager)
    verdicts = {check.what.removeprefix("percpu_stats "): check.verdict for check in result.checks}
    assert verdicts["unit_size"] == verdicts["empty_pop_pages"] == verdicts["chunks"] == "equal"
    assert verdicts["free_bytes of all chunks"] == "equal"
    assert verdicts["nr_cur_alloc"] == "uncertain"
    assert verdicts["nr_max_alloc"] == "not predicted"


def test_a_wrong_figure_differs(manager: PluginManager) -> None:
    wrong = STATS.replace("1048576", "524288")
    result = verified(text(measured=wrong, state=state(672, UNIT - 4096)), manager)
    assert "percpu_stats unit_size" in {check.what for check in result.failed}


def test_chunks_are_counted_by_their_areas_where_there_is_no_percpu_stats(manager: PluginManager) -> None:
    result = verified(text(count=1, measured='"vmallocinfo.pcpu_get_vm_areas" = 0'), manager)
    chunks = next(check for check in result.checks if check.what == "chunks")
    assert (chunks.measured, chunks.verdict) == ("1", "equal")
    assert "/proc/vmallocinfo" in chunks.explanation


def test_what_changed_since_the_capture_proves_nothing_wrong(manager: PluginManager) -> None:
    then = text(count=100, measured=STATS, state=state(672, UNIT - 4096))
    now = text(
        count=130,
        percpu=2 * 90 * 4096,
        measured=STATS.replace('nr_chunks" = 2', 'nr_chunks" = 3'),
        state=state(672, UNIT - 4096),
    )
    result = verified(then, manager, now)
    changed = {check.what: check.explanation for check in result.checks if check.verdict == "changed"}
    assert set(changed) == {"Percpu of /proc/meminfo", "chunks", "count of objects"}
    assert changed["count of objects"] == "+30 since the profile was made"
    assert result.failed == ()


def test_a_declared_count_that_is_not_there_differs(manager: PluginManager) -> None:
    result = verified(text(count=100, basis="declared"), manager, text(count=130))
    assert [check.what for check in result.failed] == ["count of objects"]


def test_a_consumer_that_came_or_went_changed(manager: PluginManager) -> None:
    result = verified(text(), manager, text().replace('"objects"', '"others"'))
    counts = {check.what: check.explanation for check in result.checks if check.what.startswith("count of")}
    assert counts == {
        "count of objects": "-100 since the profile was made",
        "count of others": "+100 since the profile was made",
    }


def test_data_form(manager: PluginManager) -> None:
    data = json.loads(json.dumps(as_data(verified(text(), manager))))
    assert data["schema_version"] == 1
    assert data["made"] == 1
    assert data["differ"] == 0
    assert data["explained_of"] == "populated"
    assert set(data["checks"][0]) == {"what", "predicted", "measured", "verdict", "explanation"}


def test_exit_codes(tmp_path: Path) -> None:
    """0 nothing differs, 1 something does, 2 bad usage or profile, 4 nothing could be measured."""
    profile = tmp_path / "p.toml"

    def code(words: str) -> int:
        profile.write_text(words)
        return run(["verify", str(profile), "--json"])

    good = text(measured=STATS, state=state(672, UNIT - 4096))
    assert code(good) == 0
    assert code(good.replace("1048576", "524288")) == 1
    assert code("schema = ") == 2
    assert run(["verify"]) == 2
    assert run(["verify", str(tmp_path / "nowhere.toml")]) == 2
    assert code(text().replace('"meminfo.Percpu" = 573440', "")) == 4


FIRST = '[[state.chunk]]\nkind = "first"\n'
DYNAMIC = '[[state.chunk]]\nkind = "dynamic"\n'


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        (FIRST + "slot = 100\n", "slot 100: this kernel and unit size have slots 0 to"),
        (FIRST + "areas = [[2546, 64]]\n", "the area at 2546 is not aligned to 4 bytes"),
        (DYNAMIC + "areas = [[1048572, 8]]\n", "ends outside the chunk"),
        (DYNAMIC + 'populated = "0-3,256"\n', "a populated page lies outside the chunk"),
        (DYNAMIC + "hints = { contig_hint = 262144, contig_hint_start = 1 }\n", "a hint lies outside the chunk"),
        (DYNAMIC + "stats = { free_bytes = 1048580, contig_bytes = 4 }\n", "free_bytes, contig_bytes or first_bit"),
        (FIRST * 2, "a chunk is listed twice"),
        ((DYNAMIC + 'base = "0xffffe8ffffc00000"\n') * 2, "a chunk is listed twice"),
    ],
)
def test_states_that_no_kernel_has_are_refused(
    chunks: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.toml").write_text(text(state="[state]\n" + chunks))
    assert run(["verify", str(tmp_path / "p.toml")]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "internal error" not in shown


def test_empty_pages_that_are_not_there_do_not_keep_the_worker_busy_for_ever(manager: PluginManager) -> None:
    """A dump that is not taken under the lock can say so; the model's worker would look for them without end."""
    chunk = "stats = { free_bytes = 64, contig_bytes = 64, first_bit = 7000, empty_pop_pages = 8192 }\n"
    profile = load_text(text(state=f"[state]\nempty_populated_pages = 0\n{FIRST}{chunk}"), manager)
    allocator, _backing = boot(profile, manager).start()
    assert allocator.first_chunk.nr_empty_pop_pages == 0
    pointer = allocator.alloc(16, 8)
    assert isinstance(pointer, int)
    allocator.free(pointer)
    allocator.run_pending()
