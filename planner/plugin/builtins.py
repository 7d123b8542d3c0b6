"""The one list of built-in plugins, by hook: the only place that names a ``planner_*`` plugin package.

Modules of a hook are imported when its records are first asked for, so a run pays for what it uses.
"""

from typing import Final

BUILTINS: Final[dict[str, tuple[str, ...]]] = {
    "planner_architectures": (
        "planner_architectures.x86",
        "planner_architectures.arm64",
        "planner_architectures.arm",
        "planner_architectures.powerpc",
        "planner_architectures.s390",
        "planner_architectures.riscv",
        "planner_architectures.mips",
        "planner_architectures.sparc",
        "planner_architectures.loongarch",
        "planner_architectures.ia64",
        "planner_architectures.generic",
    ),
    "planner_consumers": (
        "planner_consumers.workqueue",
        "planner_consumers.module",
        "planner_consumers.netdev",
        "planner_consumers.netdev_bridge",
        "planner_consumers.netdev_tunnel",
        "planner_consumers.tc",
        "planner_consumers.raw",
    ),
    "planner_formats": (
        "planner_formats.table",
        "planner_formats.markdown",
        "planner_formats.json",
        "planner_formats.csv",
        "planner_formats.junit",
        "planner_formats.sarif",
        "planner_formats.github",
        "planner_formats.gitlab",
        "planner_formats.openmetrics",
    ),
    "planner_gates": (
        "planner_gates.budget",
        "planner_gates.fits",
        "planner_gates.headroom",
        "planner_gates.limit",
        "planner_gates.regression",
    ),
    "planner_advice": ("planner_advice.boot", "planner_advice.consumers", "planner_advice.system"),
    "planner_probes": (),
    "planner_commands": (),
}
