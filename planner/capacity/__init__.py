"""Questions put to the model: layout, footprint, fit, burst, what-if, compare, advice."""

from planner.capacity.evaluate import evaluate, fits_of
from planner.capacity.machine import EvaluationError

__all__ = ["EvaluationError", "evaluate", "fits_of"]
