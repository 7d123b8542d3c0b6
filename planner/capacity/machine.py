"""From a profile to a machine that runs: first chunk, allocator, address space, memory."""

from dataclasses import dataclass

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.allocator import Allocator
from planner.allocator.architecture import Architecture
from planner.allocator.chunk_cost import ChunkConfig
from planner.allocator.first_chunk import FirstChunk, set_up
from planner.allocator.machine import MachineBacking
from planner.allocator.request import Failure
from planner.capacity.captured import bring_into_state
from planner.capacity.memory import memory_of
from planner.plugin.manager import PluginManager
from planner.profile.model import Profile
from planner.report.model import Assumption

MIB = 1024 * 1024


class EvaluationError(ValueError):
    """The profile is well formed, but no such machine can be modelled; the message says why (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A booted machine with nothing on it yet. Ask :meth:`start` for an allocator to spend."""

    profile: Profile
    architecture: Architecture
    first_chunk: FirstChunk
    space: AddressSpace | None
    assumptions: tuple[Assumption, ...]
    memcg: bool

    def start(self, *, endless_memory: bool = False) -> tuple[Allocator, MachineBacking]:
        """Return a fresh allocator and its backing, in the state that the profile starts from.

        ``endless_memory``: RAM never runs out, so that its use can be measured.
        """
        system = self.profile.system
        layout = self.first_chunk.layout
        memory, _ = memory_of(self.profile, self.architecture, system.nr_cpus)
        if endless_memory:
            memory.lowmem = None
        config = ChunkConfig(
            memcg=system.config.enabled("MEMCG", default=True),
            kmem=system.memcg_kmem,
            stats=system.config.enabled("PERCPU_STATS", default=False),
            profiling=system.config.enabled("MEM_ALLOC_PROFILING", default=False),
        )
        space = self.space.copy() if self.space is not None else None
        backing = MachineBacking(system.kernel, layout, space, memory, config)
        allocator = Allocator(system.kernel, layout, backing, memcg=self.memcg)
        try:
            restored = bring_into_state(allocator, backing, self.profile)
        except ValueError as error:
            raise EvaluationError(str(error)) from error
        if restored is None:
            _occupy(allocator, self.profile.percpu.in_use or 0)
        return allocator, backing


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
        base = profile.percpu.first_chunk_base
        first = set_up(
            system.kernel,
            architecture,
            cpus=system.cpus_possible,
            static=system.static or 0,
            words=_words(profile),
            base=base,
        )
    except (LookupError, ValueError) as error:
        raise EvaluationError(str(error.args[0] if error.args else error)) from error
    if not first.ok:
        reason = first.bug or f"error {first.rc}"
        raise EvaluationError(f"this kernel does not boot: setting up the first chunk fails ({reason})")
    space, notes = _space(profile, architecture, first)
    _, memory_notes = memory_of(profile, architecture, system.nr_cpus)
    memcg = system.config.enabled("MEMCG", default=True) and system.config.enabled("MEMCG_KMEM", default=True)
    return Machine(profile, architecture, first, space, (*notes, *memory_notes), memcg)


OWN_AREA = 64
"""Size in bytes of the areas that stand for the kernel's own use (``percpu.in_use``): most of its objects are of 8 to 100 bytes."""


def _occupy(allocator: Allocator, in_use: int) -> None:
    """Place ``in_use`` bytes in areas of :data:`OWN_AREA`, before anything else."""
    whole, rest = divmod(in_use, OWN_AREA)
    for size in (OWN_AREA,) * whole + ((rest,) if rest else ()):
        if isinstance(allocator.alloc(size), Failure):
            raise EvaluationError(f"percpu.in_use: {in_use} bytes do not even fit")
        allocator.run_pending()


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
    if first.layout.km:
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
