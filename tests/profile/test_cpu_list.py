import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.profile.cpu_list import MAXIMUM_CPUS, format_cpu_list, parse_cpu_list


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("", ()),
        ("0", (0,)),
        ("0-3", (0, 1, 2, 3)),
        ("0-1,4-5\n", (0, 1, 4, 5)),
        ("4-5,0-1", (0, 1, 4, 5)),
        ("1,1,0-2", (0, 1, 2)),
        ("0-31:2/4", tuple(c for c in range(32) if c % 4 < 2)),
        ("0-30:1/8", (0, 8, 16, 24)),
        ("2-9:3/3", tuple(range(2, 10))),
        ("0-9:4/8", (0, 1, 2, 3, 8, 9)),
        ("5-6:7/9", (5, 6)),
        (" 0 , 2 ", (0, 2)),
        ("65535", (65535,)),
    ],
)
def test_lists_as_the_kernel_reads_them(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a", "is not a CPU"),
        ("3-1", "runs backwards"),
        ("0-65536", "above 65535"),
        ("999999999", "above 65535"),
        ("-1", "is not a CPU"),
        ("0-", "is not a CPU"),
        ("0-9:0/4", "must use between 1 and 4"),
        ("0-9:5/4", "must use between 1 and 4"),
        ("0x3", "is not a CPU"),
        ("1234567890123", "is not a CPU"),
        ("\x1b[2J", r"\\x1b"),
        ("0," * 300_000, "is longer than"),
    ],
)
def test_what_is_no_list(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_cpu_list(text)


@given(st.sets(st.integers(0, MAXIMUM_CPUS - 1), max_size=50))
def test_round_trip(cpus: set[int]) -> None:
    assert parse_cpu_list(format_cpu_list(cpus)) == tuple(sorted(cpus))


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 40), st.data())
def test_groups_equal_the_naive_reading(first: int, length: int, group: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(1, group))
    text = f"{first}-{first + length}:{used}/{group}"
    naive = tuple(cpu for cpu in range(first, first + length + 1) if (cpu - first) % group < used)
    assert parse_cpu_list(text) == naive


def test_the_longest_list_is_read() -> None:
    every_other = range(0, MAXIMUM_CPUS, 2)
    assert parse_cpu_list(",".join(map(str, every_other))) == tuple(every_other)


def test_many_wide_ranges_cost_little() -> None:
    assert parse_cpu_list(",".join(["0-65535:1/2"] * 3000)) == tuple(range(0, MAXIMUM_CPUS, 2))


@given(st.text(alphabet="0123456789-,:/ \n\x00aN", max_size=30))
def test_anything_is_a_list_or_a_value_error(text: str) -> None:
    try:
        cpus = parse_cpu_list(text)
    except ValueError:
        return
    assert cpus == tuple(sorted(set(cpus)))
