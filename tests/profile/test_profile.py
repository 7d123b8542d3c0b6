"""What the keys of a profile become."""

import datetime as dt
import pickle
from pathlib import Path

import pytest

from planner.plugin import StructSize
from planner.plugin.manager import PluginManager
from planner.profile import Burst, Churn, Profile, ProfileError, Spread, VmallocArea, load_text
from planner.profile.model import replace_key
from planner.profile.presets import PRESETS
from planner.profile.whatif import attach
from tests.profile.plugins import BASE, Headroom, Needy, Plugins, Veth, made

BTF = str(Path(__file__).parents[1] / "observe" / "corpus" / "small.btf")
WHOLE = """\
schema = 1
[system]
name = "Ubuntu 12.04 i386 on a Core 2 Duo P8700"
arch = "x86"
bits = 32
kernel = "3.2.0-51-generic"
btf = "vmlinux.btf"
[cpus]
possible = 2
[memory]
ram = "4GiB"
used = "1GiB"
low = "887MiB"
[percpu]
boot_log = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
in_use = "4k"
[boot]
cmdline = "ro quiet vmalloc=192M"
[vmalloc]
size = "128MiB"
used = "18MiB"
[config]
X86_PAE = false
CONFIG_HZ = 250
MEMCG = "m"
[structs]
pool_workqueue = { size = 256, align = 256, source = "BTF" }
bare = { size = 12 }
[measured]
percpu = "4480 kB"
[basis]
"vmalloc.used" = "calibrated"
memory.ram = "captured"
structs = "captured"
consumer.experiment = "assumed"
[[consumer]]
kind = "workqueue"
name = "experiment"
count = "100k"
growth = "10/h"
[[consumer]]
kind = "veth"
count = 10
queues = 8
ring = "64k"
mode = "SLOW"
share = 0.25
offload = true
depth = 3
vlans = [1, 2]
tag = "blue"
limit = 30
born = 2020-02-29
churn = { peak = 20, cycles = 3, order = "oldest", seed = 7, seeds = 2 }
burst = { count = "1k", atomic = false, within = "2ms" }
[gate.headroom]
level = "warn"
min = "20%"
consumer = "experiment"
[gate.later]
kind = "fits"
expires = "2030-01-31"
reason = "hardware is on its way"
""".replace("vmlinux.btf", BTF)


def line_of(text: str, which: int = 0) -> int:
    """Return the number of the line that starts with ``text``; which of several."""
    return [number for number, line in enumerate(WHOLE.split("\n"), 1) if line.startswith(text)][which]


def test_a_whole_profile() -> None:
    profile = load_text(WHOLE, Plugins(), label="dir/p.toml")
    system = profile.system
    assert profile.name == system.name == "Ubuntu 12.04 i386 on a Core 2 Duo P8700"
    assert (system.arch, system.bits, str(system.kernel), system.cpus_possible) == ("x86", 32, "3.2", (0, 1))
    assert system.ram == profile.memory.ram == 4 << 30
    assert (profile.memory.used, profile.memory.low) == (1 << 30, 887 << 20)
    assert system.static == 31616
    assert (system.declared.reserved, system.declared.dynamic, system.declared.unit_size) == (0, 21632, 53248)
    assert system.declared.vmalloc_size == 128 << 20
    assert profile.percpu.first_chunk_base == 0xF77D1000
    assert profile.percpu.in_use == 4096
    assert profile.percpu.boot_log == ("PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248",)
    assert system.cmdline.get("vmalloc") == "192M"
    assert system.config.options == {"X86_PAE": "n", "HZ": "250", "MEMCG": "m"}
    assert system.structs["pool_workqueue"] == StructSize(size=256, align=256, source="BTF", basis="captured")
    assert system.structs["bare"] == StructSize(size=12, align=4, source="dir/p.toml", basis="captured")
    assert (profile.vmalloc.used, profile.vmalloc.used_basis) == (18 << 20, "calibrated")
    assert profile.measured == {"percpu": 4480 * 1024}
    assert profile.btf == BTF


def test_consumers() -> None:
    experiment, veth = load_text(WHOLE, Plugins()).consumers
    assert (experiment.kind, experiment.name, experiment.count, experiment.basis) == (
        "workqueue",
        "experiment",
        100_000,
        "assumed",
    )
    assert experiment.growth is not None
    assert experiment.growth.text == "10/h"
    assert (experiment.line, experiment.column) == (line_of("[[consumer]]"), 3)
    assert veth.name == "veth"
    assert veth.basis == "declared"
    assert veth.parameters == Veth(
        queues=8,
        ring=65536,
        mode="slow",
        share=0.25,
        offload=True,
        depth=3,
        vlans=(1, 2),
        tag="blue",
        limit=30,
        born=dt.date(2020, 2, 29),
    )
    assert veth.churn == Churn(peak=20, cycles=3, order="oldest", seed=7, seeds=2)
    assert veth.burst == Burst(count=1000, atomic=False, within=0.002)


