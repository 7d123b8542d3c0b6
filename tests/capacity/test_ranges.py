"""A range is that of the machine: how many of the instances are declared already makes none of them surer."""

import pytest

from planner.capacity.evaluate import fit_alone
from planner.profile.load import load

CASES = [
    ("distributions/debian-12-amd64", "cgroup"),
    ("machines/kubernetes-node-96-threads", "pod"),
    ("machines/server-128-threads-8-nodes", "cgroup"),
    ("boards/raspberry-pi-3", "workqueue"),
    ("seeds/generic-32k", "myworkqueue"),
]


@pytest.mark.parametrize(("name", "consumer"), CASES)
@pytest.mark.parametrize("part", [0.5, 0.9, 0.99, 1.0])
def test_declared_instances_are_no_surer(name, consumer, part, manager):
    profile = load(name, manager)
    base = fit_alone(profile, manager, consumer)
    low, high = base.fits_range
    declared = profile.with_sets({f"consumer.{consumer}.count": str(int(base.fits * part))})
    found = fit_alone(declared, manager, consumer)
    width = high - low
    assert found.fits == pytest.approx(base.fits, rel=0.005)
    assert found.fits_range[0] == pytest.approx(low, abs=0.1 * width)
    assert found.fits_range[1] == pytest.approx(high, abs=0.1 * width)


@pytest.mark.parametrize(("name", "consumer"), CASES)
def test_a_count_that_may_not_fit_passes_no_gate(name, consumer, manager):
    profile = load(name, manager)
    base = fit_alone(profile, manager, consumer)
    found = fit_alone(profile.with_sets({f"consumer.{consumer}.count": str(base.fits - 1)}), manager, consumer)
    assert found.fits_range[0] < base.fits - 1
