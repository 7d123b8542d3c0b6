"""Captured trees of real kernels (QEMU, Debian): what is captured loads, and the tables alone predict the logged lines."""

import gzip
import json
import os
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from planner.cli.app import app
from planner.cli.verifying import verify
from planner.observe.capture import Capture, capture
from planner.observe.errors import ObserveError
from planner.observe.namespaces import network_namespaces
from planner.observe.probes import planner_probes
from planner.observe.probes.configuration import OPTIONS
from planner.observe.probes.types import STRUCTURES
from planner.observe.root import Root
from planner.observe.verify_render import render_text
from planner.plugin import Observation, ProbeRecord
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text
from planner_consumers.options import OFF, ON

DATA = Path(__file__).parent / "data"
REPOSITORY = Path(__file__).parents[2]
TREES: dict[str, dict[str, Any]] = json.loads(gzip.decompress((DATA / "trees.json.gz").read_bytes()))
BOOTED = [name for name, tree in TREES.items() if tree["boot"]]
PROBES = {probe.name: probe for probe in planner_probes()}
SIZES = ("unit_size", "static_size", "reserved_size", "dyn_size", "atom_size", "alloc_size")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    return PluginManager(entry_points=[])


def planted(files: dict[str, str], place: Path) -> Path:
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def captured(name: str, place: Path) -> Capture:
    return capture(PROBES, Root(planted(TREES[name]["files"], place)), now=NOW)


@pytest.mark.parametrize("name", BOOTED)
def test_boot_lines_of_real_kernels_are_predicted(name: str, tmp_path: Path, manager: PluginManager) -> None:
    """Capture, then predict from the tables with nothing of the boot line but the static size: equal character for character."""
    found = captured(name, tmp_path)
    assert found.failures == ()
    profile = load_text(found.text, manager)
    checks = [check for check in verify(profile, manager).checks if check.what == "boot line"]
    measured = {check.predicted: check.verdict for check in checks}
    for line in TREES[name]["boot"]:
        assert line in profile.percpu.boot_log
        assert measured[line] == "equal"
    assert "differs" not in measured.values()


@pytest.mark.parametrize("name", [name for name in BOOTED if name.startswith("own-")])
def test_percpu_with_a_captured_state(name: str, tmp_path: Path, manager: PluginManager) -> None:
    """The kernels that have percpu_stats: Percpu is predicted within 2 per cent of /proc/meminfo, chunks and sizes exactly."""
    profile = load_text(captured(name, tmp_path).text, manager)
    result = verify(profile, manager)
    verdicts = {check.what: check.verdict for check in result.checks if check.what != "boot line"}
    assert verdicts.pop("Percpu of /proc/meminfo") in {"equal", "close"}
    exact = {"chunks", *(f"percpu_stats {name}" for name in (*SIZES, "empty_pop_pages"))}
    assert {name for name, verdict in verdicts.items() if verdict == "equal"} >= exact
    assert verdicts["percpu_stats free_bytes of all chunks"] in {"equal", "close"}
    assert verdicts["percpu_stats nr_alloc"] == "not predicted"
    assert result.failed == ()
    assert result.explained_of == "allocated"
    assert result.explained is not None
    assert 0 < result.explained <= 1


def test_percpu_without_a_state_is_uncertain_not_wrong(tmp_path: Path, manager: PluginManager) -> None:
    result = verify(load_text(captured("a61-smp2", tmp_path).text, manager), manager)
    percpu = next(check for check in result.checks if check.what.startswith("Percpu"))
    assert percpu.verdict in {"equal", "uncertain"}
    assert result.failed == ()
    assert result.explained_of == "populated"
    assert "explained: at least " in render_text(result)


