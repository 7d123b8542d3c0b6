"""What a run of planner gave, with assertions that show all of it when they fail."""

import fnmatch
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, repr=False)
class Outcome:
    """Exit code, standard output and error, and the JSON form of the report.

    ``document`` is what ``-f json`` wrote (see ``planner schema report``); ``None`` where the command makes no report or wrote none.
    """

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    document: dict[str, Any] | None = None

    def __repr__(self) -> str:
        shown = " ".join(self.argv)
        return f"planner {shown}\nexit code {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"

    @property
    def report(self) -> dict[str, Any]:
        """The run's one report.

        :raises AssertionError: there is none, or there are several.
        """
        if self.document is None or "reports" in self.document:
            raise AssertionError(f"the run made not one report\n{self!r}")
        return self.document

    def exits(self, code: int) -> Self:
        """Assert the exit code: 0 done, 1 gate failed, 2 usage or profile, 3 tool or plugin error, 4 nothing evaluated."""
        if self.code != code:
            raise AssertionError(f"exit code {self.code}, not {code}\n{self!r}")
        return self

    def prints(self, *patterns: str) -> Self:
        """Assert that lines of standard output match ``patterns`` (``*`` and ``?``), in this order."""
        return self._in_order(self.stdout, "standard output", patterns)

    def complains(self, *patterns: str) -> Self:
        """Assert that lines of standard error match ``patterns`` (``*`` and ``?``), in this order."""
        return self._in_order(self.stderr, "standard error", patterns)

    def silent(self) -> Self:
        """Assert that nothing stands on standard error: no broken plugin, no warning."""
        if self.stderr:
            raise AssertionError(f"standard error is not empty\n{self!r}")
        return self

    def consumer(self, name: str) -> dict[str, Any]:
        """Return the consumer of that name in the report."""
        return self._named("consumers", name)

    def gate(self, name: str) -> dict[str, Any]:
        """Return the gate of that name in the report."""
        return self._named("gates", name)

    def _named(self, part: str, name: str) -> dict[str, Any]:
        entries: list[dict[str, Any]] = self.report[part]
        for entry in entries:
            if entry["name"] == name:
                return entry
        raise AssertionError(f"no {name!r} in {part}: {[entry['name'] for entry in entries]}\n{self!r}")

    def _in_order(self, text: str, where: str, patterns: tuple[str, ...]) -> Self:
        lines = iter(text.splitlines())
        for pattern in patterns:
            if not any(fnmatch.fnmatchcase(line.strip(), _literal(pattern)) for line in lines):
                raise AssertionError(f"no line of {where} (after those before) matches {pattern!r}\n{self!r}")
        return self


def _literal(pattern: str) -> str:
    """Let brackets mean themselves: kernel lines are full of them."""
    return pattern.strip().replace("[", "[[]")
