"""From TOML data to a :class:`Profile`: every table checked, then what they mean together.

What was checked once is kept (:attr:`Origin.memo`) and used again as long as the very same TOML object stands at its place, so that
a what-if pays only for the tables that it changes.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, TypeVar

from planner.allocator.boot_log import BootLog
from planner.plugin import ArchitectureRecord, Basis, ModuleFile, StructSize, System
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
from planner.profile.kernel_files import MAXIMUM_MODULES, check_module, named_modules, read_btf, read_module
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
TableT = TypeVar("TableT", bound=t.Table)

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

    def section(self, name: str, kind: type[TableT]) -> TableT | None:
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

    def tables(self) -> None:
        """Check all tables that describe the system; those that are wrong are left at their defaults, and the profile with them."""
        for name in t.REQUIRED_SECTIONS:
            if name not in self.data:
                self.problems.add(Spot((), name), "is missing", "P011", f"a table [{name}]")
        self.system = self.section("system", t.SystemTable) if "system" in self.data else None
        self.cpus = self.section("cpus", t.CpusTable) if "cpus" in self.data else None
        self.numa = self.section("numa", t.NumaTable) if "numa" in self.data else None
        self.memory = self.section("memory", t.MemoryTable) or t.MemoryTable()
        self.percpu = self.section("percpu", t.PercpuTable) or t.PercpuTable()
        self.boot = self.section("boot", t.BootTable) or t.BootTable()
        self.vmalloc = self.section("vmalloc", t.VmallocTable) or t.VmallocTable()

    def boot_facts(self) -> BootLog:
        """Return what the boot lines say."""
        percpu = self.percpu
        try:
            return self.kept(("percpu", "boot_log"), (percpu,), lambda: read_boot_lines(percpu.boot_log))
        except ValueError as error:
            self.problems.add(
                TOP.key("percpu").key("boot_log"), str(error), "P019", "a line such as the boot log has it"
            )
            return BootLog()

    def config(self) -> dict[str, str]:
        """Return the options of the .config file and, over them, of ``[config]``."""
        inline: dict[str, str] = {}
        if "config" in self.data:
            raw = self.data["config"]
            inline = self.kept(("config",), (raw,), lambda: read_inline(raw, self.problems))
        if self.system is None or self.system.config is None:
            return inline
        path = (self.origin.folder or FilePath()) / self.system.config
        try:
            options = self.kept(("system", "config"), (self.system,), lambda: read_config(path))
        except ProfileError as error:
            self.problems.add(TOP.key("system").key("config"), f"{path}: {error.problems[0].what}", "P040")
            return inline
        return {**options, **inline}

    def structs(self, basis_of: Callable[[str], Basis]) -> dict[str, StructSize]:
        """Return ``[structs]``; a structure without alignment gets 0, for :func:`make_system` to fill."""
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
            if struct.align is not None and (struct.align == 0 or struct.align & (struct.align - 1)):
                self.problems.add(spot.key("align"), f"is {struct.align}", "P013", "a power of two")
            source = struct.source or self.origin.label
            basis = basis_of(f"structs.{name}")
            found[name] = StructSize(size=struct.size, align=struct.align or 0, source=source, basis=basis)
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

    def consumers(self) -> tuple[list[ConsumerSpec | None], dict[str, CompositeSpec], Kinds]:
        """Return ``[[consumer]]``, with ``None`` for each wrong entry, and ``[consumer_type.NAME]``."""
        types = self.data.get("consumer_type", _NOTHING)
        kinds = Kinds(self.plugins.consumers(), frozenset(types if isinstance(types, dict) else ()))
        composites = self.kept(("consumer_type",), (types,), lambda: read_composites(types, kinds, self.problems))
        entries = self.data.get("consumer", [])
        if not isinstance(entries, list):
            what = f"is {describe(entries)}"
            self.problems.add(TOP.key("consumer"), what, "P012", "a list of tables: [[consumer]]")
            return [], composites, kinds
        if len(entries) > MAXIMUM_CONSUMERS:
            what = f"has {len(entries)} entries"
            self.problems.add(TOP.key("consumer"), what, "P005", f"at most {MAXIMUM_CONSUMERS}")
            return [], composites, kinds
        specs = [
            self.kept(
                ("consumer", index),
                (raw, types),
                lambda raw=raw, index=index: read_consumer(raw, index, kinds, self.problems),  # type: ignore[misc]
            )
            for index, raw in enumerate(entries)
        ]
        self._refuse_twins(entries)
        return specs, composites, kinds

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

    def areas(self) -> tuple[VmallocArea, ...]:
        """Return the vmalloc areas in address order."""
        found = []
        for index, area in enumerate(self.vmalloc.area):
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
        self.tables()
        entries, composites, kinds = self.consumers()
        consumers = [spec for spec in entries if spec is not None]
        gates, preset = self.gates()
        check_consumer_names(gates, [spec.name for spec in consumers], self.problems)
        boot = self.boot_facts()
        parts: dict[str, Any] = {
            "consumer_types": composites,
            "gates": gates,
            "preset": preset,
            "measured": self.measured(),
            "state": self.state(),
            "vmalloc": Vmalloc(
                used=self.vmalloc.used,
                used_basis=shell.basis_of("vmalloc.used"),
                areas=self.kept(("vmalloc", "area"), (self.vmalloc,), self.areas),
                areas_basis=shell.basis_of("vmalloc.area"),
            ),
            "percpu": PercpuFacts(
                boot_log=self.percpu.boot_log,
                boot=boot,
                first_chunk_base=boot.base if self.percpu.first_chunk_base is None else self.percpu.first_chunk_base,
                in_use=self.percpu.in_use,
            ),
        }
        options, structs = self.config(), self.structs(shell.basis_of)
        record = self._architecture()
        if self.system is not None:
            for index, spec in enumerate(entries):
                if spec is not None:
                    spot = spot_of(self.data["consumer"][index], index)
                    check_since(spec, spot, self.system.kernel, kinds, self.problems)
        if self.system is None or self.cpus is None or record is None:
            raise ProfileError(self.problems.found)
        system = make_system(
            Tables(self.system, self.cpus, self.numa, self.memory, self.percpu, self.boot, self.vmalloc),
            name=self.system.name or _name_of(self.origin.label),
            record=record,
            options=options,
            structs=structs,
            boot=boot,
            basis_of=shell.basis_of,
            problems=self.problems,
            warnings=self.warnings,
        )
        system = self.with_files(system, entries, composites)
        if self.problems.found:
            raise ProfileError(self.problems.found)
        return replace(
            shell,
            name=system.name,
            system=system,
            consumers=tuple(replace(spec, basis=shell.basis_of(f"consumer.{spec.name}.count")) for spec in consumers),
            memory=Memory(ram=system.ram, used=self.memory.used, low=self.memory.low),
            btf=self._file(self.system.btf),
            uncertain=dict(self.problems.spreads),
            warnings=tuple(self.warnings),
            **parts,
        )

    def with_files(
        self, system: System, entries: Sequence[ConsumerSpec | None], composites: Mapping[str, CompositeSpec]
    ) -> System:
        """Return the system with what the BTF file and the modules say that the profile names; its own ``[structs]`` outrank BTF."""
        folder = self.origin.folder or FilePath()
        structs = dict(system.structs)
        modules: dict[str, ModuleFile] = {}
        text = self.system.btf if self.system is not None else None
        if text is not None:
            spot, word = TOP.key("system").key("btf"), system.word
            known = self.kept(
                ("system", "btf"), (text, word), lambda: read_btf((spot, text), folder, word, self.problems)
            )
            structs = {**known, **structs}
        consumers = [
            (spec, spot_of(self.data["consumer"][index], index))
            for index, spec in enumerate(entries)
            if spec is not None
        ]
        for spot, name in named_modules(consumers, composites):
            if name in modules:
                continue
            if len(modules) >= MAXIMUM_MODULES:
                self.problems.add(spot, "is one module too many", "P005", f"at most {MAXIMUM_MODULES}")
                break
            module = self.kept(
                ("module", name),
                (),
                lambda spot=spot, name=name: read_module((spot, name), folder, self.problems),  # type: ignore[misc]
            )
            if module is None:
                break  # one that cannot be read is enough to say: each costs time
            warning = check_module(module, spot, system.kernel, system.bits, self.problems)
            self.warnings += [warning] if warning else []
            modules[name] = module
        return replace(system, structs=structs, modules=modules)

    def _architecture(self) -> ArchitectureRecord | None:
        """Return the architecture; it is looked up even where another key of [system] is wrong."""
        raw = self.data.get("system")
        name = self.system.arch if self.system is not None else raw.get("arch") if isinstance(raw, dict) else None
        if not isinstance(name, str) or not name.isprintable():
            return None
        return find_architecture(name, self.plugins.architectures(), self.problems)

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


def _name_of(label: str) -> str:
    """Return a system's name where the profile gives none: that of its file."""
    return FilePath(label).name.removesuffix(".toml") or "system"


_NOTHING: dict[str, Any] = {}
_NO_SYSTEM: Any = None


def build(origin: Origin) -> Profile:
    """Return the profile that an origin's data describe.

    :raises ProfileError: with everything that is wrong.
    """
    if origin.plugins is None:
        raise TypeError("a profile needs plugins")
    return _Builder(origin, origin.plugins).profile()