def test_gates() -> None:
    headroom, later = load_text(WHOLE, Plugins(), label="p.toml").gates
    assert (headroom.name, headroom.kind, headroom.level, headroom.line) == (
        "headroom",
        "headroom",
        "warn",
        line_of("[gate.headroom]"),
    )
    assert headroom.parameters == Headroom(min="20%", consumer="experiment")
    assert (later.kind, later.level, later.expires) == ("fits", "error", dt.date(2030, 1, 31))
    assert (later.reason, later.file, later.preset) == ("hardware is on its way", "p.toml", False)


def test_preset_and_own_gates_over_it() -> None:
    profile = made('[gate]\npreset = "recommended"\n[gate.headroom]\nmin = 5\n')
    assert profile.preset == "recommended"
    by_name = {gate.name: gate for gate in profile.gates}
    assert list(by_name) == list(PRESETS["recommended"])
    assert by_name["headroom"].parameters == Headroom(min=5)
    assert (by_name["headroom"].preset, by_name["headroom"].line) == (False, 9)
    assert (by_name["fits"].preset, by_name["fits"].line) == (True, 8)


def test_presets_are_profiles_of_gates_that_exist() -> None:
    manager = PluginManager(entry_points=())
    for name, gates in PRESETS.items():
        profile = load_text(f'{BASE}[gate]\npreset = "{name}"\n', manager)
        assert [gate.name for gate in profile.gates] == list(gates)


def test_basis_of() -> None:
    profile = load_text(WHOLE, Plugins())
    assert profile.basis_of("vmalloc.used") == "calibrated"
    assert profile.basis_of("vmalloc.size") == "declared"
    assert profile.basis_of("memory.ram") == "captured"
    assert profile.basis_of("structs.pool_workqueue.size") == "captured"
    assert profile.basis_of("consumer.experiment.count") == "assumed"
    assert profile.basis_of("consumer.veth.count") == "declared"
    assert profile.basis_of("percpu.static") == "assumed"  # the file does not hold it
    assert profile.has("vmalloc.used")
    assert not profile.has("percpu.static")
    captured = made('[basis]\ndefault = "captured"\n"cpus" = "assumed"\n')
    assert captured.basis_of("system.kernel") == "captured"
    assert captured.basis_of("cpus.possible") == "assumed"
    assert captured.basis_of("memory.ram") == "assumed"


def test_positions() -> None:
    profile = load_text(WHOLE, Plugins())
    assert profile.position_of("vmalloc.used") == (line_of("used", 1), 1)
    assert profile.position_of("consumer.veth.queues") == (line_of("queues"), 1)
    assert profile.position_of("consumer.veth.nothing") == (line_of("[[consumer]]", 1), 3)
    assert profile.position_of("nowhere") is None
    assert profile.consumer("veth").kind == "veth"
    with pytest.raises(KeyError):
        profile.consumer("nobody")


def test_defaults() -> None:
    profile = made()
    assert profile.name == "p"
    assert (profile.consumers, profile.gates, profile.state, profile.uncertain) == ((), (), None, {})
    assert profile.system.cpus_online == (0, 1, 2, 3)
    assert profile.system.ram is None
    assert profile.system.static is None
    assert profile.vmalloc.used is None


@pytest.mark.parametrize(
    ("label", "name"),
    [("seeds/asker-3.10", "asker-3.10"), ("/a/b.toml", "b"), ("<stdin>", "<stdin>"), ("x.y.toml", "x.y")],
)
def test_the_name_of_a_nameless_system(label: str, name: str) -> None:
    assert load_text(BASE, Plugins(), label=label).name == name


@pytest.mark.parametrize(
    ("arch", "bits", "found"),
    [
        ("x86_64", "", 64),
        ("i386", "", 32),
        ("AMD64", "", 64),
        ("x86", "bits = 32", 32),
        ("arm64", "", 64),
        ("aarch64", "", 64),
    ],
)
def test_architectures_and_word_sizes(arch: str, bits: str, found: int) -> None:
    profile = load_text(f"[system]\narch = '{arch}'\nkernel = '6.1'\n{bits}\n[cpus]\npossible = 1\n", Plugins())
    assert profile.system.bits == found
    assert profile.system.arch in {"x86", "arm64"}


def test_composites() -> None:
    profile = made("""\
[consumer_type.node]
parts = { pod = 110, workqueue = 3 }
unit = "node"
[consumer_type.pod]
summary = "a pod"
[consumer_type.pod.parts]
workqueue = 1
veth = { count = 2, queues = 4 }
bridge = { kind = "needy", size = "1k" }
[[consumer]]
kind = "node"
count = 2
""")
    assert [(p.kind, p.name, p.count) for p in profile.consumer_types["pod"].parts] == [
        ("workqueue", "workqueue", 1),
        ("veth", "veth", 2),
        ("needy", "bridge", 1),
    ]
    leaves = profile.leaves("node")
    assert [(p.kind, p.name, p.count) for p in leaves] == [
        ("workqueue", "workqueue", 110),
        ("veth", "veth", 220),
        ("needy", "bridge", 110),
        ("workqueue", "workqueue", 3),
    ]
    assert leaves[1].parameters == Veth(queues=4)
    assert leaves[2].parameters == Needy(size=1024)
    assert profile.leaves("workqueue") == ()
    assert profile.consumer_types["node"].line == 7


