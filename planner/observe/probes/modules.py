"""Static per-CPU data of the loaded modules, from their files."""

from collections.abc import Iterator
from typing import Final

from planner.binary.module_elf import MAXIMUM_MODULE, ModuleData, parse_module
from planner.observe.errors import MissingExtraError, ObserveError
from planner.observe.probes.system import release
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_MAXIMUM: Final = 2000
_DIRECTORIES: Final = ("lib/modules", "usr/lib/modules")


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each loaded module that has a per-CPU section."""
    text = root.text("proc/modules", 1 << 22)
    if not text:
        return
    loaded = [line.split()[0] for line in text.split("\n") if line.strip()][:_MAXIMUM]
    files = _files(root)
    for name in loaded:
        file = files.get(name.replace("-", "_"))
        if file is None:
            root.denied.setdefault("lib/modules", "the files of some loaded modules are not there")
            continue
        module = _module(root, file)
        if module is None:
            return
        if module.size:
            value = {
                "kind": "module",
                "name": f"module {name}"[:200],
                "count": 1,
                "static": module.size,
                "align": module.align,
                **({"srcu": module.srcu} if module.srcu else {}),
            }
            yield seen("consumer", value, f"/{file}: {len(module.symbols)} per-CPU symbols")


def _module(root: Root, file: str) -> ModuleData | None:
    data = root.read(file, MAXIMUM_MODULE)
    try:
        return parse_module(data or b"", file)
    except MissingExtraError as error:
        root.denied[file] = str(error)
        return None
    except ObserveError as error:
        root.cut.append(str(error))
        return ModuleData(name="", machine="", bits=0, vermagic="", size=0, align=1)


def _files(root: Root) -> dict[str, str]:
    """Return module name → path, from modules.dep."""
    found: dict[str, str] = {}
    for directory in _DIRECTORIES:
        base = f"{directory}/{release(root)}"
        for line in (root.text(f"{base}/modules.dep", 1 << 24) or "").split("\n"):
            path = line.partition(":")[0].strip()
            if path:
                name = path.rsplit("/", 1)[-1].split(".ko", 1)[0].replace("-", "_")
                found.setdefault(name, path.lstrip("/") if path.startswith("/") else f"{base}/{path}")
    return found
