"""Commands in Markdown, with what they print: read from the text and run as they stand there.

A fenced block marked ``console`` holds lines ``$ command``, each followed by its output (standard output and error together). A line
``...`` stands for any lines, ``...`` within a line for any characters. ``$ echo $?`` after a command shows its exit code.

To take the output of today into a file: ``python tests/console.py README.md`` (read the difference before you commit it).
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARKED = re.compile(r"<!-- command: (\w+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: its commands in order, each with the output that it should have."""

    file: Path
    line: int
    steps: tuple[tuple[str, str], ...]


def blocks(file):
    """Return the console blocks of a Markdown file."""
    text = file.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        steps = []
        for part in re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            steps.append((command, output))
        found.append(Block(file, text.count("\n", 0, match.start()) + 1, tuple(steps)))
    return found


def marked_commands(file):
    """Return the commands that stand after a marker ``<!-- command: NAME -->``, by name."""
    return {name: command.strip() for name, command in _MARKED.findall(file.read_text(encoding="utf-8"))}


def matches(expected, actual):
    """Return whether an output is what the text shows, ``...`` standing for anything."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in expected.splitlines()
    )
    return re.fullmatch(pattern, actual) is not None


def outputs(block, cwd, bin_folder=None):
    """Run a block's commands in order in ``cwd``; yield each with what it should print and what it printed.

    Programs are taken from ``bin_folder``, by default that of the environment that runs the tests.
    """
    environment = {
        **os.environ,
        "PATH": f"{bin_folder or Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "SOURCE_DATE_EPOCH": "1795305600",
    }
    environment.pop("GITHUB_STEP_SUMMARY", None)
    code = 0
    for command, expected in block.steps:
        done = subprocess.run(
            ["bash", "-c", f"(exit {code}); {command}"],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        code = done.returncode
        yield command, expected, done.stdout


def run_block(block, cwd, bin_folder=None):
    """Assert that each command of a block prints what the text shows."""
    for command, expected, printed in outputs(block, cwd, bin_folder):
        where = f"{block.file.name}:{block.line}: $ {command}"
        assert matches(expected, printed), f"{where}\n--- the text shows\n{expected}--- it printed\n{printed}"


def update(file):
    """Replace the output of every command in ``file`` that prints something else today."""
    text = file.read_text(encoding="utf-8")
    for block in blocks(file):
        for command, expected, printed in outputs(block, file.resolve().parent):
            if not matches(expected, printed):
                text = text.replace(f"$ {command}\n{expected}", f"$ {command}\n{printed}", 1)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))
