"""The fill curve: how Percpu and the number of chunks grow with one consumer's instances, up to the one that fails.

Every other consumer is at its declared count. Up to its own declared count a point is what a report of that count says; from there on
instances come after all others, as where ``fits`` is counted, so that the curve ends where ``fits`` does.
"""

from collections.abc import Iterator
from typing import Final

from planner.capacity.bases import Base, Consumers, populate
from planner.capacity.filling import place
from planner.capacity.fit import FOLLOWED
from planner.capacity.machine import Machine, boot
from planner.capacity.resolve import plans
from planner.plugin.manager import PluginManager
from planner.profile.model import Profile
from planner.report.model import ConsumerInfo, FillCurve, FillPoint, Report

POINTS: Final = 12
"""Points above the declared count by default."""
FEW: Final = 3
"""The same where a mix is followed in proportion: between any two of them it goes on alike, and each costs much."""
_BELOW: Final = 3
"""Points below the declared count."""
_UNLIMITED: Final = 10
"""Where nothing stops a consumer, its curve runs to so many times its count."""


def chosen(report: Report) -> ConsumerInfo | None:
    """Return the consumer that breaks first, else the dearest one; ``None`` without consumers."""
    first = next((one for one in report.consumers if one.name == report.verdict.breaks_first), None)
    return first or max(report.consumers, key=lambda one: one.bytes_total, default=None)


def fill_curve(
    profile: Profile, manager: PluginManager, consumer: ConsumerInfo, points: int | None = None
) -> FillCurve | None:
    """Return the curve of ``consumer`` of a report of ``profile``; ``None`` where its instances take nothing.

    :raises EvaluationError: no such machine can be modelled.
    """
    machine = boot(profile, manager)
    consumers = plans(profile, manager)
    number = [spec.name for spec in profile.consumers].index(consumer.name)
    plan = consumers[number][0].plan
    if not plan.each and not plan.memory:
        return None
    followed = FOLLOWED in consumer.depends_on
    steps = points or (FEW if followed else POINTS)
    last = consumer.fits if consumer.fits is not None else max(consumer.count, 1) * _UNLIMITED
    if consumer.placed is not None or last < consumer.count:
        found = [*_above(machine, _with(consumers, number, 0), number, 0, last, steps)]
    else:
        found = [*_below(machine, consumers, number, last, steps)]
        found += _above(machine, consumers, number, consumers[number][1], last, steps)
    return FillCurve(
        consumer=consumer.name,
        points=tuple(found),
        fails_at=None if consumer.fits is None else consumer.fits + 1,
        followed=followed,
    )


def _with(consumers: Consumers, number: int, count: int) -> Consumers:
    return [(named, count if index == number else declared) for index, (named, declared) in enumerate(consumers)]


def _below(machine: Machine, consumers: Consumers, number: int, last: int, steps: int) -> Iterator[FillPoint]:
    """Yield points from none to below the declared count; a captured state holds that count and knows of no fewer."""
    declared = consumers[number][1]
    if machine.profile.state is not None:
        return
    parts = _BELOW if declared * steps > last else 1
    for count in sorted({declared * part // parts for part in range(parts)} - {declared}):
        yield _point(count, populate(machine, _with(consumers, number, count)))


def _above(  # noqa: PLR0913, PLR0917 - the machine, who grows from where to where
    machine: Machine, consumers: Consumers, number: int, start: int, last: int, steps: int
) -> Iterator[FillPoint]:
    base = populate(machine, consumers)
    made = start
    yield _point(made, base)
    for step in range(1, steps + 1):
        wanted = start + (last - start) * step // steps - made
        if wanted <= 0:
            continue
        filled = place(base.allocator, consumers[number][0].plan, wanted, machine.effort, first=made == 0)
        made += filled.made
        yield _point(made, base)
        if not filled.complete:
            return


def _point(count: int, base: Base) -> FillPoint:
    return FillPoint(instances=count, percpu_bytes=base.allocator.percpu_bytes, chunks=1 + base.backing.chunks)
