"""What holds for every consumer, whoever wrote it; ``planner.testing`` can ship these as they stand.

Each function takes a :class:`~planner.plugin.ConsumerRecord` and raises :class:`AssertionError` with what is wrong.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields

from planner.plugin import Config, ConsumerRecord, KernelVersion, Request, System

PCPU_MIN_UNIT_SIZE = 32 << 10
PAGE_SIZE = 4096

RELEASES = (
    *(f"2.6.{n}" for n in range(30, 40)),
    *(f"3.{n}" for n in range(20)),
    *(f"4.{n}" for n in range(21)),
    *(f"5.{n}" for n in range(20)),
    *(f"6.{n}" for n in range(20)),
    *(f"7.{n}" for n in range(4)),
    "3.2.0-51-generic",
    "4.4.155",
    "4.9.154",
    "5.10.223",
    "5.15.85",
    "6.1.176",
    "6.6.9",
    "6.12.95",
)
"""Every mainline release that planner models, and sublevels of stable series that carry back-ports."""


def system(
    kernel: str, *, bits: int = 64, cpus: int = 4, arch: str = "x86", config: dict[str, str] | None = None
) -> System:
    """Return a machine to ask a consumer about."""
    return System(
        name="contract",
        arch=arch,
        bits=bits,
        kernel=KernelVersion.parse(kernel),
        cpus_possible=tuple(range(cpus)),
        config=Config(config or {}),
    )


def default_parameters(record: ConsumerRecord) -> object:
    """Return the record's parameters with required sizes set to 64 bytes."""
    required = {
        field.name: 64
        for field in fields(record.parameters)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return record.parameters(**required)


def supported(record: ConsumerRecord) -> Iterator[str]:
    """Yield the releases that the record says it answers for."""
    first = KernelVersion.parse(record.since)
    yield from (release for release in RELEASES if KernelVersion.parse(release) >= first)


def all_requests(record: ConsumerRecord, parameters: object, on: System) -> tuple[Request, ...]:
    """Return the requests of the first instance: the one-time ones and its own."""
    return (*record.once(parameters, on), *record.requests(parameters, on))


def check_citation(record: ConsumerRecord) -> None:
    """The record and every request cite where the fact comes from."""
    assert record.sources, f"{record.kind}: cites no source"
    assert all(source.strip() for source in record.sources), f"{record.kind}: empty source"
    assert record.summary, f"{record.kind}: no summary"
    newest = list(supported(record))[-1]
    for request in all_requests(record, default_parameters(record), system(newest)):
        assert request.source, f"{record.kind}: {request.what or request.size} cites no source"
        assert request.what, f"{record.kind}: a request of {request.size} bytes says not what it is"


def check_answers(record: ConsumerRecord) -> None:
    """Every supported release answers on 32 and 64 bits, with sizes that the allocator takes or refuses by itself."""
    parameters = default_parameters(record)
    for release in supported(record):
        for bits in (32, 64):
            for request in all_requests(record, parameters, system(release, bits=bits)):
                where = f"{record.kind} on {release}, {bits} bits: {request.what}"
                assert request.size > 0, f"{where}: size {request.size}"
                assert request.count > 0, f"{where}: count {request.count}"
                assert request.align > 0, f"{where}: alignment {request.align}"
                assert request.align & (request.align - 1) == 0, f"{where}: alignment {request.align}"
                assert request.align <= PAGE_SIZE, f"{where}: alignment {request.align} is more than a page"
                assert request.size <= PCPU_MIN_UNIT_SIZE, f"{where}: {request.size} bytes are more than a unit"
            for memory in record.memory(parameters, system(release, bits=bits)):
                assert min(memory.size, memory.count) > 0, f"{record.kind} on {release}: {memory}"


def check_too_old(record: ConsumerRecord) -> None:
    """Before the first supported release a table that is asked names what it knows."""
    try:
        list(record.requests(default_parameters(record), system("2.6.29")))
    except LookupError as error:
        message = str(error)
    else:
        message = "known from the beginning: nothing is looked up"
    assert "known from" in message, f"{record.kind}: {message}"


def check_deterministic(record: ConsumerRecord) -> None:
    """The same question gives the same answer."""
    parameters, on = default_parameters(record), system(list(supported(record))[-1])
    assert all_requests(record, parameters, on) == all_requests(record, parameters, on), record.kind


def check_cpus(record: ConsumerRecord) -> None:
    """More possible CPUs never make fewer or smaller requests (each unit is another copy, not another request)."""
    parameters = default_parameters(record)
    releases = list(supported(record))
    for release in (releases[0], releases[-1]):
        sums = [
            sum(
                request.size * request.count for request in all_requests(record, parameters, system(release, cpus=cpus))
            )
            for cpus in (1, 2, 8, 64)
        ]
        assert sums == sorted(sums), f"{record.kind} on {release}: {sums} bytes on 1, 2, 8, 64 CPUs"


def check_monotone(record: ConsumerRecord) -> None:
    """A larger count in a parameter never makes an instance cheaper."""
    on = system(list(supported(record))[-1])
    base = default_parameters(record)
    for field in fields(record.parameters):
        info = field.metadata["planner"]
        value = getattr(base, field.name)
        if isinstance(value, bool) or not isinstance(value, int) or info.size or field.name in {"align", "version"}:
            continue
        larger = type(base)(**{f.name: getattr(base, f.name) for f in fields(base)} | {field.name: value + 1})
        if info.maximum is not None and value + 1 > info.maximum:
            continue
        few, many = (
            sum(request.size * request.count for request in all_requests(record, parameters, on))
            for parameters in (base, larger)
        )
        assert few <= many, f"{record.kind}: {field.name} = {value + 1} costs {many}, {value} costs {few} bytes"


PROFILE_KEYS = {"kind", "name", "count", "growth", "churn", "burst"}


def check_parameters(record: ConsumerRecord) -> None:
    """No parameter hides a key of the profile's own, and each says what it means and which values it takes."""
    for field in fields(record.parameters):
        info = field.metadata["planner"]
        assert field.name not in PROFILE_KEYS, f"{record.kind}: {field.name} is a key of the profile"
        assert info.help, f"{record.kind}: {field.name} has no help"
        default = getattr(default_parameters(record), field.name)
        if isinstance(default, int) and not isinstance(default, bool) and info.minimum is not None:
            assert default >= info.minimum, f"{record.kind}: {field.name} = {default} is below its minimum"
        if isinstance(default, str) and info.choices:
            assert default in info.choices, f"{record.kind}: {field.name} = {default} is no choice"


CHECKS = (
    check_parameters,
    check_citation,
    check_answers,
    check_too_old,
    check_deterministic,
    check_cpus,
    check_monotone,
)
