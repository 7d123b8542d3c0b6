"""Compressed files unpacked with a limit, so that a small file cannot fill the memory."""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, Final

from planner.binary.errors import MissingExtraError, ParseError

_MEMORY: Final = 256 << 20
"""Bytes that an xz or zstd dictionary may ask for; modules use at most 64 MiB."""
_STEP: Final = 1 << 18
_SMALL: Final = 256
"""Bytes given to zstd at a time: it has no limit on what one call returns, and 4 bytes can stand for 128 KiB."""

_MAGIC: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
)


def kind_of(data: bytes) -> str | None:
    """Return ``gzip``, ``xz``, ``zstd`` or ``bzip2`` by the first bytes, ``None`` for anything else."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def expand(data: bytes, limit: int) -> bytes:
    """Return ``data`` unpacked if it is compressed, as it is otherwise.

    :raises ParseError: the data are broken, truncated, or unpack to more than ``limit`` bytes.
    :raises MissingExtraError: zstd data without the ``zstandard`` library.
    """
    kind = kind_of(data)
    if kind is None:
        if len(data) > limit:
            raise ParseError(f"longer than {limit} bytes")
        return data
    parts: list[bytes] = []
    size = 0
    for part in _unpacked(kind, data):
        size += len(part)
        if size > limit:
            raise ParseError(f"{kind} data unpack to more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _unpacked(kind: str, data: bytes) -> Iterator[bytes]:
    try:
        if kind == "zstd":
            yield from _zstd(data)
        elif kind == "gzip":
            yield from _gzip(data)
        else:
            yield from _streamed(kind, data)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError) as error:
        raise ParseError(f"broken {kind} data: {' '.join(str(error).split())[:200]}") from None


def _gzip(data: bytes) -> Iterator[bytes]:
    """Unpack the first member; what follows it is ignored, as the kernel's own readers do."""
    unpacker = zlib.decompressobj(wbits=31)
    rest = data
    while not unpacker.eof:
        part = unpacker.decompress(rest, _STEP)
        rest = unpacker.unconsumed_tail
        if not part and not rest and not unpacker.eof:
            raise EOFError("truncated")
        yield part


def _streamed(kind: str, data: bytes) -> Iterator[bytes]:
    unpacker: Any = lzma.LZMADecompressor(memlimit=_MEMORY) if kind == "xz" else bz2.BZ2Decompressor()
    rest = data
    while not unpacker.eof:
        part = unpacker.decompress(rest, max_length=_STEP)
        if not part and unpacker.needs_input and not unpacker.eof:
            raise EOFError("truncated")
        rest = b""
        yield part


def _zstd(data: bytes) -> Iterator[bytes]:
    try:
        import zstandard  # noqa: PLC0415 - an optional library, imported where it is used
    except ImportError:
        raise MissingExtraError("zstandard", "elf", "reading zstd files") from None
    unpacker = zstandard.ZstdDecompressor(max_window_size=_MEMORY).decompressobj()
    for start in range(0, len(data), _SMALL):
        try:
            yield unpacker.decompress(data[start : start + _SMALL])
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None
        if unpacker.eof:
            return
    raise EOFError("truncated")
