"""Which engine serves which generation."""

from typing import TYPE_CHECKING

from planner.allocator.area_map_engine import OffsetMapEngine, SignedMapEngine
from planner.allocator.bitmap import PlainBitmapEngine, ScanHintEngine

if TYPE_CHECKING:
    from planner.allocator.engine import Engine

ENGINES: "dict[str, type[Engine]]" = {
    "scan hints": ScanHintEngine,
    "bitmap": PlainBitmapEngine,
    "offset map": OffsetMapEngine,
    "signed map": SignedMapEngine,
}
"""Engine by value of ``kernel.ENGINE``."""
