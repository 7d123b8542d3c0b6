"""Boots of real kernels as profiles that hold only what their owner knows before the boot."""

import functools
import gzip
import json
import re
from pathlib import Path
from typing import Any

Record = dict[str, Any]

DATA = Path(__file__).parent / "data"
FILES = ("first_chunk.jsonl.gz", "own_kernel_percpu_stats.jsonl.gz")
MACHINES = {
    "amd64": ("x86", 64),
    "i386": ("x86", 32),
    "arm64": ("arm64", 64),
    "armhf": ("arm", 32),
    "ppc64el": ("powerpc", 64),
    "s390x": ("s390", 64),
}

_NODE = re.compile(r"node(\d+) cpulist (\S*) *distance ([\d ]+?) +Node")
_STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
_LINES = re.compile(r"setup_percpu: NR_CPUS|pages/cpu|pcpu-alloc|max_distance|allocator failed|unknown allocator")


@functools.cache
def records() -> tuple[Record, ...]:
    found: list[Record] = []
    for name in FILES:
        with gzip.open(DATA / name, "rt") as file:
            found += (json.loads(line) for line in file)
    return tuple(found)


def machine_of(record: Record) -> tuple[str, int]:
    """Architecture and word size."""
    if "x86_64" in record["uname"]:
        return "x86", 64
    return MACHINES[record["arch"]]


def boot_lines(record: Record) -> list[str]:
    """What the kernel logged about its first chunk, without time stamps."""
    lines = (_STAMP.sub("", line) for line in record["log"])
    return [line for line in lines if _LINES.match(line) or _LINES.search(line.partition(": ")[2])]


def possible(record: Record) -> str:
    return next(line.split()[1] for line in record["topology"] if line.startswith("cpu.possible "))


def nodes(record: Record) -> dict[int, tuple[str, list[int]]]:
    """Node number to CPU list and distances."""
    found = (_NODE.match(line) for line in record["topology"])
    return {int(node[1]): (node[2], [int(word) for word in node[3].split()]) for node in found if node}


def profile(record: Record) -> str:
    """The record's machine as a profile: no boot line, no size but the kernel's static one."""
    arch, bits = machine_of(record)
    lines = [
        "schema = 1",
        "[system]",
        f'name = "{record["id"]}"',
        f'arch = "{arch}"',
        f"bits = {bits}",
        f"kernel = {json.dumps(record['uname'].split(' ', 2)[2])}",
        "[cpus]",
        f'possible = "{possible(record)}"',
        "[memory]",
        f'ram = "{record["mem"]}"',
        "[percpu]",
        f"static = {record['static'] if 'static' in record else record['per_cpu_end_minus_start']}",
        "[boot]",
        f"cmdline = {json.dumps(record['cmdline'])}",
    ]
    options = {"NR_CPUS": record["nr_cpus_config"]} if record.get("nr_cpus_config") else {}
    if (arch, bits) == ("x86", 32) and "ppgt" in record["kern"]:
        options |= {"X86_PAE": '"y"', "NUMA": '"y"'}  # its configuration; Debian's kernels say so in their names
    if options:
        lines += ["[config]", *(f"{option} = {value}" for option, value in options.items())]
    numa = nodes(record)
    if len(numa) > 1:
        cpus = ", ".join(f'"{cpus}"' for cpus, _distances in numa.values())
        distances = ", ".join(str(distances) for _cpus, distances in numa.values())
        lines += ["[numa]", f"nodes = [{cpus}]", f"distances = [{distances}]"]
    return "\n".join(lines) + "\n"
