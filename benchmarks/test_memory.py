"""What a model of many live chunks takes. Run: pytest benchmarks/test_memory.py --benchmark-only

The extra information has MB for 10,000 live chunks, by ``tracemalloc`` on a tenth of that. Asked for: below 1,000.
"""

import random
import tracemalloc

import pytest
from test_allocator_speed import MIX, make


@pytest.mark.parametrize("what", ["mix", "mix, a third freed", "8@8"])
@pytest.mark.parametrize("version", ["3.2", "4.9", "4.19", "6.12"])
def test_memory_of_live_chunks(benchmark, version, what):
    """Units of 64 KiB filled by single requests (not by ``fill``, which counts equal chunks instead of storing them)."""
    chunks, kinds, weights = 1000, list(MIX), list(MIX.values())

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
