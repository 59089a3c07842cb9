"""The compiler and packages where Linux's functions are missing, on plain asyncio.

`other_systems/sitecustomize.py` hides them from our modules in each process. Paths,
file systems and consoles of those systems can't be pretended.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import stdio_client
from service import Package, running

from waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SEED = ROOT / "specs/training-runs.yaml"
MUSEUM = ROOT / "tests/openapi/documents/museum.yaml"


@dataclass(frozen=True)
class System:
    """A system that is pretended, and a directory there."""

    name: str
    directory: Path

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of processes that take it for their system."""
        return {
            "PRETENDED_SYSTEM": self.name,
            "OWN_PACKAGES": "training_runs api",
            "PYTHONPATH": str(Path(__file__).with_name("other_systems")),
            "LOCALAPPDATA": str(self.directory / "cache"),
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start the compiler."""
        return subprocess.Popen(
            (sys.executable, "-m", "naftiko_gen", *map(str, arguments)),
            cwd=self.directory,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run the compiler."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(
            arguments, process.returncode, output, errors
        )

    def compile(self, spec: Path) -> Package:
        """Compile a spec."""
        process = self.run(spec, "-o", "generated")
        assert process.returncode == 0, process.stderr
        root = self.directory / "generated" / spec.stem
        manifest = json.loads((root / ".naftiko-gen.json").read_bytes())
        return Package(root, tuple(manifest["ports"]), is_forked=False)


@pytest.fixture(params=["win32", "darwin"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    (tmp_path / "naftiko-gen.toml").touch()
    return System(request.param, tmp_path)


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def create_run(rest: str) -> int:
    url = f"{rest}/v1/api/v1/training/runs"
    return httpx2.post(url, json={"key": 1}, timeout=PATIENCE).status_code


async def call_first(client: Client) -> bool:
    """Call the first tool, with an input that it takes; return whether it answers."""
    [name, *_] = [tool.name for tool in (await client.list_tools()).tools]
    return not (await client.call_tool(name, {"body": {"key": 1}})).is_error


async def test_a_package_is_the_same_and_answers(system: System) -> None:
    (system.directory / "specs").mkdir()
    package = system.compile(Path(shutil.copy(SEED, system.directory / "specs")))
    assert files(package.project) == files(ROOT / "generated/training-runs")

    with running(package, "serve", "--mock", **system.variables) as service:
        assert create_run(service.url("rest")) == 200
        async with Client(service.url("mcp")) as client:
            assert await call_first(client)
    assert service.end() == 0, service.output
    words = package.speaking("mcp", "--stdio", "--mock", **system.variables)
    async with Client(stdio_client(words)) as client:
        assert await call_first(client)
    if system.name == "win32":
        process = package.run("serve", "--mock", "--workers", "2", **system.variables)
        assert process.returncode == 2
        assert "must be 1: this system can't fork processes" in process.stderr


def test_a_spec_is_served_until_an_interrupt(system: System) -> None:
    process = system.start("run", SEED, "--mock", "--port", "0", "--no-config")
    try:
        lines = iter(process.stderr or ())
        notice = next(line for line in lines if b"-rest listens on" in line)
        assert create_run(notice.split()[-1].decode()) == 200
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=PATIENCE)
        assert (process.returncode, b"Traceback" in rest) == (0, False), rest
    finally:
        process.kill()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_documents_and_specs_keep_their_line_ends(system: System, end: bytes) -> None:
    document, old = system.directory / "museum.yaml", system.directory / "old.yaml"
    document.write_bytes(MUSEUM.read_bytes().replace(b"\n", end))
    spec = SEED.read_bytes().replace(b"  label: Prime", b"  title: Prime")
    old.write_bytes(spec.replace(b"\n", end))

    process = system.run("import", document)
    result = system.run("fix", old)

    assert process.returncode == result.returncode == 0, result.stderr
    assert b"\r" not in process.stdout
    assert b"  label: Prime" in old.read_bytes()
    assert old.read_bytes().count(end) == old.read_bytes().count(b"\n")
    museum = system.directory / "api.yaml"
    museum.write_bytes(process.stdout.replace(b"\n", end))
    contents = files(system.compile(museum).project).items()
    assert not [name for name, content in contents if b"\r" in content]
