"""The hooks, in a repository that uses them according to the README."""

import shutil
import sys
from pathlib import Path

import pytest
from environments import SPEC, Environment, run

import compiler
import forks
import hostile_folder
from wheelhouse import once

PRE_COMMIT = (sys.executable, "-P", "-m", "pre_commit")
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
CONFIGURATION = """\
repos:
- repo: {sources}
  rev: {revision}
  hooks:
  - id: naftiko-gen
  - id: naftiko-gen-check
"""


SPECS = 'specs = ["specs/*.yaml"]\n'


@pytest.fixture(scope="session")
def repository(common: Path, sources: Path, first: Environment) -> Path:
    """A repository with a spec, its package and a configuration, all committed.

    The package is compiled there: its manifest has the path of the spec.
    """

    def commit(root: Path) -> None:
        (root / "specs").mkdir(parents=True)
        shutil.copy(sources / SPEC, root / "specs")
        revision = run("git", "rev-parse", "HEAD", cwd=sources).strip()
        configuration = CONFIGURATION.format(sources=sources, revision=revision)
        (root / ".pre-commit-config.yaml").write_text(configuration, "utf-8")
        (root / "naftiko-gen.toml").write_text(SPECS, "utf-8")
        run("git", "init", "-q", cwd=root)
        run(first.script("naftiko-gen"), cwd=root)
        run("git", "add", "-A", cwd=root)
        run("git", *IDENTITY, "commit", "-q", "-m", "A capability", cwd=root)

    return once(common / "committed", commit)


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    """A copy of the repository."""
    return shutil.copytree(repository, tmp_path / "project", symlinks=True)


@pytest.fixture(scope="session")
def real_hooks(
    common: Path, repository: Path, wheels: dict[str, str]
) -> dict[str, str]:
    """Return the variables of pre-commit: its environments, which all tests share."""
    further = {"PIP_COMPILE": "0", "VIRTUALENV_NO_PERIODIC_UPDATE": "1", **wheels}

    def install(home: Path) -> None:
        variables = {"PRE_COMMIT_HOME": str(home), **further}
        run(*PRE_COMMIT, "install-hooks", cwd=repository, env=variables)
        forks.replace(installed_command(home))

    home = once(common / "pre-commit", install)
    return {"PRE_COMMIT_HOME": str(home), **further}


def installed_command(home: Path) -> Path:
    """Return the compiler's command in the environment that pre-commit made."""
    [script] = home.glob("repo*/py_env-*/bin/naftiko-gen")
    return script


@pytest.fixture
def hooks(real_hooks: dict[str, str]) -> dict[str, str]:
    """Return the same variables for a compiler that runs in forks."""
    python = installed_command(Path(real_hooks["PRE_COMMIT_HOME"])).with_name("python")
    return {**real_hooks, **forks.called_in_forks(compiler.MODULES, python)}


def hook(hooks: dict[str, str], project: Path, *names: str, status: int) -> str:
    """Run a hook, or both if none is named, and return the output."""
    return run(
        *(*PRE_COMMIT, "run", *names, "--all-files", "--color", "never"),
        cwd=project,
        env=hooks,
        status=status,
    )


def change(spec: Path) -> None:
    spec.write_text(spec.read_text("utf-8").replace("8080", "8081"), "utf-8")


def test_both_pass_while_nothing_changed_and_import_nothing_of_the_repository(
    real_hooks: dict[str, str], project: Path
) -> None:
    hostile_folder.fill(project)

    assert hook(real_hooks, project, status=0).count("Passed") == 2
    assert hostile_folder.imported_modules(project) == []


def test_a_new_spec_is_compiled_and_the_commit_fails_once(
    hooks: dict[str, str], project: Path
) -> None:
    shutil.copy(project / SPEC, project / "specs" / "new.yaml")

    output = hook(hooks, project, "naftiko-gen", status=1)

    assert "files to generated/new" in output
    assert (project / "generated" / "new" / "new" / "client.py").exists()
    assert "Passed" in hook(hooks, project, "naftiko-gen", status=0)


def test_a_generated_file_that_is_edited_fails_both(
    hooks: dict[str, str], project: Path
) -> None:
    client = project / "generated" / "training-runs" / "training_runs" / "client.py"
    client.write_text("mine = True\n", "utf-8")

    output = hook(hooks, project, status=1)
    assert output.count("Failed") == output.count("error[edited-generated-file]") == 2
    assert client.read_text("utf-8") == "mine = True\n"


def test_without_a_configuration_both_fail_and_give_advice(
    hooks: dict[str, str], project: Path
) -> None:
    (project / "naftiko-gen.toml").unlink()

    output = hook(hooks, project, status=1)
    assert output.count("Failed") == output.count("write a configuration") == 2


def test_the_second_hook_expects_the_output_of_the_first(
    hooks: dict[str, str], project: Path
) -> None:
    change(project / SPEC)

    first, _, second = hook(hooks, project, status=1).partition("naftiko-gen --check.")

    assert "files were modified by this hook" in first
    assert "Failed" in first
    assert "Passed" in second


@pytest.mark.only_full
def test_the_hooks_can_be_tried_without_a_configuration(
    project: Path, sources: Path, tmp_path: Path, real_hooks: dict[str, str]
) -> None:
    change(project / SPEC)

    process = run(
        *(*PRE_COMMIT, "try-repo", sources, "--all-files", "--color", "never"),
        cwd=project,
        env={**real_hooks, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")},
        status=1,
    )

    first, _, second = process.partition("naftiko-gen --check.")
    assert "files were modified by this hook" in first
    assert "Failed" in first
    assert "Passed" in second
