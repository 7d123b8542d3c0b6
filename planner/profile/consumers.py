"""``[[consumer]]`` and ``[consumer_type.NAME]``: entries checked against the kinds that plugins and the profile itself add."""

from collections.abc import Mapping
from typing import Any

from planner.plugin import ConsumerRecord, KernelVersion, NoParameters
from planner.profile.check import TOP, Problems, Spot, check_keys, check_table, keys_of, quote_key
from planner.profile.errors import listed, nearest
from planner.profile.model import Burst, Churn, CompositeSpec, ConsumerSpec, Part
from planner.profile.parameters import read_with_parameters
from planner.profile.sizes import describe
from planner.profile.tables import BurstTable, ChurnTable, CompositeTable, ConsumerTable, PartTable
from planner.quick import dataclass

MAXIMUM_CONSUMERS = 10_000
MAXIMUM_PARTS = 1_000
MAXIMUM_LEAVES = 10_000
MAXIMUM_INSTANCES = 10**9
"""What one composite may consist of when it is taken apart down to plain consumers."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a consumer may be: plugins' records by kind, and the names of the profile's composites."""

    records: Mapping[str, ConsumerRecord]
    composites: frozenset[str]

    def parameters(self, kind: str) -> type | None:
        """Return the parameters class of a kind, ``None`` where there is no such kind."""
        if kind in self.composites:
            return NoParameters
        record = self.records.get(kind)
        return record.parameters if record is not None else None

    def complain(self, kind: str, spot: Spot, problems: Problems) -> None:
        """Note that a kind is not known."""
        names = sorted({*self.records, *self.composites})
        problems.add(spot, f'there is no consumer kind "{kind}"', "P031", listed(names), nearest(kind, names))


def entry_name(raw: Any) -> str | None:
    """Return the name that a consumer's entry goes by: its name, else its kind; ``None`` where it has neither."""
    if isinstance(raw, dict):
        for name in (raw.get("name"), raw.get("kind")):
            if isinstance(name, str) and name:
                return name
    return None


def spot_of(raw: Any, index: int) -> Spot:
    """Return the place of one entry of ``[[consumer]]``, called by its name."""
    name = entry_name(raw)
    return Spot(("consumer", index), f"consumer.{quote_key(name)}" if name else f"consumer[{index + 1}]")


def read_consumer(raw: Any, index: int, kinds: Kinds, problems: Problems) -> ConsumerSpec | None:
    """Return one entry of ``[[consumer]]``, ``None`` when anything in it is wrong."""
    spot = spot_of(raw, index)
    kind = raw.get("kind") if isinstance(raw, dict) else None
    parameters = kinds.parameters(kind) if isinstance(kind, str) else None
    if parameters is None:
        _read_without_kind(raw, kind, spot, kinds, problems)
        return None
    read = read_with_parameters(ConsumerTable, parameters, raw, spot, problems)
    if read is None:
        return None
    table, made = read
    line, column = problems.place(spot.path) or (None, None)
    return ConsumerSpec(
        kind=table.kind,
        name=table.name or table.kind,
        count=table.count,
        parameters=made,
        growth=table.growth,
        churn=_churn(table, spot, problems),
        burst=_burst(table.burst),
        line=line,
        column=column,
    )


def _read_without_kind(raw: Any, kind: Any, spot: Spot, kinds: Kinds, problems: Problems) -> None:
    """Check what can be checked of an entry whose kind is missing or unknown: planner's own keys."""
    own = keys_of(ConsumerTable)
    known = {key: value for key, value in raw.items() if key in own} if isinstance(raw, dict) else raw
    check_keys(own, known, spot, problems)
    if isinstance(kind, str) and kind and kind.isprintable():
        kinds.complain(kind, spot.key("kind"), problems)


def _churn(table: ConsumerTable, spot: Spot, problems: Problems) -> Churn | None:
    churn: ChurnTable | None = table.churn
    if churn is None:
        return None
    if churn.peak < table.count:
        what = f"is {churn.peak}, below the count of {table.count}"
        problems.add(spot.key("churn").key("peak"), what, "P020", "at least the count")
    order: Any = churn.order
    return Churn(peak=churn.peak, cycles=churn.cycles, order=order, seed=churn.seed, seeds=churn.seeds)


def _burst(burst: BurstTable | None) -> Burst | None:
    return None if burst is None else Burst(count=burst.count, atomic=burst.atomic, within=burst.within)


