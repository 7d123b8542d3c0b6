"""Machines for the architecture tests."""

from typing import Any

from planner.allocator.first_chunk import FirstChunk, set_up
from planner.plugin import Architecture, CommandLine, Config, KernelVersion, System
from planner.plugin.manager import PluginManager

RECORDS = PluginManager(entry_points=()).architectures()


def cpu_list(text: str) -> tuple[int, ...]:
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return tuple(cpus)


def system(arch: str, kernel: str, *, cpus: str = "0-3", bits: int = 64, cmdline: str = "", **fields: Any) -> System:
    return System(
        name="test",
        arch=arch,
        bits=bits,
        kernel=KernelVersion.parse(kernel),
        cpus_possible=cpu_list(cpus),
        config=Config(fields.pop("config", {})),
        cmdline=CommandLine(cmdline),
        **fields,
    )


def build(arch: str, kernel: str, **fields: Any) -> Architecture:
    return RECORDS[arch].build(system(arch, kernel, **fields))


def first_chunk(machine: System, static: int, **fields: Any) -> FirstChunk:
    architecture = RECORDS[machine.arch].build(machine)
    return set_up(machine.kernel, architecture, cpus=machine.cpus_possible, static=static, **fields)


def texts(chunk: FirstChunk) -> list[str]:
    return [text for _level, text in chunk.log]
