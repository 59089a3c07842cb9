"""A generated package that serves its adapters against its embedded upstream."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from environments import Environment, clean_environment

from notices import plain_text

ADAPTERS = ("training-runs-rest", "training-runs-mcp")
FREE_PORTS = {"TRAINING_RUNS_REST_PORT": "0", "TRAINING_RUNS_MCP_PORT": "0"}


@contextmanager
def serving(environment: Environment) -> Iterator[dict[str, str]]:
    """Run `training-runs serve --mock`; yield the URL of each adapter."""
    with subprocess.Popen(
        [environment.script("training-runs"), "serve", "--mock"],
        env={**clean_environment(), **FREE_PORTS},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            yield listening(process.stderr)
        finally:
            process.terminate()
    assert process.returncode == 0


def listening(lines: Iterable[str]) -> dict[str, str]:
    """Return the URL of each adapter, from the first output of the command."""
    urls: dict[str, str] = {}
    for line in map(plain_text, lines):
        adapter, separator, url = line.strip().partition(" listens on ")
        if separator:
            urls[adapter] = url
        if len(urls) == len(ADAPTERS):
            break
    assert urls.keys() == set(ADAPTERS)
    return urls
