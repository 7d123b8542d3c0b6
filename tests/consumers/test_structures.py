"""Sizes of structures, against what gcc makes of real source trees with each option and against real kernels' BTF and DWARF.

``data/structures.json.gz``: for each kernel the size (and, from gcc, the alignment) of every structure that it knows under a name
of ours, with the options that decide. Compiled: Debian's 6.1.192 and 6.12.117 trees and configurations (i386: those of amd64 with
CONFIG_64BIT off, so lines of 32 bytes), one option after the other. BTF and DWARF: Debian's own packages.
"""

import gzip
import importlib
import json
import pkgutil
from dataclasses import replace
from pathlib import Path

import pytest

import planner_consumers
from planner.plugin.system import StructSize
from planner.testing import make_system
from planner_consumers.growing import laid_out, measured
from planner_consumers.layout import names_of, options_of, unreadable
from planner_consumers.members import MEMBERS, PLAIN, UNKNOWN
from planner_consumers.options import OFF, ON, build_of
from planner_consumers.primitives import PRIMITIVES
from planner_consumers.sizing import Object

DATA = Path(__file__).parent / "data" / "structures.json.gz"
ROWS = json.loads(gzip.decompress(DATA.read_bytes()))

OTHER_ALIGNMENT = {"kmem_cache_cpu"}
"""Asked for with an alignment of its own; the union of two words that gives it 16 bytes has no line here before 6.5."""


def _objects() -> dict[str, Object]:
    found: dict[str, Object] = {}
    for module in pkgutil.iter_modules(planner_consumers.__path__):
        if module.name.startswith("sizes_") and module.name != "sizes_memory":
            for value in vars(importlib.import_module(f"planner_consumers.{module.name}")).values():
                if isinstance(value, Object):
                    found.setdefault(value.name, value)
    return found


OBJECTS = _objects()


def _system(row):
    return make_system(row["kernel"], bits=row["bits"], config=row["config"])


def _name(row):
    return "-".join(str(row[key]) for key in ("kernel", "bits", "label")).replace(" ", "_")


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_members_give_the_size_that_the_kernel_has(row):
    system = _system(row)
    checked = 0
    for name, found in row["sizes"].items():
        if name not in MEMBERS and name not in PRIMITIVES:
            continue
        try:
            size, align = measured(name, system.kernel, build_of(system))
        except LookupError:  # members on this kernel are not tabled: said so in a report, never guessed
            continue
        assert size == found[0], name
        if len(found) > 1 and name not in OTHER_ALIGNMENT:
            assert align == found[1], name
        checked += 1
    assert checked > 25


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_consumers_ask_for_the_size_that_the_kernel_has(row):
    """Tables and layouts together, as consumers ask for them; nothing of them may have been assumed."""
    system = _system(row)
    checked = 0
    for name, item in OBJECTS.items():
        known = next((row["sizes"][one] for one in (*item.btf, name) if one in row["sizes"]), None)
        try:
            found = item.size(system)
        except LookupError:
            continue
        if known is None or not found.size or found.basis == "assumed":
            continue
        assert found.size == known[0], name
        checked += 1
    assert checked > 45


@pytest.mark.parametrize("row", [row for row in ROWS if row["read"] == "gcc 12"], ids=_name)
def test_what_is_called_plain_never_changes(row):
    usual = next(
        one for one in ROWS if (one["kernel"], one["bits"], one["label"]) == (row["kernel"], row["bits"], "default")
    )
    for name in PLAIN & row["sizes"].keys() & usual["sizes"].keys():
        assert row["sizes"][name] == usual["sizes"][name], name


def test_every_structure_of_the_catalogue_is_laid_out_or_plain_or_named_here():
    """What is listed is named in reports without a number where options count."""
    beside = {"workqueue_attrs", "task_struct", "thread stack"}  # kernel memory without locks, or assumed anyway
    assert OBJECTS.keys() - MEMBERS.keys() - PLAIN == UNKNOWN | beside
    assert not PLAIN & MEMBERS.keys()
    assert OBJECTS.keys() >= PLAIN


