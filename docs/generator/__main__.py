"""``python -m docs.generator``: write the reference pages."""

from pathlib import Path

from docs.generator import write

write(Path(__file__).parents[1] / "reference")
