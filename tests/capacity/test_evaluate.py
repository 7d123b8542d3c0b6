"""What a report says of consumers, limits, ranges and changes."""

import pytest

from planner.allocator.crowd import counted
from planner.allocator.estimate import Effort
from planner.allocator.kernel_version import KernelVersion
from planner.capacity import EvaluationError, evaluate
from planner.capacity.bases import Bases
from planner.capacity.calibrate import calibrate
from planner.capacity.compare import compare
from planner.capacity.facts import all_facts, changes
from planner.capacity.machine import boot
from planner.capacity.resolve import plans
from planner.capacity.verdict import best_change
from planner.report.model import Report
from tests.capacity.conftest import I386

WORKQUEUE = '[[consumer]]\nkind = "workqueue"\nname = "wq"\ncount = 10\n'


@pytest.fixture(scope="module")
def report(make, manager) -> Report:
    return evaluate(make(WORKQUEUE), manager)


def test_one_more_than_fits_fails(make, manager, report):
    (consumer,) = report.consumers
    assert consumer.fits is not None
    at_limit = evaluate(make(WORKQUEUE.replace("10", str(consumer.fits))), manager, advice=False).consumers[0]
    assert (at_limit.placed, at_limit.more) == (None, 0)
    beyond = evaluate(make(WORKQUEUE.replace("10", str(consumer.fits + 1))), manager, advice=False)
    assert beyond.consumers[0].placed == consumer.fits
    assert beyond.verdict.headline.endswith("fit.")


def test_others_at_their_declared_count_take_their_part(make, manager, report):
    both = evaluate(
        make(WORKQUEUE + '[[consumer]]\nkind = "raw"\nname = "raw"\nsize = 256\nalign = 256\ncount = 1000\n'), manager
    )
    assert both.consumers[0].fits == report.consumers[0].fits - 1000


def test_advice_is_simulated_ranked_and_ready_to_paste(report):
    gains = [item.fits_after for item in report.advice]
    finite = [gain for gain in gains if gain is not None]
    assert finite == sorted(finite, reverse=True)
    assert all(item.paste and item.fits_before == report.consumers[0].fits for item in report.advice)
    assert any(item.paste == "cgroup.memory=nokmem" for item in report.advice)
    assert report.verdict.best_change


def test_the_best_change_tells_its_range(make, manager):
    vague = evaluate(make(WORKQUEUE, text=I386.replace('used = "1MiB"\n', "")), manager)
    (consumer,) = vague.consumers
    best = next(item for item in vague.advice if item.fits_after is not None)
    assert best.fits_before_range == consumer.fits_range
    assert consumer.fits_range is not None
    low, high = best.fits_after_range
    assert low < high == best.fits_after
    others = [item for item in vague.advice if item is not best]
    assert all(item.fits_after_range is None for item in others)
    assert all(word in best_change((best,)) for word in (f"{low:,}", f"{high:,}", "instead of"))


def test_a_what_if_stands_beside_the_base(make, manager, report):
    changed = evaluate(make(WORKQUEUE), manager, what_ifs=[{"vmalloc.size": '"16MiB"'}], advice=False)
    (variant,) = changed.variants
    assert variant.sets == (("vmalloc.size", '"16MiB"'),)
    assert changed.consumers[0].fits == report.consumers[0].fits
    assert variant.report.consumers[0].fits > changed.consumers[0].fits


def test_a_composite_is_shown_as_itself_and_broken_down(make, manager):
    text = '[consumer_type.pod]\nparts = { workqueue = 2, raw = { size = 64, count = 3 } }\n[[consumer]]\nkind = "pod"\ncount = 5\n'
    (pod,) = evaluate(make(text), manager, advice=False).consumers
    assert [(part.kind, part.count) for part in pod.parts] == [("workqueue", 10), ("raw", 15)]
    assert pod.bytes_per_cpu == sum(part.bytes_per_cpu for part in pod.parts) == 5 * (2 * 256 + 3 * 64)


def test_the_reserved_chunk_stops_modules_where_there_is_one(make, manager):
    text = '[[consumer]]\nkind = "module"\nstatic = 512\ncount = 1\n'
    on_32 = evaluate(make(text), manager, advice=False).consumers[0]
    assert on_32.stops.limit == "vmalloc"
    profile = make(text).with_sets(
        {"system.bits": 64, "vmalloc": None, "config": None, "percpu.static": 217088, "memory.ram": "1GiB"}
    )
    (module,) = evaluate(profile, manager, advice=False).consumers
    assert (module.fits, module.stops.limit) == (16, "reserved")
    assert module.stops.kernel_log[-1].endswith("alloc from reserved chunk failed")


