"""Golden messages: what a user sees for everything that can be wrong with a profile."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

from planner.profile import ProfileError, load_text
from planner.profile.errors import CODES, MAXIMUM_PROBLEMS, Problem, escape, nearest
from tests.profile.plugins import BASE, Plugins, made

WRONG = {
    "empty": "",
    "everything_at_once": """\
schema = 2
sytem = 1
[system]
arch = "x87"
kernel = 3.10
possible = 4
[cpus]
possible = "0-3,9-5"
onlin = 2
[[consumer]]
kind = "veht"
count = -5
[[consumer]]
kind = "workqueue"
cuont = 1
[gate.headroom]
level = "eror"
mn = "20%"
[gate.budgte]
max = "1MiB"
""",
    "wrong_types": """\
schema = "1"
system = 1
cpus = []
numa = "x"
config = 3
structs = 3
measured = 3
basis = 3
consumer = 3
consumer_type = 3
gate = 3
""",
    "wrong_types_inside": """\
schema = 1
[system]
name = 3
arch = true
bits = "64"
kernel = []
config = 1
page_size = 1.5
[cpus]
possible = 1.5
online = true
[numa]
nodes = 1.5
distances = 3
[memory]
ram = true
[percpu]
boot_log = 5
alloc = 5
static = "much"
first_chunk_base = "here"
[boot]
cmdline = "a\\nb"
[vmalloc]
area = 5
used = {low = 1}
[config]
HZ = 2.5
"A B" = 1
[structs]
x = 5
y = {}
z = {size = 8, align = 3}
[measured]
percpu = "x"
[basis]
default = "guessed"
"vmalloc.used" = 3
nothing = "captured"
""",
    "consumers": BASE
    + """\
[[consumer]]
count = 1
[[consumer]]
kind = "veth"
[[consumer]]
kind = "workqueue"
count = "a lot"
growth = "fast"
name = ""
[[consumer]]
kind = "veth"
name = "many"
count = 1
queues = 0
ring = "2GiB"
mode = "fats"
share = 2
offload = 1
depth = -2
flavour = "bitter"
vlans = ["x"]
tag = "a\\u001bb"
limit = 1.5
born = "yesterday"
[[consumer]]
kind = "needy"
count = 1
[[consumer]]
kind = "needy"
name = "unlucky"
count = 1
size = 13
[[consumer]]
kind = "clashing"
count = 1
[[consumer]]
kind = "unreadable"
count = 1
[[consumer]]
kind = "netkit"
count = 1
churn = {peak = 0, cycles = 0, order = "rnd"}
burst = {atomic = 1, within = 3}
[[consumer]]
kind = "netkit"
count = 5
churn = {peak = 3}
""",
    "too_old_for_a_consumer": BASE.replace("6.12", "6.6") + "[[consumer]]\nkind = 'netkit'\ncount = 1\n",
    "composites": BASE
    + """\
[consumer_type.veth]
parts = {workqueue = 1}
[consumer_type.empty]
parts = {}
[consumer_type.nothing]
[consumer_type.listed]
parts = ["veth"]
[consumer_type.typo]
parts = {vet = 1, needy = 1, veth = {count = 1, queue = 2}, other = {kind = "veth", count = "x"}}
[consumer_type.self]
parts = {self = 1}
[consumer_type.a]
parts = {b = 1}
[consumer_type.b]
parts = {c = 1}
[consumer_type.c]
parts = {a = 1, veth = 1}
[consumer_type.big]
parts = {veth = 2000000000}
""",
    "gates": BASE
    + """\
[gate]
preset = "recomended"
[gate.headroom]
consumer = "nobody"
[gate.mine]
kind = "headrom"
[gate.yours]
[gate.old]
kind = "fits"
expires = 2027-01-31
[gate.endless]
kind = "fits"
reason = "later"
[gate.budget]
[gate.flat]
kind = 5
""",
    "contradictions": """\
