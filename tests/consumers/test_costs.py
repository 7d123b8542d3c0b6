"""Bytes a CPU of whole objects, against tables made from traces, BTF and compiled headers of many kernels."""

import pytest

from planner.plugin import CommandLine, Config, KernelVersion, StructSize, System
from planner.plugin.manager import PluginManager
from planner.testing import make_system as system

CONSUMERS = PluginManager(entry_points=()).consumers()


def _cost(kind, on, *, first=False, **parameters):
    record = CONSUMERS[kind]
    chosen = record.parameters(**parameters)
    requests = [*record.requests(chosen, on), *(record.once(chosen, on) if first else ())]
    return sum(request.size * request.count for request in requests)


# traced on 6.18.44 x86-64 with CONFIG_MEMCG_V1 and without VLAN filtering in bridges
TRACED = [
    ("veth", {}, 1032),
    ("bridge", {}, 580),
    ("bridge-port", {}, 240),
    ("vxlan", {"remotes": 0}, 892),
    ("macvlan", {}, 356),
    ("tun", {}, 340),
    ("tap", {}, 516),
    ("ifb", {}, 308),
    ("netdev", {"stats": "dstats", "gro_cells": True}, 892),  # as vxlan
    ("netdev", {"stats": "none"}, 308),  # as ifb
    ("netns", {"conntrack": True, "synproxy": True}, 3380),
    ("mount-xfs", {}, 1364),
    ("mount-ext4", {}, 272),
    ("mount-btrfs", {}, 184),
    ("mount-tmpfs", {}, 24),
    ("mount-namespace", {"mounts": 27}, 216),
    ("ipc-namespace", {}, 28),
    ("process", {}, 32),
    ("process", {"threads": 2}, 36),
    ("loop", {}, 976),
    ("aio-context", {}, 20),
    ("qdisc", {}, 36),
    ("iptables-table", {}, 4096),
    ("iptables-table", {"rules": 600}, 3 * 4096),
    ("nft-counter", {}, 16),
    ("route6", {}, 16),
    ("address4", {}, 24),
    ("cgroup", {"version": 1, "controllers": ("memory",)}, 2116),
    ("bpf-map", {"type": "percpu-array", "max_entries": 100, "value_size": 8}, 800),
    ("bpf-map", {"type": "array", "max_entries": 100, "value_size": 8}, 0),
    ("socket", {"type": "tcp"}, 0),
    ("socket", {"type": "packet"}, 4),
]


@pytest.mark.parametrize(("kind", "parameters", "expected"), TRACED)
def test_traced_on_6_18(kind, parameters, expected):
    on = system("6.18.44", cpus=2, config={"MEMCG_V1": "y", "BRIDGE_VLAN_FILTERING": "n"})
    assert _cost(kind, on, **parameters) == expected


def test_the_first_perf_event_brings_its_buffers():
    assert _cost("perf-tracepoint", system("6.18.44"), first=True) == 4 * 8192 + 8
    assert _cost("perf-tracepoint", system("5.15.85"), first=True) == 4 * 2048 + 8
    assert _cost("perf-tracepoint", system("5.10.223"), first=True) == 4 * 8192 + 8


# sums of the arrays that BTF and compiled headers give for each tree
NETNS = [
    ("3.2", 64, 120 + 248 + 656 + 2 * 56 + 216 + 4096 + 2 * 56 + 248 + 40 + 4096 + 216 + 256 + 12 + 16 + 248 + 4),
    ("3.10", 64, 128 + 256 + 760 + 2 * 64 + 224 + 2 * 64 + 256 + 48 + 224 + 256 + 12 + 16 + 256 + 4),
    ("5.4", 64, 128 + 296 + 960 + 2 * 72 + 224 + 2 * 72 + 296 + 48 + 232 + 260 + 12 + 16 + 16 + 296 + 4),
    ("6.12.95", 32, 64 + 308 + 528 + 2 * 40 + 120 + 2 * 40 + 308 + 28 + 124 + 260 + 12 + 4 + 32 + 308 + 4),
]


@pytest.mark.parametrize(("kernel", "bits", "expected"), NETNS)
def test_network_namespace_through_the_kernels(kernel, bits, expected):
    assert _cost("netns", system(kernel, bits=bits)) == expected


def test_without_ipv6_a_veth_end_is_small():
    off = System(
        name="",
        arch="x86",
        bits=64,
        kernel=KernelVersion.parse("6.18"),
        cpus_possible=(0,),
        cmdline=CommandLine("ipv6.disable=1"),
    )
    assert _cost("veth", off) == 2 * 212
    assert _cost("veth", system("6.18", config={"IPV6": "n"})) == 2 * 212


@pytest.mark.parametrize(
    ("kernel", "size", "align"),
    [("4.19", 16, 8), ("5.4", 16, 16), ("6.1.60", 16, 16), ("6.1.176", 32, 32), ("6.6.9", 32, 32)],
)
def test_veth_statistics_follow_the_sublevel(kernel, size, align):
    """A stable back-port changed them: x.y alone does not say."""
    found = [(r.size, r.align) for r in CONSUMERS["veth"].requests(CONSUMERS["veth"].parameters(), system(kernel))]
    assert found.count((size, align)) == 2


def test_a_statistic_may_cost_more_on_32_bits():
    """pcpu_sw_netstats: 36 bytes rounded up to an alignment of 32."""
    narrow, wide = system("6.1", bits=32), system("6.1")
    tstats = {
        bits: [
            r.size
            for r in CONSUMERS["tun"].requests(CONSUMERS["tun"].parameters(), on)
            if "netstats" in r.what or "tun" in r.what
        ]
        for bits, on in ((32, narrow), (64, wide))
    }
    assert tstats == {32: [64], 64: [32]}


