"""The compiler writes the same bytes after every kind of installation."""

import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from environments import (
    SPEC,
    Environment,
    interpreter,
    make_environment,
    run,
    tree,
)

from wheelhouse import of_version, once

CHECKOUT = Path(__file__).parents[2]
UNISOLATED = ("--no-deps", "--no-build-isolation")
EDITABLE = "editables"
"""Installed by hatchling for an editable installation."""


@pytest.fixture(scope="session")
def backend(common: Path, wheels: dict[str, str]) -> Environment:
    """An environment with the builder of the project, once for all installations."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    python = interpreter("3.11")

    def make(root: Path) -> None:
        environment = make_environment(root, python, of_version("3.11", wheels))
        environment.install(*project["build-system"]["requires"], EDITABLE)

    return Environment(once(common / "backend", make))


@pytest.fixture
def bare(tmp_path: Path, first: Environment, backend: Environment) -> Environment:
    """An environment with nothing installed that finds the dependencies elsewhere."""
    environment = make_environment(tmp_path / "bare", interpreter("3.11"))
    environment.borrow(first, backend)
    return environment


def home(environment: Environment) -> str:
    """Return the directory from which an environment imports the compiler."""
    program = "import naftiko_gen; print(naftiko_gen.__file__)"
    return run(environment.python, "-c", program).strip()


def compile_tree(
    environment: Environment, sources: Path, output: Path
) -> dict[str, bytes]:
    run(environment.script("naftiko-gen"), sources / SPEC, "-o", output)
    return tree(output / "training-runs")


def test_a_wheel_of_the_source_distribution_is_complete(
    wheel: Path, sources: Path
) -> None:
    """Other tests install this wheel."""
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}

    places = {
        "naftiko_gen": "generator/naftiko_gen",
        "naftiko_gen/templates": "templates",
        "naftiko_gen/diagnostics/pages": "docs/diagnostics",
    }
    files = {
        f"{place}/{name}": content
        for place, directory in places.items()
        for name, content in tree(sources / directory).items()
        if "__pycache__" not in name
    }
    information = {name for name in contents if ".dist-info/" in name}
    assert contents.keys() - information == files.keys()
    assert files.items() <= contents.items()


def test_an_installation_explains_codes(first: Environment) -> None:
    process = run(first.script("naftiko-gen"), "--explain", "duplicate-key")

    assert "A mapping has the same key twice." in process


def test_an_editable_installation_uses_the_sources(
    bare: Environment, sources: Path, tmp_path: Path, expected_files: object
) -> None:
    bare.install(*UNISOLATED, "-e", sources)

    assert home(bare).startswith(f"{sources}/generator/")
    assert compile_tree(bare, sources, tmp_path / "out") == expected_files


def test_a_checkout_needs_no_installation(
    bare: Environment, sources: Path, tmp_path: Path, expected_files: object
) -> None:
    command = (bare.python, "-m", "naftiko_gen.cli", SPEC, "-o", tmp_path / "out")

    run(*command, cwd=sources, env={"PYTHONPATH": "generator"})

    assert tree(tmp_path / "out" / "training-runs") == expected_files


def test_the_module_is_the_same_with_and_without_the_project(
    first: Environment, sources: Path, tmp_path: Path, package: Path
) -> None:
    command = (first.script("naftiko-gen"), sources / SPEC, "-o", tmp_path)

    run(*command, "--layout", "package")

    alone = tree(tmp_path / "training_runs")
    del alone[".naftiko-gen.json"]
    in_project = tree(package / "training_runs")
    # Only the tests of a project import these fixtures.
    del in_project["_runtime/pytest_plugin.py"]
    assert alone == in_project


def test_the_wheel_makes_repositories(first: Environment, tmp_path: Path) -> None:
    run(first.script("naftiko-gen"), "init", tmp_path / "books")

    assert (tmp_path / "books" / ".github" / "workflows" / "capabilities.yml").exists()
    assert (tmp_path / "books" / ".gitignore").exists()
    run("git", "init", "-q", cwd=tmp_path / "books")
    run(first.script("naftiko-gen"), "update", cwd=tmp_path / "books")


def test_the_source_distribution_holds_the_needs_of_its_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {SPEC, "README.md", "LICENSE", "tests/unit/test_cli.py"} <= names
    assert "generated/training-runs/pyproject.toml" in names
