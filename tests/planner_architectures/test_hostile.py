"""Whatever the profile and the command line say: a record, or one of two errors with a sentence in it. Never nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plugin import CommandLine, Config, Declared, KernelVersion, System
from planner_architectures.common import memparse
from tests.planner_architectures.machines import RECORDS, build

GIB = 1 << 30
words = st.sampled_from(
    ("", "vmalloc=2G", "vmalloc=0", "vmalloc=-1", "vmalloc=99999999999999E", "mem=0", "mem=1", "highmem=9G", "vmalloc")
)
options = st.dictionaries(
    st.sampled_from(
        ("NR_CPUS", "ARM64_VA_BITS", "PAGE_OFFSET", "NUMA", "MMU", "SMP", "X86_PAE", "NOHIGHMEM", "PAGE_SIZE_64KB")
    ),
    st.one_of(st.sampled_from(("y", "n", "m", "0", "9" * 5000, "²", "0xffffffff", "-3", "52")), st.text(max_size=8)),
)
sizes = st.one_of(st.none(), st.integers(0, 1 << 62))
declared = st.builds(
    Declared,
    reserved=sizes,
    dynamic=sizes,
    unit_size=sizes,
    vmalloc_start=sizes,
    vmalloc_end=sizes,
    vmalloc_size=sizes,
)


@given(
    st.sampled_from(sorted(RECORDS)),
    st.sampled_from(("2.6.30", "3.10", "5.4", "6.18")),
    words,
    options,
    sizes,
    declared,
    st.sets(st.integers(0, 70), min_size=1, max_size=9),
    st.sampled_from((None, 4096, 65536, 0, 3000, 12288, 1 << 40)),
)
def test_a_record_or_a_clear_refusal(name, kernel, cmdline, config, ram, told, cpus, page):  # noqa: PLR0917 - one argument a drawn value
    record = RECORDS[name]
    for bits in record.bits:
        machine = System(
            name="hostile",
            arch=name,
            bits=bits,
            kernel=KernelVersion.parse(kernel),
            cpus_possible=tuple(sorted(cpus)),
            node_of={cpu: cpu % 3 for cpu in cpus},
            ram=ram,
            static=65536,
            page_size=page,
            config=Config(config),
            cmdline=CommandLine(cmdline),
            declared=told,
        )
        try:
            found = record.build(machine)
        except (ValueError, LookupError) as error:
            assert len(str(error)) > 10  # noqa: PT017 - which of two kinds, and what it says
            continue
        assert 0 <= found.vmalloc.start <= found.vmalloc.end <= 1 << bits
        assert found.page_size & (found.page_size - 1) == 0


def test_a_vmalloc_that_leaves_no_lowmem():
    with pytest.raises(ValueError, match="vmalloc=2G leaves no lowmem"):
        build("x86", "6.1", bits=32, cmdline="vmalloc=2G", ram=GIB)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("128M", 128 << 20),
        ("128m", 128 << 20),
        ("0x1000", 4096),
        ("0x10K", 16384),
        ("010", 8),
        ("0", 0),
        ("1G,high", 1 << 30),
        ("", None),
        ("x", None),
        (None, None),
        ("12Q", 12),
    ],
)
def test_sizes_as_the_kernel_reads_them(text, expected):
    assert memparse(text) == expected
