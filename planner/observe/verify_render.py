"""A verification as text and as data."""

from collections.abc import Iterator
from typing import Any, Final

from planner.observe.verify import Check, Verdict, Verification
from planner.report.text import count_text, size_text

SCHEMA_VERSION: Final = 1
_MARKS: Final[dict[Verdict, str]] = {
    "equal": "=",
    "close": "~",
    "differs": "!",
    "changed": "*",
    "uncertain": "?",
    "not predicted": " ",
    "not measured": " ",
}


def as_data(result: Verification) -> dict[str, Any]:
    """Return the verification as plain data (``planner verify --json``)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "checks": [
            {
                "what": one.what,
                "predicted": one.predicted,
                "measured": one.measured,
                "verdict": one.verdict,
                "explanation": one.explanation,
            }
            for one in result.checks
        ],
        "made": result.measured,
        "differ": len(result.failed),
        "explained_share": result.explained,
        "explained_of": result.explained_of,
        "unexplained_bytes_per_cpu": result.unexplained_bytes,
    }


def render_text(result: Verification) -> str:
    """Return the verification as a table for people, ending in a newline."""
    lines: list[str] = []
    for one in result.checks:
        lines += _check(one)
    lines += _explained(result)
    differing = f"{len(result.failed)} differ" if result.failed else "none differs"
    lines.append(f"{result.measured} of {len(result.checks)} checks could be made; {differing}")
    return "\n".join(lines) + "\n"


def _check(one: Check) -> Iterator[str]:
    mark = _MARKS[one.verdict]
    if one.what == "boot line":
        yield f"{mark} predicted  {one.predicted}"
        yield f"  measured   {one.measured or '(not in the log)'}"
    else:
        yield f"{mark} {one.what}: predicted {one.predicted or '-'}, measured {one.measured or '-'}"
    if one.explanation:
        yield f"  {one.verdict}: {one.explanation}"


def _explained(result: Verification) -> Iterator[str]:
    if result.explained is None:
        yield "explained: not known, since neither percpu_stats nor Percpu of /proc/meminfo was readable"
        return
    least = "" if result.explained_of == "allocated" else "at least "
    yield f"explained: {least}{result.explained:.1%} of the allocated bytes by the consumers that were counted"
    if least:
        yield "  without percpu_stats what is allocated is not known: held against all populated pages less the static section"
    left = result.unexplained_bytes or 0
    if left > 0:
        most = "at most " if least else ""
        yield f"  unexplained: {most}{size_text(left)} on each CPU (made at boot, or by what cannot be counted from outside)"
    elif left < 0:
        yield (
            f"  counted too much: {count_text(-left)} bytes on each CPU more than are allocated; something counted does "
            "not exist in this form"
        )
