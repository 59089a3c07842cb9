"""What is emitted depends on the capability alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DIGESTS = """
from hashlib import sha256
from capabilities import CAPABILITIES
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package

for slug in ("adapters", "credentials", "outputs", "prose", "templates"):
    for file in Package(CAPABILITIES[slug], Layout.PROJECT).tree():
        print(slug, file.path, sha256(file.content).hexdigest())
"""


def digests(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": seed}
    return subprocess.run(
        [sys.executable, "-c", DIGESTS],
        cwd=Path(__file__).parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_seed_of_hashes_shows_in_no_file() -> None:
    first = digests("1")
    assert first.count("\n") > 100
    assert digests("2") == first
