"""CPUs and nodes: what the keys and the command line make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plugin import CommandLine, Config, KernelVersion
from planner.profile import ProfileError
from planner.profile.boot_cpus import online_cpus, possible_cpus
from planner.profile.numa import Nodes, parse_nodes, settle_distances
from tests.profile.plugins import BASE, made

OLD, NEW, ANCIENT = (KernelVersion.parse(text) for text in ("6.1", "6.12", "2.6.32"))


@pytest.mark.parametrize(
    ("words", "kernel", "arch", "left"),
    [
        ("", OLD, "x86", 4),
        ("nr_cpus=2", OLD, "x86", 2),
        ("nr_cpus=2", OLD, "arm64", 2),
        ("nr_cpus=2 nr_cpus=3", OLD, "x86", 2),  # each can only lower it
        ("nr_cpus=0x2 nr_cpus=-1", OLD, "x86", 2),
        ("nr_cpus=03", OLD, "x86", 3),
        ("possible_cpus=3 possible_cpus=2", OLD, "x86", 2),  # the last one counts
        ("possible_cpus=0", OLD, "x86", 4),
        ("possible_cpus=2", OLD, "s390", 2),
        ("possible_cpus=6", OLD, "s390", 4),
        ("possible_cpus=2", OLD, "arm64", 4),
        ("nr_cpus=0", OLD, "x86", 4),  # the kernel ignores it
        ("nr_cpus=many", OLD, "x86", 4),
        ("nr_cpus=9", OLD, "x86", 4),
        ("nr_cpus=2", ANCIENT, "x86", 4),  # not there yet
        ("possible_cpus=6", OLD, "x86", 6),
        ("possible_cpus=2", OLD, "x86", 2),
        ("possible_cpus=6", NEW, "x86", 4),  # from 6.9 on it only lowers
        ("possible_cpus=2", NEW, "x86", 2),
        ("possible_cpus=6 nr_cpus=5", OLD, "x86", 5),
        ("maxcpus=2", OLD, "x86", 4),
        ("maxcpus=0", OLD, "x86", 1),
        ("maxcpus=0", NEW, "x86", 1),
        ("maxcpus=0", OLD, "arm64", 4),
        ("maxcpus=", OLD, "x86", 1),  # no number reads as 0
        ("nosmp", OLD, "x86", 1),
        ("nosmp", NEW, "x86", 1),
        ("nolapic", NEW, "x86", 1),
        ("nolapic", OLD, "x86", 4),
    ],
)
def test_possible_cpus(words: str, kernel: KernelVersion, arch: str, left: int) -> None:
    cpus = possible_cpus((0, 1, 2, 3), arch, kernel, CommandLine(words), Config())
    assert cpus == tuple(range(left))
    assert (
        possible_cpus(cpus, arch, kernel, CommandLine(words), Config()) == cpus
    )  # so it may be applied to what was captured


def test_where_cpus_cannot_be_plugged_maxcpus_limits_the_possible_ones() -> None:
    fixed = Config({"HOTPLUG_CPU": "n"})
    assert possible_cpus((0, 1, 2, 3), "x86", OLD, CommandLine("maxcpus=2"), fixed) == (0, 1)
    assert possible_cpus((0, 1, 2, 3), "x86", NEW, CommandLine("maxcpus=2"), fixed) == (0, 1, 2, 3)


def test_sparse_cpus_are_cut_by_number() -> None:
    assert possible_cpus((0, 2, 8, 10), "powerpc", OLD, CommandLine("nr_cpus=9"), Config()) == (0, 2, 8)
    assert possible_cpus((4, 5), "powerpc", OLD, CommandLine("nr_cpus=2"), Config()) == (4,)  # never none


def test_the_configured_number_limits_too() -> None:
    assert possible_cpus(tuple(range(16)), "x86", OLD, CommandLine(), Config({"NR_CPUS": "8"})) == tuple(range(8))


@pytest.mark.parametrize(
    ("words", "declared", "online"),
    [
        ("", None, (0, 1, 2, 3)),
        ("maxcpus=2", None, (0, 1)),
        ("maxcpus=0", None, (0,)),
        ("nosmp", None, (0,)),
        ("maxcpus=2", (0, 3), (0, 3)),
        ("", (1, 7), (1,)),
    ],
)
def test_online_cpus(words: str, declared: tuple[int, ...] | None, online: tuple[int, ...]) -> None:
    assert online_cpus((0, 1, 2, 3), declared, CommandLine(words)) == online


@given(st.text(max_size=40), st.sampled_from(["x86", "arm64"]), st.sampled_from([OLD, NEW, ANCIENT]))
def test_any_command_line_leaves_cpus(words: str, arch: str, kernel: KernelVersion) -> None:
    for key in ("", "nr_cpus=", "possible_cpus=", "maxcpus="):
        cpus = possible_cpus((0, 1, 2), arch, kernel, CommandLine(key + words), Config())
        assert 0 < len(cpus) <= 65536
        assert online_cpus(cpus, None, CommandLine(key + words))


def test_keys_reach_the_system() -> None:
    profile = made(
        'online = "0-1"\n[boot]\ncmdline = "nr_cpus=3 percpu_alloc=foo percpu_alloc=page mem=512M"\n[memory]\nram="4GiB"\n'
    )
    system = profile.system
    assert system.cpus_possible == (0, 1, 2)
    assert system.cpus_online == (0, 1)
    assert system.percpu_alloc == "page"
    assert system.ram == 512 << 20
    assert made('[percpu]\nalloc = "embed"\n[boot]\ncmdline = "percpu_alloc=page"\n').system.percpu_alloc == "embed"
    assert made('[boot]\ncmdline = "mem=nopentium"\n[memory]\nram="4GiB"\n').system.ram == 4 << 30


@pytest.mark.parametrize(
    ("nodes", "node_of"),
    [
        ("2", {0: 0, 1: 0, 2: 1, 3: 1}),
        ("3", {0: 0, 1: 0, 2: 1, 3: 2}),
        ('["0,2", "1,3"]', {0: 0, 2: 0, 1: 1, 3: 1}),
        ('["0-3", ""]', {0: 0, 1: 0, 2: 0, 3: 0}),
        ('{ 0 = "0-1", 8 = "2-3" }', {0: 0, 1: 0, 2: 8, 3: 8}),
        ("[[0, 1], [2, 3]]", {0: 0, 1: 0, 2: 1, 3: 1}),
    ],
)
def test_nodes(nodes: str, node_of: dict[int, int]) -> None:
    assert made(f"[numa]\nnodes = {nodes}\n").system.node_of == node_of


def test_nodes_without_cpus_are_kept() -> None:
    assert made('[numa]\nnodes = ["0-3", ""]\n').system.nodes == (0, 1)
    assert made('[numa]\nnodes = ["0-3", ""]\n').system.distances == ((10, 20), (20, 10))


def test_distances() -> None:
    text = "[numa]\nnodes = 2\ndistances = [[10, 21], [31, 10]]\n"
    assert made(text).system.distances == ((10, 21), (31, 10))
    sparse = settle_distances(((10, 40), (40, 10)), (0, 2), {0: 0, 1: 2})
    assert sparse == ((10, 20, 40), (20, 10, 20), (40, 20, 10))
    with pytest.raises(ValueError, match="3 rows for 2 nodes"):
        settle_distances(((10,) * 3,) * 3, (0, 1), {0: 0, 1: 1})


def test_what_the_nodes_leave_open_is_said() -> None:
    profile = made('[numa]\nnodes = ["0", "1", "7"]\n')
    assert profile.system.node_of == {0: 0, 1: 1}
    assert profile.warnings == (
        "numa.nodes: CPUs 7 are not possible and left out",
        "numa.nodes: CPUs 2-3 have no node; the kernel gives them one as its architecture does",
    )
    assert made("[numa]\nnodes = 9\n").warnings == ("numa.nodes: 9 nodes for 4 CPUs: some nodes have none",)


@pytest.mark.parametrize(
    "nodes",
    ["0", "2000", "[]", "{}", '["0-1", "1"]', "[true]", "[[true]]", '["a"]', "{ 1024 = '0' }", "{ ² = '0' }", "1.5"],
)
def test_what_is_no_nodes(nodes: str) -> None:
    with pytest.raises(ProfileError):
        made(f"[numa]\nnodes = {nodes}\n")


@given(st.integers(1, 64), st.integers(1, 300))
def test_equal_nodes_are_equal(count: int, cpus: int) -> None:
    node_of = Nodes(count).node_of(tuple(range(cpus)))
    sizes = [list(node_of.values()).count(node) for node in range(count)]
    assert sum(sizes) == cpus
    assert max(sizes) - min(sizes) <= 1
    assert list(node_of.values()) == sorted(node_of.values())


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5)
)
def test_anything_is_nodes_or_a_value_error(value: object) -> None:
    try:
        nodes = parse_nodes(value)
    except ValueError:
        return
    assert nodes.numbers


def test_base_is_sound() -> None:
    assert made(base=BASE).warnings == ()


LINE = "percpu: Embedded {pages} pages/cpu s{static} r{reserved} d{dynamic} u{unit}"
RIGHT = {"pages": 13, "static": 31616, "reserved": 0, "dynamic": 21632, "unit": 53248}


@pytest.mark.parametrize(
    ("line", "more", "wrong"),
    [
        ({}, "", ""),
        ({}, "static = 31616\nreserved = 0", ""),
        ({"dynamic": 21630}, "", ""),  # the kernel rounds up to pages
        ({"pages": 99999}, "", "p.toml:8:1: percpu.boot_log: says 99999 pages/cpu, and static, reserved and dynamic are 53248"),
        ({"unit": 4096}, "", "p.toml:8:1: percpu.boot_log: says a unit of 4096 bytes, and static, reserved and dynamic are 53248"),
    ],
)  # fmt: skip
def test_a_boot_line_that_contradicts_itself_is_refused(line: dict[str, int], more: str, wrong: str) -> None:
    text = f'[percpu]\nboot_log = "{LINE.format(**RIGHT | line)}"\n{more}\n'
    if not wrong:
        assert (made(text).system.static, made(text).warnings) == (31616, ())
        return
    with pytest.raises(ProfileError) as caught:
        made(text)
    assert str(caught.value).startswith(wrong)


def test_a_declared_size_that_contradicts_the_boot_line_counts_and_is_said() -> None:
    profile = made(f'[percpu]\nboot_log = "{LINE.format(**RIGHT)}"\nstatic = 62796\nreserved = 8192\n')
    assert (profile.system.static, profile.system.declared.reserved) == (62796, 8192)
    assert profile.warnings == (
        "percpu.static: 62796 contradicts percpu.boot_log, which says s31616; 62796 is what counts",
        "percpu.reserved: 8192 contradicts percpu.boot_log, which says r0; 8192 is what counts",
    )


def test_a_what_if_of_a_size_leaves_the_boot_line_behind_and_contradicts_nothing() -> None:
    profile = made(f'[percpu]\nboot_log = "{LINE.format(**RIGHT)}"\n')
    assert profile.with_sets({"percpu.static": 62796}).system.static == 62796


def test_a_vmalloc_space_of_nothing_is_refused() -> None:
    with pytest.raises(
        ProfileError, match=r"^p\.toml:8:1: vmalloc\.size: is 0: chunks need address space; allowed: a size above 0"
    ):
        made("[vmalloc]\nsize = 0\n")
