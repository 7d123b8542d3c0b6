"""The figures of a profile beside an explained message."""

from collections.abc import Iterator, Sequence

from planner.capacity.evaluate import evaluate
from planner.cli.session import PluginChoice
from planner.observe.explain.model import Finding, Numbers
from planner.profile.load import load
from planner.report.model import Report
from planner.report.text import count_text, size_text


def numbers(name: str) -> Numbers:
    """Return a function that says what a finding comes to on the machine of the profile ``name``.

    :raises ProfileError: the profile is wrong.
    :raises EvaluationError: it cannot be evaluated.
    """
    manager = PluginChoice().load()
    report = evaluate(load(name, manager), manager, advice=False)

    def answer(finding: Finding) -> Sequence[str]:
        return tuple(_sentences(finding, report))

    return answer


def _sentences(finding: Finding, report: Report) -> Iterator[str]:
    first, cpus = report.first_chunk, report.system.cpus_possible
    for (size, align), count in finding.requests.most_common(3):
        yield (
            f"{count_text(size)} bytes at {align} cost {size_text(size * cpus)} on {count_text(cpus)} possible CPUs, each time"
            + (f"; the text holds {count} such requests" if count > 1 else "")
        )
    if finding.entry.involves == "other":
        return
    chunk = size_text(first.unit_size * first.units)
    yield f"a further chunk takes {chunk} of address space ({first.units} units of {size_text(first.unit_size)})"
    if finding.entry.key in {"reserved-chunk-full", "module-no-percpu"}:
        where = (
            f"a reserve of {size_text(first.reserved)}"
            if first.reserved
            else "the dynamic space: there is no reserve here"
        )
        yield f"modules' static data come from {where}"
    yield f"Percpu with everything in the profile: {size_text(report.percpu.meminfo_bytes)} in {count_text(report.percpu.chunks)} chunks"
    for limit in report.limits:
        if limit.used is not None and limit.total:
            yield f"{limit.what}: {count_text(limit.used)} of {count_text(limit.total)} {limit.unit}"
    if report.verdict.headline:
        yield report.verdict.headline
