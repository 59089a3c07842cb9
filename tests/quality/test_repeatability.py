"""The emitted files depend only on the capability."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

DIGESTS = """
from hashlib import sha256
from capabilities import CAPABILITIES
from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit.package_files import Package

for slug in ("authentication", "bodies", "odd", "steps", "typed-arguments"):
    for file in Package(CAPABILITIES[slug], Layout.PROJECT).tree():
        print(slug, file.path, sha256(file.content).hexdigest())
"""


def digests(seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": seed}
    process = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        cwd=Path(__file__).parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.splitlines()


def test_the_seed_of_hashes_shows_in_no_file(packages: Path) -> None:
    """The packages come from a process with another seed."""
    lines = digests("1")
    assert len(lines) > 100
    for line in lines:
        slug, path, digest = line.split(" ")
        content = (packages / slug / path).read_bytes()
        assert sha256(content).hexdigest() == digest, f"{slug}/{path}"
