"""The draws of a report's uncertain numbers, from the command line's side."""

import os

from planner.capacity.batches import Workers, WorkersLostError
from planner.capacity.samples import sampled
from planner.capacity.sweep import Study
from planner.cli.evaluation import Job
from planner.cli.failures import ToolError
from planner.cli.progress import long_run
from planner.cli.sweeping import judged
from planner.profile.read import Text
from planner.report.model import UncertaintyInfo


def sampled_of(text: Text, job: Job) -> UncertaintyInfo:
    """Return what ``job.samples`` draws give.

    :raises ToolError: worker processes die.
    """
    study = Study(
        text=text.text,
        label=text.label,
        folder=text.folder,
        changes=job.changes,
        judge=judged,
        disable=job.plugins.disable,
        strict=job.plugins.strict,
    )
    long_run()
    try:
        return sampled(study, job.samples, job.seed, Workers(job.sampling_jobs or os.cpu_count() or 1))
    except WorkersLostError as error:
        raise ToolError(str(error)) from error
