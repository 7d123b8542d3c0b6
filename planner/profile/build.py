"""From TOML data to a :class:`Profile`: every table checked, then what they mean together.

What was checked once is kept (:attr:`Origin.memo`) and used again as long as the very same TOML object stands at its place, so that
a what-if pays only for the tables that it changes.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, TypeVar

from planner.allocator.boot_log import BootLog
from planner.plugin import Basis, StructSize
from planner.profile import tables as t
from planner.profile.basis import read_basis
from planner.profile.boot_lines import read_boot_lines
from planner.profile.check import TOP, Problems, Spot, check_table, quote_key
from planner.profile.config_file import read_config, read_inline
from planner.profile.consumers import (
    MAXIMUM_CONSUMERS,
    Kinds,
    check_since,
    entry_name,
    read_composites,
    read_consumer,
    spot_of,
)
from planner.profile.errors import ProfileError, listed, nearest
from planner.profile.gate_tables import MAXIMUM_GATES, check_consumer_names, read_gate, read_preset, with_preset
from planner.profile.model import (
    CompositeSpec,
    ConsumerSpec,
    GateSpec,
    Memory,
    PercpuFacts,
    Profile,
    State,
    Vmalloc,
    VmallocArea,
)
from planner.profile.origin import Origin, Plugins
from planner.profile.positions import Path
from planner.profile.sizes import describe, parse_size
from planner.profile.state import make_state
from planner.profile.system import Tables, find_architecture, make_system

T = TypeVar("T")

SCHEMA = 1


class _Builder:
    """One pass over one profile's data."""

    def __init__(self, origin: Origin, plugins: Plugins) -> None:
        self.origin = origin
        self.data = origin.data
        self.plugins = plugins
        self.problems = Problems(origin.label, origin.positions, origin.changed)
        self.warnings: list[str] = list(origin.notes)

    def kept(self, path: Path, depends_on: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what ``make`` gives for the object at ``path``, from the memo where nothing it depends on has changed.

        Only what raised no problem is kept. Dependencies are compared by identity.
        """
        known = self.origin.memo.get(path)
        if (
            known
            and len(known[0]) == len(depends_on)
            and all(a is b for a, b in zip(known[0], depends_on, strict=True))
        ):
            self.problems.spreads.update(known[2])
            kept: T = known[1]
            return kept
        problems, spreads = len(self.problems.found), set(self.problems.spreads)
        made = make()
        if len(self.problems.found) == problems:
            new = {name: spread for name, spread in self.problems.spreads.items() if name not in spreads}
            self.origin.memo[path] = (depends_on, made, new)
        return made

    def section(self, name: str, kind: type[T]) -> T | None:
        """Return one table, at its defaults where the file does not hold it; ``None`` when anything in it is wrong."""
        raw = self.data.get(name)
        if raw is None:
            raw = _NOTHING
        return self.kept((name,), (raw,), lambda: check_table(kind, raw, TOP.key(name), self.problems))

    def top_level(self) -> None:
        """Note unknown tables, and a schema that this planner does not read."""
        for name in self.data:
            if name not in t.TOP_LEVEL:
                suggestion = nearest(name, t.TOP_LEVEL)
                self.problems.add(TOP.key(name), "is not a known table", "P010", listed(t.TOP_LEVEL, 30), suggestion)
        schema = self.data.get("schema", SCHEMA)
        if type(schema) is not int or schema != SCHEMA:
            what = f"is {schema}" if type(schema) is int else f"is {describe(schema)}"
            self.problems.add(TOP.key("schema"), what, "P013", str(SCHEMA))

    def tables(self) -> Tables | None:
        """Return all tables that describe the system, ``None`` when one that cannot be spared is wrong."""
        for name in t.REQUIRED_SECTIONS:
            if name not in self.data:
                self.problems.add(Spot((), name), "is missing", "P011", f"a table [{name}]")
        system = self.section("system", t.SystemTable) if "system" in self.data else None
        cpus = self.section("cpus", t.CpusTable) if "cpus" in self.data else None
        numa = self.section("numa", t.NumaTable) if "numa" in self.data else None
        memory = self.section("memory", t.MemoryTable)
        percpu = self.section("percpu", t.PercpuTable)
        boot = self.section("boot", t.BootTable)
        vmalloc = self.section("vmalloc", t.VmallocTable)
        if system is None or cpus is None:
            return None
        return Tables(
            system,
            cpus,
            numa,
            memory or t.MemoryTable(),
            percpu or t.PercpuTable(),
            boot or t.BootTable(),
            vmalloc or t.VmallocTable(),
        )

    def boot_facts(self, percpu: t.PercpuTable) -> BootLog:
        """Return what the boot lines say."""
        try:
            return self.kept(("percpu", "boot_log"), (percpu,), lambda: read_boot_lines(percpu.boot_log))
        except ValueError as error:
            self.problems.add(
                TOP.key("percpu").key("boot_log"), str(error), "P019", "a line such as the boot log has it"
            )
            return BootLog()

    def config(self, system: t.SystemTable) -> dict[str, str]:
        """Return the options of the .config file and, over them, of ``[config]``."""
        inline: dict[str, str] = {}
        if "config" in self.data:
            raw = self.data["config"]
            inline = self.kept(("config",), (raw,), lambda: read_inline(raw, self.problems))
        if system.config is None:
            return inline
        path = (self.origin.folder or FilePath()) / system.config
        try:
            options = self.kept(("system", "config"), (system,), lambda: read_config(path))
        except ProfileError as error:
            self.problems.add(TOP.key("system").key("config"), f"{path}: {error.problems[0].what}", "P040")
            return inline
        return {**options, **inline}

    def structs(self, word: int, basis_of: Callable[[str], Basis]) -> dict[str, StructSize]:
        """Return ``[structs]``."""
        raw = self.data.get("structs", {})
        if not isinstance(raw, dict):
            self.problems.add(TOP.key("structs"), f"is {describe(raw)}", "P012", "a table: name = { size = 256 }")
            return {}
        found = {}
        for name, entry in raw.items():
            spot = TOP.key("structs").key(name)
            struct = check_table(t.StructTable, entry, spot, self.problems)
            if struct is None:
                continue
            align = word if struct.align is None else struct.align
            if align == 0 or align & (align - 1):
                self.problems.add(spot.key("align"), f"is {align}", "P013", "a power of two")
            source = struct.source or self.origin.label
            found[name] = StructSize(size=struct.size, align=align, source=source, basis=basis_of(f"structs.{name}"))
        return found

    def measured(self) -> dict[str, int]:
        """Return ``[measured]``: sizes or numbers by name."""
        raw = self.data.get("measured", {})
        if not isinstance(raw, dict):
            self.problems.add(TOP.key("measured"), f"is {describe(raw)}", "P012", 'a table: percpu = "4480 kB"')
            return {}
        found = {}
        for name, value in raw.items():
            try:
                found[name] = parse_size(value)
            except ValueError as error:
                self.problems.add(TOP.key("measured").key(name), str(error), "P014", "a number or a size")
        return found

    def consumers(self) -> tuple[tuple[ConsumerSpec, ...], dict[str, CompositeSpec], Kinds]:
        """Return ``[[consumer]]`` and ``[consumer_type.NAME]``."""
        types = self.data.get("consumer_type", _NOTHING)
        kinds = Kinds(self.plugins.consumers(), frozenset(types if isinstance(types, dict) else ()))
        composites = self.kept(("consumer_type",), (types,), lambda: read_composites(types, kinds, self.problems))
        entries = self.data.get("consumer", [])
        if not isinstance(entries, list):
            what = f"is {describe(entries)}"
            self.problems.add(TOP.key("consumer"), what, "P012", "a list of tables: [[consumer]]")
            return (), composites, kinds
        if len(entries) > MAXIMUM_CONSUMERS:
            what = f"has {len(entries)} entries"
            self.problems.add(TOP.key("consumer"), what, "P005", f"at most {MAXIMUM_CONSUMERS}")
            return (), composites, kinds
        specs = [
            self.kept(
                ("consumer", index),
                (raw, types),
                lambda raw=raw, index=index: read_consumer(raw, index, kinds, self.problems),  # type: ignore[misc]
            )
            for index, raw in enumerate(entries)
        ]
        self._refuse_twins(entries)
        return tuple(spec for spec in specs if spec is not None), composites, kinds

    def _refuse_twins(self, entries: Iterable[Any]) -> None:
        first: dict[str, int] = {}
        for index, entry in enumerate(entries):
            name = entry_name(entry)
            if name is None:
                continue
            if name in first:
                place = self.problems.place(("consumer", first[name]))
                where = f" (line {place[0]})" if place else ""
                path: Path = ("consumer", index, "name" if "name" in entry else "kind")
                what = f"is the name of consumer number {first[name] + 1} already{where}"
                self.problems.add(
                    Spot(path, f"consumer.{quote_key(name)}"), what, "P021", "a name of its own: name = …"
                )
            first.setdefault(name, index)

    def gates(self) -> tuple[tuple[GateSpec, ...], str | None]:
        """Return ``[gate.NAME]`` and the preset that ``[gate]`` names."""
        raw = self.data.get("gate", _NOTHING)
        if not isinstance(raw, dict) or len(raw) > MAXIMUM_GATES:
            what = f"is {describe(raw)}" if not isinstance(raw, dict) else f"has {len(raw)} gates"
            self.problems.add(TOP.key("gate"), what, "P012", f"up to {MAXIMUM_GATES} tables: [gate.NAME]")
            return (), None
        preset = read_preset(raw, self.problems)
        records = self.plugins.gates() if raw else {}
        specs = [
            self.kept(
                ("gate", name),
                (entry,),
                lambda name=name, entry=entry, given=given: read_gate(  # type: ignore[misc]
                    name, entry, preset=given, records=records, file=self.origin.label, problems=self.problems
                ),
            )
            for name, (entry, given) in with_preset(raw, preset, records).items()
        ]
        return tuple(spec for spec in specs if spec is not None), preset

    def areas(self, table: t.VmallocTable) -> tuple[VmallocArea, ...]:
        """Return the vmalloc areas in address order."""
        found = []
        for index, area in enumerate(table.area):
            spot = TOP.key("vmalloc").key("area").entry(index)
            end = area.end if area.end is not None else area.start + (area.size or 0)
            if (area.end is None) == (area.size is None):
                self.problems.add(spot, "needs end or size, one of them", "P020", "end or size")
            elif end <= area.start:
                self.problems.add(spot, "does not end above its start", "P020")
            found.append(VmallocArea(area.start, end, area.caller))
        found.sort(key=lambda area: area.start)
        for one, other in itertools.pairwise(found):
            if other.start < one.end:
                what = f"two areas overlap at {other.start:#x}"
                self.problems.add(TOP.key("vmalloc").key("area"), what, "P020")
                break
        return tuple(found)

    def profile(self) -> Profile:
        """Return the profile.

        :raises ProfileError: with everything that is wrong.
        """
        self.top_level()
        basis = read_basis(self.data.get("basis", _NOTHING), self.problems)
        shell = Profile(name="", source=self.origin.label, system=_NO_SYSTEM, basis=basis, origin=self.origin)
        tables = self.tables()
        consumers, composites, kinds = self.consumers()
        gates, preset = self.gates()
        check_consumer_names(gates, [spec.name for spec in consumers], self.problems)
        measured = self.measured()
        state = self.state()
        record = None
        if tables is not None:
            record = find_architecture(tables.system.arch, self.plugins.architectures(), self.problems)
            for index, spec in enumerate(consumers) if len(consumers) == len(self.data.get("consumer", [])) else ():
                check_since(
                    spec, spot_of(self.data["consumer"][index], index), tables.system.kernel, kinds, self.problems
                )
        if tables is None or record is None:
            raise ProfileError(self.problems.found)
        boot = self.boot_facts(tables.percpu)
        areas = self.kept(("vmalloc", "area"), (tables.vmalloc,), lambda: self.areas(tables.vmalloc))
        name = tables.system.name or FilePath(self.origin.label).stem or tables.system.arch
        system = make_system(
            tables,
            name=name,
            record=record,
            options=self.config(tables.system),
            structs=self.structs((tables.system.bits or 64) // 8, shell.basis_of),
            boot=boot,
            basis_of=shell.basis_of,
            problems=self.problems,
            warnings=self.warnings,
        )
        if self.problems.found:
            raise ProfileError(self.problems.found)
        memory = tables.memory
        base = tables.percpu.first_chunk_base
        return replace(
            shell,
            name=name,
            system=system,
            consumers=tuple(replace(spec, basis=shell.basis_of(f"consumer.{spec.name}.count")) for spec in consumers),
            consumer_types=composites,
            gates=gates,
            preset=preset,
            vmalloc=Vmalloc(
                used=tables.vmalloc.used,
                used_basis=shell.basis_of("vmalloc.used"),
                areas=areas,
                areas_basis=shell.basis_of("vmalloc.area"),
            ),
            memory=Memory(ram=system.ram, used=memory.used, low=memory.low),
            percpu=PercpuFacts(
                boot_log=tables.percpu.boot_log,
                first_chunk_base=base if base is not None else boot.base,
                boot=boot,
                in_use=tables.percpu.in_use,
            ),
            state=state,
            measured=measured,
            btf=self._file(tables.system.btf),
            uncertain=dict(self.problems.spreads),
            warnings=tuple(self.warnings),
        )

    def state(self) -> State | None:
        """Return ``[state]``."""
        if "state" not in self.data:
            return None
        table = self.section("state", t.StateTable)
        return (
            None if table is None else self.kept(("state", "made"), (table,), lambda: make_state(table, self.problems))
        )

    def _file(self, name: str | None) -> str | None:
        """Return a file's path as seen from here; the profile names it relative to itself."""
        if name is None:
            return None
        return str((self.origin.folder or FilePath()) / name)


_NOTHING: dict[str, Any] = {}
_NO_SYSTEM: Any = None


def build(origin: Origin) -> Profile:
    """Return the profile that an origin's data describe.

    :raises ProfileError: with everything that is wrong.
    """
    if origin.plugins is None:
        raise TypeError("a profile needs plugins")
    return _Builder(origin, origin.plugins).profile()
