"""Parts of a report that describe a machine at the declared counts: first chunk, footprint, consumers' cost, limits, pictures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk, bit_ranges
from planner.allocator.crowd import counted
from planner.allocator.layout import Layout
from planner.allocator.machine import MachineBacking
from planner.capacity.bases import Base, Placed
from planner.capacity.fit import Fit
from planner.capacity.machine import Machine
from planner.capacity.owners import Owners, in_order
from planner.capacity.plan import NamedPlan
from planner.plugin import Request
from planner.profile.model import ConsumerSpec
from planner.report.model import (
    AreaView,
    Basis,
    ChunkView,
    ConsumerInfo,
    FirstChunkInfo,
    Limit,
    PercpuInfo,
    Piece,
    SpaceView,
    SystemInfo,
)


def system_info(machine: Machine) -> SystemInfo:
    """Return the system in short."""
    system = machine.profile.system
    return SystemInfo(
        name=system.name,
        arch=system.arch,
        bits=system.bits,
        kernel=system.kernel.text or str(system.kernel),
        cpus_possible=system.nr_cpus,
        nodes=len(system.nodes),
        cpus_online=len(system.cpus_online) or None,
        ram=machine.profile.memory.ram,
    )


def first_chunk_info(machine: Machine) -> FirstChunkInfo:
    """Return the first chunk with its boot lines."""
    first = machine.first_chunk
    layout = first.layout
    declared = machine.profile.has("percpu.boot_log")
    return FirstChunkInfo(
        mode=layout.mode,
        boot_log=tuple(text for _level, text in first.log),
        pages_per_cpu=first.pages_per_cpu,
        static=layout.static,
        reserved=layout.reserved,
        dynamic=layout.dynamic,
        unit_size=layout.unit_size,
        units=layout.nr_units,
        groups=len(layout.groups),
        alloc_size=layout.alloc_size,
        atom_size=layout.atom_size,
        unit_map=tuple(cpu for group in layout.groups for cpu in group.cpus),
        basis=machine.profile.basis_of("percpu.boot_log") if declared else "modelled",
    )


def percpu_info(machine: Machine, base: Base) -> PercpuInfo:
    """Return what the allocator costs with every consumer at its declared count."""
    allocator, backing = base.allocator, base.backing
    layout = machine.first_chunk.layout
    page, pages = layout.page_size, allocator.nr_populated
    metadata, metadata_space = backing.metadata_bytes()
    dynamic = backing.chunks
    span = sum(group.nr_units for group in layout.groups) * layout.unit_size
    online = len(machine.profile.system.cpus_online)
    unused = layout.nr_units - layout.nr_cpus
    return PercpuInfo(
        meminfo_bytes=allocator.percpu_bytes,
        chunks=1 + dynamic,
        populated_pages=pages,
        metadata_bytes=dynamic * metadata,
        address_bytes=dynamic * (span + metadata_space),
        wasted_units_bytes=unused * pages * page,
        offline_bytes=(layout.nr_cpus - online) * pages * page if online else None,
        free_populated_bytes=sum(_free_populated(chunk, page) * count for chunk, count in counted(allocator)),
        empty_populated_pages=allocator.nr_empty_pop_pages,
        per_node=tuple(_per_node(machine, pages * page)),
    )


def _free_populated(chunk: Chunk, page: int) -> int:
    return max(chunk.free_bytes - (chunk.nr_pages - chunk.nr_populated) * page, 0)


def _per_node(machine: Machine, each: int) -> Iterator[tuple[int, int]]:
    """Yield (node, bytes): a unit's pages lie on its CPU's node."""
    node_of = machine.profile.system.node_of
    units = Counter(
        node_of.get(cpu, 0) for group in machine.first_chunk.layout.groups for cpu in group.cpus if cpu is not None
    )
    for node in sorted(units):
        yield node, units[node] * each


def consumer_info(  # noqa: PLR0913 - the facts of one consumer
    machine: Machine, spec: ConsumerSpec, placed: Placed, fit: Fit, *, total: int, granule: int
) -> ConsumerInfo:
    """Return one consumer's line; ``total`` is the bytes a CPU that all consumers ask for, ``granule`` the size rounding."""
    plan = placed.named.plan
    each, once = plan.bytes_per_instance, sum(item.size * item.count for item in plan.once_requests)
    per_cpu = each * placed.placed + (once if placed.placed else 0)
    units = machine.first_chunk.layout.nr_units
    pieces = tuple(_pieces(plan.requests, granule))
    more = None if fit.fits is None else fit.fits - spec.count
    return ConsumerInfo(
        name=spec.name,
        kind=spec.kind,
        count=spec.count,
        fits=fit.fits,
        more=more,
        bytes_per_cpu=per_cpu,
        bytes_total=per_cpu * units,
        stops=fit.stop,
        fits_range=fit.fits_range,
        depends_on=fit.depends_on,
        basis=_basis(machine, spec),
        unit=placed.named.unit,
        share=round(per_cpu / total, 6) if total else 0.0,
        rounding_bytes=sum((piece.area - piece.size) * piece.count for piece in pieces) * placed.placed,
        kernel_memory_bytes=plan.memory_bytes * placed.placed,
        parameters=tuple(parameters_text(spec.parameters)),
        pieces=pieces,
        parts=tuple(_part(part, count * placed.placed, units, total) for count, part in plan.parts),
        placed=placed.placed if placed.placed < spec.count else None,
        line=spec.line,
    )


