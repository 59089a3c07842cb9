"""Interpreters and virtual environments, and the compiler's output in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

VERSIONS = ("3.11", "3.12", "3.13")
SPEC = "specs/training-runs.yaml"


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the variables of the pip that installs in it."""

    root: Path
    pip: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def python(self) -> Path:
        return self.root / "bin" / "python"

    def script(self, name: str) -> Path:
        return self.root / "bin" / name

    def install(self, *arguments: str | Path) -> None:
        """Install with the pip that the tests have."""
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install")
        options = ("--quiet", "--no-compile", "--no-warn-script-location")
        run(*pip, *options, *arguments, env=self.pip)

    def packages(self) -> Path:
        """Return the directory that installed packages are in."""
        [directory] = (self.root / "lib").glob("python*/site-packages")
        return directory

    def borrow(self, *others: Environment) -> None:
        """Find modules that aren't installed here in other environments."""
        path_file = self.packages() / "zz_borrowed.pth"
        lines = (f"{other.packages()}\n" for other in others)
        path_file.write_text("".join(lines), "utf-8")


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    status: int = 0,
) -> str:
    """Run a command, insist on its exit status, and return its output."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**clean_environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == status, f"{command}:\n{result.stdout}"
    return result.stdout


def clean_environment() -> dict[str, str]:
    """Return the environment without the variables that steer Python, pytest or git."""
    prefixes = ("PYTHON", "PYTEST", "GIT_DIR", "GIT_INDEX", "GIT_WORK", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(prefixes)}


def make_environment(
    root: Path, python: Path, pip: Mapping[str, str] | None = None
) -> Environment:
    """Make a virtual environment without a pip of its own."""
    run(python, "-m", "venv", "--clear", "--without-pip", root)
    return Environment(root, pip or {})


def copy_environment(original: Path, copy: Path) -> Environment:
    """Copy a virtual environment; its files are links until somebody replaces them."""
    shutil.copytree(original, copy, symlinks=True, copy_function=os.link)
    for script in (copy / "bin").iterdir():
        _name_directory(script, original, copy)
    return Environment(copy)


def _name_directory(script: Path, before: Path, after: Path) -> None:
    """Replace the directory of the environment that a script was written for."""
    content = script.read_bytes()
    if os.fsencode(before) in content and not script.is_symlink():
        mode = script.stat().st_mode
        script.unlink()
        script.write_bytes(content.replace(os.fsencode(before), os.fsencode(after)))
        script.chmod(mode)


def tree(root: Path) -> dict[str, bytes]:
    """Return every file below a directory."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@cache
def interpreter(version: str) -> Path:
    """Return a Python of that version; skip the test if this machine has none."""
    for candidate in _candidates(version):
        if _is(candidate, version):
            return candidate
    pytest.skip(f"no Python {version} with venv on this machine")


def _candidates(version: str) -> Iterator[Path]:
    for name in (f"python{version}", "python3"):
        program = shutil.which(name, path=f"{os.defpath}:{os.environ.get('PATH', '')}")
        if program:
            yield Path(program)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)


def _is(python: Path, version: str) -> bool:
    """Say whether it works, has venv, and is of that version: a shim may be neither."""
    program = "import ensurepip, sys, venv; print('{}.{}'.format(*sys.version_info))"
    result = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() == version
