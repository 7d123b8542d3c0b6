"""Competition held against brute force: equal where it is short or repeats, inside the range where it is estimated."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.capacity import competition, evaluate, race
from planner.capacity.bases import Bases
from planner.capacity.competition import compete
from planner.capacity.machine import boot
from planner.capacity.resolve import plans
from tests.capacity.brute import competed

RATES = ("1/h", "10/h", "7/h", "0.5/h", "3/day", "1/month", "10 %/day", "3 %/h", "25 %/week")
SIZES = (24, 64, 100, 256, 260, 1000, 2000, 4096)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(SIZES), st.sampled_from([8, 8, 64, 256]), st.sampled_from([0, 1, 5, 30]), st.sampled_from(RATES)
    ),
    min_size=2,
    max_size=4,
).filter(lambda rows: any(count or "%" not in rate for _size, _align, count, rate in rows))


def written(rows):
    return "\n".join(
        f'[[consumer]]\nkind = "raw"\nname = "c{number}"\nsize = {size}\nalign = {align}\ncount = {count}\ngrowth = "{rate}"\n'
        for number, (size, align, count, rate) in enumerate(rows)
    )


def answered(profile, manager):
    machine = boot(profile, manager)
    resolved = plans(profile, manager)
    growth = [spec.growth for spec in profile.consumers]
    return compete(Bases(machine, resolved), growth), competed(machine, resolved, growth)


def assert_equal(found, walked):
    when, who, counts = walked
    assert found is not None
    assert [count for _name, count in found.counts] == counts
    assert found.first == f"c{who}"
    assert math.isclose(found.seconds, when, rel_tol=1e-12)
    assert found.seconds_range is None
    assert found.counts_range == found.depends_on == ()
    assert found.stops.limit == "vmalloc"


def assert_inside(found, walked):
    when, _who, counts = walked
    if found.seconds_range is None:
        assert_equal(found, walked)
        return
    early, late = found.seconds_range
    assert early <= found.seconds <= late
    assert early <= when * (1 + 1e-12)
    assert late >= when * (1 - 1e-12)
    assert found.depends_on
    for (name, count), (ranged, low, high), by_hand in zip(found.counts, found.counts_range, counts, strict=True):
        assert ranged == name
        assert low <= count <= high
        assert low <= by_hand <= high


@settings(max_examples=12, deadline=None)
@given(ROWS)
def test_on_a_machine_that_is_told_the_answer_is_that_of_walking(make, manager, rows):
    assert_equal(*answered(make(written(rows), vmalloc="3MiB"), manager))


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_what_is_leapt_over_leaves_the_walked_answer_in_the_range(make, manager, rows):
    """The same machine as if it were thousands of times as large: next to nothing is walked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(competition, "WALKED", 0)
        patch.setattr(competition, "LAST", 300)
        patch.setattr(competition, "PATIENCE", 1500)
        patch.setattr(race, "FEW", 300)
        assert_inside(*answered(make(written(rows), vmalloc="8MiB"), manager))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(RATES[:6]), st.integers(1, 40)), min_size=2, max_size=3), st.integers(1, 3))
def test_consumers_that_ask_for_the_same_end_as_one(make, manager, rates, calls):
    """Equal requests: it does not matter in which order they come, also where an instance makes several."""
    rows = "\n".join(
        f'[[consumer]]\nkind = "raw"\nname = "c{number}"\nsize = 64\nallocations = {calls + number}\ncount = {count}\ngrowth = "{rate}"\n'
        for number, (rate, count) in enumerate(rates)
    )
    assert_equal(*answered(make(rows, vmalloc="3MiB"), manager))


LARGE = """
schema = 1
[system]
name = "large"
arch = "x86"
bits = 64
kernel = "6.1.176"
[cpus]
possible = 4
[percpu]
static = 200000
[memory]
ram = "64GiB"
"""


def test_two_of_a_kind_are_walked_where_it_is_short_whatever_is_told(make, manager):
    """Several requests an instance do not repeat soon; with memory of which not all is told the count is that of walking all the same."""
    kind = '[[consumer]]\nkind = "netdev"\nname = "{}"\ncount = {}\ngrowth = "{}"\n'
    told = '[memory]\nram = "96MiB"\nused = "60MiB"\n'
    text = (
        UNTOLD.replace("5.10.0", "4.4")
        .replace("possible = 4", "possible = 1")
        .replace("30000", "150000\nin_use = 20000")
    )
    text = text.replace('[vmalloc]\nsize = "16MiB"\n', told)
    profile = make(kind.format("c0", 1, "5 %/day") + kind.format("c1", 0, "1/h"), text=text + "{more}")
    found, (when, who, counts) = answered(profile, manager)
    assert [count for _name, count in found.counts] == counts
    assert found.first == f"c{who}"
    assert math.isclose(found.seconds, when)
    assert found.seconds_range[0] < when < found.seconds_range[1]


