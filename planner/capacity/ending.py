"""Where a consumer ends that grows until something refuses it, and what does."""

import math

from planner.allocator.kernel import CHUNK_TYPES
from planner.allocator.messages import failure_lines
from planner.allocator.request import Failure
from planner.capacity.bases import Base, Bases
from planner.capacity.filling import ENDLESS, Filled, place
from planner.capacity.machine import Machine, Scenario
from planner.capacity.plan import NamedPlan
from planner.quick import dataclass
from planner.report.model import Stop


@dataclass(frozen=True, slots=True)
class Ended:
    """``made`` instances exist when ``stop`` ends it; where a mix was estimated, too many or too few by up to ``off``."""

    made: int | None = None
    stop: Stop | None = None
    off: tuple[int, int] = (0, 0)


def end_of(bases: Bases, number: int, scenario: Scenario | None = None) -> Ended:
    """Return how many instances of consumer ``number`` there can be, and what ends them; of a ``scenario`` where one is given."""
    machine = bases.machine
    named, count = bases.consumers[number]
    base = bases.at(number, scenario)
    at_count = base.placed[number].filled
    if not at_count.complete:
        return Ended(at_count.made, stop_of(machine, base, at_count), _off(base, named))
    if not named.plan.each and not named.plan.memory:
        return Ended()
    if machine.first_chunk.layout.km and base.backing.memory.lowmem is None:
        return Ended()  # chunks are plain pages here, and nobody said how many there are
    base.backing.refusals.clear()
    more = place(base.allocator, named.plan, ENDLESS, machine.effort, first=count == 0)
    if more.complete:
        return Ended()
    stop = stop_of(machine, base, more)
    less, plus = _off(base, named, more)
    if less or plus:
        chunk = of_last_chunks(machine, named, stop.limit)
        less, plus = less + chunk, plus + chunk
    return Ended(count + more.made, stop, (less, plus))


def of_last_chunks(machine: Machine, named: NamedPlan, limit: str) -> int:
    """Return by how many instances an estimate may miss the end: what two chunks hold, three where there are two types of chunks.

    Stand-ins are whole pages, so how the last chunks are populated, and whose they are, is not seen to the page.
    """
    layout, plan = machine.first_chunk.layout, named.plan
    chunks = 3 if machine.memcg and CHUNK_TYPES.at(machine.profile.system.kernel) > 1 else 2
    each = layout.unit_size // max(plan.bytes_per_instance, 1) + 1
    if limit != "vmalloc":
        units = max(plan.bytes_per_instance * layout.nr_cpus + plan.memory_bytes, 1)
        each = layout.unit_size * layout.nr_cpus // units + 1
    return chunks * each


def _off(base: Base, named: NamedPlan, more: Filled | None = None) -> tuple[int, int]:
    """Return by how many instances of ``named`` the figures may be off, as far as mixes of requests were estimated."""
    less, plus = (more.off or (0, 0)) if more is not None else (0, 0)
    each = named.plan.bytes_per_instance or 1
    for one in base.placed:
        if one.filled.off is not None:
            share = one.named.plan.bytes_per_instance / each
            less += math.ceil(one.filled.off[0] * share)
            plus += math.ceil(one.filled.off[1] * share)
    return less, plus


def stop_of(machine: Machine, base: Base, filled: Filled) -> Stop:
    """Say what ended a filling, with the lines that this kernel logs about it."""
    version = machine.profile.system.kernel
    refusal = base.backing.refusals[-1] if base.backing.refusals else None
    lines = refusal.lines if refusal is not None else ()
    if filled.failure is None:
        what = refusal.what if refusal else "kernel memory"
        return Stop(limit=refusal.limit if refusal else "ram", reason=f"no memory for {what}", kernel_log=lines)
    if refusal is not None and refusal.killer:
        return Stop(limit=refusal.limit, reason="out of memory", kernel_log=lines)
    warning = base.allocator.warnings[-1] if base.allocator.warnings else None
    if warning is not None and warning.reason is not Failure.ILLEGAL:
        lines += failure_lines(
            version, size=warning.size, align=warning.align, reason=warning.reason.value, atomic=warning.atomic
        )
    return Stop(limit=_limit(filled.failure, refusal), reason=filled.failure.value, kernel_log=lines)


def _limit(failure: Failure, refusal: object) -> str:
    """Name the limit that a failure stands for."""
    named = {
        Failure.RESERVED: "reserved",
        Failure.EXTEND_RESERVED: "reserved",
        Failure.ILLEGAL: "size",
        Failure.ATOMIC: "atomic",
    }
    return named.get(failure) or str(getattr(refusal, "limit", "vmalloc"))
