"""A rehearsed release: built twice, published to an index, installed, called."""

import hashlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import yaml
from environments import SPEC, make_environment, run, tree
from mock_server import serving

from naftiko_gen import __version__
from waiting import PATIENCE, eventually
from wheelhouse import once

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = ("naftiko-gen", "naftiko-runtime")


@dataclass(frozen=True)
class Builder:
    """Builds releases of a checkout, with libraries that were fetched before."""

    sources: Path
    wheels: dict[str, str]

    def build(self, directory: Path, *tag: str, status: int = 0) -> None:
        script = self.sources / ".ci" / "release"
        env = {"PYTHON": sys.executable, **self.wheels}
        run("bash", script, directory, *tag, env=env, status=status)


@pytest.fixture(scope="module")
def builder(sources: Path, wheels: dict[str, str]) -> Builder:
    return Builder(sources, wheels)


@pytest.fixture(scope="module")
def release(builder: Builder, common: Path) -> Path:
    tag = f"v{__version__}"
    return once(common / "release", lambda directory: builder.build(directory, tag))


@pytest.fixture
def index(release: Path, wheels: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Serve an index with the release, and wheels of its dependencies."""
    if not wheels:
        pytest.skip("no wheels are at hand for the Python of the commands")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback")
    command = [sys.executable, "-m", "pypiserver", *options, str(release)]
    command.append(wheels["PIP_FIND_LINKS"])
    log = (tmp_path / "index.log").open("w")
    with log, subprocess.Popen(command, stderr=log) as server:
        try:
            url = f"http://127.0.0.1:{port}/simple/"
            eventually(lambda: answers(url))
            yield url
        finally:
            server.terminate()


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=PATIENCE, trust_env=False).is_success
    except httpx2.TransportError:
        return False


def test_two_builds_are_equal(release: Path, builder: Builder, tmp_path: Path) -> None:
    builder.build(tmp_path)

    assert tree(tmp_path) == tree(release)


def test_a_release_has_archives_sboms_and_their_sums(release: Path) -> None:
    files = tree(release)
    sums = files.pop("SHA256SUMS").decode().splitlines()

    assert {line.split()[1] for line in sums} == files.keys()
    for line in sums:
        digest, name = line.split()
        assert hashlib.sha256(files[name]).hexdigest() == digest
    for name in DISTRIBUTIONS:
        sbom = json.loads(files[f"{name}.cdx.json"])
        assert sbom["metadata"]["component"]["name"] == name
        assert sbom["metadata"]["component"]["version"]
        assert len(sbom["components"]) > 3
        kinds = {Path(file).suffix for file in files if name.replace("-", "_") in file}
        assert kinds == {".whl", ".gz"}


def test_a_tag_of_another_version_is_refused(builder: Builder, tmp_path: Path) -> None:
    builder.build(tmp_path, "v99.0.0", status=1)


def test_the_release_answers_a_first_call_from_an_empty_environment(
    index: str, tmp_path: Path, sources: Path
) -> None:
    pip = {"PIP_INDEX_URL": index, "PIP_TRUSTED_HOST": "127.0.0.1", "NO_PROXY": "*"}
    environment = make_environment(tmp_path / "empty", Path(sys.executable), pip)
    environment.install("naftiko-gen")
    options = ("--runtime", "library", "-o", tmp_path / "out")
    run(environment.script("naftiko-gen"), sources / SPEC, *options)
    environment.install(tmp_path / "out" / "training-runs")

    with serving(environment) as urls:
        url = f"{urls['training-runs-rest']}/v1/api/v1/training/runs/run_1"
        answer = httpx2.delete(url, timeout=PATIENCE, trust_env=False)

    assert answer.json()["mock"] == "deleterun"


def test_the_workflow_publishes_the_files_of_this_script() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]

    steps = [step for job in jobs.values() for step in job["steps"]]
    assert any(".ci/release dist" in step.get("run", "") for step in steps)
    uses = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r".+@([0-9a-f]{40}|v\d+\.\d+\.\d+)", name) for name in uses)
    names = [name for name, job in jobs.items() if "id-token" in job["permissions"]]
    assert set(names) == {"attest", "publish"}
    assert len(jobs["test"]["strategy"]["matrix"]["os"]) == 3
