"""Boots made after the model (tests/kernel/exhaust): uneven and memory-less nodes, distances told one way and the other, odd CPU counts."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from planner.capacity.machine import boot
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text

DATA = Path(__file__).parent / "data" / "first_chunk_own.jsonl.gz"
BOOTS: list[dict[str, Any]] = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
NR_CPUS = {32: 32, 64: 8192}
"""CONFIG_NR_CPUS of Debian's kernels."""


def profile_text(made: dict[str, Any]) -> str:
    parts = [
        "schema = 1",
        "[system]",
        f'name = "{made["id"]}"',
        'arch = "x86"',
        f"bits = {made['bits']}",
        f'kernel = "{made["kernel"]}"',
        "[cpus]",
        f"possible = {made['possible']}",
        "[memory]",
        f'ram = "{made["ram"]}iB"',
        "[percpu]",
        f"static = {made['static']}",
        "[boot]",
        f'cmdline = "{made["cmdline"]}"',
        "[config]",
        f'NR_CPUS = "{NR_CPUS[made["bits"]]}"',
    ]
    if made["nodes"]:
        nodes = ", ".join(f'{node} = "{cpus}"' for node, cpus in made["nodes"].items())
        parts += ["[numa]", f"nodes = {{ {nodes} }}"]
        parts += [f"distances = {made['distances']}"] if made["distances"] else []
    return "\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    return PluginManager()


@pytest.mark.parametrize("made", BOOTS, ids=lambda made: made["id"])
def test_boot_lines(made: dict[str, Any], manager: PluginManager) -> None:
    machine = boot(load_text(profile_text(made), manager), manager)
    assert [text.rstrip() for _level, text in machine.first_chunk.log] == made["lines"]
