"""The checks of axe for people who see little, or who have no mouse."""

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from browser import Browser

from registries import skip_if_unreachable
from wheelhouse import once

CARRIER = "axe-core@4.14.1"
DIGEST = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """
const [tags, done] = arguments;
const summary = (one) => `${one.id}: ${one.nodes.slice(0, 3).map(
  (node) => node.html + node.failureSummary).join(" | ")}`;
axe.run(document, {runOnly: {type: "tag", values: tags}}).then(
  (results) => done(results.violations.map(summary)));
"""


def axe(common: Path) -> str:
    """Return the script of axe, from npm; skip the test where that is impossible."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")

    def fetch(root: Path) -> None:
        root.mkdir()
        command = ["npm", "pack", "--pack-destination", str(root), CARRIER]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            root.rmdir()
            skip_if_unreachable(process.stderr)
            pytest.fail(process.stderr)

    [archive] = once(common / "axe", fetch).glob("*.tgz")
    with tarfile.open(archive) as members:
        file = members.extractfile("package/axe.min.js")
        assert file is not None
        script = file.read()
    assert hashlib.sha256(script).hexdigest() == DIGEST
    return script.decode()


def violations(browser: Browser, script: str) -> list[str]:
    """Return the rules that the page in the browser breaks, with elements."""
    browser.run(script)
    faults: list[str] = browser.finish(RUN, list(TAGS))
    return faults
