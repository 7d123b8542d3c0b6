"""``--set``: keys set on a profile, the same as if the file had held them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.profile import Profile, ProfileError, build, load_text
from planner.profile.sets import split_key
from tests.profile.plugins import BASE, Plugins, made

TEXT = """\
[boot]
cmdline = "quiet"
[vmalloc]
used = "18MiB"
[[consumer]]
kind = "veth"
name = "eth0.100"
count = "1k"
[[consumer]]
kind = "workqueue"
count = 10
[consumer_type.pod]
parts = { veth = 1 }
[gate.fits]
"""


@pytest.fixture(scope="module")
def profile() -> Profile:
    return made(TEXT)


def test_values_are_read_as_a_file_would_hold_them(profile: Profile) -> None:
    changed = profile.with_sets(
        {
            "cpus.possible": "8",
            "cpus.online": "0-3",
            "system.kernel": "3.10",
            "memory.ram": "8GiB",
            "consumer.workqueue.count": "200",
            "consumer.eth0.100.count": '"5k"',
            "consumer.eth0.100.offload": "true",
            "consumer.eth0.100.vlans": "[1, 2]",
            "consumer.eth0.100.mode": "slow",
            "numa": "{ nodes = 2 }",
            "config.HZ": "250",
            "consumer_type.pod.parts.veth": "3",
            "gate.fits.level": "warn",
            "percpu.static": 4096,
        }
    )
    system = changed.system
    assert (system.nr_cpus, system.cpus_online, str(system.kernel), system.ram) == (8, (0, 1, 2, 3), "3.10", 8 << 30)
    assert system.node_of[7] == 1
    assert system.config.options == {"HZ": "250"}
    assert system.static == 4096
    veth, workqueue = changed.consumers
    assert (veth.count, veth.parameters.offload, veth.parameters.vlans, veth.parameters.mode) == (
        5000,
        True,
        (1, 2),
        "slow",
    )
    assert workqueue.count == 200
    assert changed.consumer_types["pod"].parts[0].count == 3
    assert changed.gates[0].level == "warn"


def test_the_profile_itself_stays(profile: Profile) -> None:
    before = profile.system
    changed = profile.with_sets({"cpus.possible": "8"})
    assert profile.system is before
    assert profile.system.nr_cpus == 4
    assert changed.with_sets({"cpus.possible": 4}) == profile
    assert changed.with_sets({"boot.cmdline": "x"}).system.nr_cpus == 8


def test_append_add_and_multiply(profile: Profile) -> None:
    changed = profile.with_sets(
        {
            "boot.cmdline+": "nr_cpus=2",
            "vmalloc.used+": "2MiB",
            "consumer.eth0.100.count*": "2.5",
            "consumer.workqueue.count+": "5",
            "cpus.possible*": "2",
            "consumer.eth0.100.vlans+": "7",
        }
    )
    assert changed.system.cmdline.text == "quiet nr_cpus=2"
    assert changed.vmalloc.used == 20 << 20
    assert [spec.count for spec in changed.consumers] == [2500, 15]
    assert changed.system.nr_cpus == 2
    assert changed.consumers[0].parameters.vlans == (7,)
    assert changed.with_sets({"consumer.eth0.100.vlans+": [8, 9]}).consumers[0].parameters.vlans == (7, 8, 9)


def test_removing_a_key(profile: Profile) -> None:
    changed = profile.with_sets({"vmalloc.used": None, "gate": None})
    assert changed.vmalloc.used is None
    assert changed.gates == ()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "cpus.posible",
            "4",
            '--set: cpus.posible: is not a known key; allowed: possible, online; did you mean "possible" [P010]',
        ),
        ("cpu.possible", "4", "--set: cpu: is not a known table; allowed: system, cpus"),
        (
            "cpus.possible",
            "none",
            '--set: cpus.possible: "none" is not a CPU or a range of CPUs; allowed: a count up to',
        ),
        ("memory.ram", "many", '--set: memory.ram: "many" is not a size; allowed: bytes'),
        ("consumer.veht.count", "4", "--set: consumer.veht.count: names no consumer of this profile"),
        ("consumer.eth0.100.cuont", "4", "--set: consumer.eth0.100.cuont: is not a known key; allowed: "),
        ("consumer.workqueue.count*", "x", '--set: consumer.workqueue.count*: "x" is not a factor; allowed: a number'),
        (
            "memory.ram*",
            "2",
            '--set: memory.ram*: "memory.ram" has no value to multiply; allowed: a key with a number [P050]',
        ),
        ("memory.ram.more", "2", "--set: memory.ram"),
        ("boot.cmdline.more", "2", '--set: boot.cmdline.more: "more" cannot be set: what is there is a string'),
        ("boot.cmdline*", "2", "--set: boot.cmdline*: is not a number that can be added to or multiplied"),
        ("", "2", '--set: "" is not a key'),
        ("a..b", "2", '--set: a..b: "a..b" is not a key'),
        ("consumer", "3", "--set: consumer: is a whole number; allowed: a list of tables: [[consumer]] [P012]"),
        ("\x1b[31m", "3", '--set: "\\x1b[31m": is not a known table'),
        ("gate.nothing.level", "warn", '--set: gate.nothing: there is no gate "nothing"'),
    ],
)
def test_mistakes(profile: Profile, key: str, value: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile.with_sets({key: value})
    text = str(caught.value)
    assert all(line.isprintable() for line in text.split("\n"))
    assert message.replace("consumer.eth0.100", 'consumer."eth0.100"') in text or message in text


def test_all_mistakes_at_once(profile: Profile) -> None:
    with pytest.raises(ProfileError) as caught:
        profile.with_sets({"consumer.a.count": "1", "consumer.b.count": "1"})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a.b", ("a", "b")),
        ('consumer."a.b".count', ("consumer", "a.b", "count")),
        ("consumer.'a.b'.count", ("consumer", "a.b", "count")),
        ("consumer.my nic.count", ("consumer", "my nic", "count")),
        ("a", ("a",)),
    ],
)
def test_split_key(key: str, parts: tuple[str, ...]) -> None:
    assert split_key(key) == parts


BOOT_LINE = """\
schema = 1
[system]
arch = "x86"
bits = 32
kernel = "3.2.0-51-generic"
[cpus]
possible = 2
[percpu]
boot_log = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
"""


def test_a_boot_line_holds_while_the_machine_stays() -> None:
    profile = load_text(BOOT_LINE, Plugins())
    for sets in (
        {"memory.ram": "2GiB"},
        {"vmalloc.used": "1MiB"},
        {"boot.cmdline": "vmalloc=192M"},
        {"system.name": "x"},
    ):
        changed = profile.with_sets(sets)
        assert changed.percpu.boot_log == profile.percpu.boot_log
        assert changed.system.declared.unit_size == 53248


@pytest.mark.parametrize(
    "sets", [{"cpus.possible": "8"}, {"numa.nodes": "2"}, {"boot.cmdline": "nr_cpus=1"}, {"percpu.alloc": "page"}]
)
def test_another_machine_keeps_of_the_boot_line_what_is_the_kernels(sets: dict[str, str]) -> None:
    changed = load_text(BOOT_LINE, Plugins()).with_sets(sets)
    assert changed.percpu.boot_log == ()
    assert changed.percpu.first_chunk_base is None
    declared = changed.system.declared
    assert changed.system.static == 31616
    assert (declared.unit_size, declared.dynamic) == (None, None)
    assert declared.atom_size == 4096  # what the line betrayed: this kernel's table would say 2 MiB
    assert declared.reserved == 0
    assert changed.warnings == ()


def test_another_kernel_keeps_only_the_static_size_and_says_so() -> None:
    changed = load_text(BOOT_LINE, Plugins()).with_sets({"system.kernel": "4.4"})
    assert changed.system.static == 31616
    assert changed.system.declared.atom_size is None
    assert changed.warnings == ("percpu.static is that of the boot line's kernel, not of the one asked about",)
    declared = load_text(BOOT_LINE + "static = 40000\n", Plugins()).with_sets({"system.kernel": "4.4"})
    assert (declared.system.static, declared.warnings) == (40000, ())


def test_another_boot_line_is_taken_as_it_is() -> None:
    line = "PERCPU: Embedded 14 pages/cpu @f77d1000 s36056 r0 d21288 u2097152"
    changed = load_text(BOOT_LINE, Plugins()).with_sets({"cpus.possible": "4", "percpu.boot_log": line})
    assert changed.system.static == 36056
    assert changed.system.declared.unit_size == 2097152


def test_a_captured_state_leaves_its_bytes_to_another_machine() -> None:
    text = (
        BOOT_LINE
        + '[[state.chunk]]\nkind = "first"\nareas = [[0, 100], [128, 28]]\n[[state.chunk]]\nkind = "reserved"\nareas = [[0, 8]]\n'
    )
    profile = load_text(text, Plugins())
    assert profile.state is not None
    changed = profile.with_sets({"cpus.possible": "8"})
    assert changed.state is None
    assert changed.percpu.in_use == 128


_keys = st.sampled_from(
    [
        "cpus.possible",
        "memory.ram",
        "vmalloc.used",
        "boot.cmdline",
        "boot.cmdline+",
        "consumer.workqueue.count",
        "consumer.workqueue.count*",
        "consumer.eth0.100.queues",
        "system.kernel",
        "numa.nodes",
        "nothing.at.all",
    ]
)
_values = st.sampled_from(["1", "4", "0-2", "8GiB", "x", "nr_cpus=2", "6.1", "true", "[1]", "{}", "2.5", '"q"', ""])


@given(st.lists(st.tuples(_keys, _values), max_size=4))
def test_setting_in_steps_or_at_once_is_the_same(steps: list[tuple[str, str]]) -> None:
    profile = made(TEXT)
    steps = list(dict(steps).items())  # one value a key
    at_once: Profile | None
    try:
        at_once = profile.with_sets(dict(steps))
    except ProfileError:
        return
    for key, value in steps:
        try:
            profile = profile.with_sets({key: value})
        except ProfileError:  # on the way something may contradict that the whole does not
            return
    assert profile == at_once


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_set_is_applied_or_refused(key: str, value: str) -> None:
    try:
        changed = made(TEXT).with_sets({key: value, f"consumer.{key}": value, f"memory.{key}": value})
    except ProfileError as error:
        assert all(line.isprintable() for line in str(error).split("\n"))  # noqa: PT017 - both outcomes are right
        return
    assert isinstance(changed, Profile)


def test_what_was_not_touched_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = made(TEXT)
    checked: list[str] = []

    def record(*arguments: Any) -> Any:
        checked.append(arguments[2].shown)
        return arguments[0](**arguments[1])

    def refuse(*_arguments: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(build, "check_table", record)
    for name in ("read_consumer", "read_composites", "read_gate"):
        monkeypatch.setattr(build, name, refuse)
    profile.with_sets({"memory.ram": 2**30})
    assert checked == ["memory"]


def test_base_text_is_what_the_tests_take_it_for() -> None:
    assert made(base=BASE).system.nr_cpus == 4


@pytest.mark.parametrize(
    ("factor", "count"), [("2", 20), ("1.5", 15), ("0.25", 3), ("0.24", 2), ("+3", 30), ("0", 0), (2, 20), (0.5, 5)]
)
def test_factors(profile: Profile, factor: object, count: int) -> None:
    assert profile.with_sets({"consumer.workqueue.count*": factor}).consumers[1].count == count


@pytest.mark.parametrize("factor", ["-2", "1/2", "2e3", "", "inf", "1" * 40])
def test_what_is_no_factor(profile: Profile, factor: str) -> None:
    with pytest.raises(ProfileError, match="is not a factor"):
        profile.with_sets({"consumer.workqueue.count*": factor})
