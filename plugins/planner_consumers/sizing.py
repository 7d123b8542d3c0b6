"""From tables of structure sizes to requests: the mechanism that every consumer of this package shares.

Tables (``sizes_*.py``) hold one fact a line, newest first. What the profile read from the kernel's own BTF outranks them.
"""

from collections.abc import Iterator
from dataclasses import replace

from planner.plugin import Basis, Fact, Gfp, KernelMemory, KernelVersion, Request, Since, System
from planner.quick import dataclass
from planner_consumers.options import build_of, usual


@dataclass(frozen=True, slots=True)
class Sizes:
    """``(size, align)`` in bytes of one structure on 64-bit and 32-bit kernels, as ``alloc_percpu`` passes them."""

    bits64: tuple[int, int]
    bits32: tuple[int, int]

    def at(self, bits: int) -> tuple[int, int]:
        """Size and alignment for kernels of that word size."""
        return self.bits64 if bits == 64 else self.bits32


def line(  # noqa: PLR0913, PLR0917 - the columns of a table
    version: str, size64: int, align64: int, size32: int, align32: int, source: str
) -> Since[Sizes]:
    """One line of a size table: from ``version`` on, bytes and alignment on 64-bit and on 32-bit kernels."""
    return Since(version, Sizes((size64, align64), (size32, align32)), source)


def longs(version: str, count: int, source: str) -> Since[Sizes]:
    """One line: ``count`` words (``unsigned long`` or pointers)."""
    return line(version, 8 * count, 8, 4 * count, 4, source)


def same(version: str, size: int, align: int, source: str) -> Since[Sizes]:
    """One line: equal on 64-bit and 32-bit kernels."""
    return line(version, size, align, size, align, source)


