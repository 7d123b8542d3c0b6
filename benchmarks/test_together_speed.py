"""How long the questions on several consumers at once take: the mix in its proportions (scale), and competition of what grows.

Run: pytest benchmarks/test_together_speed.py --benchmark-only

Asked for: at most a few chunks' worth of work, whatever the counts. Measured (CPU time in ms on one of two shared CPUs; 64 bits, 4 CPUs,
256 GiB of RAM, nothing else told; three consumers of 64, 100 and 1000 bytes with N, N/3 and N/50 instances; 2 to 7 x 10^8 at the end). The
declared counts are there already, which is a fill more (10 to 20 ms).

===========  =====  ================  ========================
N declared   scale  steady growth     compounding growth
===========  =====  ================  ========================
10^2         20     90                410
10^4         20     50                370
10^6         10     180               640
10^7         10     1390              2780
10^8         10     40                430
===========  =====  ================  ========================

"Steady" is 10/h, 7/h and 3/h: a round of twenty instances repeats. "Compounding" is 3 %/day, 100/h and 1 %/day: proportions change, so
the way to the end is leapt over in some six stretches, each a look ahead and a fill. 10^7 falls out: 2,273 chunks stand apart there,
because the first consumer's all have room for the second's, and every look at them for a repetition costs milliseconds. A machine
that is told (32 bits, 512 MiB of vmalloc space, 256 bytes at 10 %/day and 1000 bytes at 3/h): 280 ms and 625,177 instances of the
first; one by one it takes 4.6 s and 625,360 come, which the range (621,886 to 628,467) holds. Where the machine is told and there are
at most 300,000 requests to the end (60,000 elsewhere, or where growth compounds) all are placed in order: exact, and up to 3 s.

Tried: one fill of all in their final proportions (as near, but nothing told how near). What several looks at the end differ by is now the
width. Not tried: bisecting over time with a fill a consumer, which would be blind for how sizes fall together.
"""

from typing import Any

import pytest

from planner.capacity.bases import Bases
from planner.capacity.competition import compete
from planner.capacity.machine import boot
from planner.capacity.mix import scale
from planner.capacity.resolve import plans
from planner.plugin.manager import PluginManager
from planner.profile import Profile, load_text

SERVER = """
schema = 1
[system]
arch = "x86"
bits = 64
kernel = "6.1.176"
[cpus]
possible = 4
[percpu]
static = 200000
[memory]
ram = "256GiB"
"""
GROWTH = {"steady": ("10/h", "7/h", "3/h"), "compounding": ("3 %/day", "100/h", "1 %/day")}
COUNTS = (10**2, 10**4, 10**6, 10**7, 10**8)


def server(manager: PluginManager, count: int, growth: tuple[str, ...]) -> Profile:
    rows = zip((64, 100, 1000), (count, count // 3, count // 50), growth, strict=True)
    return load_text(
        SERVER
        + "".join(
            f'[[consumer]]\nkind = "raw"\nname = "raw {size}"\nsize = {size}\ncount = {number}\ngrowth = "{rate}"\n'
            for size, number, rate in rows
        ),
        manager,
    )


@pytest.mark.parametrize("growth", GROWTH)
@pytest.mark.parametrize("count", COUNTS)
def test_competition(benchmark: Any, count: int, growth: str) -> None:
    manager = PluginManager(entry_points=())
    profile = server(manager, count, GROWTH[growth])
    bases = Bases(boot(profile, manager), plans(profile, manager))
    bases.of(None)
    assert benchmark.pedantic(compete, args=(bases, [one.growth for one in profile.consumers]), rounds=2) is not None


@pytest.mark.parametrize("count", COUNTS)
def test_scale(benchmark: Any, count: int) -> None:
    manager = PluginManager(entry_points=())
    profile = server(manager, count, GROWTH["steady"])
    machine, consumers = boot(profile, manager), plans(profile, manager)
    assert benchmark.pedantic(scale, args=(machine, consumers), rounds=2) is not None