def check_since(spec: ConsumerSpec, spot: Spot, kernel: KernelVersion, kinds: Kinds, problems: Problems) -> None:
    """Note a consumer that the plugin does not know at this kernel."""
    record = kinds.records.get(spec.kind) if spec.kind not in kinds.composites else None
    if record is not None and kernel < KernelVersion.parse(record.since):
        what = f'"{spec.kind}" is not modelled for Linux {kernel}'
        problems.add(spot.key("kind"), what, "P034", f"Linux {record.since} and later")


def read_composites(raw: Any, kinds: Kinds, problems: Problems) -> dict[str, CompositeSpec]:
    """Return ``[consumer_type.NAME]``; what is wrong with one leaves that one out."""
    top = TOP.key("consumer_type")
    if not isinstance(raw, dict):
        problems.add(top, f"is {describe(raw)}", "P012", "tables: [consumer_type.NAME]")
        return {}
    found = {}
    for name, entry in raw.items():
        spot = top.key(name)
        if name in kinds.records:
            problems.add(spot, "is the kind of a consumer already", "P021", "another name")
            continue
        table = check_table(CompositeTable, entry, spot, problems)
        if table is None:
            continue
        parts = _read_parts(table.parts, spot.key("parts"), kinds, problems)
        line, column = problems.place(spot.path) or (None, None)
        found[name] = CompositeSpec(
            name=name, parts=parts, unit=table.unit, summary=table.summary, line=line, column=column
        )
    return _without_cycles(found, problems)


def _read_parts(raw: Any, spot: Spot, kinds: Kinds, problems: Problems) -> tuple[Part, ...]:
    if not isinstance(raw, dict) or not 0 < len(raw) <= MAXIMUM_PARTS:
        what = f"has {len(raw)} parts" if isinstance(raw, dict) else f"is {describe(raw)}"
        problems.add(spot, what, "P012", f"a table of 1 to {MAXIMUM_PARTS} parts: {{ veth = 1, cgroup = 5 }}")
        return ()
    parts = (_read_part(name, entry, spot.key(name), kinds, problems) for name, entry in raw.items())
    return tuple(part for part in parts if part is not None)


def _read_part(name: str, entry: Any, spot: Spot, kinds: Kinds, problems: Problems) -> Part | None:
    raw = entry if isinstance(entry, dict) else {"count": entry}
    kind = raw.get("kind", name)
    parameters = kinds.parameters(kind) if isinstance(kind, str) else None
    if isinstance(kind, str) and parameters is None:
        kinds.complain(kind, spot, problems)
        return None
    read = read_with_parameters(PartTable, parameters or NoParameters, raw, spot, problems)
    if read is None:
        return None
    table, made = read
    return Part(kind=kind, name=name, count=table.count, parameters=made)


def _without_cycles(found: dict[str, CompositeSpec], problems: Problems) -> dict[str, CompositeSpec]:
    """Refuse composites that contain themselves or come apart into too much."""
    sizes: dict[str, tuple[int, int]] = {}
    waiting = dict(found)
    while waiting:
        ready = [spec for spec in waiting.values() if not any(part.kind in waiting for part in spec.parts)]
        if not ready:
            for name, spec in waiting.items():
                inside = [part.kind for part in spec.parts if part.kind in waiting]
                what = f"contains itself, through {listed(inside, 3)}"
                problems.add(TOP.key("consumer_type").key(name).key("parts"), what, "P033")
            break
        for spec in ready:
            del waiting[spec.name]
            sizes[spec.name] = _taken_apart(spec, sizes, problems)
    return {name: spec for name, spec in found.items() if name not in waiting}


def _taken_apart(spec: CompositeSpec, sizes: Mapping[str, tuple[int, int]], problems: Problems) -> tuple[int, int]:
    """Return into how many parts and instances of plain consumers a composite comes apart, at most just above the limits."""
    parts = sum(sizes.get(part.kind, (1, 1))[0] for part in spec.parts)
    instances = sum(part.count * sizes.get(part.kind, (1, 1))[1] for part in spec.parts)
    if parts > MAXIMUM_LEAVES or instances > MAXIMUM_INSTANCES:
        what = f"comes apart into {instances} instances of {parts} kinds"
        allowed = f"{MAXIMUM_INSTANCES} instances of {MAXIMUM_LEAVES} kinds"
        problems.add(TOP.key("consumer_type").key(spec.name).key("parts"), what, "P036", allowed)
    return min(parts, MAXIMUM_LEAVES + 1), min(instances, MAXIMUM_INSTANCES + 1)
