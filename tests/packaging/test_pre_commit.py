"""The hooks, in a repository that uses them as the README tells."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from environments import SPEC, run, tree

if TYPE_CHECKING:
    from pathlib import Path

PRE_COMMIT = (sys.executable, "-m", "pre_commit")
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
CONFIGURATION = """\
repos:
- repo: {sources}
  rev: {revision}
  hooks:
  - id: naftiko-gen
  - id: naftiko-gen-check
"""


@pytest.fixture
def project(tmp_path: Path, sources: Path, package: Path) -> Path:
    """A repository with a spec and its package, both committed."""
    root = tmp_path / "project"
    shutil.copytree(package, root / "generated" / "training-runs")
    (root / "specs").mkdir()
    shutil.copy(sources / SPEC, root / "specs")
    revision = run("git", "rev-parse", "HEAD", cwd=sources).strip()
    configuration = CONFIGURATION.format(sources=sources, revision=revision)
    (root / ".pre-commit-config.yaml").write_text(configuration, "utf-8")
    run("git", "init", "-q", cwd=root)
    run("git", "add", "-A", cwd=root)
    run("git", *IDENTITY, "commit", "-q", "-m", "A capability", cwd=root)
    return root


def hook(common: Path, project: Path, name: str, *, status: int) -> str:
    """Run a hook, with the environments that all tests share, and return its output."""
    return run(
        *(*PRE_COMMIT, "run", name, "--all-files", "--color", "never"),
        cwd=project,
        env={"PRE_COMMIT_HOME": str(common / "pre-commit")},
        status=status,
    )


def change(spec: Path) -> None:
    spec.write_text(spec.read_text("utf-8").replace("8080", "8081"), "utf-8")


@pytest.mark.parametrize("name", ["naftiko-gen", "naftiko-gen-check"])
def test_both_pass_while_nothing_changed(
    name: str, common: Path, project: Path
) -> None:
    assert "Passed" in hook(common, project, name, status=0)


def test_a_new_spec_is_compiled_and_the_commit_fails_once(
    common: Path, project: Path
) -> None:
    shutil.copy(project / SPEC, project / "specs" / "new.yaml")

    said = hook(common, project, "naftiko-gen", status=1)

    assert "files to generated/new" in said
    assert (project / "generated" / "new" / "new" / "client.py").exists()
    assert "Passed" in hook(common, project, "naftiko-gen", status=0)


def test_the_check_lists_what_differs_and_writes_nothing(
    common: Path, project: Path
) -> None:
    change(project / SPEC)
    before = tree(project / "generated")

    said = hook(common, project, "naftiko-gen-check", status=1)

    assert "would write generated/training-runs/training_runs/__main__.py" in said
    assert tree(project / "generated") == before


def test_the_hooks_can_be_tried_without_a_configuration(
    project: Path, sources: Path, tmp_path: Path
) -> None:
    change(project / SPEC)

    said = run(
        *(*PRE_COMMIT, "try-repo", sources, "--all-files", "--color", "never"),
        cwd=project,
        env={"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")},
        status=1,
    )

    first, _, second = said.partition("naftiko-gen --check.")
    assert "files were modified by this hook" in first
    assert "Failed" in first
    assert "Passed" in second
