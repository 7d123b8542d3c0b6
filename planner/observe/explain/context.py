"""Facts about the machine that a pasted log tells by the way: kernel, CPUs, memory."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from planner.allocator.kernel_version import KernelVersion

_RELEASE: Final = r"(\d{1,2}\.\d{1,3}(?:\.\d{1,4})?(?:-rc\d{1,2})?[-+~.\w]{0,80})"
_KERNEL: Final = (
    re.compile(r"\bLinux version " + _RELEASE + r".{0,300}", re.ASCII),
    re.compile(r"^Linux \S{1,128} " + _RELEASE + r" .{0,300}", re.ASCII),
    re.compile(
        (
            r"(?:[Pp][Ii][Dd]: \d{1,10},? [Cc]omm: .{1,32}? (?:Not tainted|Tainted: [A-Z ]{1,40}|Kdump: \S{1,10}(?: Not"
            r" tainted)?)[ ,]{0,20})"
        )
        + _RELEASE
        + (r".{0,200}"),
        re.ASCII,
    ),
    re.compile(r"\b(?:[Kk]ernel|KERNEL|[Ll]inux)(?:[ -][Vv]ersion)?[ :=-]{1,3}v?" + _RELEASE, re.ASCII),
)
_HOTPLUG: Final = re.compile(
    r"\bAllowing (\d{1,5}) (?:present )?CPUs, (\d{1,5}) hotplug CPUs|CPU topo: Allowing (\d{1,5}) present CPUs plus"
    r" (\d{1,5}) hotplug CPUs",
    re.ASCII,
)
_IDS: Final = re.compile(r"\bnr_cpu_ids:(\d{1,5})\b|\bnr_cpu_ids=(\d{1,5})\b", re.ASCII)
_NPROC: Final = re.compile(
    r"\bsmp: Brought up \d{1,4} nodes?, (\d{1,5}) CPUs|\bCPU(?:\(s\)|s):\s{1,40}(\d{1,5})\b|^nproc:?\s{1,8}(\d{1,5})$",
    re.ASCII,
)
_MEMTOTAL: Final = re.compile(r"^MemTotal:\s{1,20}(\d{1,15}) kB", re.ASCII)
_BITS32: Final = re.compile(
    r"\b(?:i[3-6]86|armv[67]l?|686-pae|armmp|HIGHMEM|HighTotal|Lowmem)\b", re.IGNORECASE | re.ASCII
)
_AREA: Final = re.compile(r"\s(\d{1,15}) pcpu_get_vm_areas", re.ASCII)
_UNIT: Final = re.compile(
    (r"percpu: Embedded (\d{1,6}) pages/cpu .{0,40}?s(\d{1,10}) r(\d{1,10}) d(\d{1,10}) u(\d{1,12})"),
    re.IGNORECASE | re.ASCII,
)


@dataclass(slots=True)
class Facts:
    """What is known so far; ``None`` = not told. Counts of CPUs, bytes of memory."""

    kernel: KernelVersion | None = None
    possible: int | None = None
    online: int | None = None
    memory: int | None = None
    bits32: bool = False
    unit_size: int | None = None
    reserved: int | None = None
    area: int | None = None

    def read(self, line: str) -> None:
        """Take what one line tells; the first telling counts, but a boot line outranks a guess from prose."""
        if self.kernel is None and ("inux" in line or "ernel" in line or "omm:" in line):
            self._kernel(line)
        if "CPU" in line or "cpu" in line or "nproc" in line:
            self._cpus(line)
            self._chunks(line)
        if line.startswith("MemTotal"):
            found = _MEMTOTAL.match(line)
            if found is not None and self.memory is None:
                self.memory = int(found[1]) * 1024
        if not self.bits32 and _BITS32.search(line):
            self.bits32 = True

    def _kernel(self, line: str) -> None:
        for pattern in _KERNEL:
            found = pattern.search(line)
            if found is not None:
                with contextlib.suppress(ValueError):
                    text = found[0] if "Debian" in found[0] else found[1].rstrip(".,;:")
                    self.kernel = KernelVersion.parse(text)
                    return

    def _cpus(self, line: str) -> None:
        found = _HOTPLUG.search(line)
        if found is not None:
            total, hotplug = (
                (int(found[1]), int(found[2])) if found[1] else (int(found[3]) + int(found[4]), int(found[4]))
            )
            self.possible, self.online = total, self.online or total - hotplug
        found = _IDS.search(line)
        if found is not None:
            self.possible = self.possible or int(found[1] or found[2])
        found = _NPROC.search(line)
        if found is not None:
            self.online = int(found[1] or found[2] or found[3])

    def _chunks(self, line: str) -> None:
        found = _UNIT.search(line)
        if found is not None:
            self.reserved, self.unit_size = int(found[3]), int(found[5])
        found = _AREA.search(line)
        if found is not None:
            self.area = max(self.area or 0, int(found[1]))

    @property
    def hotplug(self) -> bool:
        """Whether CPUs are possible that are not there: their units are paid for all the same."""
        return self.possible is not None and self.online is not None and self.possible > self.online

    @property
    def oversized_chunks(self) -> bool:
        """Whether a chunk's area has units for more than twice the CPUs that are online."""
        if not self.area or not self.unit_size or not self.online:
            return False
        return self.area // self.unit_size > 2 * self.online

    @property
    def many_cpus(self) -> bool:
        """Whether there are 64 possible CPUs or more."""
        return self.possible is not None and self.possible >= 64

    @property
    def small_memory(self) -> bool:
        """Whether the machine has less than 1 GiB."""
        return self.memory is not None and self.memory < 1 << 30

    def holds(self, name: str) -> bool:
        """Return whether the fact of that name is known to hold."""
        return bool(getattr(self, name))

    def within(self, since: str, until: str) -> bool | None:
        """Return whether the kernel lies in a range (``until`` excluded), ``None`` where it is not known."""
        if self.kernel is None:
            return None
        if since and self.kernel < KernelVersion.parse(since):
            return False
        return not (until and self.kernel >= KernelVersion.parse(until))

    def as_data(self) -> Mapping[str, Any]:
        """Return the known facts, plain."""
        found = {
            "kernel": str(self.kernel) if self.kernel is not None else None,
            "cpus_possible": self.possible,
            "cpus_online": self.online,
            "memory_bytes": self.memory,
            "unit_size": self.unit_size,
        }
        return {key: value for key, value in found.items() if value is not None}
