"""Sizes of the structures that consumers allocate, from the kernel's own BTF."""

from collections.abc import Iterator

from planner.binary.btf import MAXIMUM, Btf
from planner.binary.structs import STRUCTURES
from planner.observe.errors import ObserveError
from planner.observe.probes.system import machine
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation


def read(root: Root) -> Iterator[Observation]:
    """Yield ``structs``: name → size and alignment."""
    data = root.read("sys/kernel/btf/vmlinux", MAXIMUM)
    if not data:
        return
    word = 8 if "64" in (machine(root) or "64") or machine(root) == "s390x" else 4
    try:
        sizes = Btf(data, word).sizes(STRUCTURES)
    except ObserveError as error:
        root.cut.append(f"sys/kernel/btf/vmlinux: {error}")
        return
    source = "/sys/kernel/btf/vmlinux"
    found = {name: {"size": size.size, "align": size.align, "source": source} for name, size in sorted(sizes.items())}
    if found:
        yield seen("structs", found, f"{source} (alignments are lower bounds: BTF has none)")
