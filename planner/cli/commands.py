"""The list of commands: where each stands and what it does in a line. A command's module is imported when it is run."""

from typing import Final, NamedTuple


class Command(NamedTuple):
    """``module`` holds a function ``command``; ``summary`` is its line in ``planner --help``."""

    module: str
    summary: str


COMMANDS: Final[dict[str, Command]] = {
    "report": Command("planner.cli.report", "Say how much still fits, what breaks first, and what to change."),
    "compare": Command("planner.cli.compare", "Compare two profiles, kernels or saved reports."),
    "calibrate": Command("planner.cli.calibrate", "Solve for what is not known of a machine from a count observed."),
    "check": Command("planner.cli.check", "Hold profiles against their gates, for CI."),
    "sweep": Command("planner.cli.sweep", "Evaluate many points of a profile, or find the frontier over them."),
    "forecast": Command("planner.cli.forecast", "Say when each consumer and limit runs out, and how sure that is."),
    "fleet": Command("planner.cli.fleet", "Evaluate many systems: one table, worst first, one exit code."),
    "plot": Command("planner.cli.plot", "Draw one picture of a report as SVG."),
    "profiles": Command("planner.cli.profiles", "List the profiles that come with planner."),
    "schema": Command("planner.cli.schema", "Print the JSON Schema of profiles or reports."),
    "plugins": Command("planner.cli.plugins", "List plugins: from where, and what each adds."),
    "consumers": Command("planner.cli.consumers", "List what can spend per-CPU memory, with the keys of each kind."),
    "capture": Command("planner.cli.capture", "Write the running system, or a copied one, as a profile."),
    "verify": Command("planner.cli.verify", "Show what the model predicts beside what was measured."),
    "module": Command(
        "planner.cli.module", "Show modules' static per-CPU data and whether systems have room for them."
    ),
    "replay": Command("planner.cli.replay", "Show who allocates per-CPU memory in a trace, and put it to the model."),
    "record": Command("planner.cli.record", "Record the per-CPU allocator's trace events (root)."),
    "explain": Command("planner.cli.explain", "Say what a kernel message about per-CPU memory means."),
    "new": Command("planner.cli.new", "Write a plugin's package, to start from."),
    "man": Command("planner.cli.man", "Print the manual page."),
}
"""In the order of ``planner --help``."""
