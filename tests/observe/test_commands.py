"""explain and verify as commands: arguments, files, standard input, exit codes."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.cli.app import app
from planner.cli.failures import translate

LINE = "percpu: allocation failed, size=16 align=8 atomic=1, atomic alloc failed, no space left"
TREES = json.loads(gzip.decompress((Path(__file__).parent / "data" / "trees.json.gz").read_bytes()))


def run(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    """Return what main() would exit with, usage errors of planner's own included, and the output."""
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        code, lines = translate(result.exception)  # type: ignore[arg-type]
        return int(code), result.output + "\n".join(lines)
    return result.exit_code, result.output


def test_explain_takes_a_text_a_file_or_standard_input(tmp_path: Path) -> None:
    (tmp_path / "dmesg").write_text(f"[ 1.0] {LINE}\n")
    outputs = [
        run("explain", LINE),
        run("explain", str(tmp_path / "dmesg")),
        run("explain", "-", stdin=LINE),
        run("explain", stdin=LINE),
    ]
    for code, output in outputs:
        assert code == 0
        assert output.startswith("A request that must not sleep found no ready per-CPU space\n")


def test_explain_as_json() -> None:
    code, output = run("explain", LINE, "-f", "json")
    assert code == 0
    assert json.loads(output)["explanations"][0]["key"] == "atomic-no-space"


def test_explain_with_the_numbers_of_a_profile() -> None:
    line = "PERCPU: allocation failed, size=256 align=256, failed to allocate new chunk"
    code, output = run("explain", line, "--profile", "seeds/up-3.10")
    assert code == 0
    assert "Profile: 256 bytes at 256 cost 256 B on 1 possible CPUs" in output


def test_explain_of_nothing() -> None:
    code, output = run("explain", "usb 1-1: new device")
    assert code == 4
    assert "Nothing about per-CPU memory was recognised" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", LINE, "-f", "yaml"),
        ("explain", LINE, "--kernel", "six"),
        ("explain", LINE, "--limit", "much"),
        ("explain", "/nowhere/dmesg"),
        ("verify",),
        ("verify", "/nowhere/profile.toml"),
        ("capture", "--root", "/nowhere"),
        ("module", "/nowhere/x.ko"),
        ("module", "x.ko", "--max", "much"),
        ("replay", "/nowhere/trace.txt"),
        ("replay", "x", "--check"),
        ("replay", "x", "--set", "a=b"),
        ("record", "--seconds", "1", "--buffer", "much"),
    ],
    ids=" ".join,
)
def test_bad_usage(arguments: tuple[str, ...]) -> None:
    code, output = run(*arguments)
    assert code == 2, output
    assert "Traceback" not in output


def test_verify_against_another_tree_names_what_changed(tmp_path: Path) -> None:
    """A profile of one boot held against another boot of the same kernel with more CPUs."""
    for name, tree in (("old", "a61-smp2"), ("new", "a61-numa2-3+1")):
        for file, text in TREES[tree]["files"].items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    assert run("capture", "--root", str(tmp_path / "old"), "-o", str(tmp_path / "p.toml"))[0] == 0
    assert run("verify", str(tmp_path / "p.toml"), "--root", str(tmp_path / "old"))[0] == 0
    code, output = run("verify", str(tmp_path / "p.toml"), "--root", str(tmp_path / "new"))
    assert code == 1
    assert "! predicted  pcpu-alloc: [0] 0 1" in output


def test_verify_as_json(tmp_path: Path) -> None:
    for file, text in TREES["own-ppgt-numa2-2+2"]["files"].items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code, output = run("verify", "--root", str(tmp_path), "--json")
    assert code == 0
    data = json.loads(output[output.index("{") :])
    assert {check["verdict"] for check in data["checks"]} <= {"equal", "close", "uncertain", "not predicted"}
    assert 0 <= data["explained_share"] <= 1
