"""The same messages as they come out of other tools, mails and terminals: the dress must not matter."""

import pytest

from planner.observe.explain.explainer import explain_text
from planner.observe.explain.render import render_text
from planner.observe.parsers.kernel_log import undress

POPULATE = "percpu: allocation failed, size=304 align=8 atomic=0, failed to populate"
ATOMIC = "percpu: allocation failed, size=16 align=8 atomic=1, atomic alloc failed, no space left"
OLD = "PERCPU: allocation failed, size=256 align=256, failed to allocate new chunk"
MODULE = "foo: Could not allocate 10240 bytes percpu data"
MESSAGES = {POPULATE: "no-pages", ATOMIC: "atomic-no-space", OLD: "no-new-chunk", MODULE: "module-no-percpu"}

DRESSES = {
    "dmesg": "[ 1234.567890] {}",
    "dmesg -T": "[Sat Mar  1 10:11:12 2025] {}",
    "dmesg --time-format iso": "2025-03-01T10:11:12,123456+01:00 {}",
    "dmesg --reltime": "[Mar 1 10:11] {}",
    "dmesg --reltime, later": "[  +0.000005] {}",
    "dmesg -x": "kern  :warn  : [ 1234.567890] {}",
    "dmesg --color": "\x1b[32m[ 1234.567890] \x1b[0m\x1b[33m{}\x1b[0m",
    "dmesg -r": "<4>[ 1234.567890] {}",
    "caller": "<4>[ 1234.567890][ T1234] {}",
    "kmsg": "4,1234,5678901,-;{}",
    "netconsole": "6.1.0-13-amd64,4,1234,5678901,-;{}",
    "netconsole fragment": "4,1234,5678901,-,ncfrag=0/90;{}",
    "journalctl": "Mar 01 10:11:12 web-3.example.com kernel: {}",
    "journalctl -o short-iso-precise": "2025-03-01T10:11:12.123456+0100 host kernel: {}",
    "journalctl -o json": '{{"__REALTIME_TIMESTAMP":"1","MESSAGE":"{}","_TRANSPORT":"kernel"}}',
    "rsyslog": "Mar  1 10:11:12 host kernel: [ 1234.5678] {}",
    "busybox": "Mar  1 10:11:12 router kern.warn kernel: [ 1234.5678] {}",
    "logread": "Sat Mar  1 10:11:12 2025 kern.warn kernel: [ 1234.567890] {}",
    "logcat": "03-01 10:11:12.123     0     0 W {}",
    "mail": "> > [ 1234.567890] {}",
    "markdown": "`{}`",
    "CRLF": "{}\r\n",
    "serial": "\r\n\r\n{}\r\n\0",
}


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("dress", DRESSES)
def test_a_message_is_known_in_every_dress(message: str, dress: str) -> None:
    explained = explain_text(DRESSES[dress].format(message))
    assert [item.finding.entry.key for item in explained.explanations] == [MESSAGES[message]]
    assert all(line.isprintable() for line in render_text(explained).split("\n"))


def test_android_s_logcat_keeps_the_tag() -> None:
    assert undress("03-01 10:11:12.123     0     0 W percpu  : limit reached").text == "percpu: limit reached"


@pytest.mark.parametrize("message", [POPULATE, ATOMIC, OLD])
def test_a_line_that_a_mail_wrapped_is_joined(message: str) -> None:
    """Wherever it breaks after the figures, the reason is found on the next line."""
    words = message.split(" ")
    start = next(number for number, word in enumerate(words) if word.startswith("align=")) + 1
    for place in range(start, len(words)):
        text = f"[ 1.25] {' '.join(words[:place])}\n{' '.join(words[place:])}\n"
        explained = explain_text(text)
        assert [item.finding.entry.key for item in explained.explanations] == [MESSAGES[message]], text
        assert explained.explanations[0].finding.samples == [message]


@pytest.mark.parametrize("cut", range(len("percpu: allocation failed"), len(POPULATE) - len("failed to populate")))
def test_a_cut_line_is_still_a_failed_request(cut: int) -> None:
    explained = explain_text(POPULATE[:cut])
    assert [item.finding.entry.key for item in explained.explanations] == ["allocation-failed"]


