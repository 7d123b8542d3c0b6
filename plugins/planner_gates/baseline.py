"""Reading a baseline: a JSON report of planner kept in the repository, never a service."""

from pathlib import Path

from planner.plugin import Report
from planner.profile.errors import ProfileError
from planner.profile.read import read_file
from planner.report.json_form import MAXIMUM_BYTES, ReportFormatError, loads


class BaselineError(Exception):
    """The baseline cannot be used; the message says why."""


def read_baseline(path: Path, report: Report) -> Report:
    """Return the report in ``path`` that is of the same profile as ``report``, or the only one in it.

    :raises BaselineError: no file, no report of planner, another schema, or no report of this profile.
    """
    try:
        found = loads(read_file(path, str(path), MAXIMUM_BYTES))
    except ProfileError as error:
        raise BaselineError(error.problems[0].what) from error
    except ReportFormatError as error:
        raise BaselineError(str(error)) from error
    same = [one for one in found if one.profile == report.profile] or [
        one for one in found if one.system.name == report.system.name
    ]
    if len(found) == 1:
        return found[0]
    if not same:
        raise BaselineError("holds no report of this profile")
    return same[0]
