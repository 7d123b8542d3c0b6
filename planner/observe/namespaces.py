"""The network namespaces of the running system, and a look into each: of those that have no process either. Reads only."""

import ctypes
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from planner.observe.root import Root

_CLONE_NEWNET: Final = 0x40000000
_MAXIMUM_PROCESSES: Final = 100_000
_MAXIMUM_ENTERED: Final = 20_000
_SECONDS: Final = 30.0
"""How long the walk through other namespaces may take."""
_PINNED: Final = re.compile(r"\d{1,10} \d{1,10} \d{1,6}:\d{1,8} (net:\[\d{1,20}\]) (/\S{0,4095}) .{0,4096}? - nsfs ")
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")

Found = TypeVar("Found")


def network_namespaces(root: Root) -> dict[str, str]:
    """Return name (``net:[4026531840]``) → a path that stands for it, the own one first.

    They are those of processes, and those that a mount keeps (``ip netns add``) in any mount namespace that can be seen.
    """
    found: dict[str, str] = {}
    mounts: dict[str, str] = {}
    own = root.link("proc/self/ns/net") if root.live else None
    if own is not None:
        found[own] = "/proc/self/ns/net"
    pids = [name for name in root.names("proc") if name.isdigit()][:_MAXIMUM_PROCESSES]
    for pid in ["self", *pids] if root.live else pids:
        name = root.link(f"proc/{pid}/ns/net")
        if name is not None:
            found.setdefault(name, f"/proc/{pid}/ns/net")
        mounts.setdefault(root.link(f"proc/{pid}/ns/mnt") or pid, pid)
    for pid in mounts.values():
        for name, place in pinned(root, pid):
            found.setdefault(name, f"/proc/{pid}/root{place}")
    root.forget_processes()
    return found


def pinned(root: Root, pid: str) -> Iterator[tuple[str, str]]:
    """Yield name and mount point of each network namespace that a mount of the process's mount namespace keeps."""
    text = root.text(f"proc/{pid}/mountinfo", 1 << 24) or ""
    if " - nsfs " in text:
        for name, place in _PINNED.findall(text):
            yield name, _ESCAPE.sub(lambda match: chr(int(match[1], 8)), place)


def look_into(paths: list[str], look: Callable[[], Found]) -> tuple[list[Found], int]:
    """Call ``look`` inside each namespace, in a thread that enters it and ends; return what it gave and how many stayed closed."""
    with ThreadPoolExecutor(1) as helper:  # a thread's network namespace is its own: the program's stays
        return helper.submit(_entered, paths, look).result()


def _entered(paths: list[str], look: Callable[[], Found]) -> tuple[list[Found], int]:
    found: list[Found] = []
    end = time.monotonic() + _SECONDS
    library = ctypes.CDLL(None, use_errno=True)
    for number, path in enumerate(paths):
        if number >= _MAXIMUM_ENTERED or time.monotonic() > end:
            break
        try:
            _enter(library, path)
            found.append(look())
        except OSError:
            continue
    return found, len(paths) - len(found)


def _enter(library: ctypes.CDLL, path: str) -> None:
    descriptor = os.open(Path(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if library.setns(descriptor, _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(descriptor)
