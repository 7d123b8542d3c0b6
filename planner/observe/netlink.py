"""Network devices over rtnetlink: the one place where the kernel tells a device's kind (uapi/linux/rtnetlink.h). Reads only."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_GETLINK: Final = 18
_REQUEST_DUMP: Final = 0x301
_ERROR, _DONE = 2, 3
_NAME, _LINK, _MASTER, _LINKINFO, _TX, _RX, _PEER_NAMESPACE = 3, 5, 10, 18, 31, 32, 37
_INFO_KIND, _INFO_DATA, _TUN_TYPE = 1, 2, 3
_TAP: Final = 2
_TIMEOUT: Final = 5.0
_MAXIMUM: Final = 64 << 20
_NESTED_BITS: Final = 0x3FFF


@dataclass(frozen=True, slots=True)
class Link:
    """One device. ``kind`` is the kernel's (``veth``, ``vxlan`` …), empty for hardware.

    ``lower`` is the index of the device below it, of a veth's other end; ``peer_elsewhere``: that one is in another namespace.
    ``master`` is the index of the bridge, bond or team that it is a port of. 0 = none, or not known.
    """

    index: int
    name: str
    kind: str
    tx_queues: int
    rx_queues: int
    lower: int
    peer_elsewhere: bool
    master: int = 0


def links() -> list[Link]:
    """Return the devices of this network namespace.

    :raises OSError: no netlink here, or no answer within seconds.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as channel:
        channel.settimeout(_TIMEOUT)
        channel.bind((0, 0))
        body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
        channel.send(struct.pack("=IHHII", 16 + len(body), _GETLINK, _REQUEST_DUMP, 1, 0) + body)
        found: list[Link] = []
        received = 0
        while received < _MAXIMUM:
            data = channel.recv(1 << 18)
            received += len(data)
            for kind, message in messages(data):
                if kind in (_DONE, _ERROR):
                    return found
                link = parse_link(message)
                if link is not None:
                    found.append(link)
        return found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, body) of the messages in one datagram."""
    here = 0
    while here + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, here)
        if not 16 <= length <= len(data) - here:
            return
        yield kind, data[here + 16 : here + length]
        here += (length + 3) & ~3


def parse_link(message: bytes) -> Link | None:
    """Return the device of an RTM_NEWLINK body, ``None`` where it is cut off."""
    if len(message) < 16:
        return None
    index = struct.unpack_from("=i", message, 4)[0]
    values = dict(attributes(message[16:]))
    info = dict(attributes(values.get(_LINKINFO, b"")))
    kind = _text(info.get(_INFO_KIND, b""))
    if kind == "tun" and dict(attributes(info.get(_INFO_DATA, b""))).get(_TUN_TYPE, b"\0")[:1] == bytes([_TAP]):
        kind = "tap"
    return Link(
        index=index,
        name=_text(values.get(_NAME, b"")),
        kind=kind,
        tx_queues=_number(values.get(_TX, b"")),
        rx_queues=_number(values.get(_RX, b"")),
        lower=_number(values.get(_LINK, b"")),
        peer_elsewhere=_PEER_NAMESPACE in values,
        master=_number(values.get(_MASTER, b"")),
    )


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, value) of a run of netlink attributes; a broken length ends it."""
    here = 0
    while here + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, here)
        if not 4 <= length <= len(data) - here:
            return
        yield kind & _NESTED_BITS, data[here + 4 : here + length]
        here += (length + 3) & ~3


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("ascii", "replace")


def _number(value: bytes) -> int:
    return int(struct.unpack_from("=I", value)[0]) if len(value) >= 4 else 0
