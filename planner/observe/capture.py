"""The running system, or a copied tree, as a profile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from planner.__about__ import __version__
from planner.observe.document import document
from planner.observe.errors import ObserveError
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation, ProbeRecord
from planner.report.text import clean

_COSTS: Final = (
    ("dev/kmsg", "without the boot line the first chunk is modelled, not compared"),
    ("proc/vmallocinfo", "how much of the vmalloc space is taken is assumed: counts that it limits are less certain"),
    (
        "sys/kernel/debug",
        "without percpu_stats the allocator's present state is unknown: a freshly booted one is modelled",
    ),
    ("proc/*/ns", "namespaces of other users' processes are not counted"),
    ("proc/slabinfo", "slab caches are not counted"),
    ("sys/kernel/slab", "slab caches are not counted"),
    ("bpf(2)", "BPF maps and programs are not counted"),
    ("lib/modules", "modules' static per-CPU data are not counted"),
    ("usr/lib/modules", "modules' static per-CPU data are not counted"),
    ("proc/kallsyms", "the static size must come from the boot line"),
    ("sys/fs/cgroup", "control groups are not all counted"),
)
"""What cannot be seen → what that costs in certainty."""
_FACTS: Final = (
    (("percpu.boot_log",), "boot line", "dev/kmsg", "no log that could be read has it (any more)", "dev/kmsg"),
    (("vmalloc.area", "vmalloc.used"), "/proc/vmallocinfo", "proc/vmallocinfo", "not there", "proc/vmallocinfo"),
    (("state.chunk",), "/sys/kernel/debug/percpu_stats", "sys/kernel/debug", "not there", "sys/kernel/debug"),
)
"""Keys of observations → what is said where none has one, unless the file itself was refused: name, file, why, whose cost it has."""
_NO_PROCESSES: Final = "namespaces and what stands behind descriptors are not counted"
_NEEDED: Final = ("system.kernel", "system.arch", "cpus.possible")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be read, why, and what that costs in certainty."""

    what: str
    why: str
    cost: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" + (f" ({self.cost})" if self.cost else "")


@dataclass(frozen=True, slots=True)
class Capture:
    """A captured system: the facts, the profile's text, what could not be seen."""

    observations: tuple[Observation, ...]
    text: str
    unseen: tuple[Unseen, ...]
    failures: tuple[str, ...] = field(default=())

    def value(self, key: str) -> Any:
        """Return the first value of a key, ``None`` where there is none."""
        return next((one.value for one in self.observations if one.key == key), None)


def capture(
    probes: Mapping[str, ProbeRecord],
    root: Root | None = None,
    *,
    now: datetime | None = None,
    more: Iterable[Observation] = (),
) -> Capture:
    """Ask every probe and write the profile; ``more`` are observations that were made otherwise.

    A probe that fails is left out and named in ``failures``. Nothing is written, mounted or traced.

    :raises ObserveError: not even kernel, architecture and CPUs can be told, or the root is no directory.
    """
    place = root if root is not None else Root()
    if not place.path.is_dir():
        raise ObserveError(f"{place.path} is no directory")
    observations: list[Observation] = []
    failures: list[str] = []
    for name, probe in probes.items():
        try:
            observations += probe.read(place)
        except Exception as error:  # noqa: BLE001 - a probe meets whatever a machine holds; the others must go on
            failures.append(f"probe {name} failed: {type(error).__name__}: {clean(str(error), 200)}")
    observations += more
    missing = [key for key in _NEEDED if all(one.key != key for one in observations)]
    if missing:
        raise ObserveError(
            f"{place.path} does not tell {', '.join(missing)}: it is no system, or no copy of /proc and /sys"
        )
    observations.insert(0, seen("system.name", _name(place, observations), ""))
    unseen = tuple(dict.fromkeys(_unseen(place, observations)))
    heading = _heading(place, unseen, failures, now or datetime.now(UTC))
    return Capture(tuple(observations), document(observations, heading), unseen, tuple(failures))


def _name(root: Root, observations: Iterable[Observation]) -> str:
    host = root.line("proc/sys/kernel/hostname") or root.line("etc/hostname") or root.path.name or "this machine"
    kernel = next((str(one.value) for one in observations if one.key == "system.kernel"), "")
    return clean(f"{host}, {kernel}" if kernel else host, 200)


def _unseen(root: Root, observations: Sequence[Observation]) -> Iterator[Unseen]:
    costs = dict(_COSTS)
    for name, why in sorted(root.denied.items()):
        cost = next((cost for prefix, cost in _COSTS if name.startswith(prefix)), "")
        yield Unseen(
            f"/{name}" if "(" not in name and name.split()[0] not in {"rtnetlink", "network"} else name, why, cost
        )
    keys = {one.key for one in observations}
    for needed, what, file, why, cost in _FACTS:
        if keys.isdisjoint(needed) and not any(name.startswith(file) for name in root.denied):
            yield Unseen(what, _unmounted(root) if file == "sys/kernel/debug" else why, costs[cost])
    if not any(name.isdigit() for name in root.names("proc")):
        counted = any(one.key == "consumer" and one.value["kind"] == "process" for one in observations)
        yield Unseen("/proc/PID", "not there", _NO_PROCESSES if counted else f"processes, {_NO_PROCESSES}")
    for text in root.cut:
        yield Unseen(text.split(":", 1)[0], text.partition(": ")[2] or "cut", "")


def _unmounted(root: Root) -> str:
    if root.live and not root.names("sys/kernel/debug"):
        return "debugfs is not mounted (mount -t debugfs none /sys/kernel/debug)"
    return "not there"


def _heading(root: Root, unseen: Iterable[Unseen], failures: Iterable[str], now: datetime) -> Iterable[str]:
    where = "the running system" if root.live else f"the tree {root.path}"
    yield f"Captured by planner {__version__} from {where} at {now:%Y-%m-%d %H:%M:%S} UTC"
    for one in unseen:
        yield f"not seen: {one}"
    yield from failures


def root_of(path: str | None) -> Root:
    """Return the root for ``--root``."""
    return Root(Path(path)) if path is not None and path != "/" else Root()
