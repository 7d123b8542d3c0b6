"""Run a sequence on the model and compare every recorded fact."""

import json
from dataclasses import dataclass
from typing import Any

from planner.allocator import messages
from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.request import Failure, FailureWarning, Gfp
from tests.vectors.boot import boot, version_of
from tests.vectors.files import Line, Op, operations, results
from tests.vectors.state import differences, state_of

LETTERS = {
    Failure.RESERVED: "-r",
    Failure.NEW_CHUNK: "-n",
    Failure.ATOMIC: "-a",
    Failure.POPULATE: "-p",
    Failure.EXTEND: "-e",
    Failure.EXTEND_RESERVED: "-R",
    Failure.ILLEGAL: "-i",
}
FLAGS = (Gfp.KERNEL, Gfp.NOWAIT, Gfp.NOFS)
MOST_LOG_LINES = 40
"""The data keep this many."""


class MismatchError(AssertionError):
    """The model parted from the data."""

    def __init__(self, line: Line, operation: int | str, expected: object, got: object, state: object) -> None:
        super().__init__(
            f"{line.path.name}: {line.id}: operation {operation}: expected {expected}, got {got}\n"
            f"state of the chunk: {json.dumps(state)[:2000]}"
        )


@dataclass
class Replay:
    """One sequence and the allocator that runs it."""

    line: Line
    record: dict[str, Any]

    def __post_init__(self) -> None:
        self.version: KernelVersion = version_of(self.record)
        self.first = boot(self.version, self.record["config"])
        self.backing = CountedBacking()
        enabled = bool(self.record["config"].get("async", 1))
        self.allocator = Allocator(self.version, self.first.layout, self.backing, async_enabled=enabled)
        self.handles: list[int | Failure] = []
        self.scheduled: list[int] = []
        self.balanced: list[list[int]] = []

    def run(self) -> None:
        """Compare everything; raise :class:`MismatchError` at the first difference."""
        self.compare_boot()
        expected = results(self.record["res"])
        checkpoints = dict(self.record["checkpoints"])
        allocator = self.allocator
        number = -1
        for number, op in enumerate(operations(self.record["ops"])):
            before = allocator.times_scheduled
            if op[0] == "a":
                self.compare_result(number, op, next(expected))
            elif op[0] == "f":
                pointer = self.handles[op[1]]
                if isinstance(pointer, int):
                    allocator.free(pointer)
            else:
                self.other(number, op, checkpoints)
            if allocator.times_scheduled != before:
                self.scheduled.append(number)
        self.compare_end(number, expected)

    def fail(self, operation: int | str, expected: object, got: object, chunk: int | None = None) -> None:
        state = state_of(self.allocator, dump=True)
        chunks = [entry for entry in [state.pop("reserved"), *state.pop("chunks")] if entry is not None]
        shown = next(
            (entry for entry in chunks if entry["i"] == chunk), state | {"chunks": [entry["i"] for entry in chunks]}
        )
        raise MismatchError(self.line, operation, expected, got, shown)

    def compare_boot(self) -> None:
        layout, expected = self.first.layout, self.record["boot"]
        got = {
            "unit_size": layout.unit_size,
            "nr_units": layout.nr_units,
            "nr_groups": len(layout.groups),
            "nr_slots": self.allocator.rules.nr_slots,
            "static": layout.static,
            "reserved": layout.reserved,
            "dyn": layout.dynamic,
            "log": [list(entry) for entry in self.first.log],
        }
        for where, want, have in differences(expected, got):
            self.fail(f"boot, {where}", want, have)

    def compare_result(self, number: int, op: Op, expected: tuple[int, int] | str) -> None:
        _, size, align, gfp, reserved = op
        pointer = self.allocator.alloc(size, align, FLAGS[gfp], bool(reserved))
        self.handles.append(pointer)
        got = LETTERS[pointer] if isinstance(pointer, Failure) else self.allocator.locate(pointer)
        if got != expected:
            chunk = next((place[0] for place in (got, expected) if not isinstance(place, str)), None)
            self.fail(number, f"{op}: {expected}", got, chunk)

    def other(self, number: int, op: Op, checkpoints: dict[int, Any]) -> None:
        kind, backing = op[0], self.backing
        if kind in "bB":
            before = [0, self.allocator.created, self.allocator.destroyed, backing.pages_out]
            items = 1
            if kind == "b":
                items, _ = self.allocator.run_pending()
            else:
                self.allocator.balance(keep_pending=True)
            after = [items, self.allocator.created, self.allocator.destroyed, backing.pages_out]
            self.balanced.append([number, *(new - old for new, old in zip(after, before, strict=True))])
        elif kind == "K":
            backing.max_chunks = None if op[1] < 0 else op[1]
        elif kind == "L":
            backing.max_pages = None if op[1] < 0 else backing.pages_out + op[1]
        elif kind in "sd":
            self.compare_state(number, checkpoints.pop(number), dump=kind == "d")
        else:
            raise ValueError(f"{self.line}: unknown operation {op}")

    def compare_state(self, number: int | str, expected: dict[str, Any], *, dump: bool) -> None:
        got = state_of(self.allocator, dump=dump)
        for where, want, have in differences(expected, got):
            chunk = None
            if where.startswith("chunks["):
                chunk = expected["chunks"][int(where[7:].partition("]")[0])]["i"]
            elif where.startswith("reserved"):
                chunk = -1
            self.fail(number, f"{where} = {want}", have, chunk)

    def compare_end(self, last: int, expected: Any) -> None:
        if next(expected, None) is not None:
            self.fail(last, "more allocations", "none left")
        gaps = [int(gap) for gap in self.record["sched"].split()]
        got = [new - old for new, old in zip(self.scheduled, [0, *self.scheduled], strict=False)]
        if got != gaps:
            at = next(
                (i for i, (one, other) in enumerate(zip(got, gaps, strict=False)) if one != other),
                min(len(got), len(gaps)),
            )
            self.fail(sum(gaps[: at + 1]), f"sched[{at}:] {gaps[at : at + 5]}", got[at : at + 5])
        for want, have in zip(self.record["bal"], self.balanced, strict=True):
            if want != have:
                self.fail(want[0], f"bal {want}", have)
        self.compare_state(
            f"{last} (final)",
            self.record["final"],
            dump=any("map" in c or "blocks" in c for c in self.record["final"]["chunks"]),
        )
        log = [list(entry) for warning in self.allocator.warnings for entry in log_of(self.version, warning)]
        if log[:MOST_LOG_LINES] != self.record["log"]:
            self.fail("log", self.record["log"], log[:MOST_LOG_LINES])
        if "percpu_stats" in self.record:
            text = self.allocator.percpu_stats_text()
            if text != self.record["percpu_stats"]:
                pairs = zip(self.record["percpu_stats"].splitlines(), text.splitlines(), strict=False)
                number, want, have = next(
                    ((n, a, b) for n, (a, b) in enumerate(pairs) if a != b), (-1, "another length", len(text))
                )
                self.fail(f"percpu_stats, line {number}", want, have)


def log_of(version: KernelVersion, warning: FailureWarning) -> list[tuple[int, str]]:
    """What a failure prints, as [level, text]; the shim marks WARN() texts."""
    if warning.reason is Failure.ILLEGAL:
        text = messages.format_message("illegal-size", version, size=warning.size, align=warning.align)
        return [(4, f"WARN: {text}")]
    if not warning.printed:
        return []
    line = messages.failure_line(
        version, size=warning.size, align=warning.align, reason=warning.reason.value, atomic=warning.atomic
    )
    lines = [(4, line or "")]
    if warning.last:
        lines.append((6, messages.format_message("limit-reached", version)))
    return lines
