"""The GitHub Action: its steps, run as a runner would run them."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from environments import SPEC, clean_environment

import hostile_folder
import wheelhouse

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
INPUTS = {name: said["default"] for name, said in ACTION["inputs"].items()}
INSTALL, CHECK = ACTION["runs"]["steps"]
HOSTILE = (*hostile_folder.MODULES, "hatchling")
EXPRESSION = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


@pytest.fixture
def runner(
    common: Path,
    sources: Path,
    wheels: dict[str, str],
    quick_python: Callable[[str], Path],
) -> Path:
    """The temporary directory of a runner on which the first step was done.

    It was done in `hostile_checkout(runner)`, where pip was told to install nothing.
    """

    def install(root: Path) -> None:
        root.mkdir()
        checkout = hostile_folder.fill(hostile_checkout(root), HOSTILE)
        # No directory has a hash.
        (checkout / "pip.conf").write_text("[global]\nrequire-hashes = 1\n", "utf-8")
        (checkout / "pyvenv.cfg").write_text("home = .\n", "utf-8")
        path = f"{quick_python(wheelhouse.VERSION)}:{os.environ['PATH']}"
        process = step(INSTALL, root, checkout, {}, {**wheels, "PATH": path})
        assert process.returncode == 0, process.stderr

    return wheelhouse.once(common / "runner", install)


def hostile_checkout(runner: Path) -> Path:
    return runner / "hostile checkout"


@pytest.fixture
def checkout(tmp_path: Path, sources: Path) -> Path:
    """A repository with a spec, a configuration and no package."""
    root = tmp_path / "check out"
    (root / "services" / "two words").mkdir(parents=True)
    shutil.copy(sources / SPEC, root / "services" / "two words" / "a spec.yaml")
    configuration = 'specs = ["*.yaml"]\n'
    file = root / "services" / "two words" / "naftiko-gen.toml"
    file.write_text(configuration, "utf-8")
    (root / ".git").mkdir()
    return root


def step(
    definition: dict[str, Any],
    runner: Path,
    workspace: Path,
    inputs: dict[str, str],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Do a step as a runner does: expressions are replaced outside of the script."""
    all_inputs = {**INPUTS, **inputs}
    own = {
        name: EXPRESSION.sub(lambda match: all_inputs[match[1]], value)
        for name, value in definition.get("env", {}).items()
    }
    script = workspace.with_name("step.sh")
    script.write_text(definition["run"], "utf-8")
    outside = {
        "RUNNER_TEMP": str(runner),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_ACTION_PATH": str(runner.parent / "sources"),
        "PIP_COMPILE": "0",
        **variables,
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=workspace,
        env={**clean_environment(), **outside, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_script_of_the_action_has_an_expression() -> None:
    for definition in ACTION["runs"]["steps"]:
        assert definition["shell"] == "bash"
        assert "${{" not in definition["run"]
        assert set(definition) <= {"name", "shell", "env", "run"}
        assert all(
            EXPRESSION.fullmatch(value) for value in definition.get("env", {}).values()
        )
    expressions = [
        EXPRESSION.findall(str(definition)) for definition in ACTION["runs"]["steps"]
    ]
    assert sorted(name for names in expressions for name in names) == sorted(INPUTS)


def test_the_action_annotates_differences_and_imports_nothing_of_the_checkout(
    runner: Path, checkout: Path
) -> None:
    hostile_folder.fill(checkout / "services" / "two words")
    hostile_folder.fill(checkout, HOSTILE)
    inputs = {"working-directory": "services/two words"}

    process = step(CHECK, runner, checkout, inputs)

    assert process.returncode == 1, process.stderr
    place = "::error file=services/two words/a spec.yaml,title=outdated-package::"
    assert place in process.stdout
    assert not (checkout / "services/two words/generated").exists()
    assert hostile_folder.imported_modules(hostile_checkout(runner)) == []
    assert hostile_folder.imported_modules(checkout) == []
    assert hostile_folder.imported_modules(checkout / "services" / "two words") == []


def test_the_action_passes_while_nothing_differs(runner: Path, checkout: Path) -> None:
    directory = checkout / "services" / "two words"
    tool = runner / "naftiko-gen" / "bin" / "naftiko-gen"
    subprocess.run([tool, "-q"], cwd=directory, check=True)

    arguments = "--strict --no-strict 'a spec.yaml'\n-q"
    inputs = {"working-directory": "services/two words", "args": arguments}
    process = step(CHECK, runner, checkout, inputs)

    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["args", "working-directory"])
def test_no_input_is_run(name: str, runner: Path, checkout: Path) -> None:
    hostile = "$(touch owned) `touch owned`; touch owned"

    process = step(CHECK, runner, checkout, {name: hostile})

    assert process.returncode != 0
    assert list(checkout.rglob("owned")) == []


def test_quotes_that_do_not_match_fail(runner: Path, checkout: Path) -> None:
    process = step(CHECK, runner, checkout, {"args": "'one"})

    message = "::error::the input args of naftiko-gen: No closing quotation\n"
    assert (process.returncode, process.stdout, process.stderr) == (2, message, "")
