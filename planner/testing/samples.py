"""Reports and documents to try formats and gates on: made by the model from small profiles, then bent."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from planner.capacity import evaluate
from planner.gates import judge
from planner.plugin import Document, Report
from planner.plugin.manager import PluginManager
from planner.profile import load_text
from planner.report.model import AdviceInfo, GateInfo, Problem
from planner.testing.installed import stands

SMALL = """\
schema = 1
[system]
name = "sample laptop"
arch = "x86"
bits = 32
kernel = "3.2.0-51-generic"
[cpus]
possible = 2
[memory]
ram = "4GiB"
[percpu]
boot_log = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
[vmalloc]
size = "128MiB"
used = "120MiB"
[[consumer]]
kind = "workqueue"
name = "experiment"
count = 100
[[consumer]]
kind = "raw"
name = "counters"
size = 64
count = 1000
[gate.headroom]
min = "20%"
[gate.fits]
level = "warn"
consumer = "experiment"
min = 1000000000
"""
"""A 32-bit laptop with two consumers, a gate that passes and one that does not."""

HOSTILE = "\x1b[31m</script>\r\n|`=1+1;::error::\u202e'\""
"""Words that a terminal, a web page, a table, a spreadsheet or a CI log would obey."""


def make_report(profile_text: str | None = None, *, plugins: Sequence[object] = (), advice: bool = True) -> Report:
    """Return the model's report on a profile in TOML, its gates judged, with ``plugins`` beside the built-in ones.

    ``advice`` asks for changes to be tried too, which takes seconds.

    :raises planner.profile.ProfileError: the profile is wrong.
    :raises planner.capacity.EvaluationError: no such machine can be modelled.
    """
    manager = PluginManager(entry_points=stands(plugins), strict=True)
    profile = load_text(SMALL if profile_text is None else profile_text, manager, label="profile.toml")
    report = evaluate(profile, manager, advice=advice)
    return replace(report, gates=judge(profile.gates, report, manager.gates()))


@functools.cache
def sample_documents() -> Mapping[str, Document]:
    """Return documents of every shape that a format meets, by name."""
    change = AdviceInfo(
        change="boot with vmalloc=256M", fits_after=10, fits_before=5, consumer="experiment", paste="vmalloc=256M"
    )
    small = replace(make_report(advice=False), advice=(change,))
    bare = replace(small, consumers=(), gates=(), advice=(), chunks=(), space=(), limits=(), assumptions=())
    problem = Problem(profile="broken.toml", message="broken.toml:1:1: not TOML", exit_code=2)
    return {
        "one": Document(reports=(small,)),
        "check": Document(reports=(small,), command="check"),
        "several": Document(reports=(small, bare, _open(small)), problems=(problem,)),
        "none": Document(reports=()),
        "problem": Document(reports=(), problems=(problem,)),
        "bare": Document(reports=(bare,)),
        "hostile": Document(reports=(_hostile(small),), problems=(replace(problem, message=HOSTILE, profile=HOSTILE),)),
    }


def _open(report: Report) -> Report:
    """Return the report with nothing certain: nothing stops one consumer, the other's count is a range, gates unjudged."""
    first, *others = report.consumers
    endless = replace(first, fits=None, more=None, stops=None)
    ranged = [replace(one, fits_range=(one.count, None), depends_on=("something",)) for one in others]
    gates = tuple(replace(gate, passed=None, found="unknown") for gate in report.gates)
    return replace(report, consumers=(endless, *ranged), gates=gates)


def _hostile(report: Report) -> Report:
    """Return the report with hostile words wherever a user's or a plugin's words go."""
    consumers = tuple(replace(one, name=HOSTILE, unit=HOSTILE) for one in report.consumers)
    gates = (
        GateInfo(name=HOSTILE, level="error", passed=False, expected=HOSTILE, found=HOSTILE, file=HOSTILE),
        *report.gates,
    )
    return replace(
        report,
        profile=HOSTILE,
        system=replace(report.system, name=HOSTILE),
        consumers=consumers,
        gates=gates,
        warnings=(HOSTILE,),
    )
