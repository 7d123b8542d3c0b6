"""Where an installed package's files lie: ``importlib.resources`` for packages in a folder, without what it imports.

Half a dozen modules for packages in archives cost a small report as much as booting its machine; planner's wheel is unpacked.
"""

from importlib.util import find_spec
from pathlib import Path


def folder_of(package: str) -> Path:
    """Return the folder of a package on the import path; its ``__init__`` is not run, unless it has a parent.

    :raises ModuleNotFoundError: there is none.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no package named {package!r} in a folder", name=package)
    return Path(next(iter(spec.submodule_search_locations)))
