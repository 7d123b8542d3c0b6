"""What ``planner report`` on a shipped profile costs beside importing the libraries that it stands on.

Whole processes, measured in turns so that both meet the same machine; the median of each is compared. Run it from anywhere::

    python benchmarks/startup.py [PROFILE] [--rounds N]
    python benchmarks/startup.py --shipped --rounds 5

It prints both medians and their ratio, and leaves with 1 where the ratio is 3 or more, of all shipped profiles the worst last.
``--imports`` shows which modules cost most.
"""

import argparse
import statistics
import subprocess
import sys
import time

from planner.profile.shipped import shipped_profiles

LIBRARIES = "import typer, tabulate, tomli, pluggy"
LIMIT = 3.0


def seconds(command):
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{command}: exit {done.returncode}: {done.stderr}")
    return taken


def show_imports(command):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command[1:]], capture_output=True, text=True, check=False
    )
    rows = [
        line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:") and "self" not in line
    ]
    for own, total, name in sorted(
        ((int(row[0].split(":")[1]), int(row[1]), row[2].strip()) for row in rows), reverse=True
    )[:25]:
        print(f"{own / 1000:8.1f} ms own {total / 1000:8.1f} ms in all  {name}")


def report(profile):
    return [sys.executable, "-m", "planner.cli", "report", profile]


def measure(profile, rounds):
    """Return the median seconds of importing the libraries and of a report."""
    libraries, whole = [sys.executable, "-c", LIBRARIES], report(profile)
    seconds(libraries), seconds(whole)  # warm the caches
    pairs = [(seconds(libraries), seconds(whole)) for _ in range(rounds)]
    return tuple(statistics.median(times) for times in zip(*pairs, strict=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("profile", nargs="?", default="seeds/answerer-3.2-core2duo")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shipped", action="store_true", help="every shipped profile")
    parser.add_argument("--imports", action="store_true")
    arguments = parser.parse_args()
    if arguments.imports:
        show_imports(report(arguments.profile))
        return 0
    names = [arguments.profile]
    if arguments.shipped:
        names = [profile.name for profile in shipped_profiles()]
    measured = sorted(((*measure(name, arguments.rounds), name) for name in names), key=lambda one: one[1] / one[0])
    for base, whole, name in measured:
        print(
            f"libraries {base * 1000:.0f} ms, planner report {whole * 1000:.0f} ms: {whole / base:.2f} times (limit {LIMIT:g})  {name}"
        )
    return int(any(whole >= LIMIT * base for base, whole, _name in measured))


if __name__ == "__main__":
    sys.exit(main())
