"""Brute force: instances placed one by one in the order in which they come, by code that shares none with the product."""

import heapq
import math

from planner.allocator.request import Failure
from planner.capacity.bases import populate


def moment(rate, start, now):
    """Return when the instance after ``now`` comes, ``start`` having been there at 0."""
    if rate.percent:
        return rate.seconds * math.log((now + 1) / start) / math.log1p(rate.amount / 100)
    return (now + 1 - start) * rate.seconds / rate.amount


def competed(machine, resolved, growth):
    """Let consumers grow until one is refused; return when, who (its number), and the counts."""
    base = populate(machine, resolved)
    assert all(one.filled.complete for one in base.placed)
    allocator, backing = base.allocator, base.backing
    counts = [count for _named, count in resolved]
    queue = [
        (moment(rate, counts[number], counts[number]), number)
        for number, rate in enumerate(growth)
        if rate is not None and rate.amount > 0 and (counts[number] or not rate.percent)
    ]
    heapq.heapify(queue)
    while queue:
        when, number = heapq.heappop(queue)
        plan = resolved[number][0].plan
        for item in plan.memory:
            if not backing.take_memory(item.size, item.count, item.where):
                return when, number, counts
        for call in plan.each:
            if isinstance(allocator.alloc(*call), Failure):
                return when, number, counts
            allocator.run_pending()
        counts[number] += 1
        heapq.heappush(queue, (moment(growth[number], resolved[number][1], counts[number]), number))
    raise AssertionError("nothing grows")


def mixed(machine, round_):
    """Place rounds of (plan, instances) from nothing until one is refused; return how many whole ones there are."""
    allocator, _backing = machine.start()
    rounds = 0
    while True:
        for plan, count in round_:
            for _ in range(count):
                for call in plan.each:
                    if isinstance(allocator.alloc(*call), Failure):
                        return rounds
                    allocator.run_pending()
        rounds += 1
