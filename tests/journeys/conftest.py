"""A local index with the wheel, and a reader who follows a page."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page import Command, File, steps
from shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a package index that has naftiko-gen as it is here."""
    simple = tmp_path_factory.mktemp("index")
    project = simple / "simple" / "naftiko-gen"
    project.mkdir(parents=True)
    build = (sys.executable, "-m", "build", "--wheel", "--outdir")
    subprocess.run([*build, project, ROOT], check=True, capture_output=True)
    handler = partial(_Quiet, directory=str(simple))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def follow(tmp_path: Path, index: str) -> Callable[[Path], None]:
    """Follow a page to its end, in an empty directory and an empty home."""

    def follow(page: Path) -> None:
        home, directory = tmp_path / "home", tmp_path / "work"
        home.mkdir()
        directory.mkdir()
        variables = {
            # The cache of the machine, and nothing compiled ahead, save time alone.
            "PIP_CACHE_DIR": _pip_cache(),
            "PIP_NO_COMPILE": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_EXTRA_INDEX_URL": index,
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


def _pip_cache() -> str:
    command = [sys.executable, "-m", "pip", "cache", "dir"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
