"""The catalogue knows every line that the allocator's tables can print, and says it well."""

import dataclasses
import io
import re
from string import Formatter

import pytest

from planner.allocator.kernel_failures import REASONS
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.messages import CATALOGUE as MESSAGES
from planner.allocator.wording import Message, Wording
from planner.observe.callers import caller_of, caller_of_stack
from planner.observe.explain.catalogue import CATALOGUE
from planner.observe.explain.explainer import explain_stream, explain_text
from planner.observe.explain.model import Entry, Finding
from planner.observe.explain.recognise import match_line
from planner.observe.explain.render import as_data, render_text

SAMPLES = {
    "t": "NUMA: ",
    "m": "0xcc0(GFP_KERNEL)",
    "d": 256,
    "x": 0xC0000000,
    "p": "ffff888000000000",
    "w": "word",
    "s": "words",
}
NAMED = {
    "map": "[0] 0 1 2 3",
    "method": "auto",
    "mode": "0xcc0(GFP_KERNEL)",
    "condition": "ai->nr_groups <= 0",
    "page": "4K",
}
SAME_MEANING = {
    "cpuset-line": None,  # belongs to the line above it and says nothing by itself
    "alloc-map": "boot-map",
    "setup-bug-mask": "setup-bug",
    "oom-killed": "oom",
    "span-warning": "groups-too-far-apart",
    "vmalloc-no-pages": "vmalloc-failed",
}
"""Messages that another message's entry explains."""


def filled(wording: Wording) -> str:
    values = {}
    for _literal, name, kind, _conversion in Formatter().parse(wording.template):
        if name is not None:
            values[name] = NAMED.get(name, SAMPLES[kind or "s"])
    return wording.format(values)


WORDINGS = [
    pytest.param(message, wording, id=f"{message.key}-{era.since}")
    for message in MESSAGES
    for wording, era in message.eras()
]


@pytest.mark.parametrize(("message", "wording"), WORDINGS)
def test_every_wording_of_every_message_is_explained(message: Message, wording: Wording) -> None:
    line = filled(wording)
    if message.key in SAME_MEANING and SAME_MEANING[message.key] is None:
        return
    found = match_line(line)
    assert found, line
    entry = found[-1][0]
    assert SAME_MEANING.get(message.key, message.key) in {entry.message, entry.key}


@pytest.mark.parametrize("reason", [text for text, _fact, _meaning in REASONS])
def test_every_reason_has_its_own_entry(reason: str) -> None:
    keys = {
        match_line(f"{prefix}: allocation failed, size=8 align=8{atomic}, {reason}")[0][0].key
        for prefix in ("PERCPU", "percpu")
        for atomic in ("", " atomic=0")
    }
    assert len(keys) == 1
    assert keys != {"allocation-failed"}


def test_an_unknown_reason_is_still_a_failure() -> None:
    explained = explain_text("percpu: allocation failed, size=8 align=8 atomic=0, something new")
    assert [item.finding.entry.key for item in explained.explanations] == ["allocation-failed"]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.key)
def test_entries_are_whole(entry: Entry) -> None:
    assert entry.title
    assert entry.means.endswith(".") or entry.means.endswith("…") or entry.means.endswith(")")
    assert entry.said_by
    assert entry.sources
    assert entry.message or entry.versions
    assert entry.needles
    assert all(needle == needle.lower() for needle in entry.needles)
    keys = [cause.key for cause in entry.causes]
    assert len(keys) == len(set(keys))
    for cause in entry.causes:
        assert dataclasses.asdict(cause)["text"]
        assert cause.weight or any(dataclasses.astuple(cause.clue)), "a cause of weight 0 needs a clue"
        for version in (cause.since, cause.until):
            assert not version or KernelVersion.parse(version)
        for pattern in (*cause.clue.functions, cause.clue.words, cause.clue.task):
            re.compile(pattern)


def test_keys_are_unique() -> None:
    keys = [entry.key for entry in CATALOGUE]
    assert len(keys) == len(set(keys))


ATOMIC = "percpu: allocation failed, size=16 align=8 atomic=1, atomic alloc failed, no space left"


def test_no_space_left_says_that_memory_is_not_used_up() -> None:
    text = render_text(explain_text(ATOMIC))
    assert "does not mean that memory or per-CPU space is used up" in " ".join(text.split())
    assert "this reason: 6.6 and later" in text


def test_silence_after_ten_failures_is_pointed_out() -> None:
    log = [f"[  {1 + number / 1000:.6f}] {ATOMIC}" for number in range(10)]
    log.append("[  1.010000] percpu: limit reached, disable warning")
    explained = explain_text("\n".join(log))
    first = explained.explanations[0]
    assert first.finding.count == 10
    assert any("silence after them proves nothing" in note for note in first.notes)
    assert any("a burst" in note for note in first.notes)
    assert explained.explanations[1].finding.entry.key == "limit-reached"


