"""Solve for what a profile's owner did not tell: the values that give exactly the count that was observed.

Two things decide how many instances fit beside what is declared: the vmalloc space that others use (it decides how
many chunks can exist) and what the kernel itself uses of the first chunks (it decides the remainder). The first is solved to
the page; the second only where the first alone cannot give the count.
"""

from collections.abc import Callable
from dataclasses import dataclass

from planner.capacity.evaluate import fits_of
from planner.capacity.filling import ENDLESS
from planner.capacity.machine import EvaluationError, boot
from planner.plugin.manager import PluginManager
from planner.profile.model import Profile

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Calibration:
    """Values in bytes that give exactly ``observed`` instances: ``used`` of the vmalloc space and ``in_use`` of each CPU's dynamic space.

    Each is an inclusive range with every value in it giving the count while the other stands at its ``chosen_…`` value;
    ``in_use`` is ``None`` where it was not needed. ``plausibility`` says what speaks for and against.
    """

    consumer: str
    observed: int
    used: tuple[int, int]
    chosen_used: int
    in_use: tuple[int, int] | None
    chosen_in_use: int | None
    plausibility: str


def calibrate(profile: Profile, manager: PluginManager, consumer: str, observed: int) -> Calibration:
    """Find the values under which exactly ``observed`` instances of ``consumer`` fit.

    :raises EvaluationError: no value does; the message says how near one comes.
    :raises KeyError: the profile has no such consumer.
    """
    machine = boot(profile, manager)
    if machine.space is None:
        raise EvaluationError("calibrate: this kernel's chunks do not lie in the vmalloc space")
    layout = machine.first_chunk.layout
    solver = _Solver(profile.with_sets({"vmalloc.area": None}), manager, consumer, layout.page_size)
    room = (machine.space.end - machine.space.start) // layout.page_size
    in_use = profile.percpu.in_use
    boundary = _first(lambda pages: solver.count(pages, in_use) <= observed, room)
    if boundary is None:
        raise EvaluationError(
            f"calibrate: more than {observed} of {consumer} fit, whatever others use of the vmalloc space"
        )
    own: tuple[int, int] | None = None
    if solver.count(boundary, in_use) != observed:
        # one page less gives too many: what the kernel itself uses makes up the difference
        if boundary > 0:
            own = _own_use(lambda use: solver.count(boundary - 1, use), observed, layout.dynamic + layout.unit_size)
        if own is None:
            near = solver.count(boundary, in_use)
            raise EvaluationError(f"calibrate: no value gives {observed} of {consumer}; {near} is the nearest below")
        in_use = (own[0] + own[1]) // 2 // STEP * STEP
    low = _first(lambda pages: solver.count(pages, in_use) <= observed, room) or 0
    above = _first(lambda pages: solver.count(pages, in_use) < observed, room)
    last = room if above is None else above - 1
    page = layout.page_size
    return Calibration(
        consumer=consumer,
        observed=observed,
        used=(low * page, last * page),
        chosen_used=(low + last) // 2 * page,
        in_use=own,
        chosen_in_use=in_use if own is not None else None,
        plausibility=_plausibility(low * page, last * page, room * page, own, layout.dynamic),
    )


STEP = 8
"""Bytes between two values tried of the kernel's own use."""


class _Solver:
    """How many fit, as a function of the two unknowns."""

    def __init__(self, profile: Profile, manager: PluginManager, consumer: str, page: int) -> None:
        self.profile, self.manager, self.consumer, self.page = profile, manager, consumer, page
        self.known: dict[tuple[int, int | None], int] = {}

    def count(self, used_pages: int, in_use: int | None) -> int:
        """Return the instances that fit when others hold ``used_pages`` and the kernel itself ``in_use`` bytes."""
        key = (used_pages, in_use)
        if key not in self.known:
            profile = self.profile.with_sets({"vmalloc.used": used_pages * self.page, "percpu.in_use": in_use})
            try:
                fits = fits_of(profile, self.manager, self.consumer)
            except EvaluationError:
                fits = 0
            self.known[key] = ENDLESS if fits is None else fits
        return self.known[key]


def _first(holds: Callable[[int], bool], end: int) -> int | None:
    """Return the least number up to ``end`` for which ``holds``, which stays true above it; ``None`` where it never does."""
    low, high = 0, end
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _own_use(count: Callable[[int], int], observed: int, end: int) -> tuple[int, int] | None:
    """Return the inclusive range of the kernel's own use that gives ``observed``, ``None`` where none does."""
    low = _first(lambda steps: count(steps * STEP) <= observed, end // STEP)
    if low is None or count(low * STEP) != observed:
        return None
    above = _first(lambda steps: count(steps * STEP) < observed, end // STEP)
    return low * STEP, end // STEP * STEP if above is None else (above - 1) * STEP


def _plausibility(low: int, high: int, room: int, own: tuple[int, int] | None, dynamic: int) -> str:
    share = (low + high) / 2 / room
    text = f"others would hold {low / MIB:.2f} to {high / MIB:.2f} MiB of {room / MIB:.0f} MiB ({share:.0%})"
    if share < 0.005:
        text += ": little, as on a machine that only booted"
    elif share < 0.35:
        text += ": what graphics apertures, ioremaps and modules of a 32-bit desktop take"
    else:
        text += ": much; something large is mapped, or the model lacks a cost"
    if own is not None:
        text += f"; the kernel itself would use {own[0]} to {own[1]} bytes a CPU, where the first chunk was laid out for {dynamic}"
    return text
