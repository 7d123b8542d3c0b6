"""Advice: every change is worth what a report with it set says, and is about what ends first."""

import pytest

from planner.capacity import evaluate, fits_of
from planner.profile.load import load, load_text
from planner.profile.sizes import parse_size
from planner_advice.system import written

PROFILES = [
    "machines/i386-pae-server-8-cpus",
    "distributions/debian-11-686-pae",
    "machines/cloud-vm-2-of-128-cpus",
    "seeds/answerer-3.2-core2duo",
]


@pytest.mark.parametrize("name", PROFILES)
def test_a_change_is_worth_what_a_report_with_it_says(name, manager):
    profile = load(name, manager)
    report = evaluate(profile, manager)
    assert report.advice
    gains = [one.fits_after for one in report.advice]
    assert gains == sorted(gains, key=lambda count: (count is not None, -(count or 0)))
    for one in report.advice:
        if not one.paste.startswith(("cgroup.memory=", "vmalloc=", "percpu_alloc=")):
            continue
        changed = profile.with_sets({"boot.cmdline+": f" {one.paste}"})
        assert fits_of(changed, manager, one.consumer) == one.fits_after
        if one.fits_after_range is not None:
            again = next(each for each in evaluate(changed, manager).consumers if each.name == one.consumer)
            assert again.fits_range == one.fits_after_range


@pytest.mark.parametrize(
    ("consumer", "wanted"),
    [
        ('kind = "workqueue"\nname = "it"\ncount = 10', "vmalloc=192M"),
        ('kind = "process"\nname = "it"\ncount = 10', "vmalloc=64M"),
    ],
)
def test_the_vmalloc_space_is_moved_towards_what_ends(consumer, wanted, manager):
    text = "\n".join(
        [
            '[system]\narch = "x86"\nbits = 32\nkernel = "5.10.0"\n[config]\nHIGHMEM64G = "y"\nX86_PAE = "y"',
            '[cpus]\npossible = "0-3"\n[memory]\nram = "8GiB"\n[percpu]\nstatic = 110000',
            f"[[consumer]]\n{consumer}",
        ]
    )
    report = evaluate(load_text(text, manager), manager)
    words = [one.paste for one in report.advice if one.paste.startswith("vmalloc=")]
    assert wanted in words
    assert ("vmalloc=64M" in words) != ("vmalloc=192M" in words)


@pytest.mark.parametrize(
    ("ram", "text"),
    [(1 << 30, "2GiB"), (1 << 29, "1GiB"), (13216419840, "25813320KiB"), (500, "1000"), (3 << 20, "6MiB")],
)
def test_twice_the_memory_is_a_size_with_a_unit_where_it_divides(ram, text):
    assert written(2 * ram) == text
    assert parse_size(text) == 2 * ram
