"""The whole mix, competition, bursts and churn, held against brute force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.fill import ENDLESS
from planner.allocator.request import Failure
from planner.capacity import EvaluationError, evaluate
from planner.capacity.fit import Bases, populate
from planner.capacity.machine import boot
from planner.capacity.competition import compete
from planner.capacity.mix import scale
from planner.capacity.resolve import plans


def consumers(*rows: tuple[int, int, int, str]) -> str:
    return "\n".join(
        f'[[consumer]]\nkind = "raw"\nname = "c{number}"\nsize = {size}\nalign = {align}\ncount = {count}\n{more}\n'
        for number, (size, align, count, more) in enumerate(rows)
    )


def grown_by_hand(machine, order, start=()):
    """Place instances one by one in the endless order given until one fails; return the counts and who failed."""
    allocator = populate(machine, start).allocator if start else machine.start()[0]
    counts: dict[int, int] = {}
    for number, plan in order:
        for call in plan.each:
            if isinstance(allocator.alloc(*call), Failure):
                return counts, number
            allocator.run_pending()
        counts[number] = counts.get(number, 0) + 1
    raise AssertionError("the order ended first")


sizes = st.sampled_from([64, 100, 256, 260, 1000, 4096])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(sizes, st.sampled_from([4, 8, 64, 256]), st.integers(1, 4)), min_size=2, max_size=3))
def test_scale_equals_growing_the_mix_by_hand(make, manager, rows):
    profile = make(consumers(*((size, align, count, "") for size, align, count in rows)), vmalloc="3MiB")
    machine = boot(profile, manager)
    resolved = plans(profile, manager)
    found = scale(machine, resolved)
    assert found is not None
    round_ = [
        (number, resolved[number][0].plan) for number, (_name, count) in enumerate(found.round) for _ in range(count)
    ]
    counts, _who = grown_by_hand(machine, (item for _ in range(ENDLESS) for item in round_))
    rounds = min(counts.get(number, 0) // count for number, (_name, count) in enumerate(found.round))
    assert found.rounds == rounds
    assert found.stops is not None
    assert found.stops.limit == "vmalloc"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(sizes, st.integers(1, 6)), min_size=2, max_size=3))
def test_competition_equals_interleaving_by_hand(make, manager, rows):
    profile = make(consumers(*((size, 8, 1, f'growth = "{rate}/h"') for size, rate in rows)), vmalloc="3MiB")
    machine = boot(profile, manager)
    resolved = plans(profile, manager)
    found = compete(Bases(machine, resolved), [spec.growth for spec in profile.consumers])
    assert found is not None

    def interleaved():
        for hour in range(ENDLESS):
            steps = [
                (hour + step / rate, number) for number, (_size, rate) in enumerate(rows) for step in range(1, rate + 1)
            ]
            for _when, number in sorted(steps):
                yield number, resolved[number][0].plan

    counts, who = grown_by_hand(machine, interleaved(), resolved)
    assert found.first == f"c{who}"
    assert [count for _name, count in found.counts] == [1 + counts.get(number, 0) for number in range(len(rows))]


def test_compound_growth_is_followed_too(make, manager):
    profile = make(consumers((4096, 8, 50, 'growth = "10 %/day"'), (256, 8, 1, 'growth = "1/h"')))
    found = evaluate(profile, manager, advice=False).competition
    assert found is not None
    assert found.first in {"c0", "c1"}
    grown = 50 * 1.1 ** (found.seconds / 86400)
    assert dict(found.counts)["c0"] == pytest.approx(grown, abs=1.01)


@pytest.mark.parametrize(("count", "survives"), [(20, True), (2000, False)])
def test_an_atomic_burst_lives_on_populated_pages(make, manager, count, survives):
    profile = make(consumers((256, 8, 0, f'burst = {{ count = {count}, atomic = true, within = "1ms" }}')))
    (burst,) = evaluate(profile, manager, advice=False).bursts
    assert (burst.made == count) is survives
    assert (burst.stops is None) is survives
    assert bool(burst.raises) is not survives
    if not survives:
        assert burst.largest == burst.made
        assert burst.stops.limit == "atomic"
    # 256-byte objects: what fits is the free space of the populated pages, nothing was populated meanwhile
    assert burst.worker_runs == 0


def test_more_time_lets_the_worker_keep_up(make, manager):
    def made(within):
        text = consumers((64, 8, 0, f'burst = {{ count = 20000, atomic = true, within = "{within}" }}'))
        return evaluate(make(text), manager, advice=False).bursts[0].made

    assert made("1ms") < made("1s")


def test_churn_leaves_the_peak_behind_before_5_14_and_gives_it_back_after(make, manager):
    text = consumers((64, 8, 100, "churn = { peak = 8000, cycles = 2, seeds = 3 }"))

    def after(kernel):
        profile = make(text, vmalloc="64MiB").with_sets({"system.kernel": f'"{kernel}"'})
        (churn,) = evaluate(profile, manager, advice=False).churns
        assert churn.seeds == 3
        assert churn.after_bytes[0] <= churn.after_bytes[1] <= churn.after_bytes[2] <= churn.peak_bytes[2]
        return churn

    old, new = after("5.10"), after("6.1.176")
    assert old.after_bytes[1] == old.peak_bytes[1]
    assert new.after_bytes[1] < old.after_bytes[1]
    assert new == after("6.1.176")


def test_a_mix_of_very_many_is_rounded_to_a_round_that_can_be_placed(make, manager):
    profile = make(consumers((64, 8, 4_294_967_296, ""), (256, 8, 999_999_937, "")), vmalloc="3MiB")
    found = scale(boot(profile, manager), plans(profile, manager))
    assert found is not None
    assert [count for _name, count in found.round] == [8111, 1889]
    assert found.factor * 4_294_967_296 == pytest.approx(found.rounds * 8111, rel=0.01, abs=10_000)


def test_growth_of_very_different_pace_ends_with_the_fastest(make, manager):
    """A round is of bounded length however far the rates are apart, and the time is that of the fastest alone."""
    rates = ("1000000/s", "0.001/year")
    found = []
    for more in (rates, rates[:1]):
        profile = make(consumers(*((256, 8, 1, f'growth = "{rate}"') for rate in more)), vmalloc="3MiB")
        found.append(
            compete(Bases(boot(profile, manager), plans(profile, manager)), [c.growth for c in profile.consumers])
        )
    assert found[0].first == found[1].first == "c0"
    assert found[0].seconds == pytest.approx(found[1].seconds, rel=1e-2)


def test_a_mix_of_instances_of_very_many_requests_is_not_grown(make, manager):
    many = "allocations = 100000"
    profile = make(consumers((8, 8, 1, many), (16, 8, 1, many)), vmalloc="3MiB")
    assert scale(boot(profile, manager), plans(profile, manager)) is None


@pytest.mark.parametrize(
    "more",
    ['burst = { count = 1000000000, within = "1h", atomic = false }', "churn = { peak = 1000000000 }"],
)
def test_what_comes_and_goes_is_followed_to_a_bound(make, manager, more):
    """Where the system ends it, any number may be asked for; where nothing does, the number is refused."""
    assert evaluate(make(consumers((4096, 8, 0, more))), manager, advice=False)
    profile = make(consumers((8, 8, 0, f"allocations = 50000\n{more}")), vmalloc="512MiB")
    with pytest.raises(EvaluationError, match="too many to follow; nothing stops the first"):
        evaluate(profile, manager, advice=False)
