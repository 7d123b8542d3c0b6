import pytest

from planner.plugin.manager import PluginManager
from planner.testing import make_system
from planner.testing.contract_consumers import CHECKS
from planner.testing.contract_parameters import parameters_of

RECORDS = PluginManager(entry_points=()).consumers()


def test_the_catalogue_is_complete():
    assert len(RECORDS) > 100
    assert PluginManager(entry_points=()).problems == ()


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_consumer_keeps_the_contract(kind, check):
    check(RECORDS[kind], parameters_of(RECORDS[kind]))


@pytest.mark.parametrize("kind", RECORDS)
def test_the_stated_first_version_is_the_first_that_answers(kind):
    """Parameters at their defaults: an older kernel takes nothing or is refused, never half answered with a traceback."""
    record = RECORDS[kind]
    try:
        list(record.requests(parameters_of(record), make_system(record.since)))
    except LookupError as error:  # pragma: no cover - only on failure
        pytest.fail(f"{kind} says since {record.since}: {error}")
