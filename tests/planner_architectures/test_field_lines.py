"""Boot lines that people posted, from kernel, CPUs and static size alone; each names where it stands."""

import json
from pathlib import Path

import pytest

from tests.planner_architectures.machines import first_chunk, system, texts

CASES = json.loads((Path(__file__).parent / "field_lines.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['arch']}-{case['kernel']}" for case in CASES])
def test_line(case):
    machine = system(case["arch"], case["kernel"], cpus=case["cpus"], bits=case["bits"], config=case["config"])
    base = [int(case["base"], 16)] if "base" in case else None
    found = texts(first_chunk(machine, case["static"], area_addresses=base))
    assert found[: case.get("first")] == case["lines"]
