"""Placement sequences of the real mm/percpu.c: every result, schedule, balance effect, checkpoint, log line and statistic."""

import zlib

import pytest

from tests.vectors.files import Line, find
from tests.vectors.replay import Replay

LONG = 100_000
"""Operations above which the default run takes only a sample of the sequences."""
ONE_IN = 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lines = find("placement_")
    if metafunc.config.getoption("--vectors") != "all":
        lines = [line for line in lines if line.operations < LONG or not zlib.crc32(str(line).encode()) % ONE_IN]
    metafunc.parametrize("line", lines, ids=str)


def test_sequence(line: Line) -> None:
    Replay(line, line.load()).run()
