"""Structure sizes from a BTF file, a vmlinux or a module that a profile names (``[system] btf = "…"``)."""

from dataclasses import replace
from pathlib import Path

from planner.observe.errors import ObserveError
from planner.observe.parsers.btf import MAXIMUM, Btf
from planner.observe.parsers.compressed import expand, kind_of
from planner.observe.parsers.elf_file import MAXIMUM_FILE, btf_of_elf
from planner.observe.probes.types import STRUCTURES
from planner.plugin import StructSize
from planner.profile.model import Profile

_ELF = b"\x7fELF"


def read_structs(path: Path, *, word: int = 8, names: tuple[str, ...] = STRUCTURES) -> dict[str, StructSize]:
    """Return size and alignment of the named structures; ``path`` is raw BTF or an ELF file with a ``.BTF`` section, packed or not.

    ``word`` is the size of a pointer in bytes for raw BTF (an ELF file tells its own). Alignments are lower bounds.

    :raises ParseError: the file is none of these, broken, or beyond the limits.
    :raises MissingExtraError: an ELF file without pyelftools, zstd without zstandard.
    :raises ObserveError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_FILE + 1)
    except OSError as error:
        raise ObserveError(f"{path}: cannot be read: {error.strerror}") from None
    if kind_of(data) is not None:
        data = expand(data, MAXIMUM_FILE)
    if data.startswith(_ELF):
        data, word = btf_of_elf(data, path.name)
    if len(data) > MAXIMUM:
        raise ObserveError(f"{path}: longer than {MAXIMUM} bytes")
    found = Btf(data, word).sizes(names)
    return {name: StructSize(size=size.size, align=size.align, source=path.name) for name, size in found.items()}


def with_btf(profile: Profile, folder: Path | None = None) -> Profile:
    """Return the profile with the sizes of the BTF file that it names; its own ``[structs]`` still outrank them.

    ``folder`` is what the path is relative to. A profile that names none comes back as it is. Raises as :func:`read_structs`.
    """
    if profile.btf is None:
        return profile
    found = read_structs((folder or Path()) / profile.btf, word=profile.system.word)
    system = replace(profile.system, structs={**found, **profile.system.structs})
    return replace(profile, system=system)
