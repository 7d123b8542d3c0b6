"""Hashes of the real code's results for trees between the golden versions: one stream of 5,000 random steps, two layouts."""

import hashlib
from collections.abc import Iterator

import pytest

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure, Gfp

SIZES = (4, 8, 12, 24, 64, 100, 256, 1000, 3000, 4096, 9001, 20000)
ALIGNS = (1, 4, 8, 8, 16, 64, 256, 4096)
STEPS = 5000

SMALL = {"static": 12000, "reserved": 1024, "dynamic": 23840, "unit_size": 65536}
LARGE = {"static": 184320, "reserved": 8192, "dynamic": 28672, "unit_size": 524288}

# version: hashes of the first 100, 531 and 2539 results, failed, created, destroyed, empty pages at the end
EXPECTED_SMALL = {
    "3.13.10": ("4b9543f70f2f14c1", "1893d8d84748d025", "6da9693412d79a0d", 106, 9, 5, None),
    "3.16": ("0f9f6d661da5f38a", "a428c4dd8b06b66f", "8079e9afa44a2794", 106, 9, 5, None),
    "4.13.9": ("0f9f6d661da5f38a", "d32975d6d12c75a1", "7ef2689e2abbdb6e", 110, 9, 5, [23]),
    "5.0.1": ("20b9f5f34f667498", "d28aca83c16e894b", "0ad1b33e075ad946", 115, 9, 5, [25]),
    "5.4.286": ("b4848091c8823b5c", "f30c2d7e7abddf74", "04779261fedf72b6", 115, 11, 7, [23]),
    "5.9.1": ("fa931fc338b0d71b", "653ced518a593632", "53ed34cc838c930c", 152, 7, 3, [33]),
    "5.12.9": ("fa931fc338b0d71b", "b433535db287edd0", "cf4de18615adc69a", 154, 5, 1, [20, 11]),
    "6.0.1": ("d69503154c416539", "de4e562c79bf7aec", "f9125b0bb3a14445", 132, 10, 6, [5]),
    "6.12": ("d69503154c416539", "de4e562c79bf7aec", "f9125b0bb3a14445", 132, 10, 6, [5]),
    "6.13.7": ("d69503154c416539", "80d2a7140f5c3cab", "5e0dd26b6b42fbed", 129, 8, 4, [6]),
    "6.18.35": ("d69503154c416539", "80d2a7140f5c3cab", "5e0dd26b6b42fbed", 129, 8, 4, [6]),
}
EXPECTED_LARGE = {
    "3.13.10": ("237f3f8db08bfe21", "593af3ec90e6b046", "2ed455ff05fee1b1", 39, 1, 0, None),
    "3.16": ("237f3f8db08bfe21", "593af3ec90e6b046", "17272cd21542ff74", 39, 1, 0, None),
    "4.13.9": ("24fba3455f0fef19", "ddc7e596c1a3e64b", "68a49c96e0623b84", 43, 1, 0, [61]),
    "5.0.1": ("5daa22c716be183c", "4639e203ece2f999", "5b430ad057127995", 44, 1, 0, [63]),
    "5.4.286": ("5daa22c716be183c", "ae157098c3735659", "ad1aea4cb9d00846", 44, 1, 0, [63]),
    "5.9.1": ("f4285a73a2305673", "5062e56c5a3fbc1c", "b1e4c1be586332d6", 48, 2, 0, [95]),
    "5.12.9": ("f4285a73a2305673", "c1d482cf5f8cd19a", "cdcd95d5847c0bbd", 46, 2, 0, [76, 21]),
    "6.12": ("5daa22c716be183c", "ae157098c3735659", "ad1aea4cb9d00846", 44, 1, 0, [63]),
    "6.18.35": ("5daa22c716be183c", "2895c7a697eea9bb", "0d03bb5b61439c11", 45, 1, 0, [63]),
}


def draws() -> Iterator[int]:
    state = 1
    while True:
        state = (1103515245 * state + 12345) % 2**31
        yield state >> 8


def results(allocator: Allocator) -> list[str]:
    """Issue the stream of operations and return ``chunk:offset`` or ``-`` for each request."""
    source = draws()
    lines = []
    live: list[int | Failure] = []
    for _ in range(STEPS):
        if next(source) % 100 < 49 and live:
            victim = live.pop(next(source) % len(live))
            if isinstance(victim, int):
                allocator.free(victim)
        else:
            size, align = SIZES[next(source) % 12], ALIGNS[next(source) % 8]
            gfp = Gfp.NOWAIT if next(source) % 4 == 0 else Gfp.KERNEL
            reserved, accounted = next(source) % 16 == 0, next(source) % 3 == 0
            result = allocator.alloc(size, align, gfp, reserved, accounted, nowarn=True)
            live.append(result)
            if isinstance(result, int):
                index, offset = allocator.locate(result)
                lines.append(f"{max(index, 0)}:{offset}")
            else:
                lines.append("-")
        while allocator.pending:
            allocator.balance()
    return lines


def summary(version: str, sizes: dict[str, int], limit: int) -> tuple[str | int | list[int] | None, ...]:
    unit = sizes["unit_size"]
    layout = Layout(
        bits=64, page_size=4096, atom_size=4096, alloc_size=unit, nr_cpus=1, groups=(Group(0, (0,)),), **sizes
    )
    allocator = Allocator(KernelVersion.parse(version), layout, CountedBacking(max_chunks=limit), memcg=True)
    lines = results(allocator)
    hashes = [
        hashlib.sha256("".join(line + "\n" for line in lines[:n]).encode()).hexdigest()[:16] for n in (100, 531, 2539)
    ]
    assert len(lines) == 2539
    empty = list(allocator.empty) if allocator.rules.worker != "reclaim" else None
    return (*hashes, lines.count("-"), allocator.created, allocator.destroyed, empty)


@pytest.mark.parametrize("version", EXPECTED_SMALL)
def test_small_units_with_four_chunks(version: str) -> None:
    assert summary(version, SMALL, 4) == EXPECTED_SMALL[version]


@pytest.mark.parametrize("version", EXPECTED_LARGE)
def test_large_units_without_limit(version: str) -> None:
    assert summary(version, LARGE, 1000) == EXPECTED_LARGE[version]
