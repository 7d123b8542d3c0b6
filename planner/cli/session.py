"""The plugins of one run, and the warnings about those that are broken."""

from collections.abc import Sequence

from planner.cli.failures import say
from planner.plugin.manager import PluginManager
from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class PluginChoice:
    """Which plugins a run uses: plain data, so that a worker process can load the same."""

    disable: tuple[str, ...] = ()
    strict: bool = False

    def load(self) -> PluginManager:
        """Return the plugins.

        :raises PluginError: ``strict`` and one is broken.
        """
        return PluginManager(disable=self.disable, strict=self.strict)


def warn(problems: Sequence[object]) -> None:
    """Say which plugins are broken, each once."""
    for problem in dict.fromkeys(map(str, problems)):
        say(f"planner: warning: {problem}")
