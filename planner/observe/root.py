"""A file-system root to look at: the running system's ``/``, or a copied tree (sosreport). Read-only, bounded, never blocks."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

DEFAULT_LIMIT: Final = 16 << 20
_MAXIMUM_ENTRIES: Final = 200_000
_MAXIMUM_LINKS: Final = 40
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(slots=True)
class Root:
    """Reads below ``path``; links that lead out of a copied tree are followed inside it.

    ``denied`` collects what exists but may not be read (path → reason), ``cut`` what was longer than its limit.
    Only regular files are read (those of /proc and /sys are), opened without blocking, so FIFOs and devices cannot hang.
    """

    path: Path = field(default_factory=lambda: Path("/"))
    denied: dict[str, str] = field(default_factory=dict, init=False)
    cut: list[str] = field(default_factory=list, init=False)

    @property
    def live(self) -> bool:
        """Whether this is the running system."""
        return self.path == Path("/")

    def read(self, name: str, limit: int = DEFAULT_LIMIT) -> bytes | None:
        """Return the file's first ``limit`` bytes, ``None`` where there is none or it may not be read (see ``denied``)."""
        try:
            descriptor = os.open(self._resolve(name), _FLAGS)
        except OSError as error:
            self.note(name, error)
            return None
        try:
            if not stat.S_ISREG(mode := os.fstat(descriptor).st_mode):
                if not stat.S_ISDIR(mode):
                    self.denied[name] = "no regular file"
                return None
            return self._drain(name, descriptor, limit)
        except OSError as error:
            self.note(name, error)
            return None
        finally:
            os.close(descriptor)

    def text(self, name: str, limit: int = DEFAULT_LIMIT) -> str | None:
        """Return the file as text (bytes that are not UTF-8 replaced), ``None`` as for :meth:`read`."""
        data = self.read(name, limit)
        return None if data is None else data.decode("utf-8", "replace")

    def line(self, name: str) -> str | None:
        """Return the file's first line without white space at its ends, ``None`` where there is none."""
        text = self.text(name, 1 << 16)
        return text.split("\n", 1)[0].strip() if text and text.strip() else None

    def number(self, name: str) -> int | None:
        """Return the decimal number that is the file's first line, ``None`` where it is something else."""
        text = self.line(name)
        return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 20 else None

    def names(self, name: str) -> list[str]:
        """Return the sorted names in a directory, at most 200 000; empty where there is none or it may not be read."""
        found: list[str] = []
        try:
            with os.scandir(self._resolve(name)) as entries:
                for entry in entries:
                    found.append(entry.name)
                    if len(found) >= _MAXIMUM_ENTRIES:
                        self.cut.append(f"{name}: more than {_MAXIMUM_ENTRIES} entries")
                        break
        except OSError as error:
            self.note(name, error)
        return sorted(found)

    def directories(self, name: str) -> list[str]:
        """Return the sorted names of the directories (or links to such) in a directory."""
        return [entry for entry in self.names(name) if self.is_directory(f"{name}/{entry}")]

    def exists(self, name: str) -> bool:
        """Whether the name exists, as far as this user can see."""
        try:
            return self._resolve(name).exists()
        except OSError:
            return False

    def is_directory(self, name: str) -> bool:
        """Whether the name is a directory."""
        try:
            return self._resolve(name).is_dir()
        except OSError:
            return False

    def link(self, name: str) -> str | None:
        """Return where a symbolic link leads, unresolved (``net:[4026531840]``), ``None`` where it is none."""
        path = PurePosixPath(name)
        try:
            return str((self._resolve(str(path.parent)) / path.name).readlink())
        except OSError as error:
            if error.errno != errno.EINVAL:
                self.note(name, error)
            return None

    def walk(self, name: str, maximum: int = 100_000) -> Iterator[str]:
        """Yield directories below ``name``, itself included, parents first; links are not followed."""
        waiting, count = [name], 0
        while waiting and count < maximum:
            here = waiting.pop()
            yield here
            count += 1
            waiting.extend(f"{here}/{entry}" for entry in reversed(self._own_directories(here)))
        if waiting:
            self.cut.append(f"{name}: more than {maximum} directories")

    def _own_directories(self, name: str) -> list[str]:
        try:
            with os.scandir(self._resolve(name)) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError as error:
            self.note(name, error)
            return []

    def _resolve(self, name: str) -> Path:
        """Walk ``name`` below the root link by link: an absolute link in a copied tree means a place in that tree."""
        if "\0" in name:  # a name that was itself read from a file
            raise OSError(errno.ENOENT, "no such name")
        if self.live:
            return self.path / name.lstrip("/")
        parts = [part for part in reversed(PurePosixPath(name).parts) if part != "/"]
        here, links = self.path, 0
        while parts:
            part = parts.pop()
            if part == "..":
                here = here.parent if here != self.path else here
                continue
            here = here / part
            if here.is_symlink():
                links += 1
                if links > _MAXIMUM_LINKS:
                    raise OSError(errno.ELOOP, "too many links")
                target = PurePosixPath(here.readlink())
                here = self.path if target.is_absolute() else here.parent
                parts.extend(part for part in reversed(target.parts) if part != "/")
        return here

    def _drain(self, name: str, descriptor: int, limit: int) -> bytes:
        """Read until the end or the limit; a file that would block ends there."""
        parts, size = [], 0
        while size <= limit:
            try:
                block = os.read(descriptor, min(1 << 20, limit + 1 - size))
            except BlockingIOError:
                break
            if not block:
                break
            parts.append(block)
            size += len(block)
        if size > limit:
            self.cut.append(f"{name}: longer than {limit} bytes")
        return b"".join(parts)[:limit]

    def forget_processes(self) -> None:
        """Drop what was noted of single processes: they are counted, not listed one by one."""
        for name in [name for name in self.denied if name.startswith("proc/") and name.split("/")[1].isdigit()]:
            del self.denied[name]

    def note(self, name: str, error: OSError) -> None:
        """Remember what exists and could not be read."""
        if error.errno in {errno.EACCES, errno.EPERM}:
            self.denied[name] = "permission denied"
        elif error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.EINVAL}:
            self.denied[name] = os.strerror(error.errno or 0)
