"""The packages of published documents are clean, and their own tests pass."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from published import Made, compilable, made, needs_the_corpus

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_the_corpus

PARTS = 4
ONE_AFTER_ANOTHER = """
import os, sys, pytest
# The libraries are imported once, each project's modules in a process of their own.
import mcp, starlette.testclient, aiohttp, orjson
for project in sys.argv[1:]:
    child = os.fork()
    if not child:
        os.chdir(project)
        options = ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=short"]
        code = pytest.main([*options, "-W", "ignore:Module already imported"])
        sys.stdout.flush()
        os._exit(code)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{project}: its tests fail")
"""


@pytest.fixture(scope="module")
def projects(packages: Path) -> list[Made]:
    return [made(document, packages) for document in compilable()]


def test_packages_are_typed(projects: list[Made]) -> None:
    path = os.pathsep.join(str(one.project) for one in projects)
    names = [option for one in projects for option in ("-p", one.module)]
    cache = projects[0].project.parent / ".mypy_cache"
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache)]
    said = run([*command, *names], MYPYPATH=path)
    assert said.returncode == 0, said.stdout[-3000:]


def test_packages_are_linted(projects: list[Made]) -> None:
    directories = [str(one.project) for one in projects]
    # Ruff's defaults, and strings concatenated on one line.
    lint = [sys.executable, "-m", "ruff", "check", "--extend-select", "ISC"]
    said = run([*lint, *directories])
    assert said.returncode == 0, said.stdout[-3000:]


@pytest.mark.parametrize("part", range(PARTS))
def test_emitted_tests_pass(projects: list[Made], part: int) -> None:
    chosen = [str(one.project) for one in projects[part::PARTS]]
    said = run([sys.executable, "-c", ONE_AFTER_ANOTHER, *chosen])
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-2000:]


def run(command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
