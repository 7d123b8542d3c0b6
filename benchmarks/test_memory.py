"""What a model of many live chunks takes. Run: pytest benchmarks/test_memory.py --benchmark-only

The extra information has MB for 10,000 live chunks, by ``tracemalloc`` on a few hundred of them. Asked for: below 1,000.

Measured on 1,000 chunks of 64 KiB, in MB for 10,000: the mix 95 (4.9) and 66 (6.12), since idle chunks are packed; with a third
of all areas freed at the end 645 and 572, since each chunk that a free takes apart is packed again only as further chunks are
made. Units of 1 MiB hold ten thousand areas of the mix each: at 15 bytes an area 10,000 of them would take 1.5 GB (10^8 areas),
unless they are equal.
"""

import random
import tracemalloc

import pytest
from test_allocator_speed import MIX, make


@pytest.mark.parametrize("what", ["mix", "mix, a third freed", "8@8"])
@pytest.mark.parametrize("version", ["3.2", "4.9", "4.19", "6.12"])
def test_memory_of_live_chunks(benchmark, version, what):
    """Units of 64 KiB filled by single requests (not by ``fill``, which counts equal chunks instead of storing them)."""
    chunks, kinds, weights = 200 if what == "8@8" else 500, list(MIX), list(MIX.values())

    def live():
        source = random.Random(3)  # noqa: S311 - the same script every time
        allocator = make(version, 1 << 16)
        tracemalloc.start()
        victims = []
        while allocator.created < chunks:
            for size, align in [(8, 8)] * 256 if what == "8@8" else source.choices(kinds, weights, k=256):
                pointer = allocator.alloc(size, align)
                if what.endswith("freed") and not source.randrange(3):
                    victims.append(pointer)
            allocator.run_pending()
        for pointer in victims:
            allocator.free(pointer)
        victims.clear()
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return taken

    taken = benchmark.pedantic(live, rounds=1)
    benchmark.extra_info["MB for 10,000 chunks"] = round(taken * 10_000 / chunks / 1e6)
