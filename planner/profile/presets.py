"""Presets of gates: ``[gate] preset = "recommended"`` stands for these tables, written as a profile writes them."""

from typing import Any

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "recommended": {
        "fits": {"level": "error"},
        "headroom": {"level": "warn", "min": "20%"},
    },
    "strict": {
        "fits": {"level": "error"},
        "headroom": {"level": "error", "min": "30%"},
    },
}
"""Gates by preset and name; a preset's gate whose plugin is missing is left out, a gate of the profile outranks it."""
