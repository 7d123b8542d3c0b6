"""Static per-CPU data of a kernel module: what its loader will ask the allocator for (kernel/module: percpu_modalloc)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from planner.binary.compressed import expand
from planner.binary.elf_file import contents, named_sections, opened_elf
from planner.binary.errors import ObserveError, ParseError

MAXIMUM_MODULE: Final = 256 << 20
"""Bytes of an unpacked module that are read; with debug data the largest have about 100 MiB."""

_SECTIONS: Final = (".data..percpu", ".data.percpu")
"""The section's name since 2.6.35, and before."""
_SRCU: Final = "___srcu_struct_ptrs"
"""A pointer to each DEFINE_SRCU of the module, which the loader initialises (kernel/module/main.c:find_module_sections, from 5.2 on)."""
_MAXIMUM_SYMBOLS: Final = 1_000_000
_MAXIMUM_SHOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class PercpuSymbol:
    """One variable of the section: ``offset`` and ``size`` in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleData:
    """What one module takes on each possible CPU.

    ``size`` and ``align`` are the section's, 0 and 1 where it has none: the loader passes them to ``__alloc_reserved_percpu`` as they are.
    An alignment above the page size is cut by the loader, with a warning.
    ``srcu`` is the number of its SRCU structures (none told before 5.2).
    """

    name: str
    machine: str
    bits: int
    vermagic: str
    size: int
    align: int
    symbols: tuple[PercpuSymbol, ...] = ()
    srcu: int = 0

    @property
    def unnamed(self) -> int:
        """Bytes of the section that no symbol covers: padding and stripped names."""
        return max(0, self.size - sum(symbol.size for symbol in self.symbols))


def read_module(path: Path) -> ModuleData:
    """Read a ``.ko``, also packed with gzip, xz or zstd.

    :raises ParseError: the file is no kernel module, is broken, or unpacks to more than 256 MiB.
    :raises MissingExtraError: pyelftools or zstandard is not installed.
    """
    name = path.name or str(path)
    try:
        if path.exists() and not path.is_file():  # a FIFO would make open() wait
            raise ParseError(f"{name} is not a regular file")
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_MODULE + 1)
    except OSError as error:
        raise ObserveError(f"cannot read {name}: {error.strerror}") from None
    return parse_module(data, path.name)


def parse_module(data: bytes, name: str) -> ModuleData:
    """Read a module from memory; ``name`` is the file's. Raises as :func:`read_module`."""
    try:
        image = expand(data, MAXIMUM_MODULE)
    except ParseError as error:
        raise ParseError(f"{name}: {error}") from None
    with opened_elf(image, name) as elf:
        if elf["e_type"] not in ("ET_REL", "ET_DYN", "ET_EXEC"):
            raise ParseError(f"{name} is no kernel module")
        sections = dict(_known_sections(elf))
        section = next((sections[wanted] for wanted in _SECTIONS if wanted in sections), None)
        size, align, symbols = 0, 1, tuple[PercpuSymbol, ...]()
        if section is not None:
            size, align = section[1]["sh_size"], max(1, section[1]["sh_addralign"])
            if align & (align - 1) or size > MAXIMUM_MODULE:
                raise ParseError(f"{name}: per-CPU section of {size} bytes aligned to {align}: broken header")
            symbols = tuple(_symbols(sections, section[0]))
        return ModuleData(
            name=_text(sections, "name") or name.split(".", 1)[0].replace("-", "_"),
            machine=elf.get_machine_arch(),
            bits=elf.elfclass,
            vermagic=_text(sections, "vermagic"),
            size=size,
            align=align,
            symbols=symbols,
            srcu=min(sections[_SRCU][1]["sh_size"] // (elf.elfclass // 8), _MAXIMUM_SHOWN) if _SRCU in sections else 0,
        )


def _known_sections(elf: Any) -> Iterator[tuple[str, tuple[int, Any]]]:
    for number, (name, section) in enumerate(named_sections(elf)):
        if name in (*_SECTIONS, _SRCU, ".symtab", ".modinfo"):
            yield name, (number, section)


def _symbols(sections: dict[str, tuple[int, Any]], wanted: int) -> Iterator[PercpuSymbol]:
    """Yield the section's objects in the order of their offsets."""
    if ".symtab" not in sections:
        return
    table = sections[".symtab"][1]
    if table.num_symbols() > _MAXIMUM_SYMBOLS:
        raise ParseError(f"broken ELF file: {table.num_symbols()} symbols")
    found = [
        PercpuSymbol(symbol.name, symbol["st_value"], symbol["st_size"])
        for symbol in table.iter_symbols()
        if symbol["st_shndx"] == wanted and symbol["st_size"] and symbol.name
    ]
    yield from sorted(found, key=lambda symbol: (symbol.offset, symbol.name))[:_MAXIMUM_SHOWN]


def _text(sections: dict[str, tuple[int, Any]], key: str) -> str:
    """Return a field of ``.modinfo``: NUL-separated ``key=value``."""
    if ".modinfo" not in sections:
        return ""
    prefix = key.encode() + b"="
    items = contents(sections[".modinfo"][1], 1 << 20).split(b"\0")
    value = next((item[len(prefix) :] for item in items if item.startswith(prefix)), b"")
    return value.decode("ascii", "replace")[:200]
