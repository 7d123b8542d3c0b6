"""Every gate passes at its limit and fails one past it, and passes nothing that it cannot judge."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.report.model import Limit, PercpuInfo
from planner_gates.budget import Budget, judge_budget
from planner_gates.burst import BurstSurvival, judge_burst
from planner_gates.fits import Fits, judge_fits
from planner_gates.headroom import Headroom, judge_headroom
from planner_gates.limit import LimitUse, judge_limit
from tests.report_samples import laptop, node

COUNTS = st.integers(0, 10**12)


def with_consumer(**changes):
    report = laptop()
    return replace(report, consumers=(replace(report.consumers[0], **changes),))


@given(COUNTS)
def test_fits(needed):
    gate = Fits(min=needed, consumer="experiment")
    assert judge_fits(gate, with_consumer(fits=needed)).passed is True
    assert judge_fits(gate, with_consumer(fits=needed - 1)).passed is False


@given(COUNTS)
def test_fits_declared(count):
    assert judge_fits(Fits(), with_consumer(fits=count, count=count)).passed is True
    assert judge_fits(Fits(), with_consumer(fits=count, count=count + 1)).passed is False


@given(st.integers(1, 10**9), st.integers(0, 100))
def test_headroom_percent(fits, percent):
    most = fits - -(-fits * percent // 100)  # the largest count that leaves percent free
    gate = Headroom(min=f"{percent}%", consumer="experiment")
    assert judge_headroom(gate, with_consumer(fits=fits, count=most)).passed is True
    assert judge_headroom(gate, with_consumer(fits=fits, count=most + 1)).passed is False


@given(COUNTS, COUNTS)
def test_headroom_instances(count, free):
    gate = Headroom(min=free)
    assert judge_headroom(gate, with_consumer(fits=count + free, count=count)).passed is True
    assert judge_headroom(gate, with_consumer(fits=count + free - 1, count=count)).passed is False


@pytest.mark.parametrize(
    ("count", "bounds", "found", "margin"),
    [
        (79, None, "21.0 % free, 100 of experiment", "+1.0 %"),
        (100, None, "0.0 % free, 100 of experiment", "-20.0 %"),
        (288, None, "short by 188: 100 of experiment fit", "-208"),
        (288, (90, 100), "short by 188 to 198: 90 to 100 of experiment fit", "-216"),
        (95, (90, 100), "short by up to 5: 90 to 100 of experiment fit", "-23"),
        (95, (90, None), "short by up to 5: 90 to ? of experiment fit", "-23"),
        (5, (0, 0), "short by 5: 0 of experiment fit", "-5"),
    ],
)
def test_a_shortage_is_told_in_instances(count, bounds, found, margin):
    finding = judge_headroom(Headroom(min="20%"), with_consumer(fits=100, fits_range=bounds, count=count))
    assert (finding.found, finding.margin) == (found, margin)


def test_headroom_of_nothing_is_none():
    assert judge_headroom(Headroom(min="20%"), with_consumer(fits=0, count=0)).passed is False
    assert judge_headroom(Headroom(min="0%"), with_consumer(fits=0, count=0)).passed is True


@given(COUNTS)
def test_budget_of_percpu(size):
    report = replace(laptop(), percpu=replace(laptop().percpu, meminfo_bytes=size))
    assert judge_budget(Budget(max=size), report).passed is True
    finding = judge_budget(Budget(max=size), replace(report, percpu=replace(report.percpu, meminfo_bytes=size + 1)))
    assert finding.passed is False
    assert f" {finding.found} " not in finding.expected, "a limit and one past it read alike"


@given(COUNTS)
def test_budget_of_a_consumer(size):
    for figure, field in (("total", "bytes_total"), ("cpu", "bytes_per_cpu")):
        gate = Budget(max=size, consumer="experiment", figure=figure)
        assert judge_budget(gate, with_consumer(**{field: size})).passed is True
        assert judge_budget(gate, with_consumer(**{field: size + 1})).passed is False


@given(st.integers(0, 10**6))
def test_budget_of_static_data(size):
    piece = laptop().consumers[0].pieces[0]
    reserved = replace(piece, size=size, reserved=True)
    gate = Budget(max=size, consumer="experiment", figure="static")
    assert judge_budget(gate, with_consumer(pieces=(piece, reserved))).passed is True
    assert judge_budget(gate, with_consumer(pieces=(piece, replace(reserved, size=size + 1)))).passed is False
    whole = Budget(max=size + piece.size, consumer="experiment", figure="instance")
    assert judge_budget(whole, with_consumer(pieces=(piece, reserved))).passed is True
    assert judge_budget(whole, with_consumer(pieces=(piece, replace(reserved, size=size + 1)))).passed is False


def with_limit(used, total, unit="bytes"):
    limit = Limit(name="vmalloc", what="space", used=used, total=total, unit=unit, basis="modelled")
    return replace(laptop(), limits=(limit,))


@given(st.integers(1, 10**12), st.integers(0, 100))
def test_limit_percent(total, percent):
    most = total * percent // 100
    gate = LimitUse(limit="vmalloc", max=f"{percent}%")
    assert judge_limit(gate, with_limit(most, total)).passed is True
    assert judge_limit(gate, with_limit(most + 1, total)).passed is False
    assert judge_limit(LimitUse(max=f"{percent}%"), with_limit(most + 1, total)).passed is False


@given(COUNTS)
def test_limit_amount(size):
    assert judge_limit(LimitUse(limit="vmalloc", max=size), with_limit(size, None)).passed is True
    assert judge_limit(LimitUse(limit="vmalloc", max=size), with_limit(size + 1, None)).passed is False


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(100, 200, True), (99, 200, None), (50, 99, False), (None, 99, False), (None, None, None), (100, None, True)],
)
def test_a_range_passes_only_where_its_low_end_does(low, high, expected):
    report = with_consumer(fits=None, fits_range=(low, high), depends_on=("the weather",))
    finding = judge_fits(Fits(min=100), report)
    assert finding.passed is expected
    assert (
        judge_headroom(Headroom(min=0), with_consumer(fits=None, fits_range=(low, high), count=100)).passed is expected
    )
    assert (finding.remedy == "depends on the weather") == (expected is None)


def test_what_nothing_stops_passes():
    report = with_consumer(fits=None, more=None, stops=None)
    assert judge_fits(Fits(min=10**15), report).passed is True
    assert judge_headroom(Headroom(min="99%"), report).passed is True


@pytest.mark.parametrize(
    ("judge", "gate"),
    [
        (judge_fits, Fits(consumer="nobody")),
        (judge_headroom, Headroom(consumer="nobody")),
        (judge_budget, Budget(max=1 << 60, consumer="nobody")),
        (judge_limit, LimitUse(limit="nothing", max=1 << 60)),
        (judge_limit, LimitUse(limit="size", max="100%")),
    ],
)
def test_what_is_not_there_is_not_judged(judge, gate):
    assert judge(gate, laptop()).passed is None


def test_no_consumer_at_all_is_not_judged():
    empty = replace(laptop(), consumers=(), limits=())
    assert judge_fits(Fits(), empty).passed is None
    assert judge_headroom(Headroom(), empty).passed is None
    assert judge_limit(LimitUse(), empty).passed is None


def test_static_data_that_the_report_does_not_tell_is_not_judged():
    gate = Budget(max=1 << 60, consumer="experiment", figure="static")
    assert judge_budget(gate, with_consumer(pieces=())).passed is None


def test_the_worst_consumer_decides_and_the_change_that_helps_is_named():
    report = node()
    finding = judge_headroom(Headroom(min="21%"), report)
    assert finding.passed is False
    assert "veth" in finding.expected
    assert finding.remedy == "nr_cpus=128: 24,000 fit"


@given(COUNTS)
def test_burst(largest):
    (_veth, pod) = node().bursts
    report = replace(node(), bursts=(replace(pod, largest=largest),))
    assert judge_burst(BurstSurvival(min=largest, consumer="pod"), report).passed is True
    assert judge_burst(BurstSurvival(min=largest + 1), report).passed is False


def test_a_declared_burst():
    assert judge_burst(BurstSurvival(consumer="veth"), node()).passed is True
    finding = judge_burst(BurstSurvival(), node())
    assert (finding.passed, finding.remedy) == (False, "allocate ahead of the burst")
    assert judge_burst(BurstSurvival(), laptop()).passed is None
    assert judge_burst(BurstSurvival(min=0, consumer="nobody"), node()).passed is None


def test_percpu_of_one_cpu():
    report = replace(laptop(), percpu=PercpuInfo(meminfo_bytes=2 * 4096, chunks=1, populated_pages=1, metadata_bytes=0))
    assert judge_budget(Budget(max=4096, figure="cpu"), report).passed is True
    assert judge_budget(Budget(max=4095, figure="cpu"), report).passed is False


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda value: Fits(min=value), "many"),
        (lambda value: Fits(min=value), -1),
        (lambda value: BurstSurvival(min=value), "many"),
        (lambda value: BurstSurvival(min=value), -1),
        (lambda value: Headroom(min=value), "20 percent"),
        (lambda value: Headroom(min=value), "101%"),
        (lambda value: LimitUse(max=value), "-5%"),
        (lambda value: Budget(max=1, figure=value), "static"),
    ],
)
def test_parameters_refuse_nonsense(make, value):
    with pytest.raises(ValueError, match=r"."):
        make(value)


def test_shares_are_exact():
    from planner_gates.quantity import parse_quantity  # noqa: PLC0415 - the only test of it

    assert parse_quantity("33.3%").of(1000) == Fraction(333)
    assert parse_quantity("1MiB").of(0) == 1 << 20
    assert parse_quantity(7).of(10**9) == 7


def test_as_many_digits_as_tell_found_from_expected():
    gate = Headroom(min="99.9498%", consumer="experiment")
    short = judge_headroom(gate, with_consumer(fits=10_000, count=6))
    assert (short.found, short.margin) == ("99.940 % free, 10,000 of experiment", "-0.010 %")
    near = judge_headroom(gate, with_consumer(fits=1_000_000, count=503))
    assert (near.passed, near.found, near.margin) == (False, "99.9497 % free, 1,000,000 of experiment", "-0.0001 %")


@pytest.mark.parametrize("text", ["%", "-20%", "x%"])
def test_what_is_no_percentage_is_said_with_its_parameter(text):
    with pytest.raises(ValueError, match=f'^min: "{text}" is not a percentage; allowed: '):
        Headroom(min=text)
    with pytest.raises(ValueError, match=f'^max: "{text}" is not a percentage; allowed: '):
        LimitUse(max=text)
