"""What the kernel's command line makes of the machine's CPUs.

``nr_cpus=N`` keeps the CPUs below N possible, on every architecture with SMP; the smallest counts. ``possible_cpus=N`` (x86) sets their
number, up or down, and from 6.9 on only down; s390 knows it too and has a limit of the machine above it. ``maxcpus=N`` brings up N
CPUs at boot and leaves the possible ones alone, but on x86: there ``maxcpus=0`` and ``nosmp`` leave one, and so does any N where CPUs
cannot be plugged (HOTPLUG_CPU off). Numbers that the kernel ignores are ignored. Applying the same words to the result changes
nothing, so a captured profile may hold both its command line and the CPUs that came of it.
"""

import re

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
        Since(
            "6.9",
            value=False,
            source="arch/x86/kernel/cpu/topology.c:topology_apply_cmdline_limits_early (7c0edad3643f)",
        ),
        Since("2.6.30", value=True, source="arch/x86/kernel/smpboot.c:prefill_possible_map"),
    ),
)


_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,10}|[1-9][0-9]{0,9})")
_ONE_CPU = ("nosmp", "nolapic", "disableapic")


def _number(text: str) -> int:
    """Return the number at the start of ``text`` as lib/cmdline.c:get_option leaves it: 0 where there is none."""
    match = _NUMBER.match(text)
    if match is None:
        return 0
    digits = match[0].lstrip("-")
    base = 16 if digits[:2].lower() == "0x" else 8 if digits.startswith("0") else 10
    return int(digits, base) * (-1 if match[0].startswith("-") else 1)


def _numbers(cmdline: CommandLine, key: str) -> list[int]:
    """Return the numbers that a key is given, in order."""
    return [_number(value or "") for word, value in cmdline.words() if word == key]


def _most_at_boot(cmdline: CommandLine) -> int | None:
    """Return the CPUs that may come up at boot: ``maxcpus=`` or ``nosmp``, the last counts; ``None`` without them."""
    found = None
    for word, value in cmdline.words():
        if word == "nosmp":
            found = 0
        elif word == "maxcpus":
            found = _number(value or "")
    return found


def possible_cpus(
    possible: tuple[int, ...], arch: str, kernel: KernelVersion, cmdline: CommandLine, config: Config
) -> tuple[int, ...]:
    """Return the possible CPUs after the command line and CONFIG_NR_CPUS; never none."""
    limits = [_MAXIMUM, _number(config.get("NR_CPUS") or "")]
    if NR_CPUS_READ.at(kernel):
        limits += _numbers(cmdline, "nr_cpus")
    if arch == "x86":
        possible, more = _x86(possible, kernel, cmdline, config)
        limits += more
    elif arch == "s390":
        limits += _numbers(cmdline, "possible_cpus")[-1:]
    limit = min(limit for limit in limits if limit > 0)
    return tuple(cpu for cpu in possible if cpu < limit) or possible[:1]


def _x86(
    possible: tuple[int, ...], kernel: KernelVersion, cmdline: CommandLine, config: Config
) -> tuple[tuple[int, ...], list[int]]:
    """Return the CPUs that x86 starts from, and its own limits."""
    asked = _numbers(cmdline, "possible_cpus")[-1:]
    limits = []
    most = _most_at_boot(cmdline)
    if most == 0:
        limits.append(1)
    if not POSSIBLE_CPUS_RAISES.at(kernel):
        limits += asked
        if any(cmdline.get(word) is not None for word in _ONE_CPU):
            limits.append(1)
        return possible, limits
    if most is not None and config.get("HOTPLUG_CPU") == "n":
        limits.append(max(1, most))
    if asked and 0 < asked[0] <= _MAXIMUM:
        possible = tuple(range(asked[0]))
    return possible, limits


def online_cpus(possible: tuple[int, ...], declared: tuple[int, ...] | None, cmdline: CommandLine) -> tuple[int, ...]:
    """Return the online CPUs: those declared as far as they are possible, else the first ``maxcpus=`` of the possible ones."""
    if declared is not None:
        allowed = set(possible)
        return tuple(cpu for cpu in declared if cpu in allowed)
    most = _most_at_boot(cmdline)
    return possible if most is None else possible[: max(1, most)]
