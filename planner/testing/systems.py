"""Systems to ask a plugin about, and the kernels that a plugin is asked about."""

from planner.plugin.releases import RELEASES, make_system, releases_from

__all__ = ["RELEASES", "make_system", "releases_from"]