def absent(version: str, source: str) -> Since[Sizes]:
    """One line: from ``version`` on (until the line above) nothing is allocated."""
    return same(version, 0, 0, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """Something that the kernel allocates for each CPU: how large by version, where, and with which flags.

    ``btf`` are the names that BTF may know the structure by. ``accounted`` is the first version that charges it to a memory
    cgroup (``""`` = none does), or a fact where back-ports do too; ``where`` the kernel file and function of the call.
    """

    table: Fact[Sizes]
    where: str = ""
    btf: tuple[str, ...] = ()
    gfp: Gfp = Gfp.KERNEL
    accounted: str | Fact[bool] = ""
    nowarn: bool = False
    what: str = ""

    @property
    def name(self) -> str:
        """The structure's name as the kernel writes it."""
        return self.table.name

    def size(self, system: System) -> "Size":
        """Return size and alignment on ``system``; size 0 where that kernel allocates nothing.

        A size read from BTF wins over the table's, which still says whether there is an allocation at all. BTF knows no
        alignment attributes, so the larger alignment counts.

        :raises LookupError: the kernel is older than the table.
        """
        entry = self.table.entry(system.kernel)
        size, align = entry.value.at(system.bits)
        if size:
            for name in self.btf:
                captured = system.structs.get(name)
                if captured is not None:
                    return Size(captured.size, max(captured.align, align), captured.basis, captured.source)
        usually = Size(size, align, "assumed" if entry.source.startswith("assumed") else "modelled", entry.source)
        return self._built(usually, system) if size and build_of(system) != usual(system) else usually

    def _built(self, usually: "Size", system: System) -> "Size":
        """Return the size where options or ABI are not those of the tables; ``assumed`` where options count and nobody knows."""
        from planner_consumers.growing import laid_out  # noqa: PLC0415 - the members of all structures: few runs ask for them

        try:
            found = laid_out(self.name, usually.size, usually.align, system)
        except LookupError as unknown:
            if build_of(system).options == usual(system).options:
                return usually
            return Size(usually.size, usually.align, "assumed", f"{usually.source}; {unknown}")
        if found is None:
            return usually
        size, align = found
        return Size(size, align, usually.basis, f"{usually.source}; laid out for this configuration: {size} bytes")

    def requests(  # noqa: PLR0913 - one argument a property, by name
        self,
        system: System,
        count: int = 1,
        *,
        gfp: Gfp | None = None,
        accounted: bool | None = None,
        nowarn: bool | None = None,
        where: str = "",
        what: str = "",
    ) -> Iterator[Request]:
        """Yield the request for ``count`` of them; nothing where the table says absent, or for a ``count`` of 0.

        :raises LookupError: the kernel is older than the table.
        """
        found = self.size(system)
        if not found.size or count <= 0:
            return
        if accounted is None:
            charged = self.accounted
            accounted = reached(system, charged) if isinstance(charged, str) else charged.at(system.kernel)
        yield Request(
            size=found.size,
            align=found.align,
            count=count,
            gfp=gfp or self.gfp,
            accounted=accounted and system.memcg_kmem,
            nowarn=self.nowarn if nowarn is None else nowarn,
            what=what or self.what or self.name,
            source=f"{where or self.where}; size: {found.source}",
            basis=found.basis,
        )

    def since(self, version: str, why: str) -> "Object":
        """Return the same object for a use that began with ``version``; nothing is allocated before."""
        first = KernelVersion.parse(version)
        kept = tuple(entry for entry in self.table.history if entry.first > first)
        begin = Since(version, self.table.at(first), self.table.entry(first).source)
        return replace(self, table=replace(self.table, history=(*kept, begin, absent("2.6.30", why))))

    def until(self, version: str, why: str) -> "Object":
        """Return the same object for a use that ended with ``version``; nothing is allocated from then on."""
        last = KernelVersion.parse(version)
        kept = tuple(entry for entry in self.table.history if entry.first < last)
        return replace(self, table=replace(self.table, history=(absent(version, why), *kept)))

    def at(self, where: str, **changes: object) -> "Object":
        """Return the same structure as allocated elsewhere, or with other flags."""
        return replace(self, where=where, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Size:
    """Size and alignment in bytes, and what they rest on."""

    size: int
    align: int
    basis: Basis
    source: str


def obj(  # noqa: PLR0913 - one argument a property, by name
    name: str,
    where: str,
    *history: Since[Sizes],
    btf: tuple[str, ...] | None = None,
    gfp: Gfp = Gfp.KERNEL,
    accounted: str | Fact[bool] = "",
    nowarn: bool = False,
    what: str = "",
    backports: tuple[Since[Sizes], ...] = (),
) -> Object:
    """Make an object's table, newest line first. BTF is asked for ``name`` unless ``btf`` gives others (``()`` = none)."""
    table = Fact(name, f"size and alignment of {name}", history, backports)
    return Object(
        table=table,
        where=where,
        btf=(name,) if btf is None else btf,
        gfp=gfp,
        accounted=accounted,
        nowarn=nowarn,
        what=what,
    )


def since(name: str, *history: Since[bool], backports: tuple[Since[bool], ...] = ()) -> Fact[bool]:
    """Make a yes-or-no fact, newest line first."""
    return Fact(name, name, history, backports)


def yes(version: str, source: str) -> Since[bool]:
    """One line of a yes-or-no fact: true from ``version`` on."""
    return Since(version, value=True, source=source)


def no(version: str, source: str) -> Since[bool]:
    """One line of a yes-or-no fact: false from ``version`` on."""
    return Since(version, value=False, source=source)


def reached(system: System, version: str) -> bool:
    """Whether the system's kernel is ``version`` or later; ``""`` is never reached."""
    return bool(version) and KernelVersion.parse(version) <= system.kernel


_KMALLOC_CLASSES = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)


def kmalloc_bytes(size: int) -> int:
    """Bytes that ``kmalloc(size)`` takes with 4 KiB pages (mm/slab_common.c:kmalloc_info); larger ones take whole pages."""
    for bucket in _KMALLOC_CLASSES:
        if size <= bucket:
            return bucket
    pages = -(-size // 4096)
    return int(4096 * (1 << (pages - 1).bit_length()))


def slab(size: int, what: str, source: str, *, count: int = 1, basis: Basis = "modelled") -> KernelMemory:
    """Kernel memory of ``count`` objects got by ``kmalloc(size)``, rounded up to its size class."""
    return KernelMemory(size=kmalloc_bytes(size), count=count, where="slab", what=what, source=source, basis=basis)