STACKS = {
    "x86": " pcpu_alloc+0x9c5/0xa00\n ? __kmalloc+0x1/0x2\n mem_cgroup_css_alloc+0x1c/0x28\n",
    "x86 with addresses": " [<ffffffff81142c35>] pcpu_alloc+0x9c5/0xa00\n [<ffffffff81142c83>] mem_cgroup_css_alloc+0x13/0x20\n",
    "arm": (
        "[<c0012345>] (unwind_backtrace+0x0/0x138) from [<c0010d00>] (show_stack+0x10/0x14)\n"
        "[<c00d1234>] (pcpu_alloc+0x100/0x200) from [<c003d123>] (mem_cgroup_css_alloc+0x90/0x400)\n"
    ),
    "arm, newer": " pcpu_alloc from mem_cgroup_css_alloc+0x5c/0x1f0\n",
    "powerpc": (
        "[c00000000fa8f8b0] [c0000000003a4c44] pcpu_alloc+0x4c0/0x8f0 (unreliable)\n"
        "[c00000000fa8f9b0] [c000000000c04c44] mem_cgroup_css_alloc+0x1c0/0x8f0\n"
    ),
    "riscv": "[<ffffffff80123456>] pcpu_alloc+0x1c/0x28\n[<ffffffff80a23456>] mem_cgroup_css_alloc+0x1c/0x28\n",
    "decoded": " pcpu_alloc (mm/percpu.c:1890)\n mem_cgroup_css_alloc (mm/memcontrol.c:5329 mm/memcontrol.c:5389)\n",
    "quoted": "> [    1.2]  pcpu_alloc+0x1c/0x28\n> [    1.2]  mem_cgroup_css_alloc+0x1c/0x28\n",
}


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_names_the_requester(stack: str) -> None:
    line = "percpu: allocation failed, size=1240 align=64 atomic=0, failed to allocate new chunk\n"
    item = explain_text(line + STACKS[stack]).explanations[0]
    assert item.causes[0].cause.key == "cgroups"
    assert "asked for by: memory cgroup statistics" in item.notes


def test_a_common_small_size_alone_does_not_name_the_requester() -> None:
    """16 bytes at 8 are asked for by many: that memory is short is likelier than who asked."""
    line = POPULATE.replace("size=304", "size=16")
    assert explain_text(line).explanations[0].causes[0].cause.key == "out-of-ram"
    counters = f"{line}\n nft_counter_do_init+0x23/0x60 [nf_tables]\n"
    assert explain_text(counters).explanations[0].causes[0].cause.key == "nft-counters"


def test_failures_one_after_another_are_told_apart() -> None:
    text = (
        f"[1.0] {OLD}\n[1.0]  pcpu_alloc+0x1/0x2\n[1.0]  __alloc_workqueue_key+0x1/0x2\n"
        "[1.1] percpu: allocation failed, size=304 align=8 atomic=0, failed to populate\n[1.1]  ipv6_add_dev+0x1/0x2\n"
        "[9.0] vmap allocation for size 4198400 failed: use vmalloc=<size> to increase size.\n"
    )
    found = {item.finding.entry.key: item.causes[0].cause.key for item in explain_text(text).explanations}
    assert found["no-new-chunk"] == "workqueues"
    assert found["no-pages"] == "network-devices"
    assert found["vmalloc-space-full"] == "small-vmalloc-space"


def test_very_many_groups_are_listed_not_all_explained() -> None:
    lines = [
        f"percpu: allocation failed, size={4 * number} align=8 atomic=0, failed to populate" for number in range(1, 200)
    ]
    text = render_text(explain_text("\n".join(lines)))
    assert text.count("Causes, likeliest first:") == 20
    assert "179 further groups of lines" in text
    assert "… and 159 more" in text


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("libbpf: map 'events': failed to create: Argument list too long(-7)", "bpf-map-too-big"),
        ("libbpf: map 'events': failed to create: -E2BIG", "bpf-map-too-big"),
        ('level=fatal msg="map events: map create: argument list too long"', "bpf-map-too-big"),
        ("libbpf: map 'events': failed to create: -ENOMEM", "bpf-map-enomem"),
        ("ERROR: failed to create map: '@': Cannot allocate memory", "bpf-map-enomem"),
    ],
)
def test_what_bpf_tools_say(text: str, entry: str) -> None:
    assert [item.finding.entry.key for item in explain_text(text).explanations] == [entry]
