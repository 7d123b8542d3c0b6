"""The boot log's lines about per-CPU memory, and the size of the static section."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from planner.allocator.boot_log import parse_boot_log
from planner.binary.btf import MAXIMUM as MAXIMUM_BTF
from planner.binary.btf import Btf
from planner.observe.errors import ObserveError
from planner.observe.parsers.kallsyms import parse_symbols, static_size
from planner.observe.parsers.kernel_log import kernel_lines
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

MAXIMUM_LOG: Final = 64 << 20
_FILES: Final = (
    "dmesg",
    "sos_commands/kernel/dmesg",
    "sos_commands/kernel/dmesg_-T",
    "var/log/dmesg",
    "var/log/dmesg.0",
    "var/log/boot.log",
    "var/log/kern.log",
    "var/log/messages",
    "var/log/syslog",
    "sos_commands/logs/journalctl_--no-pager_--boot",
    "sos_commands/logs/journalctl_--no-pager_--catalog_--boot",
)
_INTERESTING: Final = re.compile(r"percpu|pcpu|nr_cpu_ids|hotplug CPUs|Memory: \d|vmalloc {0,16}:", re.IGNORECASE)
_BTF: Final = "sys/kernel/btf/vmlinux"
_SYMBOLS: Final = ("__per_cpu_start", "__per_cpu_end")
_NO_MORE: Final = (errno.EAGAIN, errno.EPIPE, errno.EINVAL)


@dataclass(frozen=True, slots=True)
class BootLines:
    """The interesting lines without time stamps, and where they were found (empty: nowhere)."""

    lines: tuple[str, ...]
    source: str


def read(root: Root) -> Iterator[Observation]:
    """Yield the boot lines, and the static size where they do not tell it."""
    found = boot_lines(root)
    log = parse_boot_log(found.lines)
    if log.found:
        yield seen("percpu.boot_log", list(log.lines), found.source)
        if log.vmalloc is not None:
            yield seen("vmalloc.start", hex(log.vmalloc[0]), found.source)
            yield seen("vmalloc.end", hex(log.vmalloc[1]), found.source)
    if log.static is None:
        yield from _static(root)


def boot_lines(root: Root) -> BootLines:
    """Return the log's lines about per-CPU memory: of /dev/kmsg on the running system, else of the usual files."""
    if root.live:
        lines = tuple(_interesting(_kmsg(root)))
        if parse_boot_log(lines).found:
            return BootLines(lines, "/dev/kmsg")
    for name in _FILES:
        text = root.text(name, MAXIMUM_LOG)
        if text and "percpu" in text.lower():
            lines = tuple(_interesting(text.split("\n")))
            if parse_boot_log(lines).found:
                return BootLines(lines, f"/{name}")
    return BootLines((), "")


def _interesting(lines: "Iterator[str] | list[str]") -> Iterator[str]:
    return (line.text[:1000] for line in kernel_lines(lines) if _INTERESTING.search(line.text) is not None)


def _kmsg(root: Root) -> Iterator[str]:
    """Read the ring buffer record by record without ever waiting for the next one."""
    try:
        descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        root.note("dev/kmsg", error)
        return
    try:
        if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
            return
        for _ in range(1_000_000):
            try:
                record = os.read(descriptor, 16384)
            except OSError as error:
                if error.errno == errno.EPIPE:  # overwritten while it was read: go on with the next
                    continue
                if error.errno not in _NO_MORE:
                    root.note("dev/kmsg", error)
                return
            if not record:
                return
            yield record.decode("utf-8", "replace").split("\n", 1)[0]
    finally:
        os.close(descriptor)


def _static(root: Root) -> Iterator[Observation]:
    """Take the static size from the kernel's symbols."""
    from planner.observe.probes.system import release  # noqa: PLC0415 - system needs the boot log

    for name in ("proc/kallsyms", f"boot/System.map-{release(root)}"):
        text = root.text(name, MAXIMUM_LOG)
        if text:
            size = static_size(parse_symbols(text.split("\n"), _SYMBOLS))
            if size is not None:
                yield seen("percpu.static", size, f"/{name}: __per_cpu_end - __per_cpu_start")
                return
    size = _section_of_btf(root)
    if size:
        yield seen("percpu.static", size, f"/{_BTF}: size of the section .data..percpu")


def _section_of_btf(root: Root) -> int | None:
    """Ask BTF, which is readable by everyone and describes the section."""
    data = root.read(_BTF, MAXIMUM_BTF)
    try:
        return Btf(data).section_size(".data..percpu") if data else None
    except ObserveError as error:
        root.cut.append(f"{_BTF}: {error}")
        return None
