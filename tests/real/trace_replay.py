"""Drive the model with a trace and compare every request, every step of the worker and every dump."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk
from planner.allocator.request import Failure, Gfp
from tests.real.trace import Event, Trace, populated_pages
from tests.real.trace_order import applied_order, worker_rows, worker_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.allocator.balance import Step

RECORD = ("contig_hint", "contig_hint_start", "scan_hint", "scan_hint_start", "left_free", "right_free", "first_free")
FIELDS = ("slot", "free_bytes", "nr_populated", "nr_empty_pop_pages", "isolated")
HEAD = ("nr_empty_pop_pages", "nr_populated")


class DivergenceError(AssertionError):
    """Model and kernel part at a row of the trace."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(f"row {row}: {text}")
        self.row = row


@dataclass(frozen=True)
class Inferred:
    """What no event tells about the order and only its effects show; see test_traces.py.

    ``interrupted``: see trace_order. ``flushed``: rows of the last depopulation of a chunk after which the worker went on
    at once; elsewhere it goes on right before its next event, because other CPUs get the lock while it flushes TLBs.
    """

    interrupted: frozenset[int] = frozenset()
    flushed: frozenset[int] = frozenset()


@dataclass
class TraceReplay:
    """One trace on one model."""

    trace: Trace
    inferred: Inferred = field(default_factory=Inferred)
    texts: dict[int, str] = field(default_factory=dict)
    """What debugfs percpu_stats showed during a dump, by the dump's number."""

    def __post_init__(self) -> None:
        self.allocator = Allocator(self.trace.version, self.trace.layout)
        self.chunks: dict[str, Chunk] = {}
        self.structs: dict[str, Chunk] = {}
        self.unnamed_bases: list[str] = []
        self.unnamed_chunks: list[Chunk] = []
        self.pointers: dict[tuple[str, int], int] = {}
        self.steps: Iterator[Step] = iter(())
        self.step: Step | None = None
        self.booting = True
        self.dumping: list[dict[str, Any]] | None = None
        self.counts = {"alloc": 0, "fail": 0, "dump": 0, "worker": 0}
        self.allocator.listener = self.heard
        self.place_areas_before()

    def place_areas_before(self) -> None:
        if self.allocator.reserved_chunk is not None:
            self.chunks[self.trace.reserved_base] = self.allocator.reserved_chunk
        chunk: Any = self.allocator.first_chunk
        for base, offset, size in self.trace.areas_before():
            self.chunks[base] = chunk
            if offset >= chunk.start_offset:
                assert chunk.take(size // 4, 0, offset // 4) == offset // 4
                self.pointers[base, offset] = self.allocator.pointer(0, chunk.origin + offset)
                self.count_before(chunk, size)

    def count_before(self, chunk: Chunk, size: int) -> None:
        """Count an area that was there before, as if nothing had been freed until then."""
        stats = self.allocator.stats
        stats.nr_alloc = stats.nr_max_alloc = stats.nr_alloc + 1
        stats.min_alloc_size = min(stats.min_alloc_size, size)
        stats.max_alloc_size = chunk.max_alloc_size = max(stats.max_alloc_size, size)

    def run(self) -> None:
        """Replay; raise :class:`DivergenceError` at the first difference."""
        rows = self.trace.rows
        runs = worker_runs(rows)
        self.by_worker = worker_rows(runs, rows)
        for number in applied_order(rows, runs, self.inferred.interrupted):
            row = rows[number]
            if self.step is not None and self.step.kind == "flush" and number in self.by_worker:
                self.step = next(self.steps, None)
            handler = getattr(self, f"on_{row['fn'] if row['t'] == 'kp' else row['t']}")
            handler(number, row)
            if self.dumping is not None:
                self.dumping.append(self.state())

    # -- chunks and their names -------------------------------------------------------------------------------------

    def heard(self, kind: str, index: int, _a: int, _b: int) -> None:
        if kind == "create":
            self.unnamed_chunks.append(self.allocator.chunk(index))
            self.name_chunks()

    def name_chunks(self) -> None:
        while self.unnamed_bases and self.unnamed_chunks:
            self.chunks[self.unnamed_bases.pop(0)] = self.unnamed_chunks.pop(0)

    def on_create_chunk(self, number: int, row: Event) -> None:
        self.unnamed_bases.append(row["base"])
        self.name_chunks()
        if number in self.by_worker:
            self.advance(number, "create", None, 0, 0)
        elif self.booting and row["task"].startswith("kworker"):
            self.allocator.create_chunk()

    def on_destroy_chunk(self, number: int, row: Event) -> None:
        chunk = self.chunks.pop(row["base"])
        self.structs = {address: other for address, other in self.structs.items() if other is not chunk}
        self.advance(number, "destroy", chunk, 0, 0)

    # -- requests ---------------------------------------------------------------------------------------------------

    def ask(self, row: Event) -> int | Failure:
        flags = Gfp.NOWAIT if row["atomic"] else Gfp.KERNEL
        return self.allocator.alloc(row["size"], row["align"], flags, bool(row["reserved"]))

    def on_alloc(self, number: int, row: Event) -> None:
        pointer = self.ask(row)
        if isinstance(pointer, Failure):
            raise DivergenceError(number, f"{row} served by the kernel: {pointer}")
        index, offset = self.allocator.locate(pointer)
        chunk = self.allocator.chunk(index)
        expected = self.chunks.get(row["base"])
        if chunk is not expected or offset - chunk.origin != row["off"]:
            where = expected.index if expected is not None else row["base"]
            raise DivergenceError(
                number,
                f"{row['size']}/{row['align']} at {index}:{offset - chunk.origin}, {where}:{row['off']} expected",
            )
        self.pointers[row["base"], row["off"]] = pointer
        self.counts["alloc"] += 1

    def on_fail(self, number: int, row: Event) -> None:
        pointer = self.ask(row)
        if not isinstance(pointer, Failure):
            raise DivergenceError(
                number, f"{row['size']}/{row['align']} must fail, got {self.allocator.locate(pointer)}"
            )
        self.counts["fail"] += 1

    def on_free(self, number: int, row: Event) -> None:
        pointer = self.pointers.pop((row["base"], row["off"]), None)
        if pointer is None:
            raise DivergenceError(number, f"free of {row['base']}:{row['off']}, which is not there")
        self.allocator.free(pointer)

    # -- the worker -------------------------------------------------------------------------------------------------

    def on_balance(self, _number: int, _row: Event) -> None:
        self.allocator.pending = 0

    def on_balfree(self, number: int, row: Event) -> None:
        if not row["empty_only"]:
            if self.step is not None:
                raise DivergenceError(number, f"the worker starts, the model's is still at {self.step}")
            self.counts["worker"] += 1
            self.steps = self.allocator.balance_steps()
            self.step = next(self.steps, None)
        elif self.step is not None and self.step.kind in {"populate", "create"}:
            raise DivergenceError(number, f"the worker populates no more, the model's is at {self.step}")

    def on_populate(self, number: int, row: Event) -> None:
        """pcpu_populate_chunk was entered; it counts when it is done."""

    def on_populated(self, number: int, row: Event) -> None:
        if number in self.by_worker:
            self.on_pages(number, row, "populate")

    def on_depopulated(self, number: int, row: Event) -> None:
        self.on_pages(number, row, "depopulate")
        if number in self.inferred.flushed and self.step is not None and self.step.kind == "flush":
            self.step = next(self.steps, None)

    def on_pages(self, number: int, row: Event, kind: str) -> None:
        chunk = self.structs.get(row["chunk"], self.step.chunk if self.step is not None else None)
        if chunk is not None:
            self.structs[row["chunk"]] = chunk
        self.advance(number, kind, chunk, row["s"], row["e"])

    def advance(self, number: int, kind: str, chunk: Chunk | None, start: int, end: int) -> None:
        """The worker did this: so must the model's."""
        step = self.step
        if step is None or (step.kind, step.chunk, step.start, step.end) != (kind, chunk, start, end):
            name = chunk.index if chunk is not None else None
            model = (
                (step.kind, step.chunk.index if step.chunk else None, step.start, step.end)
                if step is not None
                else None
            )
            raise DivergenceError(number, f"the worker: {(kind, name, start, end)}, the model's: {model}")
        self.step = next(self.steps, None)

    # -- dumps ------------------------------------------------------------------------------------------------------

    def on_mark(self, _number: int, row: Event) -> None:
        if row["text"] == "kprobes on":
            self.booting = False
        elif row["text"].startswith("dump ") and row["text"].endswith(" begin"):
            self.dumping = []

    def on_dump(self, number: int, row: Event) -> None:
        """Compare a dump. It is not taken under the lock: each chunk must be as it was at some moment of the dump."""
        if self.booting or row["dump"] <= 1:
            self.populate_as(row)
        moments = [*(self.dumping or ()), self.state()]
        self.dumping = None
        for dump in row["chunks"]:
            expected = {key: dump[key] for key in (*RECORD, *FIELDS)} | {"areas": dumped_areas(dump)}
            self.compare_dump(number, f"dump {row['dump']}, chunk", dump["base_addr"], expected, moments)
        expected = {key: row["head"][key] for key in HEAD}
        self.compare_dump(number, f"dump {row['dump']},", "head", expected, moments)
        text = self.texts.get(row["dump"])
        if text is not None:
            self.compare_dump(number, f"dump {row['dump']},", "percpu_stats", {"text": text}, moments)
        self.counts["dump"] += 1

    def compare_dump(
        self, number: int, what: str, key: str, expected: dict[str, Any], moments: list[dict[str, Any]]
    ) -> None:
        seen = [moment[key] for moment in moments if key in moment]
        if expected not in seen:
            shown = {
                name: (value, [state[name] for state in seen]) for name, value in expected.items() if name != "areas"
            }
            raise DivergenceError(number, f"{what} {key}: (expected, got at each moment) {shown}")

    def populate_as(self, row: Event) -> None:
        """Before the probes are in, nothing tells of the worker but its effects."""
        for dump in row["chunks"]:
            chunk = self.chunks.get(dump["base_addr"])
            if chunk is not None and not chunk.immutable:
                missing = populated_pages(dump, self.trace.layout.bits) & ~chunk.populated
                for page in range(chunk.nr_pages):
                    if missing >> page & 1:
                        self.allocator.populate(chunk, page, page + 1)
        self.allocator.pending = 0

    def state(self) -> dict[str, Any]:
        """The chunks by base address, in the terms of the dumps."""
        reserved = self.allocator.reserved_chunk
        found: dict[str, Any] = {"head": {key: getattr(self.allocator, key) for key in HEAD}}
        if self.texts:
            found["percpu_stats"] = {"text": self.allocator.percpu_stats_text()}
        for base, chunk in self.chunks.items():
            if chunk.list is None and chunk is not reserved:
                continue
            found[base] = dict(zip(RECORD, chunk.record(), strict=True)) | {  # type: ignore[attr-defined]
                "slot": chunk.list.number if chunk.list is not None else -1,
                "free_bytes": chunk.free_bytes,
                "nr_populated": chunk.nr_populated,
                "nr_empty_pop_pages": chunk.nr_empty_pop_pages,
                "isolated": int(chunk.isolated),
                "areas": [(offset - chunk.origin, length) for offset, length in chunk.areas()],
            }
        return found


def dumped_areas(dump: Event) -> list[tuple[int, int]]:
    """The areas of a dumped chunk without the hidden static head, which the kernel marks as used too."""
    areas = [(offset, size) for offset, size in dump["allocs"]]
    hidden = dump["start_offset"]
    return areas[1:] if hidden and areas and areas[0] == (0, hidden) else areas
