"""How sure the answer is: a profile evaluated at many draws of its uncertain numbers.

The samples are the points of a sweep, so they may be spread over processes or a cluster; they are summed up in their order, which makes the
result the same bytes for the same seed, whoever did the work.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from planner.capacity.batches import Workers
from planner.capacity.draws import Samples
from planner.capacity.sweep import Row, Study, batches, opened, work
from planner.profile.model import Spread
from planner.report.model import GateRisk, InputEffect, SpreadInfo, UncertainInput, UncertaintyInfo
from planner.report.outcome import Outcome

PERCENTILES: Final = (5, 50, 95)
MAXIMUM_SAMPLES: Final = 1_000_000
_BATCH: Final = 32
_FAILED: Final = frozenset({Outcome.FAILED.value, Outcome.WARNED.value, Outcome.WAIVED.value})


def sampled(study: Study, number: int, seed: int, workers: Workers) -> UncertaintyInfo:
    """Evaluate ``number`` draws of the study's uncertain numbers and sum them up.

    :raises WorkersLostError: workers die over one batch.
    """
    uncertain = opened(study).profile.uncertain
    if not uncertain:
        return UncertaintyInfo(samples=0, seed=seed)
    points = Samples(uncertain, number, seed)
    done = workers.run(work, batches(study, points, name="", start=0, size=_BATCH))
    return summary(uncertain, chain.from_iterable(done), seed)


def summary(uncertain: Mapping[str, Spread], rows: Iterable[Row], seed: int) -> UncertaintyInfo:
    """Return percentiles of what fits, how often each gate fails, and which input moves what fits most."""
    drawn = {key: array("d") for key in uncertain}
    fits: dict[str, array[float]] = {}
    rooms: dict[str, array[float]] = {}
    gates: dict[str, Counter[str]] = {}
    good = failed = 0
    for row in rows:
        if row["error"] is not None:
            failed += 1
            continue
        good += 1
        for key, values in drawn.items():
            values.append(row[f"set:{key}"])
        for column, value in row.items():
            name, _, what = column.rpartition(".")
            if column.startswith(("set:", "gate:")):
                continue
            if what == "fits":
                fits.setdefault(name, array("d")).append(_limited(value))
            elif what == "headroom":
                rooms.setdefault(name, array("d")).append(_limited(value))
        for column, value in row.items():
            if column.startswith("gate:") and value is not None:
                gates.setdefault(column.removeprefix("gate:"), Counter())[value] += 1
    return UncertaintyInfo(
        samples=good,
        seed=seed,
        failed=failed,
        inputs=tuple(
            UncertainInput(key=key, kind=spread.kind, low=spread.low, mid=spread.mid, high=spread.high)
            for key, spread in uncertain.items()
        ),
        fits=tuple(_spread(name, values) for name, values in fits.items()),
        headroom=tuple(_spread(name, values) for name, values in rooms.items()),
        gates=tuple(
            GateRisk(
                gate=name,
                fails=sum(seen[one] for one in _FAILED) / good,
                unjudged=seen[Outcome.UNJUDGED.value] / good,
            )
            for name, seen in gates.items()
        ),
        effects=tuple(chain.from_iterable(_effects(name, values, drawn) for name, values in fits.items())),
    )


def _limited(value: float | None) -> float:
    return math.inf if value is None else value


def _spread(name: str, values: Sequence[float]) -> SpreadInfo:
    """Return percentiles by nearest rank: figures that some sample really gave; ``None`` = nothing stops it there."""
    ordered = sorted(values)
    found = [ordered[max(math.ceil(share * len(ordered) / 100) - 1, 0)] for share in PERCENTILES]
    low, middle, high = (None if math.isinf(value) else value for value in found)
    return SpreadInfo(consumer=name, p5=low, p50=middle, p95=high)


def _effects(name: str, fits: Sequence[float], drawn: Mapping[str, Sequence[float]]) -> list[InputEffect]:
    """Return Spearman's rank correlation of each input with what fits, the strongest first; none where nothing varies."""
    target = ranks(fits)
    found = []
    for key, values in drawn.items():
        share = correlation(ranks(values), target)
        if share is not None:
            found.append(InputEffect(consumer=name, key=key, rank_correlation=round(share, 4)))
    return sorted(found, key=lambda effect: -abs(effect.rank_correlation))


def ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for position in range(start, end + 1):
            found[order[position]] = (start + end) / 2
        start = end + 1
    return found


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the correlation of two series, ``None`` where either does not vary."""
    if not one:
        return None
    mean_one, mean_other = math.fsum(one) / len(one), math.fsum(other) / len(other)
    both = math.fsum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread_one = math.fsum((a - mean_one) ** 2 for a in one)
    spread_other = math.fsum((b - mean_other) ** 2 for b in other)
    if spread_one <= 0 or spread_other <= 0:
        return None
    return max(min(both / math.sqrt(spread_one * spread_other), 1.0), -1.0)
