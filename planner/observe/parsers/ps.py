"""Tables of ``ps``: how many processes have memory of their own, and how many of them more than one thread."""

from collections.abc import Iterator


def count_processes(text: str) -> tuple[int, int]:
    """Return (processes, those with several threads) of ``ps aux``, ``ps alx`` or, with a line a thread, ``ps auxm``.

    Kernel threads have no memory (VSZ 0) and are not counted; (0, 0) where the text is no such table.
    """
    processes = threaded = 0
    for size, state, threads in _rows(text):
        if size > 0:
            processes += 1
            threaded += threads > 1 or "l" in state
    return processes, threaded


def _rows(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield VSZ in KiB, STAT and the number of thread lines of each process."""
    lines = text.split("\n")
    header = next((number for number, line in enumerate(lines[:20]) if "VSZ" in line.split()), None)
    if header is None:
        return
    columns = lines[header].split()
    size_at, pid_at = columns.index("VSZ"), columns.index("PID") if "PID" in columns else 0
    state_at = columns.index("STAT") if "STAT" in columns else None
    size, state, threads = 0, "", 0
    for line in lines[header + 1 :]:
        words = line.split()
        if len(words) <= size_at:
            continue
        if words[pid_at] == "-":  # a thread of the process above
            threads += 1
            continue
        yield size, state, threads
        size = int(words[size_at]) if words[size_at].isdecimal() and len(words[size_at]) < 16 else 0
        state = words[state_at] if state_at is not None and len(words) > state_at else ""
        threads = 0
    yield size, state, threads
