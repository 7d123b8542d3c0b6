"""What a model of many live chunks takes. Run: pytest benchmarks/test_memory.py --benchmark-only

The extra information has MB for 10,000 live chunks, by ``tracemalloc`` on a few hundred of them. Asked for: below 1,000.

Measured with units of 64 KiB (resident memory of 1,000 and 2,000 chunks, in MB for 10,000): the mix 140 to 150 (3.2, 6.12), with a third
of all
areas freed at the end 330 to 620. Units of 1 MiB hold ten thousand areas of the mix each: a further chunk takes 29 KB (3.2) or 67 KB
(6.12), beside some 40 MB for those not packed yet: 330 and 710 MB for 10,000, worked out from 300 and 600. Frees all over take chunks
apart; from
131,072 pages of such chunks on (some 600 MB) those not touched again are packed as frees go on, which then costs tens of µs a free.
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
