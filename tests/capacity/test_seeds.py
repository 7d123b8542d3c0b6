"""The question that planner was made for, on the two machines that it was asked about."""

from planner.allocator.boot_log import parse_boot_log
from planner.capacity import evaluate
from planner.capacity.calibrate import calibrate
from planner.profile import load

ANSWERER_BOOT = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
ANSWERER_FAILURE = "PERCPU: allocation failed, size=92 align=256, failed to allocate new chunk"
ASKER_FAILURE = "PERCPU: allocation failed, size=256 align=256, failed to allocate new chunk"


def test_the_calibrated_answerer_fails_at_the_very_instance(manager):
    report = evaluate(load("seeds/answerer-3.2-core2duo-calibrated", manager), manager, advice=False)
    assert report.first_chunk.boot_log[0] == ANSWERER_BOOT
    (consumer,) = report.consumers
    assert consumer.fits == 198634
    assert consumer.fits_range is None
    assert consumer.basis == "calibrated"
    assert consumer.stops is not None
    assert consumer.stops.kernel_log == (ANSWERER_FAILURE,)


def test_without_calibration_the_answer_is_a_range_that_says_what_it_depends_on(manager):
    (consumer,) = evaluate(load("seeds/answerer-3.2-core2duo", manager), manager, advice=False).consumers
    assert consumer.fits_range is not None
    low, high = consumer.fits_range
    assert low < 198634 < high
    assert any("vmalloc.used" in what for what in consumer.depends_on)


def test_calibration_finds_what_others_used_and_every_value_of_its_range_gives_the_count(manager):
    profile = load("seeds/answerer-3.2-core2duo", manager)
    found = calibrate(profile, manager, "experiment", 198634)
    assert found.in_use is not None
    low, high = found.used
    for used in (low, found.chosen_used, high):
        for in_use in (*found.in_use, found.chosen_in_use):
            changed = profile.with_sets({"vmalloc.used": used, "percpu.in_use": in_use})
            (consumer,) = evaluate(changed, manager, advice=False).consumers
            if used == found.chosen_used or in_use == found.chosen_in_use:
                assert consumer.fits == 198634
    page = 4096
    for beyond in (low - page, high + page):
        changed = profile.with_sets({"vmalloc.used": beyond, "percpu.in_use": found.chosen_in_use})
        assert evaluate(changed, manager, advice=False).consumers[0].fits != 198634


def test_the_asker_reads_its_own_failure_line_and_about_its_own_count(manager):
    (consumer,) = evaluate(load("seeds/asker-3.10", manager), manager, advice=False).consumers
    assert consumer.stops is not None
    assert consumer.stops.kernel_log == (ASKER_FAILURE,)
    assert consumer.fits_range is not None
    low, high = consumer.fits_range
    assert low < 100_000 < high


def test_the_typical_unit_of_a_kernel_without_a_setup_of_its_own(manager):
    report = evaluate(load("seeds/generic-32k", manager), manager, advice=False)
    assert report.first_chunk.unit_size == 32768
    assert parse_boot_log(report.first_chunk.boot_log).unit_size == 32768


def test_a_up_kernel_has_one_unit_and_no_embed_line(manager):
    report = evaluate(load("seeds/up-3.10", manager), manager, advice=False)
    assert report.first_chunk.mode == "up"
    assert report.first_chunk.boot_log[0] == "pcpu-alloc: s0 r0 d32768 u32768 alloc=1*32768"
