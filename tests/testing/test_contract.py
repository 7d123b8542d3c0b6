"""The contract: every built-in plugin keeps it, and each way of breaking it is named."""

import importlib
import types
from dataclasses import dataclass, replace

import pytest

from planner.plugin import (
    Architecture,
    ArchitectureRecord,
    ConsumerRecord,
    Finding,
    FormatRecord,
    GateRecord,
    KernelMemory,
    Request,
    VmallocRange,
    hookimpl,
    parameter,
)
from planner.plugin.builtins import BUILTINS
from planner.testing import assert_plugin_contract

MODULES = [module for modules in BUILTINS.values() for module in modules]


@pytest.mark.parametrize("module", MODULES)
def test_every_built_in_plugin_keeps_it(module):
    assert_plugin_contract(importlib.import_module(module))


def plugin(hook, *records):
    """Return a plugin that announces ``records``."""
    made = types.ModuleType("planner_broken")

    def announce():
        yield from records

    announce.__name__ = hook
    setattr(made, hook, hookimpl(announce))
    return made


def breaks(hook, record, match):
    with pytest.raises(AssertionError, match=match):
        assert_plugin_contract(plugin(hook, record))


GOOD = ConsumerRecord(
    kind="good",
    summary="good",
    requests=lambda _parameters, _system: (Request(size=8, what="a long", source="mm/good.c"),),
    sources=("mm/good.c",),
)


def requests(*found, **more):
    values = {"what": "x", "source": "x"} | more
    return lambda _parameters, _system: [Request(**values | one) for one in found]


@dataclass(frozen=True, kw_only=True)
class Shrinks:
    queues: int = parameter(1, "queues")


@dataclass(frozen=True, kw_only=True)
class Takes:
    count: int = parameter(1, "a key of the profile's own")


@dataclass(frozen=True, kw_only=True)
class Mute:
    queues: int = parameter(1)


@dataclass(frozen=True, kw_only=True)
class Low:
    queues: int = parameter(0, "queues", minimum=1)


@dataclass(frozen=True, kw_only=True)
class NoChoice:
    way: str = parameter("up", "which way", choices=("left", "right"))


@dataclass(frozen=True, kw_only=True)
class Refuses:
    size: int = parameter(help="bytes")

    def __post_init__(self):
        if self.size != 4711:
            raise ValueError("not 4711")


