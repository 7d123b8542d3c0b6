"""Pages in a real browser, and what checks them: headless Chromium, axe-core, the Nu HTML validator.

A test whose tool is not here is skipped, and fails where ``PLANNER_WEB=required`` says that all of them are (``.ci/run`` does, once
``.ci/browser`` has installed them).
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import html

WEB = Path(__file__).parents[1] / ".ci/web/node_modules"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _there(what, found):
    if found is not None:
        return found
    if os.environ.get("PLANNER_WEB") == "required":
        pytest.fail(f"{what} is not here, but PLANNER_WEB=required")
    return pytest.skip(f"{what} is not here (.ci/browser installs it)")


def chromium():
    """Return Chromium's file, or skip."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return _there("Chromium", next((found for name in names if (found := shutil.which(name))), None))


def axe():
    """Return axe-core's script, or skip."""
    file = Path(os.environ.get("AXE_CORE") or WEB / "axe-core/axe.min.js")
    return _there("axe-core", file if file.is_file() else None)


def run(folder, page, *flags):
    """Run Chromium on a page's text and return what it printed, as (standard output, lines written to the console)."""
    file = folder / "page.html"
    file.write_text(page, "utf-8")
    command = [chromium(), *FLAGS, "--enable-logging=stderr", "--virtual-time-budget=20000"]
    command += [*flags, f"--user-data-dir={folder / 'browser'}", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def browse(page, folder, *flags):
    """Return what the browser makes of a page, and what it complains of."""
    return run(folder, page, "--dump-dom", *flags)


def barriers(page, folder, *, dark):
    """Return what axe-core finds wrong: (rule, elements); it must have looked in the colours asked for."""
    open_page = re.sub(r"<meta http-equiv=[^>]*>", "", page)  # the page's own policy lets no script run
    look = (
        "axe.run().then(found => { document.title = JSON.stringify("
        "{passes: found.passes.length, dark: matchMedia('(prefers-color-scheme:dark)').matches, "
        "violations: found.violations.map(one => [one.id, one.nodes.map(node => node.html)])}) })"
    )
    script = f"<script>{axe().read_text('utf-8')}</script><script>{look}</script></body>"
    colours = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    shown, _console = browse(open_page.replace("</body>", script), folder, colours)
    found = json.loads(html.document_fromstring(shown).xpath("string(//head/title)"))
    assert found["passes"] > 10
    assert found["dark"] is dark
    return found["violations"]


def complaints(*files):
    """Return what the Nu validator says of HTML or SVG files: errors and warnings."""
    jar = Path(os.environ.get("VNU_JAR") or WEB / "vnu-jar/build/dist/vnu.jar")
    java = _there("Java", shutil.which("java"))
    _there("the Nu HTML validator", jar if jar.is_file() else None)
    command = [
        java,
        "-Xss4m",
        "-jar",
        jar,
        "--also-check-svg",
        "--stdout",
        "--exit-zero-always",
        "--format",
        "json",
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    messages = json.loads(done.stdout)["messages"]
    return [(Path(one.get("url", "")).name, one.get("lastLine"), one["message"]) for one in messages]
