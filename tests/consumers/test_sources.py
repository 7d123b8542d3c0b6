"""What each consumer's figures rest on is kept: a citation that goes, or changes unnoticed, is a difference to the golden file."""

import json

from planner.plugin.manager import PluginManager


def test_citations_are_those_that_were_reviewed(snapshot):
    records = PluginManager(entry_points=()).consumers()
    told = {kind: list(record.sources) for kind, record in sorted(records.items())}
    assert json.dumps(told, indent=1, ensure_ascii=False) == snapshot
