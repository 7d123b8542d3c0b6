"""Questions put to the model: layout, footprint, fit, burst, what-if, compare, advice."""

from planner.capacity.evaluate import advised, evaluate, fits_of
from planner.capacity.machine import EvaluationError

__all__ = ["EvaluationError", "advised", "evaluate", "fits_of"]
