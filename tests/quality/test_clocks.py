"""No test has a short deadline, or waits for a time instead of a fact.

It would fail on a busy machine. Ruff refuses clocks: figures of time are for
`tests/benchmarks`, and `steps` counts work instead.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
CLIENTS = {
    *("AsyncClient", "Client", "delete", "get", "head", "options", "patch", "post"),
    *("put", "request", "stream"),
}
SLEEP = re.compile(r"\bsleep\((?!0?\))")
"""A wait for a time, also in code that a test runs elsewhere; `sleep(0)` is none."""
PERMITTED_SLEEPS = {
    "behaviour/dropping_upstream.py": "drops connections that have been idle",
    "behaviour/faulty_upstream.py": "answers too slowly",
    "behaviour/talkative_upstream.py": "splits its answers",
    "behaviour/test_connection_limits.py": "sends a body too slowly",
    "behaviour/test_killed_runs.py": "kills runs at random moments",
    "behaviour/test_two_packages.py": "has clients looked for while a call waits",
    "runtime/test_script_processes.py": "has scripts that sleep until they are ended",
    "waiting.py": "asks again and again whether something is so",
}
TEXTS = {
    path.relative_to(TESTS).as_posix(): path.read_text("utf-8")
    for path in sorted(TESTS.rglob("*.py"))
    if not {"benchmarks", "expected", "node_modules"} & {*path.parts}
}
"""The modules of tests, by their paths."""


def hasty_clients(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each HTTP client with its default timeout, 5 s."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("httpx2"), name), keywords=options):
                names = {option.arg for option in options}
                if name in CLIENTS and not names & {"timeout", None}:
                    yield node.lineno, name
            case _:
                pass


def test_no_client_gives_up_soon() -> None:
    """They time out after 5 s unless `timeout` is set, to `PATIENCE` for example."""
    lines = [
        f"{path}:{line}: {client}"
        for path, text in TEXTS.items()
        if "httpx2" in text
        for line, client in hasty_clients(ast.parse(text))
    ]
    assert TEXTS
    assert lines == []


def test_few_tests_wait_for_a_time() -> None:
    """Others wait for a fact: see `eventually`."""
    sleeping = {path for path, text in TEXTS.items() if SLEEP.search(text)}
    assert sleeping == PERMITTED_SLEEPS.keys()


def test_random_examples_may_take_any_time() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
