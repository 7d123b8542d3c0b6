"""Workqueues: every generation, and the memory beside the per-CPU allocator against real runs to failure."""

import pytest

from planner.plugin import Config, KernelVersion, StructSize, System
from planner.plugin.manager import PluginManager
from planner.testing import make_system as system

RECORD = PluginManager(entry_points=()).consumers()["workqueue"]


def _requests(on, **parameters):
    return [(r.size, r.align, r.count) for r in RECORD.requests(RECORD.parameters(**parameters), on)]


@pytest.mark.parametrize(
    ("kernel", "bits", "bound", "unbound", "ordered"),
    [
        ("2.6.34", 64, [(128, 64, 1)], [(128, 64, 1)], [(128, 64, 1)]),
        ("2.6.36", 64, [(112, 256, 1)], [], []),
        ("3.2.0-51-generic", 32, [(92, 256, 1)], [], []),  # its log says size=92 align=256
        ("3.8", 64, [(112, 256, 1)], [], []),
        ("3.9", 32, [(256, 256, 1)], [], []),
        ("3.10", 64, [(256, 256, 1)], [], []),  # stackoverflow.com/questions/18230714: size=256 align=256
        ("6.5", 64, [(256, 256, 1)], [], []),
        ("6.6", 64, [(8, 8, 1)], [(8, 8, 1)], [(8, 8, 1)]),
        ("6.6", 32, [(4, 4, 1)], [(4, 4, 1)], [(4, 4, 1)]),
    ],
)
def test_generations(kernel, bits, bound, unbound, ordered):
    on = system(kernel, bits=bits)
    assert _requests(on) == bound
    assert _requests(on, unbound=True) == unbound
    assert _requests(on, ordered=True) == ordered


def test_debug_objects_double_the_alignment():
    on = system("4.4", config={"DEBUG_OBJECTS_WORK": "y"})
    assert _requests(on) == [(512, 512, 1)]


def test_a_kernel_for_one_processor_made_none_before_3_9():
    assert _requests(system("3.2", cpus=1, config={"SMP": "n"})) == []


def test_btf_outranks_the_table():
    on = system("5.15")
    structs = {"pool_workqueue": StructSize(size=384, align=8, source="BTF of the user's kernel")}
    read = System(name="", arch="x86", bits=64, kernel=on.kernel, cpus_possible=on.cpus_possible, structs=structs)
    assert _requests(read) == [(512, 256, 1)]  # the type is aligned to 256, so its size is a multiple
    (request,) = RECORD.requests(RECORD.parameters(), read)
    assert request.basis == "captured"


def test_an_older_kernel_is_refused_with_what_is_known():
    with pytest.raises(LookupError, match=r"workqueue generation: known from 2\.6\.30 on, not for 2\.6\.29"):
        list(RECORD.requests(RECORD.parameters(), system("2.6.29")))


# runs to failure of Debian kernels: kernel, bits, CPUs, unbound; growth of SUnreclaim in bytes a queue over all queues made
RUNS = {
    "i386-2cpu-wq-bound (152,100)": (("6.1.176", 32, 2, False), 260.79),
    "i386-4cpu-wq-bound (92,964)": (("6.1.176", 32, 4, False), 259.16),
    "i386-4cpu-wq-bound-vm256 (200,148)": (("6.1.176", 32, 4, False), 259.13),
    "i386-4cpu-wq-unbound (1,016,089)": (("6.1.176", 32, 4, True), 783.89),
    "amd64-61-2cpu-512M-wq-bound (260,410)": (("6.1.176", 64, 2, False), 513.19),
    "amd64-612-2cpu-512M-wq-bound (266,480)": (("6.12.95", 64, 2, False), 1535.95),
}


@pytest.mark.parametrize(("machine", "grown"), RUNS.values(), ids=RUNS)
def test_slab_of_a_queue_in_runs_to_failure(machine, grown):
    """The residual is the chunks' own bookkeeping: vm_struct and vmap_area of each of a chunk's four areas, and page arrays.

    On i386 with 2 CPUs 288 chunks came with 152,100 queues: 4.8 bytes a queue are 2.5 kB a chunk. 6.12 needs three chunks in all, and
    its residual is nil.
    """
    kernel, bits, cpus, unbound = machine
    memory = list(RECORD.memory(RECORD.parameters(unbound=unbound), system(kernel, bits=bits, cpus=cpus)))
    assert {item.where for item in memory} == {"slab"}
    assert -0.2 < grown - sum(item.size * item.count for item in memory) < 5


def test_a_rescuer_is_a_thread():
    on = System(
        name="",
        arch="x86",
        bits=64,
        kernel=KernelVersion.parse("6.1"),
        cpus_possible=(0, 1),
        config=Config({"SMP": "y"}),
    )
    where = {item.where for item in RECORD.memory(RECORD.parameters(mem_reclaim=True), on)}
    assert where == {"slab", "pages"}


def test_elder_queues_have_a_thread_for_each_processor():
    stacks = [m for m in RECORD.memory(RECORD.parameters(), system("2.6.32", cpus=8)) if m.where == "pages"]
    assert [(m.size, m.count) for m in stacks] == [(8192, 8)]
