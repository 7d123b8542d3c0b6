"""Machines that cannot be, and first chunks that lie in the vmalloc space."""

import pytest

from planner.capacity import EvaluationError, evaluate
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