@pytest.mark.parametrize("name", [*PRIMITIVES, *MEMBERS])
def test_lines_are_well_written(name):
    for fact in (PRIMITIVES.get(name), MEMBERS.get(name)):
        for line in () if fact is None else (*fact.history, *fact.backports):
            assert unreadable(line.value) == ""
            assert line.source
            assert set(names_of(line.value)) <= {*PRIMITIVES, *MEMBERS, "unknown"}
            assert set(options_of(line.value)) <= {*OFF, *ON, "64BIT"}


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize("release", ["4.4", "4.19", "5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18", "7.2", "7.3"])
def test_the_usual_layout_is_the_table_s(bits, release):
    """Where members are tabled for a kernel, they give the table's size, or (between two surveyed trees) the layout is not believed."""
    system = make_system(release, bits=bits)
    believed = 0
    for name in MEMBERS.keys() & OBJECTS.keys():
        item = OBJECTS[name]
        try:
            size = item.table.at(system.kernel).at(bits)[0]
            found = measured(name, system.kernel, build_of(system))
        except LookupError:
            continue
        if size:
            believed += found[0] == size
            assert found[0] == size or (name, release) in UNSURVEYED, (name, found, size)
    assert believed > 20


UNSURVEYED = {("memcg_vmstats_percpu", "6.18"), ("lruvec_stats_percpu", "6.18")}
"""The 6.18 machine counts other events than a distribution's kernel would: its layout was not read, so it is not believed."""


def test_a_structure_on_a_kernel_of_unknown_members_is_assumed():
    system = make_system("5.4", config={"LOCKDEP": "y"})
    found = OBJECTS["gro_cell"].size(system)
    assert (found.size, found.basis) == (416, "assumed")
    with pytest.raises(LookupError, match=r"known from 5\.10"):
        laid_out("gro_cell", 416, 8, system)


def test_what_is_known_to_hold_locks_of_unknown_number_is_assumed():
    for name in UNKNOWN:
        release = "7.2" if name.startswith("cfs_rq") else "6.18"
        assert OBJECTS[name].size(make_system(release, config={"LOCKDEP": "y"})).basis == "assumed"
        assert OBJECTS[name].size(make_system(release, arch="arm64")).basis == "modelled"


def test_options_bring_others():
    def options(**config):
        return build_of(make_system("6.12", config=config)).options

    proving = options(PROVE_LOCKING="y")
    assert {"LOCKDEP", "DEBUG_LOCK_ALLOC", "DEBUG_SPINLOCK", "DEBUG_MUTEXES"} <= proving
    assert "DEBUG_SPINLOCK" in options(LOCKDEP="y")
    assert "NUMA_BALANCING" not in options(PREEMPT_RT="y")
    assert "NUMA_BALANCING" in options(PREEMPT_RT="n")
    assert "THP_SWAP" not in options(TRANSPARENT_HUGEPAGE="n")


def test_other_architectures_have_other_lines_and_alignments():
    """ARM aligns 64-bit counters to 8 bytes where i386 does to 4; a cache line of z/Architecture has 256 bytes."""
    vlan = OBJECTS["vlan_pcpu_stats"]
    assert vlan.size(make_system("6.12", arch="arm", bits=32)).size == 56
    assert vlan.size(make_system("6.12", arch="x86", bits=32)).size == 52
    queue = OBJECTS["blk_mq_ctx"]
    assert queue.size(make_system("6.12", arch="s390")).size == 512
    assert queue.size(make_system("6.12", arch="s390")).align == 256
    assert queue.size(make_system("6.12", arch="arm64")).size == 192


def test_btf_outranks_a_layout():
    system = make_system("6.12", config={"PREEMPT_RT": "y"})
    assert OBJECTS["gro_cell"].size(system).size == 456
    known = replace(system, structs={"gro_cell": StructSize(size=600, align=8, source="vmlinux")})
    assert OBJECTS["gro_cell"].size(known).size == 600