@pytest.mark.parametrize("name", [name for name in TREES if name.startswith("exh-")])
def test_every_vmalloc_area_is_captured(name: str, tmp_path: Path) -> None:
    found = captured(name, tmp_path)
    areas = [one.value for one in found.observations if one.key == "vmalloc.area"]
    lines = TREES[name]["files"]["proc/vmallocinfo"].splitlines()
    kept = [line for line in lines if not re.search(r"pcpu_(get_vm_areas|mem_zalloc|create_chunk)|unpurged", line)]
    assert len(areas) == len(kept)
    assert [area["start"] for area in areas] == [line.split("-")[0] for line in kept]
    assert sum(int(a["end"], 16) - int(a["start"], 16) for a in areas) == sum(int(line.split()[1]) for line in kept)


def test_numa_nodes_and_distances(tmp_path: Path, manager: PluginManager) -> None:
    profile = load_text(captured("a61-numa2-3+1", tmp_path).text, manager)
    assert dict(profile.system.node_of) == {0: 0, 1: 0, 2: 0, 3: 1}
    assert profile.system.distances == ((10, 20), (20, 10))


def test_every_value_says_where_it_was_read(tmp_path: Path) -> None:
    text = captured("a61-numa2-3+1", tmp_path).text
    assert text.startswith("# Captured by planner")
    assert "2026-01-02 03:04:05 UTC" in text
    for key in ("kernel", "arch", "possible", "online", "ram", "used", "cmdline"):
        line = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        assert " # " in line, line
    assert tomllib.loads(text)["basis"] == {"default": "captured"}


def test_capturing_twice_gives_the_same_text(tmp_path: Path) -> None:
    first = captured("own-ppgt-numa2-2+2", tmp_path).text
    assert capture(PROBES, Root(tmp_path), now=NOW).text == first


