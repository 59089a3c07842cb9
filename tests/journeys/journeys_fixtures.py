"""An installation that pages share, and a reader who follows a page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from chosen_delivery import configure, expected_lines, installation, with_choice
from environments import Environment, copy_environment
from page import Command, File, steps
from shell import Shell

import compiler
import forks
from documented_ports import documented_ports
from naftiko_gen.emit.package.project import (
    DEPENDENCIES,
    SDK_DEPENDENCIES,
    TEST_DEPENDENCIES,
)
from wheelhouse import UPGRADED, once

ACTIVATION = ". .venv/bin/activate"
ENVIRONMENT = f"python3 -I -m venv .venv && {ACTIVATION}"
BARE = "python3 -I -m venv --without-pip .venv"
PORT = re.compile(r"--port ([0-9]+)")
INSTALLATION = "pip install --quiet ~/naftiko-gen"
"""Every page begins with these lines; it may install more in the second one."""
PACKAGE = re.compile(r"pip install --quiet '?\./generated/")
"""The start of a line that builds a package, and installs it."""
BUILD = re.compile(r"^python -I -m build (?=generated/)")
"""The start of a line that builds a package's archives."""
UNISOLATED = "--no-build-isolation"
BACKEND = "hatchling"
"""Builds packages: pip would install it for each build."""
WATCHER = "watchfiles"
"""The library of `run` that no package needs."""


@pytest.fixture(scope="session")
def variables(wheels: dict[str, str]) -> dict[str, str]:
    """Return the variables of a reader's shell."""
    return {
        # Wheels that are at hand, and nothing compiled ahead, save only time.
        **wheels,
        "PIP_COMPILE": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        "GIT_AUTHOR_NAME": "Reader",
        "GIT_AUTHOR_EMAIL": "reader@example.com",
        "GIT_COMMITTER_NAME": "Reader",
        "GIT_COMMITTER_EMAIL": "reader@example.com",
    }


@pytest.fixture(scope="session")
def installed_once(common: Path, sources: Path, variables: dict[str, str]) -> Path:
    """The environment after the first lines of every page, with a newer pip.

    It has the libraries of packages, too, and the tools that build and test them. Other
    tests type all these lines: they follow the README of the project, and that of a
    package.
    """

    def install(root: Path) -> None:
        with _reader(root, sources, variables) as shell:
            _type(shell, f"{BARE} && {ACTIVATION}")
            environment = Environment(shell.directory / ".venv", variables)
            libraries = (*DEPENDENCIES, *SDK_DEPENDENCIES, *TEST_DEPENDENCIES)
            environment.install(*UPGRADED, BACKEND, WATCHER, *libraries)
            _type(shell, f"{INSTALLATION} {UNISOLATED}")
            _prepare(shell)

    return once(common / "journeys", install) / "work" / ".venv"


def _prepare(shell: Shell) -> None:
    """Install the runtime, if packages depend on it, and start the compiler once.

    The start writes the compiler's bytecode; the wheels have that of the libraries.
    """
    for line in installation():
        _type(shell, line)
    _type(shell, "naftiko-gen init example && cd example && naftiko-gen")


@pytest.fixture
def follow(
    tmp_path: Path, sources: Path, variables: dict[str, str], installed_once: Path
) -> Callable[[Path], None]:
    """Follow a page to its end, in a directory only with the environment.

    The compiler runs in forks: it was started itself in the environment's original.
    """
    python = Environment(installed_once).python
    in_forks = forks.called_in_forks(compiler.MODULES, python)

    def follow(page: Path) -> None:
        text = page.read_text(encoding="utf-8")
        ports = map(int, PORT.findall(text))
        with (
            documented_ports(set(ports)),
            _reader(tmp_path, sources, {**variables, **in_forks}) as shell,
        ):
            environment = copy_environment(installed_once, shell.directory / ".venv")
            forks.replace(environment.script("naftiko-gen"))
            configure(shell.directory)
            if UNISOLATED in text:
                # The page names all that its reader has to install.
                _type(shell, f".venv/bin/pip uninstall --quiet --yes {BACKEND}")
            for step in steps(page):
                match step:
                    case File(name=name, content=content):
                        _write(shell, name, content)
                    case Command():
                        _check(step, *shell.type(_shorten(step.line)))

    return follow


def _reader(root: Path, sources: Path, variables: Mapping[str, str]) -> Shell:
    """Return a shell in an empty directory, only with a clone in the home."""
    home, directory = root / "home", root / "work"
    home.mkdir(parents=True)
    (home / "naftiko-gen").symlink_to(sources)
    directory.mkdir()
    return Shell(directory, home, variables)


def _shorten(line: str) -> str:
    """Return a line without the installations that are done already."""
    if line == ENVIRONMENT:
        return ACTIVATION
    if line.startswith(INSTALLATION):
        further = line.removeprefix(INSTALLATION)
        if further == "[run]":  # its libraries are there
            return "true"
        return f"pip install --quiet{further}" if further else "true"
    line = BUILD.sub("python -I -m build --no-isolation ", line)
    return f"{line} {UNISOLATED}" if PACKAGE.match(line) else line


def _here(shell: Shell) -> Path:
    return Path(shell.type("pwd")[0].strip())


def _write(shell: Shell, name: str, content: str) -> None:
    path = _here(shell) / name
    assert path.resolve().is_relative_to(shell.directory.resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(with_choice(name, content), encoding="utf-8")


def _type(shell: Shell, line: str) -> None:
    _check(Command(line, ()), *shell.type(line))


def _check(command: Command, output: str, status: int) -> None:
    assert status == 0, f"$ {command.line}\n{output}"
    if command.expected:
        command = replace(command, expected=expected_lines(command.expected))
        expected = "\n".join(command.expected)
        message = f"$ {command.line}\n{output}\n--- expected\n{expected}"
        assert command.is_shown_by(output), message
