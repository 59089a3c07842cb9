"""The tests of emitted packages, each run by a process that has imported libraries."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import forks
import sent_requests

LIBRARIES = ("anyio.pytest_plugin", "mcp", "orjson", "pytest", "starlette.testclient")
NEEDLESS = (
    *("debugging", "doctest", "faulthandler", "junitxml", "legacypath", "pastebin"),
    *("setuponly", "setupplan", "stepwise", "subtests", "terminalprogress", "unittest"),
)
"""Plugins of pytest that find and change nothing in emitted tests."""
OPTIONS = ("-q", "-p", "anyio", "-p", "no:cacheprovider", "--no-header", "--tb=short")
PLAIN = ("--assert", "plain")
"""Without it, pytest rewrites all assertions, of which few or none ever fail."""
STRICT = ("-W", "error", "-W", "ignore:Module already imported")


@dataclass(frozen=True)
class Outcome:
    """How the tests of a project ended, and their output."""

    project: str
    status: int
    output: str


def outcome(project: Path, requests: Path | None = None) -> Outcome:
    """Run the tests of a project; a warning fails them.

    Plugins of pytest that this project has, and its packages don't need, stay away. The
    file `requests` gets all requests to the mock upstream.
    """
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = (*OPTIONS, *PLAIN, *STRICT, *(f"-pno:{name}" for name in NEEDLESS))
    if requests is not None:
        here = str(Path(__file__).parent)
        environment |= {"PYTHONPATH": here, sent_requests.FILE: str(requests)}
        options = (*options, "-p", sent_requests.__name__)
    program = forks.Module("pytest")
    process = forks.run(
        forks.Command(program, options, project, environment, LIBRARIES)
    )
    return Outcome(str(project), process.returncode, process.stdout + process.stderr)


def outcomes(projects: Iterable[Path]) -> Iterator[Outcome]:
    """Run the tests of projects, one after another."""
    return map(outcome, projects)
