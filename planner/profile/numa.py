"""NUMA nodes of a profile: the three ways to write them, and distances."""

from typing import Any

from planner.profile.cpu_list import parse_cpu_list
from planner.profile.sizes import describe
from planner.quick import dataclass

MAXIMUM_NODES = 1024
"""The kernel's own limit: MAX_NUMNODES with CONFIG_NODES_SHIFT=10."""

NODES_ALLOWED = f'a number of nodes up to {MAXIMUM_NODES}, a list of CPU lists ["0-31", "32-63"], or a table {{ 0 = "0-31", 8 = "32-63" }}'


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes as written: ``count`` equal ones, or the CPUs of each in ``cpus``."""

    count: int | None
    cpus: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Node numbers, ascending."""
        return tuple(range(self.count)) if self.count is not None else tuple(node for node, _ in self.cpus)

    def node_of(self, possible: tuple[int, ...]) -> dict[int, int]:
        """Return the node of each possible CPU that has one; equal nodes take consecutive CPUs."""
        if self.count is not None:
            return {cpu: index * self.count // len(possible) for index, cpu in enumerate(possible)}
        owners = {cpu: node for node, cpus in self.cpus for cpu in cpus}
        return {cpu: owners[cpu] for cpu in possible if cpu in owners}


def parse_nodes(value: Any) -> Nodes:
    """Return nodes from a number, a list of CPU lists, or a table from node number to CPU list.

    :raises ValueError: it is none of these, or a CPU is in two nodes.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 < value <= MAXIMUM_NODES:
            raise ValueError(f"is not a number of nodes between 1 and {MAXIMUM_NODES}")
        return Nodes(value)
    if isinstance(value, list):
        items = list(enumerate(value))
    elif isinstance(value, dict):
        items = [(_node_number(name), cpus) for name, cpus in value.items()]
    else:
        raise ValueError(f"is {describe(value)}, not nodes")  # noqa: TRY004 - one exception for every unreadable value
    if not 0 < len(items) <= MAXIMUM_NODES:
        raise ValueError(f"does not name between 1 and {MAXIMUM_NODES} nodes")
    nodes = tuple(sorted((node, _cpus(node, cpus)) for node, cpus in items))
    seen: dict[int, int] = {}
    for node, cpus in nodes:
        for cpu in cpus:
            if seen.setdefault(cpu, node) != node:
                raise ValueError(f"CPU {cpu} is in node {seen[cpu]} and in node {node}")
    return Nodes(None, nodes)


def _node_number(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) <= 4 and int(name) < MAXIMUM_NODES):
        raise ValueError(f"{ascii(name)[:40]} is not a node number below {MAXIMUM_NODES}")
    return int(name)


def _cpus(node: int, value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        return parse_cpu_list(value)
    if isinstance(value, list) and len(value) <= 65536:
        return parse_cpu_list(",".join(str(cpu) if type(cpu) is int else "?" for cpu in value))
    raise ValueError(f'the CPUs of node {node} are {describe(value)}; write a list such as "0-31"')


def parse_distances(value: Any) -> tuple[tuple[int, ...], ...]:
    """Return a square matrix of distances; 10 is local, 255 unreachable (ACPI SLIT).

    :raises ValueError: it is not square, or a distance is out of range.
    """
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise ValueError("is not a list of rows")
    size = len(value)
    if not 0 < size <= MAXIMUM_NODES:
        raise ValueError(f"does not have between 1 and {MAXIMUM_NODES} rows")
    for index, row in enumerate(value):
        if len(row) != size:
            raise ValueError(f"row {index} has {len(row)} distances, not {size}")
        for distance in row:
            if type(distance) is not int or not 1 <= distance <= 255:
                raise ValueError(f"row {index} holds something else than distances from 1 to 255")
    return tuple(tuple(row) for row in value)


def settle_distances(
    distances: tuple[tuple[int, ...], ...] | None, numbers: tuple[int, ...], node_of: dict[int, int]
) -> tuple[tuple[int, ...], ...] | None:
    """Return distances indexed by node number.

    Rows stand for the nodes in ascending order; where numbers are missing between them (POWER: 0 and 8), the gaps get rows of their own, 10
    and 20. A node without CPUs is kept by giving it distances.

    :raises ValueError: the number of rows is neither that of the nodes nor of the node numbers.
    """
    span = max(numbers) + 1
    if distances is None:
        if set(numbers) <= set(node_of.values()):
            return None
        return tuple(tuple(10 if a == b else 20 for b in range(span)) for a in range(span))
    if len(distances) == span:
        return distances
    if len(distances) != len(numbers):
        raise ValueError(f"has {len(distances)} rows for {len(numbers)} nodes")
    row_of = {node: row for row, node in enumerate(numbers)}
    return tuple(
        tuple(
            distances[row_of[a]][row_of[b]] if a in row_of and b in row_of else 10 if a == b else 20
            for b in range(span)
        )
        for a in range(span)
    )
