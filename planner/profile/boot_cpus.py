"""What the kernel's command line makes of the machine's CPUs.

``nr_cpus=N`` keeps the CPUs below N possible, on every architecture with SMP. ``possible_cpus=N`` (x86) sets their number, up or
down, and from 6.9 on only down. ``maxcpus=N`` brings up N CPUs at boot and leaves the possible ones alone, but for ``maxcpus=0`` and
``nosmp``, which from 6.9 on leave one possible CPU on x86. Numbers that the kernel ignores are ignored. Applying the same words to
the result changes nothing, so a captured profile may hold both its command line and the CPUs that came of it.
"""

from planner.plugin import CommandLine, Config, Fact, KernelVersion, Since

_MAXIMUM = 65_536

NR_CPUS_READ = Fact(
    "nr_cpus",
    "whether nr_cpus= limits possible CPUs",
    (
        Since("2.6.34", value=True, source="init/main.c:nrcpus (commit 2b633e3fac5e)"),
        Since("2.6.30", value=False, source="not there before"),
    ),
)
POSSIBLE_CPUS_RAISES = Fact(
    "possible_cpus",
    "whether x86's possible_cpus= can raise the number of possible CPUs",
    (
        Since("6.9", value=False, source="arch/x86/kernel/cpu/topology.c:topology_apply_cmdline_limits_early"),
        Since("2.6.30", value=True, source="arch/x86/kernel/smpboot.c:prefill_possible_map"),
    ),
)


def _number(text: str | None) -> int | None:
    """Return the number at the start of ``text`` as lib/cmdline.c:get_option reads it, ``None`` where there is none."""
    if text is None:
        return None
    digits = ""
    for character in text[:6]:
        if not (character.isascii() and character.isdigit()):
            break
        digits += character
    return int(digits) if digits else None


def possible_cpus(
    possible: tuple[int, ...], arch: str, kernel: KernelVersion, cmdline: CommandLine, config: Config
) -> tuple[int, ...]:
    """Return the possible CPUs after the command line and CONFIG_NR_CPUS; never none."""
    configured = _number(config.get("NR_CPUS"))
    limit = configured or _MAXIMUM
    nr_cpus = _number(cmdline.get("nr_cpus"))
    if nr_cpus and NR_CPUS_READ.at(kernel):
        limit = min(limit, nr_cpus)
    if arch == "x86":
        possible, limit = _x86(possible, limit, kernel, cmdline)
    kept = tuple(cpu for cpu in possible if cpu < limit)
    return kept or possible[:1]


def _x86(
    possible: tuple[int, ...], limit: int, kernel: KernelVersion, cmdline: CommandLine
) -> tuple[tuple[int, ...], int]:
    asked = _number(cmdline.get("possible_cpus"))
    raises = POSSIBLE_CPUS_RAISES.at(kernel)
    if asked and asked <= _MAXIMUM:
        if raises:
            possible = tuple(range(asked))
        else:
            limit = min(limit, asked)
    if not raises and (_number(cmdline.get("maxcpus")) == 0 or cmdline.get("nosmp") is not None):
        limit = 1
    return possible, limit


def online_cpus(possible: tuple[int, ...], declared: tuple[int, ...] | None, cmdline: CommandLine) -> tuple[int, ...]:
    """Return the online CPUs: those declared as far as they are possible, else the first ``maxcpus=`` of the possible ones."""
    if declared is not None:
        allowed = set(possible)
        return tuple(cpu for cpu in declared if cpu in allowed)
    most = 0 if cmdline.get("nosmp") is not None else _number(cmdline.get("maxcpus"))
    return possible if most is None else possible[: max(1, most)]