class Unsteady:
    """Answers otherwise each time."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, 0

    def __call__(self, *_given):
        self.asked += 1
        return self.answers[self.asked % len(self.answers)]


CONSUMERS = {
    "cites no source": {"sources": ()},
    "empty source": {"sources": (" ",)},
    "no summary": {"summary": ""},
    "x cites no source": {"requests": requests({"size": 8}, source="")},
    "8 bytes says not what it is": {"requests": requests({"size": 8}, what="")},
    "size 0": {"requests": requests({"size": 0})},
    "count 0": {"requests": requests({"size": 8, "count": 0})},
    "alignment 3": {"requests": requests({"size": 8, "align": 3})},
    "is more than a page": {"requests": requests({"size": 8, "align": 8192})},
    "are more than a unit": {"requests": requests({"size": 40000})},
    "KernelMemory": {"memory": lambda _parameters, _system: [KernelMemory(size=0)]},
    "of kernel memory cites no source": {"memory": lambda _parameters, _system: [KernelMemory(size=8, what="x")]},
    "of kernel memory say not what": {"memory": lambda _parameters, _system: [KernelMemory(size=8, source="x")]},
    "stands without CONFIG_": {"needs": ("CONFIG_NET",)},
    "known from": {"requests": lambda _parameters, system: {"never": 1}[str(system.kernel)]},
    "answers vary": {
        "requests": Unsteady(*([Request(size=size, what="x", source="x")] for size in (8, 16))),
    },
    "bytes with {'DEBUG_SPINLOCK': 'y'}, 8 without": {
        "requests": lambda _parameters, system: [
            Request(size=4 if system.config.enabled("DEBUG_SPINLOCK", default=False) else 8, what="x", source="x")
        ]
    },
    "on 1, 2, 8, 64 CPUs": {
        "requests": lambda _parameters, system: [Request(size=800 // system.nr_cpus, what="x", source="x")]
    },
    "queues = 2 costs": {
        "parameters": Shrinks,
        "requests": lambda parameters, _system: [Request(size=80 // parameters.queues, what="x", source="x")],
    },
    "planner's own key": {"parameters": Takes},
    "has no help": {"parameters": Mute},
    "below its minimum": {"parameters": Low},
    "is no choice": {"parameters": NoChoice},
    "refuses": {"parameters": Refuses},
}


@pytest.mark.parametrize("message", CONSUMERS)
def test_consumers(message):
    if message == "known from":
        record = replace(GOOD, since="6.12", requests=_too_old)
        breaks("planner_consumers", record, "no good kernel")
        return
    breaks("planner_consumers", replace(GOOD, **CONSUMERS[message]), message)


def _too_old(_parameters, system):
    if str(system.kernel).startswith("2.6.29"):
        raise LookupError("no good kernel")
    return [Request(size=8, what="x", source="x")]


def test_a_good_consumer_passes_and_examples_are_used():
    assert_plugin_contract(plugin("planner_consumers", GOOD))
    picky = plugin("planner_consumers", replace(GOOD, parameters=Refuses))
    assert_plugin_contract(picky, examples={"good": {"size": 4711}})


SPACE = VmallocRange(start=0x1000_0000, end=0x2000_0000, basis="modelled", source="arch/good")


def build(system, **more):
    declared = system.declared
    given = {
        "name": "good",
        "bits": system.bits,
        "page_size": 4096,
        "atom_size": declared.atom_size or 4096,
        "reserved": 8192 if declared.reserved is None else declared.reserved,
        "dynamic": declared.dynamic or 20480,
        "vmalloc": SPACE,
    }
    return Architecture(**given | more)


ARCHITECTURES = {
    "answers for 64 bits": {"bits": 64},
    "no power of two": {"page_size": 4095},
    "less than a page": {"atom_size": 2048},
    "not whole pages": {"atom_size": 6144},
    "reserved -1": {"reserved": -1},
    "dynamic 0": {"dynamic": 0},
    "vmalloc space 0x10000000": {"vmalloc": replace(SPACE, end=SPACE.start)},
    "inside a page": {"vmalloc": replace(SPACE, start=SPACE.start + 1)},
    "cites no source": {"vmalloc": replace(SPACE, source="")},
    "nearer to another": {"distance": lambda one, other: 20 if one == other else 10},
    "declares reserved": {"reserved": 8192},
}


@pytest.mark.parametrize("message", ARCHITECTURES)
def test_architectures(message):
    record = ArchitectureRecord(
        name="good", summary="x", bits=(32,), build=lambda system: build(system, **ARCHITECTURES[message])
    )
    breaks("planner_architectures", record, message)


def test_a_good_architecture_passes_and_one_that_answers_nothing_does_not():
    record = ArchitectureRecord(name="good", summary="x", bits=(32, 64), build=build)
    assert_plugin_contract(plugin("planner_architectures", record))
    breaks("planner_architectures", replace(record, build=_refuse), "no kernel is answered for")
    breaks("planner_architectures", replace(record, name="x86"), "already")


def _refuse(_system):
    raise LookupError("never")


FORMATS = {
    "cannot be written after -f": {"name": "Two words"},
    "no summary": {"summary": ""},
    "suffix": {"suffix": "txt"},
    "not text": {"render": lambda _document: b"\n"},
    "newline": {"render": lambda _document: "x"},
    "differs": {"render": Unsteady("a\n", "b\n")},
    "control characters": {
        "render": lambda document: "".join(report.system.name for report in document.reports) + "\n"
    },
}


@pytest.mark.parametrize("message", FORMATS)
def test_formats(message):
    given = {"name": "good", "summary": "x", "render": lambda _document: "x\n"} | FORMATS[message]
    breaks("planner_formats", FormatRecord(**given), message)


def found(*, passed=True, expected="x", found="x"):
    return Finding(passed=passed, expected=expected, found=found)


GATES = {
    "no summary": {"summary": ""},
    "not Finding": {"judge": lambda _parameters, _report: True},
    "passed is": {"judge": lambda _parameters, _report: found(passed="yes")},
    "says not what it expects": {"judge": lambda _parameters, _report: found(expected="")},
    "says not what it found": {"judge": lambda _parameters, _report: found(found=" ")},
    "differs": {"judge": Unsteady(found(), found(passed=False))},
}


@pytest.mark.parametrize("message", GATES)
def test_gates(message):
    given = {"kind": "good", "summary": "x", "judge": lambda _parameters, _report: found()} | GATES[message]
    breaks("planner_gates", GateRecord(**given), message)


def test_a_plugin_that_announces_nothing_or_misspells_a_hook():
    with pytest.raises(AssertionError, match="announces nothing"):
        assert_plugin_contract(plugin("planner_gates"))
    with pytest.raises(AssertionError, match="unknown hook"):
        assert_plugin_contract(plugin("planner_gate", GOOD))
