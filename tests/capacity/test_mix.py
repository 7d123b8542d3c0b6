"""The whole mix, bursts and churn, held against brute force."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.capacity import EvaluationError, evaluate, mix
from planner.capacity.bases import Bases
from planner.capacity.competition import compete
from planner.capacity.filling import Effort
from planner.capacity.machine import Machine, boot
from planner.capacity.mix import scale
from planner.capacity.resolve import plans
from tests.capacity.brute import mixed


def consumers(*rows: tuple[int, int, int, str]) -> str:
    return "\n".join(
        f'[[consumer]]\nkind = "raw"\nname = "c{number}"\nsize = {size}\nalign = {align}\ncount = {count}\n{more}\n'
        for number, (size, align, count, more) in enumerate(rows)
    )


sizes = st.sampled_from([64, 100, 256, 260, 1000, 4096])


mixes = st.lists(st.tuples(sizes, st.sampled_from([4, 8, 64, 256]), st.integers(1, 9)), min_size=2, max_size=4)


def scaled(profile, manager):
    """Return the answer, and the rounds that there are by walking."""
    machine = boot(profile, manager)
    resolved = plans(profile, manager)
    found = scale(machine, resolved)
    assert found is not None
    return found, mixed(
        machine, [(resolved[number][0].plan, count) for number, (_name, count) in enumerate(found.round)]
    )


@settings(max_examples=12, deadline=None)
@given(mixes)
def test_scale_equals_growing_the_mix_by_hand(make, manager, rows):
    found, rounds = scaled(make(consumers(*((*row, "") for row in rows)), vmalloc="3MiB"), manager)
    assert found.rounds == rounds
    assert found.rounds_range is found.factor_range is None
    assert found.depends_on == ()
    assert found.stops is not None
    assert found.stops.limit == "vmalloc"
    divisor = math.gcd(*(count for _size, _align, count in rows))
    assert found.factor == pytest.approx(rounds / divisor, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(mixes)
def test_a_mix_that_is_estimated_leaves_the_walked_answer_in_the_range(make, manager, rows):
    """The same as if the machine were far larger: a sample stands for nearly all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mix, "WALKED", 0)
        patch.setattr(Machine, "effort", Effort(walked=0, sample=2_000))
        found, rounds = scaled(make(consumers(*((*row, "") for row in rows)), vmalloc="16MiB"), manager)
    low, high = found.rounds_range or (found.rounds, found.rounds)
    assert low <= rounds <= high
    assert bool(found.depends_on) is (found.rounds_range is not None)


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
