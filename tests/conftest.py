"""Options of the whole test suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vectors",
        choices=("sample", "all"),
        default="sample",
        help="golden vectors: a deterministic sample of the long sequences, or every one in full",
    )
