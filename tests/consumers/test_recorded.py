"""What real kernels allocated for one object each (tests/consumers/data), against what the consumers ask for."""

import csv
from collections import Counter, defaultdict

import pytest

from tests.consumers import recorded
from tests.consumers.recorded import MADE, Record, bytes_of, modelled, records, seen

UNEXPLAINED: dict[str, str] = {}
"""Recorded consumers that keep per-CPU memory which no consumer of ours explains, with the reason."""


def _name(record: Record) -> str:
    return f"{record.kern}-{record.consumer}-{record.index}".replace(" ", "_")


KEEPING = [record for record in records() if record.kept]


@pytest.mark.parametrize("record", [r for r in KEEPING if r.consumer in MADE], ids=_name)
def test_requests_equal_those_that_the_kernel_made(record):
    assert modelled(record, MADE[record.consumer](record)) == seen(record)


def _single(record):
    """One instance of one kind and nothing else: its requests stand in the order of the recording."""
    parts = list(MADE[record.consumer](record))
    return len(parts) == 1 and parts[0].count == 1 and not parts[0].first and parts[0].kind != "module"


@pytest.mark.parametrize("record", [r for r in KEEPING if _single(r)], ids=_name)
def test_requests_stand_in_kernel_order(record):
    (part,) = MADE[record.consumer](record)
    assert recorded.order_modelled(record, part) == recorded.order_seen(record)


# on the 6.18 machine what a command made was gone again at the end mark: its allocations are transient there
NOT_KEEPING = [r for r in records() if not r.kept and not r.failed and r.consumer in MADE and r.kern != "6.18-host"]


@pytest.mark.parametrize("record", NOT_KEEPING, ids=_name)
def test_nothing_is_asked_for_where_the_kernel_kept_nothing(record):
    assert modelled(record, MADE[record.consumer](record)) == Counter()


@pytest.mark.parametrize("kern", recorded.KERNELS)
def test_all_but_a_twentieth_of_the_bytes_is_explained(kern):
    mine = [record for record in KEEPING if record.kern == kern]
    total = sum(bytes_of(seen(record)) for record in mine)
    explained = sum(
        bytes_of(seen(record) & modelled(record, MADE[record.consumer](record)))
        for record in mine
        if record.consumer in MADE
    )
    assert total > 10_000 or kern == "6.18-host"
    assert explained >= 0.95 * total


def _costs():
    with (recorded.DATA.parent / "costs.csv").open() as lines:
        for row in csv.DictReader(lines):
            if row["kernel"] != "6.18-host" or row["allocations"] != "0":
                yield row


@pytest.mark.parametrize("row", list(_costs()), ids=lambda row: f"{row['kernel']}-{row['consumer']}")
def test_number_and_bytes_of_every_command(row):
    """The short list of all commands, those included whose single allocations are not in the data here."""
    steady = (int(row["allocations"]), int(row["bytes_per_cpu"]))
    first = (int(row["first_allocations"]), int(row["first_bytes_per_cpu"])) if row["first_allocations"] else steady
    for index, expected in ((0, first), (1, steady)) if first != steady else ((0, first),):
        kept = ({"n": expected[0]},) if row["consumer"] == "unshare-mnt" else ()
        record = Record(row["kernel"], row["consumer"], index, failed=False, possible_cpus=2, kept=kept)
        found = modelled(record, MADE[record.consumer](record))
        assert (sum(found.values()), bytes_of(found)) == expected


def test_every_unexplained_allocation_has_a_reason():
    missing = defaultdict(int)
    for record in KEEPING:
        if record.consumer not in MADE:
            missing[record.consumer] += bytes_of(seen(record))
    assert set(missing) == set(UNEXPLAINED), dict(missing)
