"""From a profile to a machine that runs: first chunk, allocator, address space, memory."""

from collections.abc import Iterator

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.allocator import Allocator
from planner.allocator.architecture import Architecture
from planner.allocator.fill import fill
from planner.allocator.first_chunk import FirstChunk, set_up
from planner.allocator.layout import Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.request import Gfp
from planner.capacity.filling import GUESSED, HASTY, LEAST, PATIENT, USUAL, Effort
from planner.capacity.memory import boot_room, chunk_config, memory_of, size_text
from planner.plugin import System
from planner.plugin.manager import PluginManager
from planner.profile.check import Problems, Spot
from planner.profile.model import Profile
from planner.profile.sizes import format_size
from planner.quick import dataclass
from planner.report.model import Assumption

MIB = 1024 * 1024


class EvaluationError(ValueError):
    """The profile is well formed, but no such machine can be modelled; the message says why (exit code 2)."""


class DeclaredError(EvaluationError):
    """A key of the profile makes a machine that cannot be; the message starts with the place, as those of profile errors do."""


def refused(profile: Profile, key: str, what: str, allowed: str = "") -> DeclaredError:
    """Return the error about what stands at ``key`` (``vmalloc.used``), or about its absence."""
    origin = profile.origin
    problems = (
        Problems(profile.source, None) if origin is None else Problems(origin.label, origin.positions, origin.changed)
    )
    problems.add(Spot(tuple(key.split(".")), key), what, "P020", allowed)
    return DeclaredError(str(problems.found[0]))


MAXIMUM_UNIT = 32 * MIB
"""Largest unit that is modelled, in bytes: sixteen times that of the largest machines. Time and memory grow with it."""
MAXIMUM_IN_USE = 1024 * MIB
"""Most bytes of each CPU's space that the kernel's own use is modelled with: its chunks are kept one by one."""
OTHERS_SHARE = 0.25
"""Most of the vmalloc space that others are taken to use where nobody told: graphics apertures, ioremaps and modules of a 32-bit desktop
come to 15 to 25 MiB of 120 (assumed)."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An end of what is unknown: ``worse`` 1 is the least favourable, -1 the most favourable."""

    worse: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A booted machine with nothing on it yet. Ask :meth:`start` for an allocator to spend."""

    profile: Profile
    architecture: Architecture
    first_chunk: FirstChunk
    space: AddressSpace | None
    assumptions: tuple[Assumption, ...]
    memcg: bool

    def unknown(self, limit: str) -> tuple[str, ...]:
        """Return what the profile does not tell and an answer that ends at ``limit`` depends on, in words."""
        profile, found = self.profile, []
        if limit == "vmalloc" and profile.vmalloc.used is None and not profile.vmalloc.areas:
            found.append(f"vmalloc space that others use (vmalloc.used): from none to {OTHERS_SHARE:.0%} of it")
        if limit in {"vmalloc", "ram"} and profile.state is None and profile.percpu.in_use is None:
            found.append(
                "per-CPU memory that the kernel itself uses (percpu.in_use): from none to the whole first chunk"
            )
        if limit == "ram" and profile.memory.used is None:
            found.append(f"memory that the kernel and others hold (memory.used): give or take {self._unsure_memory}")
        elif limit == "ram":
            found.append(f"free pages on the lists of single CPUs: give or take {self._unsure_memory}")
        return tuple(found)

    @property
    def _unsure_memory(self) -> str:
        """By how much the free memory may be off, in words."""
        memory, _ = memory_of(self.profile, self.architecture, self.first_chunk.layout)
        return size_text(memory.uncertain_pages * memory.page_size)

    @property
    def told(self) -> bool:
        """Whether the profile tells all that the machine holds at the start, so that counts are worth an exact answer."""
        profile = self.profile
        memory = profile.memory.used is not None or profile.memory.ram is None
        return self._space_told and memory and (profile.state is not None or profile.percpu.in_use is not None)

    @property
    def _space_told(self) -> bool:
        vmalloc = self.profile.vmalloc
        return vmalloc.used is not None or bool(vmalloc.areas) or self.architecture.bits == 64

    @property
    def effort(self) -> Effort:
        """How much is walked before a fill goes on in proportion: the more, the more exactly the machine is known."""
        profile = self.profile
        if self.told:
            patient = PATIENT[self.architecture.bits]
            return Effort(max(patient.walked // max(len(profile.consumers), 1), LEAST), patient.sample)
        ram = profile.memory.ram
        if ram is not None and (self.architecture.bits == 64 or self._ends_at(ram)):
            return HASTY
        return USUAL if self._space_told else GUESSED

    def _ends_at(self, ram: int) -> bool:
        """Tell whether so much RAM certainly ends before the address space that chunks lie in."""
        return self.space is None or self.first_chunk.layout.km or ram <= self.space.end - self.space.start

    def start(self, scenario: "Scenario | None" = None) -> tuple[Allocator, MachineBacking]:
        """Return a fresh allocator and its backing, in the state that the profile starts from.

        ``scenario`` sets what the profile does not tell to an end of its range.
        """
        system = self.profile.system
        layout = self.first_chunk.layout
        memory, _ = memory_of(self.profile, self.architecture, layout)
        if scenario is not None and memory.lowmem is not None:
            memory.lowmem = max(memory.lowmem - scenario.worse * memory.uncertain_pages, 0)
        config = chunk_config(self.profile)
        space = self.space.copy() if self.space is not None else None
        worst = scenario is not None and scenario.worse > 0
        if worst and space is not None and self.profile.vmalloc.used is None and not self.profile.vmalloc.areas:
            share = int((space.end - space.start) * OTHERS_SHARE)
            low = next(iter(space.blocks), (space.end, space.end))[0]  # the page method's first chunk may lie below
            space.reserve(low, share // layout.page_size * layout.page_size)
        backing = MachineBacking(system.kernel, layout, space, memory, config)
        allocator = Allocator(system.kernel, layout, backing, memcg=self.memcg)
        if self.profile.state is None or not self._restored(allocator, backing):
            untold = layout.dynamic if worst and self.profile.percpu.in_use is None and not layout.km else 0
            _occupy(allocator, self.profile.percpu.in_use or untold, told=not untold)
        return allocator, backing

    def _restored(self, allocator: Allocator, backing: MachineBacking) -> bool:
        """Put both into the captured state; return whether the profile's ``[state]`` holds any."""
        from planner.capacity.captured import bring_into_state  # noqa: PLC0415 - most profiles carry no state

        try:
            return bring_into_state(allocator, backing, self.profile) is not None
        except ValueError as error:
            raise EvaluationError(str(error)) from error


