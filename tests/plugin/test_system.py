"""The system record reads command lines and configurations as the kernel does."""

import pytest

from planner.plugin import CommandLine, Config, KernelVersion, System


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("vmalloc=64M vmalloc=256M", "vmalloc", "256M"),
        ("quiet splash", "quiet", ""),
        ("quiet", "vmalloc", None),
        ('dyndbg="file a.c +p" x=1', "dyndbg", "file a.c +p"),
        ("percpu-alloc=page", "percpu_alloc", "page"),
        ('unfinished="a b', "unfinished", "a b"),
        ("", "a", None),
    ],
)
def test_the_last_value_of_a_key_counts(text, key, value):
    assert CommandLine(text).get(key) == value


def test_listed_words():
    line = CommandLine("cgroup.memory=nosocket cgroup.memory=nokmem,nobpf")
    assert line.has("cgroup.memory", "nokmem")
    assert line.has("cgroup.memory", "nosocket")
    assert not line.has("cgroup.memory", "kmem")


def system(**changes):
    return System(name="s", arch="x86", bits=64, kernel=KernelVersion.parse("6.12"), cpus_possible=(0, 1), **changes)


def test_kernel_memory_accounting_needs_the_option_and_no_switch():
    assert system().memcg_kmem
    assert not system(config=Config({"MEMCG": "n"})).memcg_kmem
    assert not system(cmdline=CommandLine("cgroup.memory=nokmem")).memcg_kmem


def test_nodes_come_from_the_cpus_and_the_distances():
    assert system().nodes == (0,)
    assert system(node_of={0: 0, 1: 2}).nodes == (0, 2)
    assert system(distances=((10, 20), (20, 10))).nodes == (0, 1)


def test_an_option_that_is_not_listed_is_unknown():
    config = Config({"A": "y", "B": "n", "C": "m"})
    assert config.enabled("A", default=False)
    assert not config.enabled("B", default=True)
    assert config.enabled("C", default=False)
    assert config.enabled("D", default=True)
    assert config.get("D") is None