def test_ram_that_nobody_declared_is_no_limit_but_is_said(make, manager):
    profile = make(WORKQUEUE).with_sets({"system.bits": 64, "vmalloc": None, "config": None, "percpu.static": 217088})
    (consumer,) = evaluate(profile, manager, advice=False).consumers
    assert consumer.fits is None
    assert consumer.fits_range[0] is None
    assert "memory.ram" in consumer.depends_on[0]


def test_a_request_above_the_size_limit_is_refused_by_the_size(make, manager):
    (raw,) = evaluate(make('[[consumer]]\nkind = "raw"\nsize = 32769\ncount = 0\n'), manager, advice=False).consumers
    assert (raw.fits, raw.stops.limit) == (0, "size")


def test_figures_add_up(report):
    percpu, first = report.percpu, report.first_chunk
    assert percpu.meminfo_bytes == percpu.populated_pages * first.units * 4096
    assert sum(size for _node, size in percpu.per_node) == percpu.meminfo_bytes
    limits = {limit.name: limit for limit in report.limits}
    assert limits["vmalloc"].total == 8 << 20
    assert limits["vmalloc"].used >= percpu.address_bytes + (1 << 20)
    assert sum(area.end - area.start for area in report.space) == limits["vmalloc"].used


def test_the_space_is_drawn_without_overlap_from_the_bottom_up(report):
    for below, above in zip(report.space, report.space[1:], strict=False):
        assert below.end <= above.start


def test_calibration_says_when_nothing_gives_the_count(make, manager):
    with pytest.raises(EvaluationError, match="calibrate: no value gives 10000000"):
        calibrate(make(WORKQUEUE), manager, "wq", 10_000_000)


def test_comparing_names_what_differs_and_why(make, manager, report):
    other = evaluate(make(WORKQUEUE).with_sets({"system.kernel": '"5.10.44"'}), manager, advice=False)
    same = compare(report, report)
    assert (same.differing, same.facts) == ((), ())
    found = compare(report, other)
    assert "wq: fits" in {row.what for row in found.differing}
    assert any(fact.name == "worker" and fact.source for fact in found.facts)


def test_every_fact_is_told_with_a_source_and_runs_newest_first():
    for fact in all_facts():
        firsts = [line.first for line in fact.history]
        assert firsts == sorted(firsts, reverse=True), fact.name
        assert all(line.source for line in (*fact.history, *fact.backports)), fact.name
        assert fact.meaning


def test_the_same_kernel_has_no_changes():
    assert changes(KernelVersion.parse("6.1"), KernelVersion.parse("6.1")) == ()


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"percpu.static": None}, "percpu.static is needed"),
        ({"percpu.in_use": "64MiB"}, "percpu.in_use"),
    ],
)
def test_no_such_machine(make, manager, sets, message):
    with pytest.raises(EvaluationError, match=message):
        evaluate(make(WORKQUEUE).with_sets(sets), manager)


def test_a_declared_count_that_is_only_estimated_is_said(make, manager, monkeypatch):
    text = '[[consumer]]\nkind = "netns"\ncount = 900\n'
    profile = make(text, vmalloc="64MiB").with_sets({"config": None})
    exact = evaluate(profile, manager, advice=False)
    assert not any("estimated" in item.value for item in exact.assumptions)
    monkeypatch.setattr("planner.capacity.filling.EXACT", 100)
    monkeypatch.setattr("planner.capacity.machine.Machine.effort", Effort(walked=100, sample=1000))
    estimated = evaluate(profile, manager, advice=False)
    assert any("estimated" in item.value for item in estimated.assumptions)


@pytest.mark.parametrize("count", [10**9, 10**15])
def test_as_many_chunks_as_are_declared_are_counted_not_drawn(make, manager, count):
    """They stay crowds: what a report costs does not grow with them."""
    wide = I386.replace("bits = 32", "bits = 64").replace("x86", "arm64").replace('X86_PAE = "y"', "")
    wide = wide.replace('size = "{vmalloc}"\n', "")
    found = evaluate(make(WORKQUEUE.replace("10", str(count)), text=wide), manager, advice=False)
    assert found.percpu.chunks > 10**5
    assert (found.chunks, found.space) == ((), ())
    assert "pictures of chunks and of the vmalloc space" in {item.what for item in found.assumptions}


def test_crowds_weigh_what_their_chunks_do(make, manager):
    base = Bases(
        boot(make(WORKQUEUE, vmalloc="64MiB"), manager), plans(make(WORKQUEUE.replace("10", "9000")), manager)
    ).of(None)
    weighed = sorted((chunk.free_bytes, count) for chunk, count in counted(base.allocator))
    assert any(count > 1 for _free, count in weighed)
    assert sum(free * count for free, count in weighed) == sum(chunk.free_bytes for chunk in base.allocator.chunks)
