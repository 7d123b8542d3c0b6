"""What holds for every consumer, whoever wrote it.

Each check takes a :class:`~planner.plugin.ConsumerRecord` and parameters of its class and raises :class:`AssertionError`.
"""

from dataclasses import fields
from typing import Any

from planner.plugin import ConsumerRecord, Request, System
from planner.testing.systems import make_system, releases_from

PCPU_MIN_UNIT_SIZE = 32 << 10
PAGE_SIZE = 4096


def all_requests(record: ConsumerRecord, parameters: Any, on: System) -> tuple[Request, ...]:
    """Return the requests of the first instance: the one-time ones and its own."""
    return (*record.once(parameters, on), *record.requests(parameters, on))


def _newest(record: ConsumerRecord) -> System:
    return make_system([release for release in releases_from(record.since) if release.count(".") == 1][-1])


def check_citation(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: the record and every request cite where the fact comes from."""
    assert record.sources, f"{record.kind}: cites no source"
    assert all(source.strip() for source in record.sources), f"{record.kind}: empty source"
    assert record.summary, f"{record.kind}: no summary"
    for request in all_requests(record, parameters, _newest(record)):
        assert request.source, f"{record.kind}: {request.what or request.size} cites no source"
        assert request.what, f"{record.kind}: a request of {request.size} bytes says not what it is"


def check_answers(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: every supported release answers on 32 and 64 bits, with sizes that the allocator takes or refuses by itself."""
    for release in releases_from(record.since):
        for bits in (32, 64):
            system = make_system(release, bits=bits)
            for request in all_requests(record, parameters, system):
                where = f"{record.kind} on {release}, {bits} bits: {request.what}"
                assert request.size > 0, f"{where}: size {request.size}"
                assert request.count > 0, f"{where}: count {request.count}"
                assert request.align > 0, f"{where}: alignment {request.align}"
                assert request.align & (request.align - 1) == 0, f"{where}: alignment {request.align}"
                assert request.align <= PAGE_SIZE, f"{where}: alignment {request.align} is more than a page"
                assert request.size <= PCPU_MIN_UNIT_SIZE, f"{where}: {request.size} bytes are more than a unit"
            for memory in record.memory(parameters, system):
                assert min(memory.size, memory.count) > 0, f"{record.kind} on {release}: {memory}"


def check_beside(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: kernel memory says what it is and where that is known from, and options that are needed stand without ``CONFIG_``."""
    for memory in record.memory(parameters, _newest(record)):
        assert memory.source, f"{record.kind}: {memory.what or memory.size} of kernel memory cites no source"
        assert memory.what, f"{record.kind}: {memory.size} bytes of kernel memory say not what they are"
    for option in record.needs:
        assert not option.startswith("CONFIG_"), f"{record.kind}: needs {option}: the name stands without CONFIG_"


def check_too_old(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: before the first supported release a table that is asked names what it knows."""
    try:
        list(record.requests(parameters, make_system("2.6.29")))
    except LookupError as error:
        message = str(error)
    else:
        message = "known from the beginning: nothing is looked up"
    assert "known from" in message, f"{record.kind}: {message}"


def check_deterministic(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: the same question gives the same answer."""
    on = _newest(record)
    assert all_requests(record, parameters, on) == all_requests(record, parameters, on), f"{record.kind}: answers vary"


def check_configurations(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: locks that carry more never make an instance cheaper, and no configuration leaves a kernel without an answer."""
    releases = list(releases_from(record.since))
    for release in (releases[0], releases[-1]):
        for bits in (32, 64):
            plain = _bytes(record, parameters, make_system(release, bits=bits))
            for options in ({"DEBUG_SPINLOCK": "y"}, {"PROVE_LOCKING": "y", "LOCKDEP": "y", "DEBUG_LOCK_ALLOC": "y"}):
                grown = _bytes(record, parameters, make_system(release, bits=bits, config=options))
                assert grown >= plain, (
                    f"{record.kind} on {release}, {bits} bits: {grown} bytes with {options}, {plain} without"
                )
            assert _bytes(record, parameters, make_system(release, bits=bits, config={"PREEMPT_RT": "y"})) >= 0


def check_cpus(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: more possible CPUs never make fewer or smaller requests (each unit is another copy, not another request)."""
    releases = list(releases_from(record.since))
    for release in (releases[0], releases[-1]):
        systems = [make_system(release, cpus=cpus) for cpus in (1, 2, 8, 64)]
        sums = [_bytes(record, parameters, system) for system in systems]
        assert sums == sorted(sums), f"{record.kind} on {release}: {sums} bytes on 1, 2, 8, 64 CPUs"


def check_monotone(record: ConsumerRecord, parameters: Any) -> None:
    """Assert: a larger count in a parameter never makes an instance cheaper."""
    on = _newest(record)
    for field in fields(record.parameters):
        info = field.metadata["planner"]
        value = getattr(parameters, field.name)
        if isinstance(value, bool) or not isinstance(value, int) or info.size or field.name in {"align", "version"}:
            continue
        if info.maximum is not None and value + 1 > info.maximum:
            continue
        given = {one.name: getattr(parameters, one.name) for one in fields(parameters)}
        try:
            larger = type(parameters)(**given | {field.name: value + 1})
        except (TypeError, ValueError):
            continue  # the class itself refuses that
        few, many = _bytes(record, parameters, on), _bytes(record, larger, on)
        assert few <= many, f"{record.kind}: {field.name} = {value + 1} costs {many}, {value} costs {few} bytes"


def _bytes(record: ConsumerRecord, parameters: Any, on: System) -> int:
    return sum(request.size * request.count for request in all_requests(record, parameters, on))


CHECKS = (
    check_citation,
    check_answers,
    check_beside,
    check_too_old,
    check_deterministic,
    check_configurations,
    check_cpus,
    check_monotone,
)


def check(record: ConsumerRecord, parameters: Any) -> None:
    """Assert all of the above."""
    for one in CHECKS:
        one(record, parameters)
