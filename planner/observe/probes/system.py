"""Kernel, CPUs, NUMA nodes, memory and command line."""

import os
import re
import struct
from collections.abc import Iterator
from typing import Final

from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.probes.boot import boot_lines
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation
from planner.profile.cpu_list import parse_cpu_list

_VERSION: Final = re.compile(r"Linux version (\S{1,100})")
_DEBIAN: Final = re.compile(r"\bDebian \d[\w.+~]{0,40}-\d[\w.+~]{0,40}")
_UNAME: Final = re.compile(r"Linux \S{1,128} (\d\S{0,100}) .{0,300} (\w{3,12}) GNU/Linux")
_NODE: Final = re.compile(r"node(\d{1,5})")
_TOTAL: Final = re.compile(r"Memory: \d{1,12}K/(\d{1,12})K available")
_UNAMES: Final = ("uname", "sos_commands/kernel/uname_-a")
_SAID_BY_UNAME: Final = "uname -a"
_PAGE_SIZE_OF_AUXV: Final = 6
_STRUCT_PAGE: Final = {32: 40, 64: 64}
_MACHINES_64: Final = ("64", "s390x", "alpha")


def read(root: Root) -> Iterator[Observation]:
    """Yield facts of the machine."""
    uname = _uname(root)
    yield from _kernel(root, uname)
    yield from _cpus(root)
    yield from _numa(root)
    yield from _memory(root, machine(root, uname))
    cmdline = root.line("proc/cmdline")
    if cmdline is not None:
        yield seen("boot.cmdline", cmdline[:16384], "/proc/cmdline")


def _uname(root: Root) -> "re.Match[str] | None":
    return next((found for name in _UNAMES if (found := _UNAME.search(root.text(name, 4096) or "")) is not None), None)


def machine(root: Root, uname: "re.Match[str] | None" = None) -> str | None:
    """Return what ``uname -m`` says, ``None`` where the tree does not tell."""
    name = root.line("proc/sys/kernel/arch")
    if name is not None:
        return name
    if root.live:
        return os.uname().machine
    uname = uname or _uname(root)
    return uname[2] if uname is not None else None


def release(root: Root) -> str | None:
    """Return what ``uname -r`` says, ``None`` where the tree does not tell."""
    name = root.line("proc/sys/kernel/osrelease")
    if name is not None:
        return name
    found = _VERSION.search(root.line("proc/version") or "")
    if found is not None:
        return found[1]
    uname = _uname(root)
    return uname[1] if uname is not None else None


def _kernel(root: Root, uname: "re.Match[str] | None") -> Iterator[Observation]:
    version = root.line("proc/version")
    name = release(root)
    if name is not None:
        package = _DEBIAN.search(version or (uname[0] if uname is not None else ""))
        shown = f"{name} ({package[0]})" if package is not None else name
        files = {"/proc/version": version, "/proc/sys/kernel/osrelease": root.line("proc/sys/kernel/osrelease")}
        yield seen("system.kernel", shown, next((file for file, text in files.items() if text), _SAID_BY_UNAME))
    arch = machine(root, uname)
    if arch is not None:
        told = root.line("proc/sys/kernel/arch") is not None
        yield seen("system.arch", arch, "/proc/sys/kernel/arch" if told else _SAID_BY_UNAME)
    size = page_size(root)
    if size != 4096:
        yield seen("system.page_size", size, "page size of this machine's processes")


def page_size(root: Root) -> int:
    """Return the page size in bytes; 4096 where a copied tree does not tell."""
    if root.live:
        return os.sysconf("SC_PAGE_SIZE")
    auxv = root.read("proc/1/auxv", 4096) or root.read("proc/self/auxv", 4096) or b""
    for start in range(0, len(auxv) - 15, 16):
        kind, value = struct.unpack_from("<QQ", auxv, start)
        if kind == _PAGE_SIZE_OF_AUXV:
            return int(value)
    return 4096


def _cpus(root: Root) -> Iterator[Observation]:
    for key, file in (("cpus.possible", "possible"), ("cpus.online", "online")):
        text = root.line(f"sys/devices/system/cpu/{file}")
        if text and _readable_list(text):
            yield seen(key, text, f"/sys/devices/system/cpu/{file}")


def _readable_list(text: str) -> bool:
    try:
        return bool(parse_cpu_list(text))
    except ValueError:
        return False


def _numa(root: Root) -> Iterator[Observation]:
    base = "sys/devices/system/node"
    nodes = sorted(int(found[1]) for name in root.names(base) if (found := _NODE.fullmatch(name)) is not None)
    if len(nodes) < 2:
        return
    cpus = {str(node): root.line(f"{base}/node{node}/cpulist") or "" for node in nodes}
    yield seen("numa.nodes", cpus, f"/{base}/node*/cpulist (online CPUs only)")
    distances = [_numbers(root.line(f"{base}/node{node}/distance")) for node in nodes]
    if nodes == list(range(len(nodes))) and all(len(row) == len(nodes) for row in distances):
        yield seen("numa.distances", distances, f"/{base}/node*/distance")


def _numbers(text: str | None) -> list[int]:
    words = (text or "").split()
    return [int(word) for word in words] if all(word.isdigit() and len(word) < 6 for word in words) else []


def _memory(root: Root, arch: str | None) -> Iterator[Observation]:
    values = parse_meminfo(root.text("proc/meminfo", 1 << 16) or "")
    total = values.get("MemTotal")
    if total is None:
        return
    found = next((found for line in boot_lines(root).lines if (found := _TOTAL.search(line)) is not None), None)
    ram = int(found[1]) * 1024 if found is not None else total
    yield seen("memory.ram", ram, "boot log: Memory: …/…K" if found is not None else "MemTotal of /proc/meminfo")
    # MemAvailable leaves the watermarks out, which the model takes off itself
    given_back = values.get("SReclaimable", 0)
    available = values.get("MemFree")
    available = (
        None if available is None else available + values.get("Active(file)", 0) + values.get("Inactive(file)", 0)
    )
    bits = 64 if arch is not None and any(word in arch for word in _MACHINES_64) else 32
    low = values.get("LowTotal")
    base, free = (low, values.get("LowFree")) if low is not None else (ram, available)
    if base is not None and free is not None:
        frames = ram // 4096 * _STRUCT_PAGE[bits]
        used = max(0, base - frames - free - given_back - values.get("Percpu", 0))
        words = "LowTotal - LowFree" if low is not None else "RAM - MemFree - file cache"
        yield seen("memory.used", used, f"{words} - SReclaimable, without struct page and Percpu")
    if low is not None:
        yield seen("memory.low", low, "LowTotal of /proc/meminfo")
