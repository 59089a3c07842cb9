"""A clone of the sources, and a reader who follows a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page import Command, File, steps
from shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com")


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of a repository with the sources as they are here, committed or not."""
    directory = tmp_path_factory.mktemp("origin") / "naftiko-gen"
    listing = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    cloned = tmp_path_factory.mktemp("clone") / "naftiko-gen"
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*IDENTITY, "commit", "--quiet", "--message", "Everything"),
        ("clone", "--quiet", ".", str(cloned)),
    ):
        subprocess.run(("git", *command), cwd=directory, check=True)
    return cloned


@pytest.fixture
def follow(
    tmp_path: Path, clone: Path, wheels: dict[str, str]
) -> Callable[[Path], None]:
    """Follow a page to its end, in an empty directory and an empty home."""

    def follow(page: Path) -> None:
        home, directory = tmp_path / "home", tmp_path / "work"
        home.mkdir()
        (home / "naftiko-gen").symlink_to(clone)
        directory.mkdir()
        variables = {
            # Wheels that are at hand, and nothing compiled ahead, save time alone.
            **wheels,
            "PIP_COMPILE": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "GIT_AUTHOR_NAME": "Reader",
            "GIT_AUTHOR_EMAIL": "reader@example.com",
            "GIT_COMMITTER_NAME": "Reader",
            "GIT_COMMITTER_EMAIL": "reader@example.com",
        }
        with Shell(directory, home, variables) as shell:
            for step in steps(page):
                match step:
                    case File(name=name, content=content):
                        _write(shell, directory, name, content)
                    case Command():
                        _check(step, *shell.type(step.line))

    return follow


def _write(shell: Shell, directory: Path, name: str, content: str) -> None:
    here = Path(shell.type("pwd")[0].strip())
    path = here / name
    assert path.resolve().is_relative_to(directory.resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _check(command: Command, said: str, status: int) -> None:
    assert status == 0, f"$ {command.line}\n{said}"
    if command.expected:
        expected = "\n".join(command.expected)
        message = f"$ {command.line}\n{said}\n--- expected\n{expected}"
        assert command.is_shown_by(said), message
