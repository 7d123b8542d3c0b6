"""Changes of kernel, word size and memory."""

from collections.abc import Iterable, Iterator

from planner.plugin import AdviceRecord, Change, KernelVersion, Report, System, hookimpl
from planner_advice.first import limit_of_first

_LONG_TERM = ("4.19", "5.10", "5.15", "6.1", "6.6", "6.12")
"""Long-term kernels (kernel.org/category/releases.html): what a user can really move to."""

_UNITS = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10}


def newer_kernel(system: System, report: Report) -> Iterator[Change]:
    """Propose the newest long-term kernels: structures and the allocator itself changed."""
    if not any(consumer.fits is not None for consumer in report.consumers):
        return
    newer = [text for text in _LONG_TERM if KernelVersion.parse(text).release > system.kernel.release]
    for text in newer[-2:]:
        yield Change(change=f"move to kernel {text}", paste=text, sets={"system.kernel": f'"{text}"'})


def more_memory(system: System, report: Report) -> Iterator[Change]:
    """Propose twice the RAM where memory is what ends first."""
    if system.ram is None or limit_of_first(report) != "ram":
        return
    text = written(2 * system.ram)
    yield Change(change=f"twice the memory ({text})", paste=text, sets={"memory.ram": f'"{text}"'})


def written(size: int) -> str:
    """Return a size as a profile takes it, in the largest unit that divides it, up to GiB."""
    return next((f"{size // unit}{name}" for name, unit in _UNITS.items() if size % unit == 0), str(size))


@hookimpl
def planner_advice() -> Iterable[AdviceRecord]:
    """Advice about the system as a whole."""
    return (
        AdviceRecord(name="kernel", summary="a newer long-term kernel", propose=newer_kernel),
        AdviceRecord(name="memory", summary="more RAM", propose=more_memory),
    )