def test_nothing_in_the_tree_is_changed(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in planted(TREES["a61-smp2"]["files"], tmp_path).rglob("*")}
    capture(PROBES, Root(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_consumers_of_a_tree(tmp_path: Path, manager: PluginManager) -> None:
    """A hand-made tree: what stands in it is counted, and nothing else."""
    files = dict(TREES["a61-smp2"]["files"])
    link = "3: eth0: <UP>\n    link/ether 1\n4: veth1@if3: <UP>\n    link/ether 2\n    veth addrgenmode eui64 numtxqueues 2\n"
    link += "5: br0: <UP>\n    bridge forward_delay 1500\n6: vx0: <UP>\n    vxlan id 1\n"
    files |= {
        "sos_commands/networking/ip_-d_link": link,
        "proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t7\t1\n",
        "sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n",
        "sys/fs/cgroup/cgroup.stat": "nr_descendants 2\nnr_dying_descendants 3\n",
        "sys/fs/cgroup/a/cgroup.controllers": "cpu memory pids\n",
        "sys/fs/cgroup/a/b/cgroup.controllers": "\n",
        "sys/block/loop0/loop/backing_file": "/x\n",
        "sys/block/sda/queue/scheduler": "[mq-deadline] none\n",
        "sys/block/sda/mq/0/x": "",
        "sys/block/sda/mq/1/x": "",
        "sys/block/sda/sda1/partition": "1\n",
        "proc/swaps": "Filename\n/dev/sda2 partition\n",
        "proc/1/status": "Name:\tinit\nVmSize:\t  10 kB\nThreads:\t1\n",
        "proc/2/status": "Name:\tkthreadd\nThreads:\t1\n",
        "proc/33/status": "Name:\tx\nVmSize:\t  10 kB\nThreads:\t9\n",
        "proc/1/mountinfo": "",
        "bpftool_map.json": json.dumps(
            [{"id": 1, "type": "percpu_hash", "flags": 1, "bytes_key": 4, "bytes_value": 64, "max_entries": 100}] * 2
        ),
    }
    found = capture(PROBES, Root(planted(files, tmp_path)), now=NOW)
    profile = load_text(found.text, manager)
    counts = {(spec.kind, spec.name): spec.count for spec in profile.consumers}
    assert counts["veth", "veth"] == 1
    assert counts["bridge", "bridge ports=0"] == 1
    assert counts["vxlan", "vxlan"] == 1
    assert counts["cgroup", "cgroups v2 cpu+memory+pids"] == 2
    assert counts["cgroup", "cgroups v2 without controllers"] == 1
    assert counts["cgroup-dying", "dying cgroups"] == 3
    assert counts["loop", "loop attached=True"] == 1
    assert counts["disk", "disk partitions=1 hardware_queues=2 scheduler=True"] == 1
    assert counts["swap-device", "swap areas"] == 1
    assert counts["process", "processes"] == 1
    assert counts["process", "processes with threads"] == 1
    bpf = next(spec for spec in profile.consumers if spec.kind == "bpf-map")
    assert (bpf.count, bpf.parameters.max_entries, bpf.parameters.value_size, bpf.parameters.prealloc) == (
        2,
        100,
        64,
        False,
    )


# -- hostile trees ----------------------------------------------------------------------------------------------------


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    place = planted(TREES["a61-smp2"]["files"], tmp_path)
    for name in ("proc/vmallocinfo", "proc/config.gz", "sys/kernel/debug/percpu_stats"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(place / name)
    (place / "proc/meminfo").unlink()
    os.mkfifo(place / "proc/meminfo")
    assert capture(PROBES, Root(place)).value("memory.ram") is None


def test_links_do_not_lead_out_of_the_tree(tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    secret.write_text("MemTotal: 4711 kB\n")
    place = planted(TREES["a61-smp2"]["files"], tmp_path / "tree")
    for target in (str(secret), "../../../../../../.." + str(secret), "/proc/meminfo"):
        (place / "proc/meminfo").unlink()
        (place / "proc/meminfo").symlink_to(target)
        assert Root(place).text("proc/meminfo") is None
    (place / "proc/loop").symlink_to("loop")
    assert Root(place).text("proc/loop") is None


def test_links_inside_a_tree_are_followed(tmp_path: Path) -> None:
    place = planted({"real/file": "x\n", "a/keep": ""}, tmp_path)
    (place / "a/absolute").symlink_to("/real/file")
    (place / "a/relative").symlink_to("../real/file")
    (place / "a/directory").symlink_to("/real")
    root = Root(place)
    assert [root.text(name) for name in ("a/absolute", "a/relative", "a/directory/file")] == ["x\n"] * 3


def test_long_files_are_cut(tmp_path: Path) -> None:
    place = planted({"big": "x" * 5000}, tmp_path)
    root = Root(place)
    assert root.read("big", 100) == b"x" * 100
    assert root.cut == ["big: longer than 100 bytes"]


def test_a_tree_that_is_no_system(tmp_path: Path) -> None:
    with pytest.raises(ObserveError, match=r"does not tell system.kernel, system.arch, cpus.possible"):
        capture(PROBES, Root(tmp_path))
    with pytest.raises(ObserveError, match="is no directory"):
        capture(PROBES, Root(tmp_path / "nowhere"))


def test_a_probe_that_fails_is_named_and_left_out(tmp_path: Path) -> None:
    def broken(_root: Root) -> list[Observation]:
        raise RuntimeError("no \x1b[31m such luck")

    probes = {**PROBES, "acme": ProbeRecord(name="acme", summary="", read=broken)}
    found = capture(probes, Root(planted(TREES["a61-smp2"]["files"], tmp_path)))
    assert len(found.failures) == 1
    assert found.failures[0].startswith("probe acme failed: RuntimeError")
    assert found.failures[0].isprintable()
    assert f"# {found.failures[0]}" in found.text


FILES = sorted(TREES["own-ppgt-numa2-2+2"]["files"])


@given(
    name=st.sampled_from([*FILES, "proc/vmallocinfo", "proc/config.gz", "sys/kernel/btf/vmlinux", "proc/modules"]),
    data=st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
    ),
)
@example(name="proc/sys/kernel/osrelease", data=b"\0")
@settings(max_examples=80, deadline=None)
def test_damaged_trees_give_a_profile_or_an_error(
    name: str, data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = planted(TREES["own-ppgt-numa2-2+2"]["files"], tmp_path_factory.mktemp("tree"))
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(data)
    try:
        found = capture(PROBES, Root(place))
    except ObserveError:
        return
    assert found.failures == ()
    tomllib.loads(found.text)
    assert all(line.isprintable() for line in found.text.replace("\t", " ").splitlines())


# -- the lists that must not fall behind ------------------------------------------------------------------------------


def test_config_options_that_planner_asks_for_are_captured() -> None:
    asked = set()
    for folder in ("planner", "plugins"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            asked |= set(re.findall(r'config\.(?:enabled|get)\(\s*"([A-Z0-9_]+)"', path.read_text()))
    assert asked
    assert asked | OFF | ON <= set(OPTIONS)


def test_structures_that_consumers_look_up_are_captured() -> None:
    found = set()
    for path in (REPOSITORY / "plugins" / "planner_consumers").glob("*.py"):
        for names in re.findall(r"btf=\(([^)]*)\)", path.read_text()):
            found |= set(re.findall(r'"(\w+)"', names))
        found |= set(re.findall(r'structs\.get\("(\w+)"\)', path.read_text()))
    assert found
    assert found <= set(STRUCTURES)


def test_what_a_tree_lacks_is_said_with_its_cost(tmp_path: Path) -> None:
    """Files that were never copied are missing too, not only those that may not be read."""
    files = {
        "proc/version": "Linux version 6.1.0-50-amd64 (x)\n",
        "proc/sys/kernel/arch": "x86_64\n",
        "sys/devices/system/cpu/possible": "0-3\n",
    }
    said = {str(one) for one in capture(PROBES, Root(planted(files, tmp_path))).unseen}
    assert said == {
        "boot line: no log that could be read has it (any more) (without the boot line the first chunk is modelled, not compared)",
        "/proc/vmallocinfo: not there (how much of the vmalloc space is taken is assumed: counts that it limits are less certain)",
        (
            "/sys/kernel/debug/percpu_stats: not there (without percpu_stats the allocator's present state is unknown: a freshly "
            "booted one is modelled)"
        ),
        "/proc/PID: not there (processes, namespaces and what stands behind descriptors are not counted)",
    }


def test_a_fifo_a_device_and_a_huge_file_neither_hang_nor_fill_the_memory(tmp_path: Path) -> None:
    place = planted(TREES["a61-smp2"]["files"], tmp_path)
    (place / "proc/modules").unlink(missing_ok=True)
    os.mkfifo(place / "proc/modules")
    (place / "proc/swaps").symlink_to("/dev/zero")
    for name in ("proc/vmallocinfo", "sys/kernel/btf/vmlinux", "proc/config.gz"):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(1 << 30)
    found = capture(PROBES, Root(place))
    assert found.failures == ()
    said = {one.what: one.why for one in found.unseen}
    assert said["/proc/modules"] == "no regular file"
    assert said["proc/vmallocinfo"] == "longer than 67108864 bytes"
    assert "proc/config.gz" in said


NAMESPACE = "net:[4026532100]"


def test_network_namespaces_without_a_process_are_counted(tmp_path: Path) -> None:
    """Those that a mount keeps (ip netns add) and those that a descriptor keeps."""
    place = planted(TREES["a61-smp2"]["files"], tmp_path)
    for pid, namespaces in {"1": ("net:[1]", "ipc:[1]", "mnt:[1]"), "2": ("net:[1]", "ipc:[2]", "mnt:[1]")}.items():
        (place / f"proc/{pid}/ns").mkdir(parents=True)
        (place / f"proc/{pid}/fd").mkdir()
        (place / f"proc/{pid}/status").write_text("Name:\tx\nVmSize:\t 10 kB\nThreads:\t1\n")
        for name in namespaces:
            (place / f"proc/{pid}/ns/{name.split(':')[0]}").symlink_to(name)
    (place / "proc/2/fd/3").symlink_to("net:[4026532200]")
    (place / "proc/1/mountinfo").write_text(
        f"20 1 0:5 / / rw - ext4 /dev/sda rw\n30 20 0:4 {NAMESPACE} /run/netns/a\\040b rw shared:1 - nsfs nsfs rw\n"
    )
    found = capture(PROBES, Root(place))
    counts = {one.value["kind"]: one.value["count"] for one in found.observations if one.key == "consumer"}
    assert counts["netns"] == 3
    assert counts["ipc-namespace"] == 2
    assert network_namespaces(Root(place))[NAMESPACE].endswith("/root/run/netns/a b")


IP_LINK = """\
1: lo: <LOOPBACK>
    link/loopback 0
2: eth0: <UP> numtxqueues 4 numrxqueues 4
    link/ether 1
5: v1@p1: <UP>
    link/ether 2
    veth addrgenmode eui64 numtxqueues 1
6: p1@v1: <UP>
    link/ether 2
    veth addrgenmode eui64 numtxqueues 1
7: v2@if2: <UP>
    link/ether 2 link-netnsid 0
    veth addrgenmode eui64 numtxqueues 1
8: v3@if2: <UP>
    link/ether 2 link-netnsid 1
    veth addrgenmode eui64 numtxqueues 1
"""


def test_veths_are_counted_in_pairs_wherever_their_other_ends_are(tmp_path: Path) -> None:
    """One pair in one namespace, one whose other end is seen in a named one, one whose other end is nowhere to be seen."""
    inside = "2: eth0@if7: <UP>\n    link/ether 2 link-netnsid 0\n    veth numtxqueues 1\n    inet 1.2.3.4/24\n"
    files = TREES["a61-smp2"]["files"] | {
        "sos_commands/networking/ip_-s_-d_link": IP_LINK,
        "sos_commands/networking/ip_netns": "blue (id: 0)\n",
        "sos_commands/networking/namespaces/blue/ip_netns_exec_blue_ip_-d_address_show": inside,
    }
    found = capture(PROBES, Root(planted(files, tmp_path)))
    counts = {one.value["kind"]: one.value["count"] for one in found.observations if one.key == "consumer"}
    assert counts["veth"] == 3
    assert counts["nic"] == 1
    assert counts["netns"] == 2


PS = """\
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.0  10940  3584 ?        {state1} 00:00   0:00 init
{threads}root           2  0.0  0.0      0     0 ?        S    00:00   0:00 [kthreadd]
root         300  0.0  0.0 110940  3584 ?        {state2} 00:00   0:00 /bin/sh
"""
PS_LONG = """\
F   UID     PID    PPID PRI  NI    VSZ   RSS WCHAN  STAT TTY        TIME COMMAND
4     0       1       0  20   0  10940  3584 -      Ssl  ?          0:01 init
1     0       2       0  20   0      0     0 kthrea S    ?          0:00 [kthreadd]
0     0     300       1  20   0   9940  3584 -      S    ?          0:00 /bin/sh
"""
CGROUPS_V1 = (
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t7\t1\ncpuacct\t2\t7\t1\nmemory\t4\t90\t1\npids\t5\t8\t0\n"
)
CGROUPS_V2 = (
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t20\t1\nmemory\t0\t90\t1\npids\t0\t100\t1\nio\t0\t20\t1\n"
)
MOUNTS = "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n/dev/sda1 /var ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"


def counted(files: dict[str, str], place: Path) -> dict[str, int]:
    found = capture(PROBES, Root(planted(TREES["a61-smp2"]["files"] | files, place)))
    return {one.value["name"]: one.value["count"] for one in found.observations if one.key == "consumer"}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("sos_commands/process/ps_auxwww", PS.format(state1="Ssl ", state2="S   ", threads="")),
        (
            "sos_commands/process/ps_auxwwwm",
            PS.format(state1="-   ", state2="-   ", threads="root - 0 - - - - Ssl\n" * 2),
        ),
        ("ps", PS_LONG),
    ],
)
def test_a_sosreport_s_table_of_ps_counts_processes(name: str, table: str, tmp_path: Path) -> None:
    counts = counted({name: table}, tmp_path)
    assert (counts["processes"], counts["processes with threads"]) == (1, 1)


def test_rescuers_are_known_by_name_or_by_their_flags(tmp_path: Path) -> None:
    """Before 6.9 a rescuer has its workqueue's bare name; that it works for workqueues stands in its flags."""
    stat = "{} ({}) I 2 0 0 0 -1 {} 0 0\n"
    threads = {
        "10": ("kworker/R-md", 69238880),
        "11": ("xfs-conv/sda1", 69238880),
        "12": ("kworker/0:1", 69238880),
        "13": ("kswapd0", 0x20840),
    }
    files = {}
    for pid, (name, flags) in threads.items():
        files |= {f"proc/{pid}/comm": f"{name}\n", f"proc/{pid}/stat": stat.format(pid, name, flags)}
    assert counted(files, tmp_path)["workqueues that show"] == 2


def test_cgroups_are_counted_by_the_kernel_s_table_where_no_directories_were_copied(tmp_path: Path) -> None:
    counts = counted({"proc/cgroups": CGROUPS_V1}, tmp_path)
    assert {name: count for name, count in counts.items() if "cgroup" in name} == {
        "cgroups v1 cpu+cpuacct": 7,
        "cgroups v1 memory": 90,
    }


def test_controllers_of_version_2_are_taken_to_be_nested(tmp_path: Path) -> None:
    counts = counted({"proc/cgroups": CGROUPS_V2}, tmp_path)
    assert {name: count for name, count in counts.items() if "cgroup" in name} == {
        "cgroups v2 cpu+io+memory+pids": 20,
        "cgroups v2 memory+pids": 70,
        "cgroups v2 pids": 10,
    }


def test_mounts_are_counted_by_the_older_table_too(tmp_path: Path) -> None:
    counts = counted({"proc/mounts": MOUNTS}, tmp_path)
    assert (counts["mount"], counts["mount-ext4"], counts["mount-tmpfs"], counts["bind-mount"]) == (1, 1, 2, 1)


def test_sources_name_the_file_that_was_read(tmp_path: Path) -> None:
    """A sosreport has neither /proc/version nor sysfs's slab directory."""
    uname = "Linux host 6.1.0-50-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2025-01-01) x86_64 GNU/Linux\n"
    files = {name: text for name, text in TREES["a61-smp2"]["files"].items() if name.startswith("sys/devices")}
    files |= {"uname": uname, "proc/slabinfo": "slabinfo - version: 2.1\n# name\nkmalloc-8 1\nkmalloc-16 1\n"}
    text = capture(PROBES, Root(planted(files, tmp_path))).text
    assert 'kernel = "6.1.0-50-amd64 (Debian 6.1.176-1)" # uname -a' in text
    assert '# /proc/slabinfo\nkind = "kmem-cache"' in text


def test_veths_in_sysfs_know_their_other_end(tmp_path: Path) -> None:
    files = dict(TREES["a61-smp2"]["files"])
    for name, index, other in (("veth0", 4, 5), ("veth1", 5, 4), ("veth2", 6, 3), ("eth0", 2, 2)):
        files |= {f"sys/class/net/{name}/ifindex": f"{index}\n", f"sys/class/net/{name}/iflink": f"{other}\n"}
    found = capture(PROBES, Root(planted(files, tmp_path)))
    counts = {one.value["kind"]: one.value["count"] for one in found.observations if one.key == "consumer"}
    assert counts["veth"] == 2


def test_command_writes_a_file_and_says_what_it_could_not_see(tmp_path: Path) -> None:
    place = planted(TREES["a61-smp2"]["files"], tmp_path / "tree")
    result = CliRunner().invoke(app, ["capture", "--root", str(place), "-o", str(tmp_path / "out.toml")])
    assert result.exit_code == 0
    assert tomllib.loads((tmp_path / "out.toml").read_text())["cpus"]["possible"] == "0-1"
    again = CliRunner().invoke(app, ["verify", str(tmp_path / "out.toml")])
    assert again.exit_code == 0
    assert "= predicted  percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u1048576" in again.output