def test_declared_millions_cost_no_more_than_hundreds(make, manager, monkeypatch):
    """Requests made one by one, not seconds: about as many whatever the counts."""
    from planner.allocator.allocator import Allocator  # noqa: PLC0415 - the class whose method is counted

    made = [0]
    alloc = Allocator.alloc

    def counting(self, *args, **named):
        made[0] += 1
        return alloc(self, *args, **named)

    monkeypatch.setattr(Allocator, "alloc", counting)
    found = []
    for count in (100, 10_000, 1_000_000):
        rows = ((64, 8, count, "10 %/day"), (256, 8, count // 4, "5/h"), (1000, 8, count // 50, "1/h"))
        profile = make(written(rows), text=LARGE + "{more}")
        machine, resolved = boot(profile, manager), plans(profile, manager)
        bases = Bases(machine, resolved)
        assert all(one.filled.complete for one in bases.of(None).placed)
        made[0] = 0
        answer = compete(bases, [spec.growth for spec in profile.consumers])
        assert answer is not None
        assert sum(number for _name, number in answer.counts) > 10_000_000
        found.append(made[0])
    assert max(found) < 150_000


def test_who_takes_nothing_grows_until_another_ends_it(make, manager):
    # a module without per-CPU data
    text = (
        written([(256, 8, 10, "10/h")]) + '[[consumer]]\nkind = "module"\nname = "e"\ncount = 5\ngrowth = "100 %/day"\n'
    )
    found = evaluate(make(text, vmalloc="3MiB"), manager, advice=False).competition
    assert found.first == "c0"
    assert dict(found.counts)["e"] == math.floor(5 * 2 ** (found.seconds / 86400))


@pytest.mark.parametrize("rate", ["10 %/day", "-1/h"])
def test_nothing_grows_from_none_by_a_percentage_nor_downwards(make, manager, rate):
    profile = make(written([(64, 8, 0, rate)]))
    assert evaluate(profile, manager, advice=False).competition is None


def test_very_small_rates_are_rates_too(make, manager):
    found = evaluate(make(written([(4096, 8, 1, "0.0001/h"), (4096, 8, 1, "0.0002/h")])), manager, advice=False)
    first, second = (count - 1 for _name, count in found.competition.counts)
    assert second in {2 * first, 2 * first + 1}
    assert found.competition.seconds > 1e9


UNTOLD = """
schema = 1
[system]
name = "untold"
arch = "x86"
bits = 32
kernel = "5.10.0"
[cpus]
possible = 4
[percpu]
static = 30000
[vmalloc]
size = "16MiB"
"""


def test_what_is_not_told_is_a_range_with_its_basis(make, manager):
    profile = make(written([(256, 8, 10, "10/h"), (1000, 8, 10, "5 %/day")]), text=UNTOLD + "{more}")
    found = evaluate(profile, manager, advice=False)
    early, late = found.competition.seconds_range
    assert 0 < early < found.competition.seconds == late
    assert {text.split(":")[0] for text in found.competition.depends_on} == {
        "vmalloc space that others use (vmalloc.used)",
        "per-CPU memory that the kernel itself uses (percpu.in_use)",
    }
    low, high = found.scale.factor_range
    assert low < found.scale.factor <= high
    assert set(found.scale.depends_on) >= set(found.competition.depends_on)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 4), st.integers(0, 28672))
def test_a_told_end_lies_in_the_range_of_the_untold(make, manager, used, in_use):
    """Whatever is true of what was not told, the walked answer is inside."""
    text = written([(256, 8, 10, "10/h"), (1000, 8, 10, "5 %/day")])
    profile = make(text, text=UNTOLD + "{more}")
    found = evaluate(profile, manager, advice=False).competition
    told = profile.with_sets({"vmalloc.used": f'"{used}MiB"', "percpu.in_use": in_use})
    machine, resolved = boot(told, manager), plans(told, manager)
    assert_inside(found, competed(machine, resolved, [spec.growth for spec in told.consumers]))


def test_one_that_grows_ends_where_its_fit_ends(make, manager):
    """Alone, growth is a fit: the same count, and the same range."""
    for more in ("", '[memory]\nram = "1GiB"\n'):
        text = UNTOLD.replace("bits = 32", "bits = 64").replace('[vmalloc]\nsize = "16MiB"\n', more) if more else UNTOLD
        profile = make(written([(256, 8, 10, "10/h")]), text=text + "{more}")
        report = evaluate(profile, manager, advice=False)
        (consumer,) = report.consumers
        assert report.competition.counts == (("c0", consumer.fits),)
        assert report.competition.counts_range == (("c0", *consumer.fits_range),)
        assert report.competition.depends_on == consumer.depends_on


def test_what_the_first_of_a_kind_asks_for_once_is_asked_for_once(make, manager):
    """Of two consumers of a kind that grow from none, only the first instance of either brings the one-time requests."""
    kind = '[[consumer]]\nkind = "cgroup"\nname = "{}"\ncount = {}\ngrowth = "1/h"\n'
    text = UNTOLD.replace("bits = 32", "bits = 64").replace('[vmalloc]\nsize = "16MiB"\n', '[memory]\nram = "256MiB"\n')
    two = evaluate(make(kind.format("a", 0) + kind.format("b", 0), text=text + "{more}"), manager, advice=False)
    one = evaluate(make(kind.format("a", 1), text=text + "{more}"), manager, advice=False)
    assert sum(count for _name, count in two.competition.counts) == dict(one.competition.counts)["a"]


