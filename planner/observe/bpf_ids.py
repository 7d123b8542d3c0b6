"""BPF maps and programs by id, over bpf(2): only its GET commands are used (uapi/linux/bpf.h). Needs CAP_SYS_ADMIN."""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PROG_GET_NEXT_ID, _MAP_GET_NEXT_ID, _MAP_GET_FD, _GET_INFO = 11, 12, 14, 15
_NUMBERS: Final = {
    "x86_64": 321,
    "aarch64": 280,
    "riscv64": 280,
    "loongarch64": 280,
    "ppc64": 361,
    "ppc64le": 361,
    "s390x": 351,
}
"""Number of the system call for 64-bit callers."""
_MAXIMUM: Final = 100_000
_INFO_SIZE: Final = 88


@dataclass(frozen=True, slots=True)
class BpfMap:
    """One map: the kernel's type number, sizes in bytes, flags as created."""

    identity: int
    type: int
    key_size: int
    value_size: int
    max_entries: int
    flags: int


def maps() -> list[BpfMap]:
    """Return every map of the system.

    :raises OSError: not permitted, or no bpf(2) here.
    """
    return [found for identity in _ids(_MAP_GET_NEXT_ID) if (found := _map(identity)) is not None]


def program_count() -> int:
    """Return how many programs are loaded. Raises as :func:`maps`."""
    return sum(1 for _ in _ids(_PROG_GET_NEXT_ID))


def _ids(command: int) -> Iterator[int]:
    identity = 0
    for _ in range(_MAXIMUM):
        attribute = ctypes.create_string_buffer(struct.pack("=III", identity, 0, 0), 128)
        try:
            _call(command, attribute)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise
        identity = struct.unpack_from("=III", attribute.raw)[1]
        yield identity


def _map(identity: int) -> BpfMap | None:
    try:
        descriptor = _call(_MAP_GET_FD, ctypes.create_string_buffer(struct.pack("=I", identity), 128))
    except OSError as error:
        if error.errno == errno.ENOENT:  # gone since its id was read
            return None
        raise
    try:
        info = ctypes.create_string_buffer(_INFO_SIZE)
        attribute = struct.pack("=IIQ", descriptor, _INFO_SIZE, ctypes.addressof(info))
        _call(_GET_INFO, ctypes.create_string_buffer(attribute, 128))
        kind, number, key, value, entries, flags = struct.unpack_from("=6I", info.raw)
        return BpfMap(number, kind, key, value, entries, flags)
    finally:
        os.close(descriptor)


def _call(command: int, attribute: "ctypes.Array[ctypes.c_char]") -> int:
    number = _NUMBERS.get(os.uname().machine)
    if number is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise OSError(errno.ENOSYS, "bpf(2) is not known on this architecture")
    library = ctypes.CDLL(None, use_errno=True)
    result: int = library.syscall(ctypes.c_long(number), command, attribute, 128)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
