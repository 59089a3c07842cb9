"""Packages of each delivery of the runtime pass the type checker and the linters."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from test_emitted_code import RULES

from naftiko_gen.cli.main import main
from naftiko_gen.emit.runtime.source import runtime_root
from typed_packages import gather_tests

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = ("shaped-output", "signed-requests", "two-adapters")
NAMES = tuple(case.replace("-", "_") for case in CASES)


def run(
    directory: Path, *command: str, variables: Mapping[str, str] | None = None
) -> None:
    process = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=directory,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def compile_to(directory: Path, *arguments: str) -> Path:
    for case in CASES:
        spec = (GOLDEN / case / "spec.yaml").read_bytes()
        (directory / f"{case}.yaml").write_bytes(spec)
    specs = [str(directory / f"{case}.yaml") for case in CASES]
    output = directory / "out"
    assert main([*specs, "-q", "--no-config", "-o", str(output), *arguments]) == 0
    return output


def lint(directory: Path) -> None:
    run(directory, "ruff", "check", "--no-cache", "--extend-select", RULES, ".")
    # The runtime is the same in all packages, and formatted as it is in the templates.
    black = ("black", "--check", "-q", "--workers", "1", "--target-version", "py311")
    run(directory, *black, "--extend-exclude", "/_runtime/", ".")


@pytest.mark.parametrize("is_package", [True, False], ids=["relative", "absolute"])
def test_packages_that_share_a_runtime(
    is_package: bool, tmp_path: Path, mypy_cache: str
) -> None:
    (tmp_path / "out").mkdir()
    if is_package:
        (tmp_path / "out" / "__init__.py").touch()

    output = compile_to(tmp_path, "--layout", "package")

    lint(output)
    place, names = (tmp_path, ["out"]) if is_package else (output, [*NAMES])
    modules = [part for name in names for part in ("-p", name)]
    variables = {"MYPYPATH": str(place)}
    run(place, "mypy", "--strict", mypy_cache, *modules, variables=variables)


def test_packages_that_depend_on_the_distribution(
    tmp_path: Path, mypy_cache: str
) -> None:
    output = compile_to(tmp_path, "--runtime", "library")

    lint(output)
    projects = [output / case for case in CASES]
    tests = [name for project in projects for name in gather_tests(project, tmp_path)]
    assert tests
    paths = os.pathsep.join(map(str, [*projects, runtime_root().parent]))
    modules = [part for name in NAMES for part in ("-p", name)]
    modules += [part for name in tests for part in ("-m", name)]
    variables = {"MYPYPATH": paths}
    run(tmp_path, "mypy", "--strict", mypy_cache, *modules, variables=variables)
