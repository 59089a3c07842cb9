"""The lines that a run writes for people: few, in order, with the next command."""

import json
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.cli import main

SEED = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
SPEC = SEED.read_text("utf-8")
BROKEN = SPEC.replace("call: training-runs.deleterun", "call: training-runs.gone", 1)
Lines = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a spec."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SPEC, "utf-8")
    return tmp_path


@pytest.fixture
def run_lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Return a function that runs a command; it returns the lines for people."""

    def run(*arguments: str) -> list[str]:
        main.main(arguments)
        return capsys.readouterr().err.splitlines()

    return run


# --- the first screen ------------------------------------------------------------


def test_the_last_line_of_a_run_names_the_specs_that_failed(run_lines: Lines) -> None:
    names = [f"{n:02}.yaml" for n in range(22)]
    for name in names:
        Path(name).write_text(BROKEN, "utf-8")

    assert run_lines("*.yaml")[-1] == (
        f"naftiko-gen: 22 specs failed: {', '.join(names[:20])} and 2 more"
    )


# --- the next command ------------------------------------------------------------


def dependencies(runtime: str) -> list[str]:
    """The dependencies in the project of the spec."""
    command = ("a.yaml", "--quiet", "--runtime", runtime, "--output", runtime)
    assert main.main(command) == 0
    text = Path(runtime, "a", "pyproject.toml").read_text("utf-8")
    return [*tomllib.loads(text)["project"]["dependencies"]]


@pytest.mark.parametrize("runtime", ["vendored", "library"])
def test_programs_are_told_of_the_dependencies(
    runtime: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A package that isn't written, or is up to date, has the same ones."""
    expected = dependencies(runtime)
    for layout, mode in product(("project", "package"), (["--check"], [], [])):
        options = (f"--layout={layout}", f"--runtime={runtime}", f"--output={layout}")
        main.main(["a.yaml", "--format=json", *options, *mode])
        package, *_ = json.loads(capsys.readouterr().out)["packages"]
        assert package["dependencies"] == expected


def test_a_package_without_a_project_is_started_as_a_module(run_lines: Lines) -> None:
    line = run_lines("a.yaml", "--output", "src", "--layout", "package")[-1]

    install, _, command = line.partition(" && ")
    assert shlex.split(install) == [
        "next:",
        "pip",
        "install",
        *dependencies("vendored"),
    ]
    assert command == "PYTHONPATH=./src python -P -m a serve --mock"
    help_command = command.replace("serve --mock", "serve --help").replace(
        "python", shlex.quote(sys.executable)
    )
    assert subprocess.run(["sh", "-c", help_command], check=False).returncode == 0


# --- colours ---------------------------------------------------------------------


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_compiler(*arguments, **variables)


def test_colors_are_only_for_people() -> None:
    assert "\x1b[33mwarning" in run("a.yaml", "--color", "always").stderr
    assert "\x1b[33mwarning" in run("a.yaml", FORCE_COLOR="1").stderr
    assert "\x1b" not in run("a.yaml", NO_COLOR="", FORCE_COLOR="").stderr
    for form in ("json", "sarif", "github"):
        process = run("a.yaml", "--format", form, "--color", "always")
        assert "\x1b" not in process.stdout
    assert "\x1b" not in run("a.yaml", "--diff", "--color", "always").stdout