def boot(profile: Profile, manager: PluginManager) -> Machine:
    """Boot the profile's machine.

    :raises EvaluationError: no such machine can be modelled.
    """
    system = profile.system
    try:
        record = manager.architectures()[system.arch]
    except KeyError:
        raise EvaluationError(f"no plugin models the architecture {system.arch!r}") from None
    if system.static is None and record.bits and system.config.enabled("SMP", default=True) and system.nr_cpus > 1:
        raise EvaluationError(
            "percpu.static is needed: the s of the boot line, or __per_cpu_end - __per_cpu_start of the kernel's symbols"
        )
    try:
        architecture = record.build(system)
        room = boot_room(profile, architecture)
        base = profile.percpu.first_chunk_base
        first = set_up(
            system.kernel,
            architecture,
            cpus=system.cpus_possible,
            static=system.static or 0,
            words=_words(profile),
            base=base,
            room=room,
        )
    except (LookupError, ValueError) as error:
        raise EvaluationError(str(error.args[0] if error.args else error)) from error
    if first.layout.unit_size > MAXIMUM_UNIT:
        layout = first.layout
        raise refused(
            profile,
            f"percpu.{_largest(layout)}",
            f"a unit of {layout.unit_size} bytes (static {layout.static}, reserved {layout.reserved}, dynamic "
            f"{layout.dynamic}) is larger than any kernel's",
            f"up to {MAXIMUM_UNIT}",
        )
    if not first.ok:
        raise _does_not_boot(profile, first, room)
    if architecture.vmalloc.total <= 0 and not first.layout.km:
        empty = f"{architecture.vmalloc.start:#x} to {architecture.vmalloc.end:#x}"
        what = f"the space from {empty} is empty, and chunks need address space"
        raise refused(profile, _of_space(profile), what)
    if (profile.percpu.in_use or 0) > MAXIMUM_IN_USE:
        raise EvaluationError(f"percpu.in_use: {profile.percpu.in_use} is too much; allowed: up to {MAXIMUM_IN_USE}")
    space, notes = _space(profile, architecture, first)
    try:
        _, memory_notes = memory_of(profile, architecture, first.layout)
    except ValueError as error:
        key, _, what = str(error).partition(": ")
        raise refused(profile, key, what) from error
    memcg = system.config.enabled("MEMCG", default=True) and system.config.enabled("MEMCG_KMEM", default=True)
    return Machine(profile, architecture, first, space, (*notes, *memory_notes, *_files(system)), memcg)


def _largest(layout: Layout) -> str:
    """Return the key of ``[percpu]`` that most of a unit comes of."""
    parts = {"static": layout.static, "reserved": layout.reserved, "dynamic": layout.dynamic}
    return max(parts, key=lambda name: parts[name])


def _of_space(profile: Profile) -> str:
    """Return the first key that the profile tells the vmalloc space with."""
    return next((key for key in ("vmalloc.size", "vmalloc.end", "vmalloc.start") if profile.has(key)), "vmalloc.size")


