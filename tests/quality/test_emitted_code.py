"""The package of every capability passes the type checker and the linters."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from capabilities import CAPABILITIES

from naftiko_gen.emit.runtime.source import runtime_root
from typed_packages import gather, gather_tests

TESTS_OF_EACH_FORM = ("authentication", "bodies", "clients", "odd", "shop")
SUPPRESSION = re.compile(r"noqa|type: ignore|fmt: |isort:|pragma|pylint")
# Besides ruff's defaults: naming, unused code, shadowing, simplifications.
RULES = "A,B,C4,E4,E7,E9,F,FURB,I,N,PERF,PGH,PIE,PLE,PLW,RET,SIM,UP,W"


def run(directory: Path, *command: str) -> None:
    process = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def test_mypy_finds_nothing(packages: Path, mypy_cache: str, tmp_path: Path) -> None:
    modules = [packages / slug / slug.replace("-", "_") for slug in CAPABILITIES]
    names = gather(modules, tmp_path)
    tests = [gather_tests(packages / slug, tmp_path) for slug in TESTS_OF_EACH_FORM]
    options = [option for name in names for option in ("-p", name)]
    options += [option for name in chain(*tests) for option in ("-m", name)]
    run(tmp_path, "mypy", "--strict", mypy_cache, *options)


def test_ruff_finds_nothing(packages: Path) -> None:
    check = ("ruff", "check", "--no-cache", "--extend-select", RULES)
    # The runtime is the same in all packages.
    run(packages, *check, "--exclude", "_runtime", ".")
    command = (*check, "--isolated", "--target-version", "py311")
    run(runtime_root().parent, *command, runtime_root().name)


def test_black_would_change_nothing(packages: Path) -> None:
    # The runtime is the same in all packages, and checked with the templates.
    options = ("--check", "--quiet", "--extend-exclude", "/_runtime/")
    run(packages, "black", *options, ".")


TAKEN_BY_UVICORN = {"httptools", "uvloop"}
"""Optional dependencies of uvicorn, without which it is slow."""
TAKEN_BY_TESTS = {"pytest"}
"""Distributions that only modules for tests import."""


@pytest.mark.parametrize("slug", ["aggregate", "prompts", "steps"])
def test_a_package_depends_on_the_libraries_it_imports(
    packages: Path, slug: str
) -> None:
    project = tomllib.loads((packages / slug / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    optional = (extras[name] for name in extras.keys() - {"dev"})
    requirements = chain(project["project"]["dependencies"], *optional)
    distributions = {re.match("[a-z0-9]+", requirement) for requirement in requirements}
    modules = (packages / slug / slug.replace("-", "_")).rglob("*.py")
    libraries = set(chain.from_iterable(map(imports, modules)))
    libraries = (libraries | TAKEN_BY_UVICORN) - TAKEN_BY_TESTS
    assert {name[0] for name in distributions if name} == libraries


def imports(module: Path) -> Iterator[str]:
    """Yield the first words of the distributions that a module imports."""
    for node in ast.walk(ast.parse(module.read_bytes())):
        match node:
            case ast.Import(names=names):
                tops = [name.name.partition(".")[0] for name in names]
            case ast.ImportFrom(module=str() as name, level=0):
                tops = [name.partition(".")[0]]
            case _:
                tops = []
        others = (top for top in tops if top not in sys.stdlib_module_names)
        yield from (top.partition("_")[0] for top in others)


def test_no_tool_is_told_to_look_away(packages: Path) -> None:
    for path in packages.rglob("*.py"):
        suppression = SUPPRESSION.search(path.read_text(encoding="utf-8"))
        assert suppression is None, f"{path.relative_to(packages)}: {suppression}"


def test_a_package_of_two_operations_is_small(pytestconfig: pytest.Config) -> None:
    project = pytestconfig.rootpath / "generated" / "training-runs"

    assert lines_in(project / "training_runs") <= 270
    assert lines_in(project / "tests") <= 160


def lines_in(directory: Path) -> int:
    """Return the number of lines of the modules of a directory, without the runtime."""
    modules = directory.glob("*.py")
    return sum(len(path.read_text("utf-8").splitlines()) for path in modules)
