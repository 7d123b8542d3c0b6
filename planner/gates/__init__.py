"""A measured report held against a profile's gates."""

from planner.gates.judge import judge

__all__ = ["judge"]
