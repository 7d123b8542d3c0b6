"""What holds for every architecture: figures that a kernel could have, and a first chunk that can be set up from them."""

from collections.abc import Iterator
from dataclasses import replace

from planner.allocator.first_chunk import set_up
from planner.plugin import Architecture, ArchitectureRecord, Declared, System
from planner.testing.systems import RELEASES, make_system

_STATIC = 40_000
"""Bytes of static per-CPU data: what small kernels have."""


def answers(record: ArchitectureRecord) -> Iterator[tuple[System, Architecture]]:
    """Yield every system of the modelled releases that the record answers for, with the answer.

    :raises AssertionError: it refuses one with something else than LookupError or ValueError and a reason.
    """
    for bits in record.bits:
        for release in RELEASES:
            for cpus in (1, 4, 96):
                system = make_system(release, bits=bits, cpus=cpus, arch=record.name)
                try:
                    yield system, record.build(system)
                except (LookupError, ValueError) as error:
                    if not str(error):
                        raise AssertionError(f"{record.name} refuses {release} and does not say why") from error


def check(record: ArchitectureRecord) -> None:
    """Assert what holds for an architecture.

    :raises AssertionError: with what is wrong.
    """
    assert record.summary.strip(), f"{record.name}: no summary"
    assert record.bits, f"{record.name}: no word size"
    assert set(record.bits) <= {32, 64}, f"{record.name}: {record.bits} bits"
    answered = set()
    for system, found in answers(record):
        where = f"{record.name} on {system.kernel}, {system.bits} bits, {system.nr_cpus} CPUs"
        answered.add(system.bits)
        _check_figures(where, system, found)
        assert _comparable(found) == _comparable(record.build(system)), f"{where}: answers vary"
        first = set_up(system.kernel, found, cpus=system.cpus_possible, static=_STATIC)
        assert first.ok, f"{where}: the kernel would not boot: {first.bug or first.rc}"
    assert answered == set(record.bits), (
        f"{record.name}: no kernel is answered for with {set(record.bits) - answered} bits"
    )
    _check_declared(record)


def _comparable(found: Architecture) -> Architecture:
    """Return the answer without its functions, which have no equality."""
    return replace(found, distance=None)


def _check_figures(where: str, system: System, found: Architecture) -> None:
    assert found.bits == system.bits, f"{where}: answers for {found.bits} bits"
    for what, value in (("page size", found.page_size), ("cache line", found.cache_line)):
        assert value > 0, f"{where}: {what} {value}"
        assert value & (value - 1) == 0, f"{where}: {what} {value} is no power of two"
    assert found.atom_size >= found.page_size, f"{where}: atom size {found.atom_size} is less than a page"
    assert found.atom_size % found.page_size == 0, f"{where}: atom size {found.atom_size} is not whole pages"
    assert found.reserved >= 0, f"{where}: reserved {found.reserved}"
    assert found.dynamic > 0, f"{where}: dynamic {found.dynamic}"
    space = found.vmalloc
    assert 0 <= space.start < space.end <= 1 << found.bits, f"{where}: vmalloc space {space.start:#x} to {space.end:#x}"
    assert space.start % found.page_size == 0, f"{where}: the vmalloc space starts at {space.start:#x}, inside a page"
    assert space.source.strip(), f"{where}: the vmalloc space cites no source"
    for premise in found.premises:
        assert premise.source.strip(), f"{where}: {premise.what} cites no source"
    if found.distance is not None:
        one, other = system.cpus_possible[0], system.cpus_possible[-1]
        assert found.distance(one, one) <= found.distance(one, other), (
            f"{where}: a CPU is nearer to another than to itself"
        )


def _check_declared(record: ArchitectureRecord) -> None:
    """Assert: what a profile declares outranks what the plugin knows."""
    system, found = list(answers(record))[-1]
    declared = Declared(
        atom_size=found.atom_size * 2,
        reserved=found.reserved + found.page_size,
        dynamic=found.dynamic + found.page_size,
    )
    again = record.build(replace(system, declared=declared))
    for name in ("atom_size", "reserved", "dynamic"):
        wanted, got = getattr(declared, name), getattr(again, name)
        assert got == wanted, f"{record.name}: the profile declares {name} = {wanted}, the answer is {got}"
