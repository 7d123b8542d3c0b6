"""Plugins for the tests of profiles: few, and independent of what the built-in ones happen to say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from planner.plugin import (
    Architecture,
    ArchitectureRecord,
    ConsumerRecord,
    Finding,
    GateRecord,
    Request,
    System,
    VmallocRange,
    parameter,
)
from planner.profile import Profile, load_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth:
    queues: int = parameter(1, "receive queues", minimum=1, maximum=4096)
    ring: int = parameter(4096, "bytes of a ring", size=True, maximum=2**30)
    mode: str = parameter("fast", "how", choices=("fast", "slow"))
    share: float = parameter(0.5, "a share", minimum=0, maximum=1)
    offload: bool = parameter(default=False, help="whether")
    depth: int = parameter(-1, "levels", minimum=-1, maximum=8)
    flavour: Literal["sweet", "sour"] = parameter("sweet", "taste")
    vlans: tuple[int, ...] = parameter((), "tags")
    tag: str | None = parameter(None, "a label")
    limit: int | str = parameter("20%", "read by the plugin")
    born: date | None = parameter(None, "a day")  # noqa: RUF009 - a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Needy:
    size: int = parameter(help="bytes", size=True, minimum=1)

    def __post_init__(self) -> None:
        if self.size == 13:
            raise ValueError("13 is unlucky")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clashing:
    count: int = parameter(1, "planner's own key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    thing: complex = parameter(1j, "no profile can hold it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    min: int | str = parameter("20%", "what must be free")
    consumer: str = parameter("", "whose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    max: int = parameter(help="bytes", size=True)


def _requests(_parameters: Any, _system: System) -> Iterable[Request]:
    yield Request(size=64)


def _judge(_parameters: Any, _report: Any) -> Finding:
    return Finding(passed=True, expected="", found="")


def _consumer(kind: str, **more: Any) -> ConsumerRecord:
    return ConsumerRecord(kind=kind, summary=f"a {kind}", requests=_requests, sources=("here",), **more)


def _build(system: System) -> Architecture:
    """An atom of 4 KiB wherever the boot line shows one, 2 MiB elsewhere."""
    small = system.bits == 32 and system.declared.unit_size is not None and system.declared.unit_size < 2**20
    return Architecture(
        name=system.arch,
        bits=system.bits,
        page_size=4096,
        atom_size=system.declared.atom_size or (4096 if small else 2**21),
        reserved=0,
        dynamic=20480,
        vmalloc=VmallocRange(start=0, end=2**27, basis="modelled", source="test"),
    )


@dataclass
class Plugins:
    """The manager's face towards profiles."""

    kinds: dict[str, ConsumerRecord] = field(default_factory=dict)

    def architectures(self) -> Mapping[str, ArchitectureRecord]:
        records = (
            ArchitectureRecord(
                name="x86", summary="x86", bits=(32, 64), build=_build, aliases=("i386", "i686", "x86_64", "amd64")
            ),
            ArchitectureRecord(name="arm64", summary="arm64", bits=(64,), build=_build, aliases=("aarch64",)),
        )
        return {record.name: record for record in records}

    def consumers(self) -> Mapping[str, ConsumerRecord]:
        records = (
            _consumer("workqueue"),
            _consumer("veth", parameters=Veth),
            _consumer("needy", parameters=Needy),
            _consumer("clashing", parameters=Clashing),
            _consumer("unreadable", parameters=Unreadable),
            _consumer("netkit", since="6.7"),
        )
        return {record.kind: record for record in records} | self.kinds

    def gates(self) -> Mapping[str, GateRecord]:
        records = (
            GateRecord(kind="headroom", summary="room", judge=_judge, parameters=Headroom),
            GateRecord(kind="budget", summary="bytes", judge=_judge, parameters=Budget),
            GateRecord(kind="fits", summary="fits", judge=_judge),
        )
        return {record.kind: record for record in records}


BASE = """\
schema = 1
[system]
arch = "x86_64"
kernel = "6.12"
[cpus]
possible = 4
"""


def made(text: str = "", base: str = BASE) -> Profile:
    """Return the profile of ``base`` and ``text``."""
    return load_text(base + text, Plugins(), label="p.toml")
