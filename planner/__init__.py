"""Capacity planner for the Linux kernel's per-CPU allocator."""

from planner.__about__ import __version__

__all__ = ["__version__"]
