"""Running planner's command line in the test's own process."""

import contextlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from planner.cli.app import run
from planner.testing.installed import installed
from planner.testing.outcome import Outcome

REPORTING = frozenset({"report", "check"})
"""Commands that take profiles and ``-f``."""

_ENVIRONMENT = {"NO_COLOR": "1", "COLUMNS": "80", "TERM": "xterm", "SOURCE_DATE_EPOCH": "1795305600"}
_UNSET = ("GITHUB_STEP_SUMMARY", "PLANNER_DEBUG", "PLANNER_STRICT_PLUGINS")


class Runner:
    """Call it as :func:`planner.testing.planner_run` says; ``folder`` is where files are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, profile: str | Path | None, *argv: str | Path, plugins: Sequence[object] = (), stdin: str = ""
    ) -> Outcome:
        """Run and return what came of it; nothing is asserted yet."""
        arguments = [str(argument) for argument in argv] or ["report"]
        if profile is not None:
            arguments.insert(1, str(self._written(profile)))
        written = self.folder / "planner-report.json"
        written.unlink(missing_ok=True)
        if arguments[0] in REPORTING:
            own = any(argument in {"-f", "--format"} for argument in arguments)
            arguments += [*(() if own else ("-f", "table")), "-f", f"json={written}"]
        code, stdout, stderr = run_here(arguments, plugins=plugins, stdin=stdin)
        document: dict[str, Any] | None = json.loads(written.read_text("utf-8")) if written.exists() else None
        return Outcome(tuple(arguments), code, stdout, stderr, document)

    def _written(self, profile: str | Path) -> Path | str:
        if isinstance(profile, Path):
            return profile.absolute()
        if "\n" not in profile and "=" not in profile:
            return profile  # a shipped profile's name
        path = self.folder / "profile.toml"
        path.write_text(profile, encoding="utf-8")
        return path.name


def run_here(arguments: Sequence[str], *, plugins: Sequence[object] = (), stdin: str = "") -> tuple[int, str, str]:
    """Run planner in this process with plain surroundings (80 columns, no colour, a fixed day); return code and outputs."""
    out, err = io.StringIO(), io.StringIO()
    with (
        installed(plugins),
        mock.patch.dict(os.environ, _ENVIRONMENT),
        mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name in _UNSET:
            os.environ.pop(name, None)
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()