def test_vmalloc_areas() -> None:
    profile = made("""\
[vmalloc]
start = "0xffffc90000000000"
end = 0xffffe8ffffffffff
[[vmalloc.area]]
start = "0xffffc90000005000"
size = 8192
caller = "acpi_os_map_iomem+0x1b6/0x1d0"
[[vmalloc.area]]
start = "ffffc90000000000"
end = "0xffffc90000005000"
""")
    first = 0xFFFFC90000000000
    assert profile.vmalloc.areas == (
        VmallocArea(first, first + 0x5000),
        VmallocArea(first + 0x5000, first + 0x7000, "acpi_os_map_iomem+0x1b6/0x1d0"),
    )
    assert profile.vmalloc.areas[0].size == 0x5000
    assert profile.system.declared.vmalloc_start == first


def test_state() -> None:
    profile = made("""\
[state]
empty_populated_pages = 3
populated_pages = 65
stats = { nr_alloc = 17 }
[[state.chunk]]
kind = "reserved"
base = "0xffff88803ec35000"
slot = -1
pages = 2
[[state.chunk]]
kind = "first"
slot = 8
position = 0
start_offset = 5
populated = "0-6,9"
areas = [[0, 32], [32, 8], [4096, 256]]
hints = { contig_hint = 374, first_free = 6794 }
stats = { nr_alloc = 3 }
isolated = true
""")
    state = profile.state
    assert state is not None
    assert (state.empty_populated_pages, state.populated_pages, state.stats) == (3, 65, {"nr_alloc": 17})
    reserved, first = state.chunks
    assert (reserved.kind, reserved.base, reserved.slot, reserved.areas) == ("reserved", 0xFFFF88803EC35000, -1, None)
    assert first.populated == (0, 1, 2, 3, 4, 5, 6, 9)
    assert first.areas == ((0, 32), (32, 8), (4096, 256))
    assert first.hints["contig_hint"] == 374
    assert first.isolated


def test_uncertain_numbers() -> None:
    profile = made("""\
[memory]
ram = { low = "4GiB", mid = "8GiB", high = "16GiB" }
[vmalloc]
used = { p10 = "1MiB", p50 = "2MiB", p90 = "3MiB" }
[[consumer]]
kind = "veth"
name = "a.b"
count = { low = 1, mid = "1k", high = "2k" }
share = { low = 0.1, mid = 0.2, high = 0.2 }
""")
    assert profile.system.ram == 8 << 30
    assert profile.vmalloc.used == 2 << 20
    assert profile.consumers[0].count == 1000
    assert profile.uncertain == {
        "memory.ram": Spread("range", 4 << 30, 8 << 30, 16 << 30),
        "vmalloc.used": Spread("percentiles", 1 << 20, 2 << 20, 3 << 20),
        'consumer."a.b".count': Spread("range", 1, 1000, 2000),
        'consumer."a.b".share': Spread("range", 0.1, 0.2, 0.2),
    }
    for key, spread in profile.uncertain.items():
        settled = profile.with_sets({key: spread.high})
        assert key not in settled.uncertain
        assert settled.uncertain.keys() == profile.uncertain.keys() - {key}
    assert profile.with_sets({'consumer."a.b".count': 2000}).consumers[0].count == 2000
    cpus = made(base=BASE.replace("possible = 4", "possible = { low = 2, mid = 8, high = 64 }"))
    assert cpus.system.nr_cpus == 8
    assert cpus.uncertain == {"cpus.possible": Spread("range", 2, 8, 64)}


def test_a_profile_can_be_sent_to_another_process() -> None:
    profile = load_text(WHOLE, Plugins())
    sent: Profile = pickle.loads(pickle.dumps(profile))  # noqa: S301 - our own
    assert sent == profile
    assert sent.basis_of("vmalloc.used") == "calibrated"
    assert sent.position_of("vmalloc.used") == (line_of("used", 1), 1)
    with pytest.raises(TypeError, match="attach"):
        sent.with_sets({"cpus.possible": "4"})
    assert attach(sent, Plugins()).with_sets({"cpus.possible": "4"}).system.nr_cpus == 4
    assert replace_key(profile, "memory.ram", "8GiB").system.ram == 8 << 30


def test_problems_can_be_sent_to_another_process() -> None:
    with pytest.raises(ProfileError) as caught:
        load_text("x = 1", Plugins())
    sent = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert sent.problems == caught.value.problems
    assert str(sent) == str(caught.value)


@pytest.mark.parametrize("pages", ["[0, 1]", "7", "true", "{ a = 1 }"])
def test_pages_that_are_no_text_are_refused(pages: str) -> None:
    with pytest.raises(ProfileError, match=r"state\.chunk.*populated: is .*, not a string"):
        made(f'[[state.chunk]]\nkind = "first"\npopulated = {pages}\n')
