"""Rows sorted outside memory: the same as sorting them inside it."""

import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from planner.capacity import spool
from planner.capacity.spool import Spool

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.integers(0, 5) | st.none(),
            "text": st.text(max_size=3),
            "share": st.floats(allow_nan=False, allow_infinity=False),
        }
    ),
    max_size=120,
)


def key(row):
    return (row["key"] is None, row["key"] or 0)


@given(rows=ROWS, stretch=st.integers(1, 9), part=st.integers(1, 20))
def test_it_is_sorting(rows, stretch, part):
    with Spool(key, stretch=stretch) as found:
        for start in range(0, len(rows), part):
            found.add(rows[start : start + part])
        assert len(found) == len(rows)
        assert list(found) == sorted(rows, key=key)  # equal ones stay in their order
        assert list(found) == sorted(rows, key=key)


def test_files_are_few_and_gone_afterwards(monkeypatch):
    monkeypatch.setattr(spool, "_FILES", 4)
    with Spool(key, stretch=1) as found:
        for number in range(1000):
            found.add([{"key": number % 7, "text": str(number), "share": 0.5}])
        folder = Path(found._folder.name)
        assert sum(1 for _file in folder.iterdir()) <= 3 * 5
        assert [row["key"] for row in found] == sorted(number % 7 for number in range(1000))
    assert not folder.exists()


def test_memory_does_not_grow_with_rows():
    def peak(number):
        tracemalloc.start()
        with Spool(key, stretch=100) as found:
            for at in range(number):
                found.add([{"key": at * 7919 % number, "text": f"row {at}", "share": at / 3}])
            assert sum(1 for _row in found) == number
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < 1.3 * peak(4000)
