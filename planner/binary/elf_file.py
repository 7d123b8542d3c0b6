"""ELF files through pyelftools (extra ``elf``): sections by name, bounded and without trust in what the headers say."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from planner.binary.btf import MAXIMUM as MAXIMUM_BTF
from planner.binary.errors import MissingExtraError, ObserveError, ParseError

MAXIMUM_FILE: Final = 512 << 20
_MAXIMUM_SECTIONS: Final = 100_000
_COMPRESSED: Final = 0x800
_NO_BITS: Final = "SHT_NOBITS"


@contextmanager
def opened_elf(data: bytes, what: str) -> Iterator[Any]:
    """Give the parsed file (``elftools.elf.elffile.ELFFile``).

    :raises MissingExtraError: pyelftools is not installed.
    :raises ParseError: whatever goes wrong inside the library: its input is hostile, and it raises all kinds of errors.
    """
    try:
        from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - an optional library, imported where it is used
    except ImportError:
        raise MissingExtraError("pyelftools", "elf", f"reading {what}") from None
    if not data.startswith(b"\x7fELF"):
        raise ParseError(f"{what} is no ELF file")
    try:
        yield ELFFile(io.BytesIO(data))
    except ObserveError:
        raise
    except Exception as error:  # noqa: BLE001 - see the docstring
        raise ParseError(f"{what} is a broken ELF file: {type(error).__name__}") from None


def named_sections(elf: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, section); at most 100 000 of them."""
    count = elf.num_sections()
    if count > _MAXIMUM_SECTIONS:
        raise ParseError(f"broken ELF file: {count} sections")
    for number in range(count):
        section = elf.get_section(number)
        yield section.name, section


def contents(section: Any, limit: int) -> bytes:
    """Return a section's bytes.

    :raises ParseError: it says that it is longer than ``limit``, is compressed (none that planner reads is), or has no bytes in the file.
    """
    size = section["sh_size"]
    if size > limit:
        raise ParseError(f"section {section.name} says that it has {size} bytes")
    if section["sh_flags"] & _COMPRESSED or section["sh_type"] == _NO_BITS:
        raise ParseError(f"section {section.name} holds no plain bytes")
    data: bytes = section.data()
    if len(data) != size:
        raise ParseError(f"section {section.name} is cut off")
    return data


def btf_of_elf(data: bytes, what: str) -> tuple[bytes, int]:
    """Return the ``.BTF`` section of a vmlinux or module, and the word size in bytes.

    :raises ParseError: no such section.
    """
    with opened_elf(data, what) as elf:
        for name, section in named_sections(elf):
            if name == ".BTF":
                return contents(section, MAXIMUM_BTF), elf.elfclass // 8
    raise ParseError(f"{what} has no .BTF section (built without CONFIG_DEBUG_INFO_BTF)")
