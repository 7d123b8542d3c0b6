"""/proc/vmallocinfo: every area of the vmalloc space."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(
    r"0x([0-9a-fA-F]{8,16})-0x([0-9a-fA-F]{8,16})[ \t]+(\d{1,20})(?:[ \t]+(\S.{0,1000}?))?[ \t\r]*$", re.ASCII
)
_MAXIMUM: Final = 1_000_000
_KINDS: Final = ("ioremap", "vmalloc", "vmap", "user", "vm_map_ram", "sparse", "unpurged")


@dataclass(frozen=True, slots=True)
class Area:
    """One area: addresses, ``size`` in bytes as printed (a guard page is included where there is one), who asked for it.

    ``caller`` is the function without its offset, empty for areas without one; ``kind`` is ioremap, vmalloc, vmap or another word
    of the line, empty where it has none.
    """

    start: int
    end: int
    size: int
    caller: str
    kind: str
    text: str

    @property
    def percpu(self) -> bool:
        """Whether this is the address space of a per-CPU chunk (mm/vmalloc.c:pcpu_get_vm_areas)."""
        return self.caller == "pcpu_get_vm_areas"


@dataclass(frozen=True, slots=True)
class VmallocInfo:
    """The areas in the order of the file. ``hashed``: the addresses are not real ones (``%p`` without ``no_hash_pointers``)."""

    areas: tuple[Area, ...]
    hashed: bool

    @property
    def total(self) -> int:
        """Bytes of all areas."""
        return sum(area.size for area in self.areas)

    def by_caller(self) -> dict[str, tuple[int, int]]:
        """Return (number, bytes) by caller, largest first."""
        sums: dict[str, tuple[int, int]] = {}
        for area in self.areas:
            count, size = sums.get(area.caller, (0, 0))
            sums[area.caller] = (count + 1, size + area.size)
        return dict(sorted(sums.items(), key=lambda item: -item[1][1]))


def parse_vmallocinfo(lines: Iterable[str]) -> VmallocInfo:
    """Return the areas that the lines hold; other lines are passed over, at most a million areas are kept.

    From 4.15 on ``%p`` prints a hash unless ``no_hash_pointers`` is given; then sizes and callers are true and addresses are not.
    """
    areas: list[Area] = []
    for line in lines:
        area = parse_area(line)
        if area is not None:
            areas.append(area)
            if len(areas) >= _MAXIMUM:
                break
    genuine = all(area.end - area.start == area.size and area.start % 4096 == 0 for area in areas)
    return VmallocInfo(tuple(areas), hashed=not genuine)


def parse_area(line: str) -> Area | None:
    """Return the area of one line of /proc/vmallocinfo, ``None`` where it is no such line."""
    match = _LINE.match(line.strip())
    if match is None:
        return None
    text = match[4] or ""
    words = text.split()
    caller = words[0].split("+", 1)[0] if words and "=" not in words[0] and words[0] not in _KINDS else ""
    kind = next((word for word in words[1 if caller else 0 :] if word in _KINDS), "")
    return Area(int(match[1], 16), int(match[2], 16), int(match[3]), caller, kind, text)