schema = 1
[system]
arch = "i386"
bits = 64
kernel = "2.6.20"
[cpus]
possible = 4
online = "0-7"
[numa]
nodes = ["0-1", "2-3"]
distances = [[10]]
[percpu]
atom = 5000
[vmalloc]
start = "0xf0000000"
end = "0xe0000000"
[[vmalloc.area]]
start = 0x1000
[[vmalloc.area]]
start = 0x1000
end = 0x1000
[[vmalloc.area]]
start = 0x2000
size = 0x2000
[[vmalloc.area]]
start = 0x3000
size = 0x2000
[config]
SMP = "n"
[[state.chunk]]
areas = [[0, 8], [4, 8]]
""",
    "nodes": BASE + '[numa]\nnodes = ["0-1", "1-2"]\n',
    "node_table": BASE + "[numa]\nnodes = {x = '0'}\n",
    "boot_log": BASE + "[percpu]\nboot_log = 'hello'\n",
    "bits": BASE.replace("x86_64", "x86"),
    "files": BASE.replace('kernel = "6.12"', 'kernel = "6.12"\nconfig = "no/such"'),
    "spreads": BASE
    + """\
[memory]
ram = {low = "8GiB", mid = "4GiB", high = "16GiB"}
[vmalloc]
used = {low = 1, mid = 2}
size = {p10 = 1, p50 = "x", p90 = 3}
""",
    "hostile": BASE
    + '"\\u001b]0;x\\u0007" = 1\n[[consumer]]\nkind = "\\u001b[31m"\ncount = 1\n[gate."\\u202e"]\nlevel = "\\u0000"\n',
}


@pytest.mark.parametrize("name", WRONG)
def test_messages(name: str, snapshot: SnapshotAssertion) -> None:
    with pytest.raises(ProfileError) as caught:
        load_text(WRONG[name], Plugins(), label="p.toml")
    message = str(caught.value)
    assert all(line.isprintable() for line in message.split("\n"))
    assert message == snapshot


def test_every_code_is_described_and_every_message_has_one() -> None:
    seen = set()
    for text in WRONG.values():
        with pytest.raises(ProfileError) as caught:
            load_text(text, Plugins(), label="p.toml")
        seen |= {problem.code for problem in caught.value.problems}
        assert all(re.search(r"\[P\d{3}\]$", line) for line in str(caught.value).split("\n"))
    assert seen <= CODES.keys()
    elsewhere = {"P001", "P002", "P003", "P004", "P006", "P041", "P050"}  # files, --set
    assert CODES.keys() - seen - elsewhere == {"P005"}


def test_problems_stand_in_the_order_of_the_file() -> None:
    with pytest.raises(ProfileError) as caught:
        load_text(WRONG["everything_at_once"], Plugins())
    places = [(p.line or 0, p.column or 0) for p in caught.value.problems]
    assert places == sorted(places)
    assert len(places) > 10


def test_problems_are_bounded() -> None:
    text = BASE + "[memory]\n" + "".join(f"k{n} = 1\n" for n in range(MAXIMUM_PROBLEMS + 23))
    with pytest.raises(ProfileError) as caught:
        load_text(text, Plugins())
    assert len(caught.value.problems) == MAXIMUM_PROBLEMS
    assert caught.value.more == 23
    assert str(caught.value).endswith("\n… and 23 more")


def test_a_good_profile_has_none() -> None:
    assert made().system.nr_cpus == 4


def test_problem_as_text() -> None:
    problem = Problem(file="f", what="is wrong", code="P013", key="a.b", line=3, column=7, allowed="x", suggestion="y")
    assert str(problem) == 'f:3:7: a.b: is wrong; allowed: x; did you mean "y" [P013]'
    assert str(Problem(file="f", what="is wrong", code="P013")) == "f: is wrong [P013]"


def test_escape_and_nearest() -> None:
    assert escape("a\x1b\x9b\u202eb\n") == "a\\x1b\\x9b\\u202eb\\n"
    assert escape("é 漢") == "é 漢"
    assert len(escape("x" * 10_000)) < 300
    assert nearest("Hedroom", ["headroom", "fits"]) == "headroom"
    assert nearest("zzz", ["headroom", "fits"]) == ""
