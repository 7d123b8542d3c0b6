"""What a short trace of the running system adds to its capture: how fast per-CPU objects come and go, and for what."""

import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from planner.observe.parsers.trace import TraceReader
from planner.observe.record import find_tracefs, instance, record, stopping
from planner.observe.replay.ledger import Ledger
from planner.observe.seen import seen
from planner.observe.text import Lines
from planner.plugin import Observation

_BUFFER_KIB: Final = 4096
_MAXIMUM: Final = 256 << 20


def traced(seconds: float, tracefs: str | None = None) -> list[Observation]:
    """Record the allocator's events for ``seconds`` in a tracing instance of its own, and return figures of them.

    A signal ends it early; the instance is removed whatever happens.

    :raises ToolError: no tracefs, not root, or no percpu events.
    """
    place = find_tracefs(tracefs)
    with tempfile.TemporaryFile() as stream:
        with stopping() as caught, instance(place, buffer_kib=_BUFFER_KIB, stacks=True) as path:
            done = record(cast("BinaryIO", stream), path, seconds=seconds, maximum_bytes=_MAXIMUM, stop=caught)
        stream.seek(0)
        reader, ledger = TraceReader(Lines(cast("BinaryIO", stream))), Ledger()
        ledger.read(reader)
    return list(_figures(ledger, max(done.dropped, reader.lost), seconds))


def _figures(ledger: Ledger, lost: int, seconds: float) -> Iterator[Observation]:
    source = f"trace of percpu:* events over {seconds:g} s; bytes are those of one CPU"
    figures = {
        "trace.allocations": ledger.allocs,
        "trace.frees": ledger.frees,
        "trace.failures": ledger.failed,
        "trace.lost": lost,
        "trace.outstanding_bytes": ledger.live_bytes,
        "trace.peak_bytes": ledger.peak_bytes,
    }
    kinds: dict[str, tuple[int, int]] = {}
    for site in ledger.by_consumer():
        allocs, live = kinds.get(site.kind or "unknown", (0, 0))
        kinds[site.kind or "unknown"] = allocs + site.allocs, live + site.live_bytes
    for kind, (allocs, live) in sorted(kinds.items()):
        figures |= {f"trace.{kind}.allocations": allocs, f"trace.{kind}.outstanding_bytes": live}
    yield seen("measured", figures, source)
