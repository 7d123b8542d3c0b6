"""``planner module`` at work: read the files, load them on each system's model, say what happens."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.messages import failure_lines, format_message
from planner.allocator.request import Failure
from planner.binary.module_elf import ModuleData, read_module
from planner.capacity.bases import populate
from planner.capacity.machine import boot
from planner.capacity.resolve import plans
from planner.cli.failures import UsageError, write_output
from planner.cli.session import PluginChoice, warn
from planner.plugin.manager import PluginManager
from planner.profile.load import load
from planner.profile.model import Profile
from planner.profile.sizes import parse_size
from planner.report.outcome import ExitCode
from planner.report.text import clean, count_text, size_text

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One module on one system: where its section went, or the kernel's lines where it found no place. Bytes."""

    module: str
    fits: bool
    chunk: str
    offset: int | None
    total_bytes: int
    kernel_log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSystem:
    """All modules on one system. ``reserved`` is the size of the reserve, 0 where sections come from the dynamic space."""

    profile: str
    name: str
    reserved: int
    reserve_free: int
    modules: tuple[Loaded, ...]


def run(
    files: Sequence[str], profiles: Sequence[str], choice: PluginChoice, *, limit: str | None, as_json: bool
) -> int:
    """Read, load and print; 1 where a module does not fit or is too large.

    :raises UsageError: the limit is no size.
    :raises ObserveError: a file cannot be read as a module.
    """
    try:
        maximum = parse_size(limit) if limit is not None else None
    except ValueError as error:
        raise UsageError(f"--max: {error}") from error
    modules = [read_module(Path(file)) for file in files]
    systems = []
    if profiles:
        manager = choice.load()
        systems = [load_on(load(name, manager), manager, modules) for name in profiles]
        warn(manager.problems)
    above = [module.name for module in modules if maximum is not None and module.size > maximum]
    if as_json:
        write_output(json.dumps(_data(modules, systems, above), indent=2) + "\n")
    else:
        write_output("\n".join(_lines(modules, systems, above, maximum)) + "\n")
    refused = any(not loaded.fits for system in systems for loaded in system.modules)
    return int(ExitCode.GATE_FAILED if refused or above else ExitCode.DONE)


def load_on(profile: Profile, manager: PluginManager, modules: Sequence[ModuleData]) -> OnSystem:
    """Load modules one after another on a system's model, after everything that its profile declares.

    :raises EvaluationError: no such machine can be modelled.
    """
    machine = boot(profile, manager)
    allocator = populate(machine, plans(profile, manager)).allocator
    loaded = [_load(module, allocator, profile) for module in modules]
    reserve = allocator.reserved_chunk
    free = reserve.free_bytes if reserve is not None else 0
    return OnSystem(
        profile=profile.source,
        name=profile.name,
        reserved=allocator.layout.reserved,
        reserve_free=free,
        modules=tuple(loaded),
    )


def _load(module: ModuleData, allocator: Allocator, profile: Profile) -> Loaded:
    """Do as kernel/module's percpu_modalloc does with one module."""
    kernel, page = profile.system.kernel, allocator.layout.page_size
    align, log = min(module.align, page), []
    if module.align > page:
        log.append(format_message("module-align", kernel, module=module.name, align=module.align, page=page))
    if not module.size:
        return Loaded(module=module.name, fits=True, chunk="", offset=None, total_bytes=0)
    found = allocator.alloc(module.size, align, reserved=True)
    if isinstance(found, Failure):
        log += _refusal(kernel, found, -(-module.size // 4) * 4, max(align, 4))
        log.append(format_message("module-no-memory", kernel, module=module.name, size=module.size))
        return Loaded(module=module.name, fits=False, chunk="", offset=None, total_bytes=0, kernel_log=tuple(log))
    chunk, offset = allocator.locate(found)
    return Loaded(
        module=module.name,
        fits=True,
        chunk="reserved" if chunk < 0 else "first" if chunk == 0 else f"chunk {chunk}",
        offset=offset,
        total_bytes=module.size * profile.system.nr_cpus,
        kernel_log=tuple(log),
    )


def _refusal(kernel: KernelVersion, failure: Failure, size: int, align: int) -> Iterator[str]:
    if failure is Failure.ILLEGAL:
        yield format_message("illegal-size", kernel, size=size, align=align)
    else:
        yield from failure_lines(kernel, size=size, align=align, reason=failure.value)


def _lines(
    modules: Sequence[ModuleData], systems: Sequence[OnSystem], above: Sequence[str], maximum: int | None
) -> Iterator[str]:
    for module in modules:
        yield from _module_lines(module)
    if len(modules) > 1:
        yield f"together: {count_text(sum(module.size for module in modules))} bytes without alignment gaps"
    for name in above:
        yield f"{clean(name)}: above --max {size_text(maximum or 0)}"
    for system in systems:
        yield from _system_lines(system)


def _module_lines(module: ModuleData) -> Iterator[str]:
    if not module.size:
        yield f"{clean(module.name)}: no static per-CPU data"
        return
    built = clean(module.vermagic) or "no vermagic"
    yield f"{clean(module.name)}: {count_text(module.size)} bytes at {module.align} on each possible CPU ({built})"
    for symbol in sorted(module.symbols, key=lambda symbol: -symbol.size)[:_SHOWN]:
        yield f"  {symbol.size:>8}  {clean(symbol.name, 80)}"
    if len(module.symbols) > _SHOWN:
        yield f"  … {len(module.symbols) - _SHOWN} more symbols"
    if module.unnamed:
        yield f"  {module.unnamed:>8}  (padding, or stripped names)"


def _system_lines(system: OnSystem) -> Iterator[str]:
    room = f"a reserve of {size_text(system.reserved)}" if system.reserved else "no reserve, the dynamic space serves"
    yield f"\n{clean(system.name)}: {room}"
    for loaded in system.modules:
        if not loaded.fits:
            yield f"  {clean(loaded.module)}: does not fit"
        elif loaded.offset is not None:
            cost = size_text(loaded.total_bytes)
            yield f"  {clean(loaded.module)}: fits, {loaded.chunk} at {loaded.offset}, {cost} over all CPUs"
        yield from (f"    {line}" for line in loaded.kernel_log)
    if system.reserved:
        yield f"  then free in the reserve: {size_text(system.reserve_free)}"


def _data(modules: Sequence[ModuleData], systems: Sequence[OnSystem], above: Sequence[str]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "modules": [{**asdict(module), "unnamed": module.unnamed} for module in modules],
        "above_limit": list(above),
        "systems": [asdict(system) for system in systems],
    }
