"""The site is built without a warning."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_sphinx_has_nothing_to_complain_about(tmp_path):
    pytest.importorskip("furo")
    command = (sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", tmp_path / "doctrees")
    done = subprocess.run([*command, ROOT / "docs", tmp_path / "site"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "alloc_percpu" in (tmp_path / "site/explanation/allocator.html").read_text("utf-8")
