"""The first chunk as a kernel sets it up at boot, and the lines that it logs: mm/percpu.c from 2.6.32 on.

:func:`set_up` does what an architecture's ``setup_per_cpu_areas`` does; :func:`embed`, :func:`page` and
:func:`uniprocessor` are the functions that it calls. 2.6.30 and 2.6.31 stand in ``first_chunk_legacy``.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from planner.allocator import kernel_boot, kernel_messages
from planner.allocator.alloc_dump import dump_lines
from planner.allocator.architecture import Architecture, CpuDistance
from planner.allocator.first_chunk_legacy import set_up_legacy
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.unit_layout import Setup, Sizes, build_layout, group_cpus, min_unit_size
from planner.quick import dataclass

EINVAL = 22
ENOMEM = 12

LogLine = tuple[int, str]
"""printk level (0 emerg … 7 debug) and text without time stamp."""

_EMERG = 0

UNKNOWN_ADDRESS = "<address>"
"""What stands for an address that only the running kernel knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstChunk:
    """What setting up the first chunk gave.

    ``rc`` is 0 or a negative errno, ``bug`` the rule that made the kernel stop (``None`` = none); the chunk exists where
    ``rc`` is 0 and ``bug`` is ``None``. ``layout`` is the outcome of the search also where the set-up failed.
    Group offsets and sizes are bytes; ``unit_of`` pairs each possible CPU with its unit number, in CPU order.
    ``immutable``: false only for 2.6.30/31's "4k" chunk, whose pages are populated on demand.
    """

    layout: Layout
    log: tuple[LogLine, ...]
    rc: int = 0
    bug: str | None = None
    immutable: bool = True

    @property
    def ok(self) -> bool:
        """Whether the kernel went on booting with this chunk."""
        return self.rc == 0 and self.bug is None

    @property
    def unit_of(self) -> tuple[tuple[int, int], ...]:
        """``(cpu, unit number)`` in CPU order; units count over all groups, unused ones included."""
        slots = (cpu for group in self.layout.groups for cpu in group.cpus)
        return tuple(sorted((cpu, unit) for unit, cpu in enumerate(slots) if cpu is not None))

    @property
    def unit_offsets(self) -> tuple[tuple[int, int], ...]:
        """``(cpu, bytes from the first chunk's base)`` in CPU order."""
        size = self.layout.unit_size
        return tuple(
            sorted(
                (cpu, group.offset + index * size)
                for group in self.layout.groups
                for index, cpu in enumerate(group.cpus)
                if cpu is not None
            )
        )

    @property
    def group_offsets(self) -> tuple[int, ...]:
        """Bytes of each group's area from the lowest area."""
        return tuple(group.offset for group in self.layout.groups)

    @property
    def group_sizes(self) -> tuple[int, ...]:
        """Bytes of each group's area."""
        return tuple(group.nr_units * self.layout.unit_size for group in self.layout.groups)

    @property
    def pages_per_cpu(self) -> int:
        """The number before ``pages/cpu``: pages in use (embed) or pages of the unit (page)."""
        return self.layout.unit_pages if self.layout.mode == "page" else self.layout.pages_per_cpu


def embed(  # noqa: PLR0913 - the inputs of pcpu_embed_first_chunk and what it reads off the machine
    setup: Setup,
    *,
    atom_size: int,
    distance: CpuDistance | None,
    vmalloc_total: int,
    area_addresses: Sequence[int] | None = None,
    base: int | None = None,
    page_built: bool = True,
    room: int | None = None,
) -> FirstChunk:
    """Set up by the embed method (``pcpu_embed_first_chunk``).

    ``area_addresses``: where boot memory put each group's area, in group order; ``None`` = one after another from ``base``,
    the lowest of them, which may be unknown.
    ``page_built``: the architecture builds the page method too, so a failed distance check is an error (-EINVAL).
    ``vmalloc_total`` is VMALLOC_TOTAL in bytes; ``room`` the boot memory in bytes, ``None`` = ample. Every unit is allocated whole
    before the ends that no CPU needs are given back; without room for that it is -ENOMEM.

    :raises ValueError: no possible CPU, negative sizes, or fewer addresses than groups.
    """
    version = setup.version
    layout = _place(build_layout(setup, atom_size, distance), area_addresses, base)
    log: list[LogLine] = []
    if room is not None and layout.nr_units * layout.unit_size > room:
        return FirstChunk(layout=layout, log=(), rc=-ENOMEM)
    reach = _reach(version, layout)
    if reach > _three_quarters(vmalloc_total, setup.bits):
        log.append(kernel_messages.MAX_DISTANCE.line(version, distance=reach, total=vmalloc_total))
        if page_built:
            return FirstChunk(layout=layout, log=tuple(log), rc=-EINVAL)
    known = area_addresses is not None or base is not None
    log.append(
        kernel_messages.EMBEDDED.line(
            version,
            pages=layout.pages_per_cpu,
            base=_pointer(version, layout.first_chunk_base, setup.bits, known=known),
            static=layout.static,
            reserved=layout.reserved,
            dynamic=layout.dynamic,
            unit=layout.unit_size,
        )
    )
    return _finish(version, layout, log)