def test_a_whole_log_is_grouped_by_request() -> None:
    lines = []
    for size in (64, 64, 128, 64):
        lines += [
            f"percpu: allocation failed, size={size} align=8 atomic=0, failed to populate",
            "usb 1-1: new device",
        ] * 3
    found = {item.finding.detail: item.finding.count for item in explain_text("\n".join(lines)).explanations}
    assert found == {("64", "8"): 9, ("128", "8"): 3}


def test_good_news_is_only_told_when_there_is_nothing_else() -> None:
    boot = "percpu: Embedded 53 pages/cpu s185496 r0 d31592 u1048576"
    assert [item.finding.entry.key for item in explain_text(boot).explanations] == ["boot-embedded"]
    keys = [item.finding.entry.key for item in explain_text(f"{boot}\n{ATOMIC}").explanations]
    assert keys == ["atomic-no-space"]


def test_causes_of_other_kernels_are_left_out() -> None:
    line = "percpu: allocation failed, size=256 align=256 atomic=0, failed to allocate new chunk"
    old = explain_text(line, kernel=KernelVersion.parse("4.19"))
    new = explain_text(line, kernel=KernelVersion.parse("6.12"))
    assert old.explanations[0].causes[0].cause.key == "workqueues"
    assert "workqueues" not in [cause.cause.key for cause in new.explanations[0].causes]


def test_the_kernel_is_read_from_the_text() -> None:
    text = "CPU: 0 PID: 1 Comm: insmod Tainted: G           OE      6.1.0-50-amd64 #1  Debian 6.1.176-1\n" + ATOMIC
    assert explain_text(text).facts["kernel"] == "6.1.176"


def test_possible_cpus_that_are_not_there_are_named() -> None:
    text = f"smpboot: Allowing 240 CPUs, 236 hotplug CPUs\n{ATOMIC}"
    explained = explain_text(text)
    assert explained.facts["cpus_possible"] == 240
    assert any("240 CPUs are possible and 4 online" in note for note in explained.explanations[0].notes)
    assert {item.finding.entry.key for item in explained.explanations} == {"atomic-no-space", "hotplug-cpus"}


def test_numbers_of_a_profile_are_asked_for_each_finding() -> None:
    asked: list[Finding] = []

    def numbers(finding: Finding) -> list[str]:
        asked.append(finding)
        return [f"seen {finding.entry.key}"]

    explained = explain_stream(io.BytesIO(ATOMIC.encode()), numbers=numbers)
    assert [finding.entry.key for finding in asked] == ["atomic-no-space"]
    assert "seen atomic-no-space" in render_text(explained)


def test_nothing_recognised_says_when_that_proves_nothing() -> None:
    text = render_text(explain_text("usb 1-1: new device\nusb 1-2: new device"))
    assert "Nothing about per-CPU memory" in text
    assert "after ten failures the allocator is silent" in " ".join(text.split())


def test_data_form_names_everything() -> None:
    data = as_data(explain_text(ATOMIC))
    one = data["explanations"][0]
    assert one["key"] == "atomic-no-space"
    assert one["requests"] == [{"size": 16, "align": 8, "count": 1}]
    assert {"means", "does_not_mean", "causes", "look", "change", "kernels"} <= one.keys()


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("alloc_workqueue", "workqueue"),
        ("alloc_and_link_pwqs.cold", "workqueue"),
        ("veth_dev_init", "veth"),
        ("ipv4_mib_init_net", "netns"),
        ("mem_cgroup_css_alloc", "cgroup"),
        ("mm_init", "process"),
        ("nft_counter_do_init", "nft-counter"),
        ("bpf_map_alloc_percpu", "bpf-map"),
        ("load_module", "module"),
    ],
)
def test_call_sites(function: str, kind: str) -> None:
    caller = caller_of(function)
    assert caller is not None
    assert caller.kind == kind


def test_a_stack_names_the_specific_caller_before_the_helper() -> None:
    caller = caller_of_stack(["pcpu_alloc", "__percpu_counter_init_many", "mm_init", "copy_process"])
    assert caller is not None
    assert caller.kind == "process"
    helper = caller_of_stack(["__percpu_counter_init_many", "somewhere_else"])
    assert helper is not None
    assert helper.generic
    assert caller_of_stack(["pcpu_alloc", "somewhere_else"]) is None


def test_digits_are_those_that_a_kernel_prints() -> None:
    line = "percpu: allocation failed, size={} align=8 atomic=0, alloc from reserved chunk failed"
    assert any("size" in values for _, values in match_line(line.format("32")))
    arabic = line.format("\N{ARABIC-INDIC DIGIT THREE}\N{ARABIC-INDIC DIGIT TWO}")
    assert not any("size" in values for _, values in match_line(arabic))
