"""Files of kernels that a profile names: BTF (``[system] btf``), and modules (parameters declared with ``file="module"``)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from planner.plugin import KernelVersion, ModuleFile, StructSize
from planner.profile.check import TOP, Problems, Spot
from planner.profile.errors import ProfileError
from planner.profile.model import CompositeSpec, ConsumerSpec
from planner.profile.read import read_file

MAXIMUM_MODULES = 1000
"""Different modules that one profile may name: each is read and taken apart."""

T = TypeVar("T")
Named = tuple[Spot, str]
"""Where a profile names a file, and the text that does."""


def read_btf(named: Named, folder: Path, word: int, problems: Problems) -> dict[str, StructSize]:
    """Return the sizes of the structures that planner knows of, none where the file cannot be used."""
    from planner.binary.elf_file import MAXIMUM_FILE  # noqa: PLC0415 - only where a profile names such a file
    from planner.binary.structs import parse_structs  # noqa: PLC0415 - as above

    found = _read(named, folder, MAXIMUM_FILE, lambda data, name: parse_structs(data, name, word=word), problems)
    return {} if found is None else found


def read_module(named: Named, folder: Path, problems: Problems) -> ModuleFile | None:
    """Return what a module's file says, ``None`` where it cannot be used."""
    from planner.binary.module_elf import MAXIMUM_MODULE, parse_module  # noqa: PLC0415 - only where a profile names one

    found = _read(named, folder, MAXIMUM_MODULE, parse_module, problems)
    if found is None:
        return None
    return ModuleFile(
        name=found.name,
        size=found.size,
        align=found.align,
        srcu=found.srcu,
        bits=found.bits,
        vermagic=found.vermagic,
        source=Path(named[1]).name,
    )


def _read(named: Named, folder: Path, limit: int, take: Callable[[bytes, str], T], problems: Problems) -> T | None:
    from planner.binary.errors import MissingExtraError, ObserveError  # noqa: PLC0415 - as above

    spot, text = named
    path = folder / text
    try:
        return take(read_file(path, str(path), limit), path.name)
    except ProfileError as error:
        problems.add(spot, f"{path}: {error.problems[0].what}", "P040")
    except MissingExtraError as error:
        problems.add(spot, str(error), "P041")
    except ObserveError as error:
        problems.add(spot, str(error) if path.name in str(error) else f"{path.name}: {error}", "P040")
    return None


def named_modules(
    consumers: Iterable[tuple[ConsumerSpec, Spot]], composites: Mapping[str, CompositeSpec]
) -> Iterator[Named]:
    """Yield every module that consumers and composites' parts name."""
    for spec, spot in consumers:
        yield from _named(spec.parameters, spot)
    for name, composite in composites.items():
        parts = TOP.key("consumer_type").key(name).key("parts")
        for part in composite.parts:
            yield from _named(part.parameters, parts.key(part.name))


def _named(parameters: Any, spot: Spot) -> Iterator[Named]:
    if is_dataclass(parameters):
        for item in fields(parameters):
            info = item.metadata.get("planner")
            text = getattr(parameters, item.name) if info is not None and info.file == "module" else None
            if isinstance(text, str) and text:
                yield spot.key(item.name), text


def check_module(module: ModuleFile, spot: Spot, kernel: KernelVersion, bits: int, problems: Problems) -> str:
    """Note a module that this kernel could not load; return a warning where it was built for another one, else an empty text."""
    if module.bits != bits:
        what = f"{module.source} is a {module.bits}-bit module, and the kernel has {bits} bits"
        problems.add(spot, what, "P020", "a module built for this kernel")
    built = module.vermagic.split(" ", 1)[0]
    try:
        other = KernelVersion.parse(built)
    except ValueError:
        return ""
    if other == kernel:
        return ""
    return f"{spot.shown}: {module.source} was built for Linux {built}; its per-CPU data is taken as it is there"
