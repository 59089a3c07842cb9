"""The tests of emitted packages, each run by a process that has imported libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ONE_AFTER_ANOTHER = """
import gc, json, os, sys, tempfile, pytest
# The libraries are imported once, each project's modules in a process of their own.
import aiohttp, anyio.pytest_plugin, mcp, orjson, starlette.testclient
options = ["-q", "-p", "anyio", "-p", "no:cacheprovider", "--no-header", "--tb=short"]
# Rewriting the assertions, to show the values of one that fails, takes as long as they.
options += ["--assert=plain"]
strict = ["-W", "error", "-W", "ignore:Module already imported"]
# Else each collection looks at every object of the libraries, and pytest asks for many.
gc.collect()
gc.freeze()
for project in sys.argv[1:]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as written:
        child = os.fork()
        if not child:
            os.chdir(project)
            os.dup2(written.fileno(), 1)
            os.dup2(written.fileno(), 2)
            code = pytest.main([*options, *strict])
            sys.stdout.flush()
            os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        written.seek(0)
        print(json.dumps([project, status, written.read()]), flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """How the tests of a project ended, and what they wrote."""

    project: str
    status: int
    output: str


def outcomes(projects: Iterable[Path]) -> Iterator[Outcome]:
    """Run the tests of projects; a warning fails them.

    Plugins of pytest that this project has, and its packages don't need, stay away.
    """
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER, *map(str, projects)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    for line in done.stdout.splitlines():
        yield Outcome(*json.loads(line))