def test_memory_controller_by_kernel():
    """Two copies of the statistics from 5.2 to 5.12 make these the dearest kernels; one node, statistics alone."""
    cost = {
        kernel: _cost(
            "cgroup",
            system(kernel, config={"PSI": "n", "CGROUP_PERF": "n", "CGROUP_BPF": "n"}),
            controllers=("memory",),
        )
        for kernel in ("3.10", "4.4", "5.4", "5.10", "6.1", "6.12")
    }
    assert cost["5.4"] == 2 * (992 + 256) + 64 + 8 + 8 + 4
    assert cost["5.10"] == 2 * (1112 + 296) + 64 + 8 + 8 + 4 + 8
    assert cost["3.10"] < cost["4.4"] < cost["6.12"] < cost["6.1"] < cost["5.4"] < cost["5.10"]


def test_each_node_has_its_own_lists():
    two = System(
        name="",
        arch="x86",
        bits=64,
        kernel=KernelVersion.parse("6.18.44"),
        cpus_possible=(0, 1),
        distances=((10, 20), (20, 10)),
        config=Config({"MEMCG_V1": "y"}),
    )
    assert _cost("cgroup", two, version=1, controllers=("memory",)) == 2116 + 528


def test_io_brings_memory_on_version_2():
    on = system("6.12.95")
    assert _cost("cgroup", on, controllers=("io",)) == _cost("cgroup", on, controllers=("io", "memory"))
    assert _cost("cgroup", on, version=1, controllers=("io",)) < 600


def test_unknown_controller_is_refused():
    record = CONSUMERS["cgroup"]
    with pytest.raises(ValueError, match="no controller 'memroy'; there are cpuset, "):
        list(record.requests(record.parameters(controllers=("memroy",)), system("6.12")))


def test_kernel_memory_accounting_can_be_switched_off():
    off = System(
        name="",
        arch="x86",
        bits=64,
        kernel=KernelVersion.parse("6.12"),
        cpus_possible=(0,),
        cmdline=CommandLine("cgroup.memory=nosocket,nokmem"),
    )
    for kind in ("veth", "process", "bpf-map", "cgroup"):
        record = CONSUMERS[kind]
        assert any(r.accounted for r in record.requests(record.parameters(), system("6.12")))
        assert not any(r.accounted for r in record.requests(record.parameters(), off))


def test_pressure_stall_information_follows_configuration_and_command_line():
    def psi(config, cmdline):
        on = System(
            name="",
            arch="x86",
            bits=64,
            kernel=KernelVersion.parse("6.12"),
            cpus_possible=(0,),
            config=Config(config),
            cmdline=CommandLine(cmdline),
        )
        return any(
            r.what == "psi_group_cpu" for r in CONSUMERS["cgroup"].requests(CONSUMERS["cgroup"].parameters(), on)
        )

    assert psi({}, "")
    assert not psi({}, "psi=0")
    assert not psi({"PSI": "n"}, "psi=1")
    assert not psi({"PSI_DEFAULT_DISABLED": "y"}, "")
    assert psi({"PSI_DEFAULT_DISABLED": "y"}, "psi=1")


def test_btf_of_the_users_kernel_outranks_tables():
    structs = {"linux_mib": StructSize(size=2000, align=8, source="BTF")}
    on = System(name="", arch="x86", bits=64, kernel=KernelVersion.parse("6.12"), cpus_possible=(0,), structs=structs)
    assert _cost("netns", on) == _cost("netns", system("6.12")) + 2000 - 1056
    (linux,) = [r for r in CONSUMERS["netns"].requests(CONSUMERS["netns"].parameters(), on) if r.what == "linux_mib"]
    assert linux.basis == "captured"


def test_values_beyond_the_allocators_limit_stand_as_asked():
    """The kernel itself refuses them: planner must not round them away."""
    record = CONSUMERS["bpf-map"]
    (request,) = record.requests(record.parameters(value_size=128 << 10), system("5.4"))
    assert request.size == 128 << 10
    assert request.nowarn  # silent: bcc issue 2519
    big = CONSUMERS["raw"]
    (request,) = big.requests(big.parameters(size=32_792), system("6.9"))  # scx issue 308
    assert request.size == 32_792


def test_slab_copies_of_groups_lived_from_3_8_to_5_8():
    def copies(kernel):
        on = system(kernel)
        return _cost("cgroup", on, kmem_caches=100) - _cost("cgroup", on)

    assert {kernel: copies(kernel) for kernel in ("3.2", "3.10", "5.8", "5.9", "6.1")} == {
        "3.2": 0,
        "3.10": 3200,
        "5.8": 3200,
        "5.9": 0,
        "6.1": 0,
    }


def test_iptables_counters_by_generation():
    def table(kernel, cpus=4):
        return [
            (r.size, r.count)
            for r in CONSUMERS["iptables-table"].requests(
                CONSUMERS["iptables-table"].parameters(rules=300), system(kernel, cpus=cpus)
            )
        ]

    assert table("4.1") == []  # a copy of the rules for each CPU, in vmalloc space
    assert table("4.4") == [(16, 304)]
    assert table("4.4.155") == [(4096, 2)]
    assert table("6.12") == [(4096, 2)]
    assert table("6.12", cpus=1) == []