# -- rates that differ by thousands -------------------------------------------------------------------------------------------------

UNEQUAL = """
schema = 1
[system]
name = "unequal"
arch = "parisc"
bits = 32
kernel = "{kernel}"
[cpus]
possible = 1
[percpu]
static = 20000
[memory]
ram = "{ram}"
"""
FAST = st.tuples(
    st.sampled_from(["workqueue", "kmem-cache"]), st.sampled_from([0, 2]), st.sampled_from(["1000/h", "700/h"])
)
SLOW = st.lists(
    st.tuples(
        st.sampled_from(["workqueue", "kmem-cache", "netns"]),
        st.sampled_from([1, 3]),  # what comes once has come, which walking by hand leaves out
        st.sampled_from(["1/h", "3/day", "1/day", "1/week", "10 %/week"]),
    ),
    min_size=1,
    max_size=2,
)
AGREE = 0.01
"""How near an estimate of many thousand is to what was walked."""


def of_kinds(rows):
    return "\n".join(
        f'[[consumer]]\nkind = "{kind}"\nname = "c{number}"\ncount = {count}\ngrowth = "{rate}"\n'
        for number, (kind, count, rate) in enumerate(rows)
    )


@pytest.fixture
def leaps(monkeypatch):
    """Leap over next to all, as on a machine thousands of times as large."""
    for module, name, value in (
        (competition, "WALKED", 0),
        (competition, "LAST", 300),
        (competition, "PATIENCE", 1500),
        (race, "FEW", 300),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("leaps")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FAST, SLOW, st.integers(0, 2), st.sampled_from(["24MiB", "40MiB"]), st.sampled_from(["4.14", "5.10"]))
def test_a_slow_one_beside_a_fast_one_ends_at_memory_as_walked(make, manager, fast, slow, turn, ram, kernel):  # noqa: PLR0917 - a machine, and who grows on it
    """A round of a thousand fills part of a chunk, or few of them: its kernel memory is that of its instances all the same."""
    rows = [*slow[:turn], fast, *slow[turn:]]
    text = UNEQUAL.format(ram=ram, kernel=kernel) + "{more}"
    found, walked = answered(make(of_kinds(rows), text=text), manager)
    assert found.stops.limit == "ram"
    assert_inside(found, walked)
    when, _who, counts = walked
    assert math.isclose(found.seconds, when, rel_tol=AGREE)
    for (_name, count), by_hand in zip(found.counts, counts, strict=True):
        assert abs(count - by_hand) <= max(AGREE * by_hand, 1)


@pytest.mark.usefixtures("leaps")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from((100, 256, 260, 1000)),
    st.lists(
        st.tuples(
            st.sampled_from(SIZES), st.just(8), st.sampled_from([0, 1]), st.sampled_from(["1/h", "1/day", "1/month"])
        ),
        min_size=1,
        max_size=2,
    ),
    st.integers(0, 2),
)
def test_a_slow_one_beside_a_fast_one_ends_at_address_space_as_walked(make, manager, size, slow, turn):
    rows = [*slow[:turn], (size, 8, 0, "1000/h"), *slow[turn:]]
    found, walked = answered(make(written(rows), vmalloc="8MiB"), manager)
    assert found.stops.limit == "vmalloc"
    assert_inside(found, walked)


@pytest.mark.parametrize(("fast", "slow"), [("1000/h", "1/day"), ("1000/h", "1/h"), ("5000/h", "1/day")])
@pytest.mark.parametrize("turned", [False, True])
def test_the_counts_at_the_end_fit_and_few_more_do(make, manager, fast, slow, turned):
    """With the others at the counts that competition ends at, each one's own fit is in competition's range."""
    rows = [("workqueue", 0, fast), ("kmem-cache", 1, slow)][:: -1 if turned else 1]
    text = UNEQUAL.format(ram="400MiB", kernel="4.14") + "{more}"
    profile = make(of_kinds(rows), text=text)
    found = evaluate(profile, manager, advice=False).competition
    least = profile.with_sets({f"consumer.{name}.count": low for name, low, _high in found.counts_range})
    assert all(one.fits >= one.count for one in evaluate(least, manager, advice=False).consumers)
    ended = profile.with_sets({f"consumer.{name}.count": count for name, count in found.counts})
    fits = {one.name: one.fits for one in evaluate(ended, manager, advice=False).consumers}
    (low, high, count) = next(
        (low, high, dict(found.counts)[name]) for name, low, high in found.counts_range if name == found.first
    )
    assert low <= fits[found.first] <= high
    assert math.isclose(fits[found.first], count, rel_tol=AGREE)
