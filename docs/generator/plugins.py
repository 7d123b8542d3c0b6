"""Consumers, architectures, formats and gates as the built-in plugins announce them."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from docs.generator.markdown import MADE, code, default_of, plain, table
from planner.capacity.costs import CPUS, defaults, history, newest
from planner.plugin import Architecture, ArchitectureRecord, ConsumerRecord
from planner.plugin.manager import PluginManager
from planner.plugin.parameters import allowed_text, toml_text
from planner.report.text import size_text
from planner.testing.systems import RELEASES, make_system


def _manager() -> PluginManager:
    return PluginManager(entry_points=())


def _parameters(kind: type) -> str:
    rows = []
    for item in fields(kind):
        info = item.metadata["planner"]
        allowed = allowed_text(info) or ("a size" if info.size else "")
        default = default_of(item) if item.default is MISSING else code(toml_text(item.default))
        rows.append((code(item.name), plain(info.help), default, plain(allowed)))
    return table(("key", "what it is", "default", "allowed"), rows) if rows else "No keys of its own.\n"


def consumers_page() -> str:
    """Return every consumer by family: keys, and where its facts are written."""
    records = sorted(_manager().consumers().values(), key=lambda record: (record.family, record.kind))
    parts = [
        MADE,
        "# Consumers\n",
        (
            "What can stand as `kind` of a `[[consumer]]`, with the keys of its own and the sources of its facts. "
            "`planner consumers KIND` shows the same for a kind, those of plugins too.\n"
        ),
    ]
    family = None
    for record in records:
        if record.family != family:
            family = record.family
            parts.append(f"## {plain(family or 'other')}\n")
        parts += list(_consumer(record))
    return "\n".join(parts)


def _consumer(record: ConsumerRecord) -> Iterator[str]:
    yield f"### `{record.kind}`\n"
    unit = f" One instance: {plain(record.unit)}." if record.unit else ""
    needs = f" Needs {', '.join(code(f'CONFIG_{option}') for option in record.needs)}." if record.needs else ""
    yield f"{plain(record.summary)}. Known from Linux {record.since} on.{needs}{unit}\n"
    yield _parameters(record.parameters)
    yield _costs(record)
    yield from _pieces(record)
    yield "Sources:\n\n" + "\n".join(f"- {code(source)}" for source in record.sources) + "\n"


def _costs(record: ConsumerRecord) -> str:
    parameters = defaults(record)
    if parameters is None:
        return "What it costs is what its keys say.\n"
    rows = []
    for line in history(record, parameters):
        cells = [line.since]
        for cost in (line.bits64, line.bits32):
            once = f", the first {cost.once_bytes_per_cpu:,} more" if cost.once_bytes_per_cpu else ""
            cells += [f"{cost.bytes_per_cpu:,} in {cost.allocations:,}{once}", size_text(cost.kernel_memory_bytes)]
        rows.append(tuple(cells))
    head = (
        "from Linux",
        "64 bits: bytes a CPU, calls",
        "kernel memory",
        "32 bits: bytes a CPU, calls",
        "kernel memory",
    )
    return f"What one costs with the defaults ({CPUS} possible CPUs):\n\n" + table(head, rows)


def _pieces(record: ConsumerRecord) -> Iterator[str]:
    """Yield the requests of one instance on the newest kernel, as ``planner consumers KIND`` lists them; equal ones in one row."""
    parameters = defaults(record)
    found = () if parameters is None else newest(record, parameters)
    counts: dict[tuple[str, ...], int] = {}
    for item in found:
        flags = item.gfp.value + ", charged to its memory cgroup" * item.accounted
        row = (f"{item.size:,}", f"{item.align:,}", flags, plain(item.what), plain(item.source))
        counts[row] = counts.get(row, 0) + item.count
    if counts:
        head = ("calls", "bytes", "alignment", "flags", "what", "from")
        rows = [(f"{count:,}", *row) for row, count in counts.items()]
        yield "What it consists of on the newest kernel, 64 bits:\n\n" + table(head, rows)


def architectures_page() -> str:
    """Return every architecture with its figures on the newest kernel that it answers for."""
    parts = [
        MADE,
        "# Architectures\n",
        (
            "What can stand as `system.arch`, and the figures that each sets the allocator up with on the newest kernel modelled (4 CPUs, "
            "nothing declared). What a profile declares, or a boot line says, comes before all of them.\n"
        ),
    ]
    for name, record in _manager().architectures().items():
        parts += [f"## `{name}`\n", f"{plain(record.summary)}.\n"]
        if record.aliases:
            parts.append(f"Also written {', '.join(map(code, record.aliases))}.\n")
        parts.append(
            table(("bits", "Linux", "page", "atom", "reserve", "dynamic", "vmalloc space", "from"), _figures(record))
        )
    return "\n".join(parts)


def _figures(record: ArchitectureRecord) -> Iterator[tuple[str, ...]]:
    for bits in record.bits:
        release, found = _newest(record, bits)
        space = f"{found.vmalloc.start:#x} to {found.vmalloc.end:#x}"
        sizes = (found.page_size, found.atom_size, found.reserved, found.dynamic)
        yield str(bits), release, *map(size_text, sizes), code(space), plain(found.vmalloc.source)


def _newest(record: ArchitectureRecord, bits: int) -> tuple[str, Architecture]:
    for release in reversed([one for one in RELEASES if "-" not in one and one.count(".") == 1]):
        try:
            return release, record.build(make_system(release, bits=bits, arch=record.name))
        except (LookupError, ValueError):
            continue
    raise LookupError(f"{record.name} answers for no kernel")


def formats_page() -> str:
    """Return every output format."""
    rows: list[Any] = [(code(one.name), plain(one.summary), code(one.suffix)) for one in _manager().formats().values()]
    text = "Written with `-f FORMAT`, to standard output, or `-f FORMAT=FILE`, several at once.\n"
    return "\n".join([MADE, "# Formats\n", text, table(("format", "what it is", "usual suffix"), rows)])


def gates_page() -> str:
    """Return every gate with its keys."""
    text = (
        "What can stand as `[gate.KIND]`, or as `kind` of a `[gate.NAME]`, beside the keys that every gate has "
        "([profile](profile.md)). A gate that cannot be judged never passes.\n"
    )
    parts = [MADE, "# Gates\n", text]
    for kind, record in _manager().gates().items():
        parts += [f"## `{kind}`\n", f"{plain(record.summary)}.\n", _parameters(record.parameters)]
    return "\n".join(parts)
