"""Questions put to the model: layout, footprint, fit, burst, what-if, compare, advice."""
