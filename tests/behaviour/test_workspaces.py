"""Whoever starts a command in the folder of a stranger runs nothing of that folder."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from service import Package

import hostile_folder
from naftiko_gen.cli.main import main
from waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "specs" / "training-runs.yaml"
COMMAND = str(Path(sys.executable).with_name("naftiko-gen"))
SPAWNING = """\
import sys
from types import SimpleNamespace
from naftiko_gen.building import batch
from naftiko_gen.cli.main import main

if __name__ == "__main__":
    batch.sys = SimpleNamespace(platform="darwin")
    sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A stranger's folder, of which nothing is imported until the test ends."""
    folder = hostile_folder.fill(tmp_path / "folder")
    yield folder
    assert hostile_folder.imported_modules(folder) == []


def naftiko_gen(folder: Path, *arguments: str | Path) -> None:
    process = subprocess.run(
        [COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr


async def test_the_printed_command_imports_nothing_of_the_folder(
    training: Package, interpreter: Path, folder: Path
) -> None:
    # All clients have the same command.
    arguments = ("mcp-config", "--client", "cursor")
    process = training.run(*arguments, interpreter=str(interpreter))
    [entry] = json.loads(process.stdout)["mcpServers"].values()
    server = StdioServerParameters(
        command=entry["command"],
        args=[*entry["args"], "--mock"],
        # An empty part of it stands for the current directory.
        env={"PRIME_API_KEY": "pit_valid", "PYTHONPATH": os.pathsep},
        cwd=folder,
    )
    async with Client(server) as tools:
        tool_list = await tools.list_tools()
        result = await tools.call_tool("prime-intellect-deleterun", {"run_id": "a"})
    assert len(tool_list.tools) == 2
    assert not result.is_error


def test_without_an_installed_package_nothing_is_printed(training: Package) -> None:
    process = training.run("mcp-config", "--client", "cursor")

    assert (process.returncode, process.stdout) == (1, "")
    assert f"{sys.executable} has no package training-runs" in process.stderr
    assert "install it there with pip" in process.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_compiling_imports_nothing_of_the_folder(folder: Path, jobs: str) -> None:
    for name in ("a", "b", "c"):
        (folder / f"{name}.yaml").write_bytes(SPEC.read_bytes())

    naftiko_gen(folder, "*.yaml", "-o", "out", "--jobs", jobs, "--no-cache")

    assert (folder / "out" / "c" / "pyproject.toml").exists()


def test_workers_that_are_new_interpreters_import_nothing_of_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("a", "b", "c"):
        (folder / f"{name}.yaml").write_bytes(SPEC.read_bytes())
    program = tmp_path / "program" / "start.py"
    program.parent.mkdir()
    program.write_text(SPAWNING, encoding="utf-8")

    arguments = ("*.yaml", "-o", "out", "--jobs", "2", "--no-cache", "-q")
    process = subprocess.run(
        [sys.executable, program, *arguments], cwd=folder, check=False
    )

    assert process.returncode == 0


@pytest.mark.parametrize("command", ["init", "explain", "fix", "check"])
def test_other_commands_import_nothing_of_the_folder(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.yaml").write_bytes(SPEC.read_bytes())
    match command:
        case "init":
            naftiko_gen(folder, "init", "capabilities")
        case "check":
            monkeypatch.chdir(folder)
            assert main(["a.yaml", "-q"]) == 0
            naftiko_gen(folder, "a.yaml", "--check")
        case _:
            naftiko_gen(folder, command, "a.yaml")


def test_a_served_spec_imports_nothing_of_the_folder(folder: Path) -> None:
    (folder / "training-runs.yaml").write_bytes(SPEC.read_bytes())
    with subprocess.Popen(
        [COMMAND, "run", "training-runs.yaml", "--mock", "--port", "0"],
        cwd=folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        messages: list[str] = []
        while "training-runs-mcp listens" not in "".join(messages[-1:]):
            messages.append(process.stderr.readline())
            assert messages[-1], "".join(messages)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