def _basis(machine: Machine, spec: ConsumerSpec) -> Basis:
    """Say what a consumer's figures rest on: an assumed count, calibrated surroundings, else the model."""
    if spec.basis == "assumed":
        return "assumed"
    calibrated = any(machine.profile.basis_of(key) == "calibrated" for key in ("vmalloc.used", "percpu.in_use"))
    return "calibrated" if calibrated else "modelled"


def _part(part: NamedPlan, count: int, units: int, total: int) -> ConsumerInfo:
    per_cpu = part.plan.bytes_per_instance * count
    return ConsumerInfo(
        name=part.name,
        kind=part.kind,
        count=count,
        fits=None,
        more=None,
        bytes_per_cpu=per_cpu,
        bytes_total=per_cpu * units,
        stops=None,
        unit=part.unit,
        share=round(per_cpu / total, 6) if total else 0.0,
        kernel_memory_bytes=part.plan.memory_bytes * count,
    )


def _pieces(requests: Sequence[Request], granule: int) -> Iterator[Piece]:
    for item in requests:
        size = -(-item.size // granule) * granule
        yield Piece(
            what=item.what,
            size=item.size,
            align=item.align,
            count=item.count,
            area=size,
            gfp=item.gfp.value,
            reserved=item.reserved,
            accounted=item.accounted,
            source=item.source,
        )


def parameters_text(parameters: Any) -> Iterator[tuple[str, str]]:
    """Yield a parameters object's keys and values as a profile would write them."""
    if is_dataclass(parameters):
        for item in fields(parameters):
            value = getattr(parameters, item.name)
            if value is not None:
                yield item.name, str(value).lower() if isinstance(value, bool) else str(value)


def limits(machine: Machine, base: Base) -> tuple[Limit, ...]:
    """Return the limits of the system with every consumer at its declared count."""
    found = []
    backing, allocator = base.backing, base.allocator
    space = backing.space
    if space is not None:
        room = machine.architecture.vmalloc
        total = space.end - space.start
        found.append(
            Limit(
                name="vmalloc",
                what="vmalloc address space",
                used=total - space.free_bytes,
                total=total,
                unit="bytes",
                basis=room.basis,
                source=room.source,
            )
        )
    memory = backing.memory
    if memory.lowmem is not None and machine.profile.memory.ram is not None:
        left = (memory.lowmem + memory.highmem) * memory.page_size
        total = machine.profile.memory.ram
        found.append(
            Limit(name="ram", what="memory", used=max(total - left, 0), total=total, unit="bytes", basis="assumed")
        )
    reserved = allocator.reserved_chunk
    if reserved is not None:
        size = machine.first_chunk.layout.reserved
        found.append(
            Limit(
                name="reserved",
                what="reserved chunk, for modules' static per-CPU data",
                used=size - reserved.free_bytes,
                total=size,
                unit="bytes",
                basis="modelled",
            )
        )
    found.append(
        Limit(
            name="size",
            what="largest single request",
            used=max((item.size for one in base.placed for item in one.named.plan.requests), default=None),
            total=allocator.rules.maximum,
            unit="bytes",
            basis="modelled",
            source="mm/percpu.c:pcpu_alloc, PCPU_MIN_UNIT_SIZE",
        )
    )
    found.append(
        Limit(
            name="atomic",
            what="empty populated pages, all that an atomic request can use at once",
            used=None,
            total=allocator.nr_empty_pop_pages,
            unit="pages",
            basis="modelled",
        )
    )
    return tuple(found)


def chunk_views(allocator: Allocator, owners: Owners) -> tuple[ChunkView, ...]:
    """Return the first chunks by creation with who holds what in them, the rest as one line."""
    shown, rest = in_order(allocator)
    views = [_chunk_view(allocator.layout, owners, chunk) for chunk in shown]
    if rest:
        views.append(
            ChunkView(
                index=rest[0].index,
                label=f"{len(rest)} more chunks",
                free_bytes=sum(chunk.free_bytes for chunk in rest),
                populated_pages=sum(chunk.nr_populated for chunk in rest),
                pages=sum(chunk.nr_pages for chunk in rest),
                repeats=len(rest),
                held=_most_first(owners.rest),
            )
        )
    return tuple(views)


def _chunk_view(layout: Layout, owners: Owners, chunk: Chunk) -> ChunkView:
    page = layout.page_size
    label = {-1: "reserved chunk", 0: "first chunk"}.get(chunk.index, f"chunk {chunk.index}")
    head = []
    if chunk.index == 0:
        head.append(AreaView(start=0, end=layout.static, state="static"))
        if layout.reserved:
            head.append(AreaView(start=layout.static, end=layout.static + layout.reserved, state="reserved"))
    taken = [AreaView(start=start, end=end, state=holder) for start, end, holder in owners.runs(chunk)]
    mask = (1 << chunk.nr_pages) - 1
    holes = [
        AreaView(start=chunk.origin + low * page, end=chunk.origin + high * page, state="unpopulated")
        for low, high in bit_ranges(~chunk.populated & mask)
    ]
    held: Counter[str] = Counter()
    for area in taken:
        held[area.state] += area.end - area.start
    return ChunkView(
        index=chunk.index,
        label=label,
        free_bytes=chunk.free_bytes,
        populated_pages=chunk.nr_populated,
        pages=chunk.nr_pages,
        areas=tuple(sorted([*head, *taken, *holes], key=lambda area: area.start)),
        address=chunk.base or None,
        held=_most_first(held),
    )


def _most_first(held: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(held.items(), key=lambda item: (-item[1], item[0])))


def space_views(machine: Machine, backing: MachineBacking) -> tuple[SpaceView, ...]:
    """Return the vmalloc space from the bottom: others' areas, chunks' metadata, per-CPU areas by group; neighbours alike are joined."""
    if backing.space is None:
        return ()
    others = [(area.start, area.size, area.caller or "others") for area in machine.profile.vmalloc.areas]
    if not others and machine.profile.vmalloc.used:
        others = [(machine.architecture.vmalloc.start, machine.profile.vmalloc.used, "others")]
    groups = len(machine.first_chunk.layout.groups)
    names = [f"per-CPU areas, group {number}" for number in range(groups)] if groups > 1 else ["per-CPU areas"]
    ours, seen = [], 0
    for start, size, what in backing.areas():  # of each chunk one area a group, in the groups' order
        name = names[seen % groups] if what == "areas" else "chunk metadata"
        seen += what == "areas"
        ours.append((start, size, name))
    joined: list[SpaceView] = []
    for start, size, what in sorted(others + ours):
        last = joined[-1] if joined else None
        if last is not None and last.end == start and last.what == what:
            joined[-1] = SpaceView(start=last.start, end=start + size, what=what, repeats=last.repeats + 1)
        else:
            joined.append(SpaceView(start=start, end=start + size, what=what))
    return tuple(joined)