def _does_not_boot(profile: Profile, first: FirstChunk, room: int | None) -> DeclaredError:
    """Return why the first chunk could not be set up, at the key that decides it."""
    layout = first.layout
    whole = layout.nr_units * layout.unit_size
    fails = "this kernel does not boot: setting up the first chunk fails"
    if first.bug is None and room is not None and whole > room:
        said = f", {first.log[-1][1]}" if first.log else ""
        what = (
            f"{fails} (error {first.rc}{said}): {layout.nr_units} units of {format_size(layout.unit_size)} are {format_size(whole)}, "
            f"and the kernel maps {size_text(room)} of this memory beside its page frames' records"
        )
        return refused(profile, "memory.ram", what, f"more than {format_size(whole)}")
    reason = first.bug or f"error {first.rc}: {first.log[-1][1] if first.log else 'no line'}"
    named = (part for part in ("static", "reserved") if part in reason)
    return refused(profile, f"percpu.{next(named, _largest(layout))}", f"{fails} ({reason})")


def _files(system: System) -> Iterator[Assumption]:
    """Say what was read from files that the profile names."""
    for module in system.modules.values():
        yield Assumption(
            what=f"static per-CPU data of module {module.name}",
            value=f"{module.size} bytes aligned to {module.align}",
            basis=module.basis,
            source=module.source,
        )


OWN_AREA = 64
"""Size in bytes of the areas that stand for the kernel's own use (``percpu.in_use``): most of its objects are of 8 to 100 bytes."""


def _occupy(allocator: Allocator, in_use: int, *, told: bool) -> None:
    """Place ``in_use`` bytes in areas of :data:`OWN_AREA`, before anything else; what was not told is placed as far as it fits."""
    whole, rest = divmod(in_use, OWN_AREA)
    for size, count in ((OWN_AREA, whole), (rest, 1 if rest else 0)):
        if not fill(allocator, [(size, 8, Gfp.KERNEL, False, False, False)], count).complete:
            if not told:
                return
            raise EvaluationError(f"percpu.in_use: {in_use} bytes do not even fit")


def _words(profile: Profile) -> tuple[str | None, ...]:
    """Values of ``percpu_alloc=`` in order: the command line's, then the profile's own key."""
    words = [value for key, value in profile.system.cmdline.words() if key.replace("-", "_") == "percpu_alloc"]
    if profile.system.percpu_alloc not in (None, "auto", *words):
        words.append(str(profile.system.percpu_alloc))
    return tuple(words)


def _space(
    profile: Profile, architecture: Architecture, first: FirstChunk
) -> tuple[AddressSpace | None, tuple[Assumption, ...]]:
    """Return the vmalloc space with everything in it that the profile knows of."""
    if architecture.vmalloc.total <= 0:
        return None, ()
    system = profile.system
    rules = SpaceRules.of(
        system.kernel, page_size=architecture.page_size, online_cpus=len(system.cpus_online) or system.nr_cpus
    )
    room = architecture.vmalloc
    notes = [
        Assumption(
            what="vmalloc space",
            value=f"{room.start:#x} to {room.end:#x}, {room.total // MIB} MiB",
            basis=room.basis,
            source=room.source,
        )
    ]
    areas = [(area.start, area.size) for area in profile.vmalloc.areas]
    # the page method maps the first chunk into the bottom of the space, before anybody else comes; a captured list has it
    early = first.layout.nr_cpus * first.layout.unit_size if first.layout.mode == "page" and not areas else 0
    if areas:
        total = sum(size for _start, size in areas)
        notes.append(
            Assumption(
                what="vmalloc space that others use",
                value=f"{len(areas)} areas, {total // 1024} KiB",
                basis=profile.vmalloc.areas_basis,
            )
        )
    elif profile.vmalloc.used is not None:
        page = architecture.page_size
        used = -(-profile.vmalloc.used // page) * page
        if used > room.total:
            what = f"is {format_size(used)}, more than the vmalloc space of {size_text(room.total)} ({room.start:#x} to {room.end:#x})"
            raise refused(profile, "vmalloc.used", what, f"up to {size_text(room.total)}")
        areas = [(room.start + early, used)] if used else []
        notes.append(
            Assumption(
                what="vmalloc space that others use",
                value=f"{used // 1024} KiB, in one piece at the bottom",
                basis=profile.vmalloc.used_basis,
            )
        )
    else:
        notes.append(Assumption(what="vmalloc space that others use", value="not told, taken as none", basis="assumed"))
    if early:
        areas.append((room.start, early))
    try:
        return AddressSpace(room.start, room.end, rules, areas), tuple(notes)
    except ValueError as error:
        raise EvaluationError(f"vmalloc: {error}") from error
