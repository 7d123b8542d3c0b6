"""Machines that cannot be, and first chunks that lie in the vmalloc space."""

import re

import pytest

from planner.capacity import EvaluationError, evaluate
from planner.profile import load_text
from tests.capacity.conftest import I386

WORKQUEUE = '[[consumer]]\nkind = "workqueue"\nname = "wq"\ncount = 10\n'
WIDE = I386.replace("bits = 32", "bits = 64")


@pytest.mark.parametrize("kernel", ["3.2", "6.1.176"])
@pytest.mark.parametrize("static", [40_000_000, 9_999_999_999])
def test_a_unit_larger_than_any_is_refused_before_memory_is_spent_on_it(make, manager, kernel, static):
    text = (
        WIDE.replace("104276", str(static))
        .replace("6.1.176", kernel)
        .replace('[vmalloc]\nsize = "{vmalloc}"\nused = "1MiB"\n', "")
    )
    with pytest.raises(EvaluationError, match=r"a unit of \d+ bytes \(static \d+, .*allowed: up to 33554432"):
        evaluate(make(WORKQUEUE, text=text), manager)


def test_what_others_may_hold_lies_above_a_first_chunk_made_of_pages(make, manager):
    """The page method maps the first chunk into the bottom of the space; where nobody told, others hold up to a quarter above it."""
    text = I386.replace('used = "1MiB"', 'used = "{used}"').replace("[vmalloc]", 'alloc = "page"\n[vmalloc]')
    told, untold = (
        evaluate(make(WORKQUEUE, vmalloc="16MiB", text=one), manager, advice=False)
        for one in (text.replace("{used}", "4MiB"), text.replace('used = "{used}"\n', ""))
    )
    assert untold.first_chunk.mode == "page"
    assert told.consumers[0].fits_range is None
    assert untold.consumers[0].fits_range == (told.consumers[0].fits, untold.consumers[0].fits)


@pytest.mark.parametrize(("in_use", "why"), [(10**12, "is too much"), (10**9, "do not even fit")])
def test_more_in_use_than_there_can_be_is_refused_at_once(make, manager, in_use, why):
    with pytest.raises(EvaluationError, match=rf"percpu.in_use: {in_use} .*{why}"):
        evaluate(make(WORKQUEUE, text=I386.replace("20000", str(in_use))), manager)


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ('used = "1MiB"', 'used = "60TiB"', "vmalloc.used", "is 60TiB, more than the vmalloc space of 8.0 MiB"),
        ("[vmalloc]", "[memory]\nram = 0\n[vmalloc]", "memory.ram", "2 units of .*KiB are .*maps 0.0 MiB"),
        (
            "[vmalloc]",
            '[memory]\nram = "1MiB"\n[vmalloc]',
            "memory.ram",
            "of 1.0 MiB the kernel maps .*no such machine boots",
        ),
        ("static = 104276", 'static = "1TiB"', "percpu.static", "is larger than any kernel's"),
        ("static = 104276", "static = 0", "percpu.static", r"!ai->static_size"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_at_the_key_that_makes_it(manager, old, new, key, why):
    text = I386.format(more=WORKQUEUE, vmalloc="8MiB")
    assert old in text
    text = text.replace(old, new)
    profile = load_text(text, manager, label="p.toml")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one in new.splitlines() and one[0] != "[")
    with pytest.raises(EvaluationError, match=rf"^p\.toml:{line}:1: {re.escape(key)}: .*{why}.* \[P020\]$"):
        evaluate(profile, manager)


def test_an_empty_vmalloc_space_is_refused(manager):
    arm = (
        I386.format(more=WORKQUEUE, vmalloc="8MiB")
        .replace('"x86"', '"arm"')
        .replace('size = "8MiB"', "start = 0xff800000")
    )
    with pytest.raises(
        EvaluationError, match=r"^p\.toml:14:1: vmalloc\.start: the space from 0xff800000 to 0xff800000 is empty"
    ):
        evaluate(load_text(arm, manager, label="p.toml"), manager)