def page(setup: Setup, *, area_address: int | None = None, room: int | None = None) -> FirstChunk:
    """Set up by the page method (``pcpu_page_first_chunk``): one group, atom of a page, the least dynamic space.

    ``setup.sizes.dynamic`` is not used: the method asks for none, so the early minimum (up to 2.6.35: rounding) decides.
    ``area_address`` is the start of the vm area where known; ``room`` the boot memory in bytes (``None`` = ample): pages are taken
    one by one, and the CPU whose page is missing is named.

    :raises ValueError: no possible CPU or negative sizes.
    """
    version = setup.version
    nothing = -1 if kernel_boot.DYNAMIC_EARLY.at(version) is None else 0
    layout = build_layout(replace(setup, sizes=replace(setup.sizes, dynamic=nothing)), setup.page_size, mode="page")
    layout = replace(layout, first_chunk_base=area_address or 0)
    size = f"{setup.page_size // 1024}K"
    if room is not None and layout.nr_cpus * layout.unit_size > room:
        cpu = [cpu for group in layout.groups for cpu in group.cpus if cpu is not None][room // layout.unit_size]
        line = kernel_messages.PAGE_OUT_OF_MEMORY.line(version, page=size, cpu=cpu)
        return FirstChunk(layout=layout, log=(line,), rc=-ENOMEM)
    line = kernel_messages.PAGED.line(
        version,
        pages=layout.unit_pages,
        page=size,
        base=_pointer(version, layout.first_chunk_base, setup.bits, known=area_address is not None),
        static=layout.static,
        reserved=layout.reserved,
        dynamic=layout.dynamic,
    )
    return _finish(version, layout, [line])


def set_up(  # noqa: PLR0913 - what decides the first chunk, all by name
    version: KernelVersion,
    architecture: Architecture,
    *,
    cpus: Sequence[int],
    static: int,
    words: Sequence[str | None] = (),
    area_addresses: Sequence[int] | None = None,
    page_area: int | None = None,
    base: int | None = None,
    room: int | None = None,
) -> FirstChunk:
    """Set the first chunk up as the architecture's ``setup_per_cpu_areas`` does, fall-back and warnings included.

    ``cpus`` are the possible CPUs, ``static`` the bytes of the static per-CPU section, ``words`` the values of
    ``percpu_alloc=`` in the order of the command line (``None`` for the bare word, which does nothing). Addresses and ``room`` as
    for :func:`embed` and :func:`page`; ``base`` is what the boot line of the running kernel gave, whichever method made the chunk.

    :raises ValueError: no possible CPU or negative sizes.
    :raises LookupError: this kernel does not use the allocator on this machine.
    """
    bits, page_size = architecture.bits, architecture.page_size
    if not architecture.smp:
        return uniprocessor(version, bits=bits, page_size=page_size, dynamic_reserve=architecture.dynamic)
    sizes = Sizes(
        static=static,
        reserved=architecture.reserved,
        dynamic=architecture.dynamic,
        early=architecture.dynamic_early,
    )
    setup = Setup(version=version, bits=bits, page_size=page_size, cpus=cpus, sizes=sizes, km=architecture.km)
    if kernel_boot.SETUP.at(version) == "units":
        told = [word for word in words if word is not None]
        return _legacy(setup, architecture, told, min(area_addresses) if area_addresses else base)
    chosen, log = _read_parameter(version, architecture, [word for word in words if word is not None])
    log += architecture.heading
    if architecture.auto == "own":
        chunk = _own(setup, architecture)
        return replace(chunk, log=(*log, *chunk.log))
    if (chosen if chosen and architecture.obeys_parameter else architecture.auto) == "embed":
        chunk = embed(
            setup,
            atom_size=architecture.atom_size,
            distance=architecture.distance,
            vmalloc_total=architecture.vmalloc.total,
            area_addresses=area_addresses,
            base=base,
            page_built=architecture.page,
            room=room,
        )
        log += chunk.log
        if chunk.rc == 0:
            return replace(chunk, log=tuple(log))
        if not architecture.page:
            return replace(chunk, log=tuple(log))
        prefix = architecture.fallback_prefix
        log.append(kernel_messages.FALLBACK.line(version, prefix=prefix, method=chosen or "auto", error=chunk.rc))
    addresses = (address for address in (page_area, base, architecture.page_area) if address is not None)
    return _paged(setup, architecture, log, next(addresses, None), room)


def _paged(
    setup: Setup, architecture: Architecture, log: Sequence[LogLine], address: int | None, room: int | None
) -> FirstChunk:
    """Set up by the page method after the lines of ``log``; the kernel stops where the area of all units finds no addresses."""
    chunk = page(setup, area_address=address, room=room)
    if chunk.rc == 0 and chunk.layout.nr_units * chunk.layout.unit_size > architecture.vmalloc.total:
        return replace(chunk, log=tuple(log), bug="addr > VMALLOC_END - vm->size")
    return replace(chunk, log=(*log, *chunk.log))


def _legacy(setup: Setup, architecture: Architecture, words: Sequence[str], base: int | None) -> FirstChunk:
    text = UNKNOWN_ADDRESS if base is None else f"{base:0{setup.bits // 4}x}"
    chunk = set_up_legacy(setup, architecture, tuple(words), text)
    layout = replace(chunk.layout, first_chunk_base=base or 0)
    return FirstChunk(layout=layout, log=(*architecture.heading, *chunk.log), immutable=chunk.immutable)


def _own(setup: Setup, architecture: Architecture) -> FirstChunk:
    """Lay out units of a fixed size, a group for each set of near CPUs, as ia64 does; no boot line but pcpu-alloc.

    The dynamic space is what static and reserved leave of a unit: where they leave less than nothing the kernel panics.
    """
    unit, sizes = architecture.unit_size or architecture.atom_size, setup.sizes
    groups, before = [], 0
    for members in group_cpus(setup.version, sorted(set(setup.cpus)), architecture.distance):
        groups.append(Group(before * unit, members))
        before += len(members)
    layout = Layout(
        bits=setup.bits,
        page_size=setup.page_size,
        static=sizes.static,
        reserved=sizes.reserved,
        dynamic=unit - sizes.static - sizes.reserved,
        unit_size=unit,
        atom_size=architecture.atom_size,
        alloc_size=unit,
        nr_cpus=len(set(setup.cpus)),
        groups=tuple(groups),
    )
    if layout.dynamic < 0:
        panic = f"percpu area overflow static={sizes.static} reserved={sizes.reserved}"
        line = (
            _EMERG,
            f"Kernel panic - not syncing: {panic}",
        )  # arch/ia64/mm/contig.c, discontig.c:setup_per_cpu_areas
        return FirstChunk(layout=layout, log=(line,), bug=panic)
    early = kernel_boot.DYNAMIC_EARLY.at(setup.version) if sizes.early is None else sizes.early
    return _finish(setup.version, layout, [], early=early or 0)


def _read_parameter(
    version: KernelVersion, architecture: Architecture, words: Sequence[str]
) -> tuple[Literal["embed", "page"] | None, list[LogLine]]:
    """Read ``percpu_alloc=`` words as percpu_alloc_setup does: the last accepted one counts, others warn."""
    chosen: Literal["embed", "page"] | None = None
    log: list[LogLine] = []
    for word in words:
        if word == "embed" and architecture.own_setup and architecture.embed:
            chosen = "embed"
        elif word == "page" and architecture.own_setup and architecture.page:
            chosen = "page"
        else:
            log.append(kernel_messages.UNKNOWN_ALLOCATOR.line(version, word=word))
    return chosen, log


def uniprocessor(
    version: KernelVersion, *, bits: int, page_size: int, dynamic_reserve: int, cpu: int = 0
) -> FirstChunk:
    """Set up on a kernel without SMP: one dynamic unit, the km backend (2.6.37 on).

    ``dynamic_reserve`` is PERCPU_DYNAMIC_RESERVE in bytes.

    :raises LookupError: before 2.6.37, where UP kernels do not use this allocator.
    """
    if not kernel_boot.UP_ALLOCATOR.at(version):
        raise LookupError(
            f"{version}: UP kernels before 2.6.37 serve per-CPU requests with kzalloc, there is no first chunk"
        )
    wanted = max(min_unit_size(version, page_size), dynamic_reserve)
    unit = 1 << (wanted - 1).bit_length()
    layout = Layout(
        bits=bits,
        page_size=page_size,
        static=0,
        reserved=0,
        dynamic=unit,
        unit_size=unit,
        atom_size=unit,
        alloc_size=unit,
        nr_cpus=1,
        groups=(Group(0, (cpu,)),),
        mode="up",
        km=True,
    )
    return _finish(version, layout, [])


def _place(layout: Layout, addresses: Sequence[int] | None, lowest: int | None) -> Layout:
    """Replace the provisional group offsets by those that the areas' addresses give."""
    if addresses is None:
        return layout if lowest is None else replace(layout, first_chunk_base=lowest)
    if len(addresses) < len(layout.groups):
        raise ValueError(f"first chunk: {len(layout.groups)} groups, but addresses of {len(addresses)} areas")
    base = min(addresses[: len(layout.groups)])
    groups = tuple(Group(address - base, group.cpus) for address, group in zip(addresses, layout.groups, strict=False))
    return replace(layout, groups=groups, first_chunk_base=base)


def _reach(version: KernelVersion, layout: Layout) -> int:
    """Bytes from the base that the distance check looks at."""
    highest = max(layout.groups, key=lambda group: group.offset)
    units = highest.nr_units if kernel_boot.DISTANCE_SPAN.at(version) == "group" else 1
    return highest.offset + units * layout.unit_size


def _three_quarters(total: int, bits: int) -> int:
    """VMALLOC_TOTAL * 3 / 4 in the kernel's unsigned long, which wraps above 1.33 GiB on 32 bits."""
    return total * 3 % (1 << bits) // 4


def _pointer(version: KernelVersion, address: int, bits: int, *, known: bool) -> str:
    """Return an address as ``%p`` prints it at boot."""
    hidden = kernel_messages.HASHED_POINTER.at(version)
    if hidden is not None:
        return hidden[bits]
    return f"{address:0{bits // 4}x}" if known else UNKNOWN_ADDRESS


def _finish(version: KernelVersion, layout: Layout, log: list[LogLine], *, early: int = 0) -> FirstChunk:
    """Do what pcpu_setup_first_chunk says about the chunk: its checks, then the pcpu-alloc lines.

    ``early`` is the least dynamic part, where the layout's maker did not see to it.
    """
    broken = _broken_rule(version, layout, early)
    if broken is None and layout.km and len(layout.groups) > 1:
        log.append(kernel_messages.KM_GROUPS.line(version))
        broken = "pcpu_verify_alloc_info(ai) < 0"
    if broken is not None:
        line = kernel_messages.SETUP_BUG.line(version, condition=broken)
        log.append(line)
        log += [(line[0], text) for text in dump_lines(layout)]
        return FirstChunk(layout=layout, log=tuple(log), bug=line[1])
    log += _km_waste(version, layout)
    level = kernel_boot.DUMP_LEVEL.at(version)
    log += [(level, text) for text in dump_lines(layout)]
    return FirstChunk(layout=layout, log=tuple(log))


def _km_waste(version: KernelVersion, layout: Layout) -> list[LogLine]:
    """Return the warning about a chunk that is no power of two of pages, where the km backend prints it."""
    pages = layout.nr_units * layout.unit_pages
    wasted = (1 << (pages - 1).bit_length()) - pages
    if not layout.km or not wasted:
        return []
    return [kernel_messages.KM_WASTE.line(version, pages=wasted)]


def _broken_rule(version: KernelVersion, layout: Layout, early: int) -> str | None:
    """Return the first rule of pcpu_setup_first_chunk that the chunk breaks.

    Only rules that the layout can break are here: build_layout never gives a unit that is smaller than its contents or than
    the minimum, no page multiple, or a dynamic part below the early size; a layout of the architecture's own may break the last.
    """
    if layout.mode != "up" and layout.static == 0:
        return "!ai->static_size"
    if layout.dynamic < early:
        return "ai->dyn_size < PERCPU_DYNAMIC_EARLY_SIZE"
    if kernel_boot.ALIGNED_RESERVE_CHECK.at(version) and layout.reserved % 4:
        return "!IS_ALIGNED(ai->reserved_size, PCPU_MIN_ALLOC_SIZE)"
    return None
