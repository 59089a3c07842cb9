"""No test reads a clock, has a short deadline or waits for a time instead of a fact.

It would fail on a busy machine.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
CLOCKS = {
    "clock_gettime",
    "elapsed",
    "getloadavg",
    "getrusage",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
    "thread_time_ns",
    "time_ns",
    "wait4",
}
"""Functions and attributes of any object that measure time."""
OF_TIME = {"time", "times"}
"""Functions that measure time, of the modules `time` and `os` or of an event loop."""
HOLDERS = {"loop", "os", "time"}
FILES = ("schedstat", "/proc/stat", "/proc/loadavg")
"""Parts of the paths at which Linux reports processor time."""
WORDS = re.compile(rf"\b({'|'.join(CLOCKS | OF_TIME)})\b")
CLIENTS = {
    "AsyncClient",
    "Client",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
    "stream",
}
PERMITTED = {
    "behaviour/fuzz_answers.py": "runs for as long as it is told to",
    "behaviour/test_killed_runs.py": "spreads the moments of its kills over a run",
    "runtime/test_token_grants.py": "moves the clocks of a guard",
    "waiting.py": "holds the guards against hanging",
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
MODULES = sorted(
    path
    for path in TESTS.rglob("*.py")
    if not {"benchmarks", "expected", "node_modules"} & {*path.parts}
)


def may_read_a_clock(text: str) -> bool:
    """Return whether a module has a word of a clock: the others need no parsing."""
    return WORDS.search(text) is not None or any(file in text for file in FILES)


def clocks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each clock that a module reads."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name(holder), name) if name in OF_TIME:
                if holder in HOLDERS:
                    yield node.lineno, f"{holder}.{name}"
            case ast.Attribute(attr=name) if name in CLOCKS:
                yield node.lineno, name
            case ast.ImportFrom(module="time" | "os" | "resource", names=names):
                yield from ((node.lineno, n.name) for n in names if _is_clock(n.name))
            case ast.Constant(str(text)) if any(file in text for file in FILES):
                yield node.lineno, text


def _is_clock(name: str) -> bool:
    return name in CLOCKS | OF_TIME


def test_no_module_reads_a_clock() -> None:
    """Figures of time are for `tests/benchmarks`; `steps` counts work instead."""
    exempt = {Path(__file__), *(TESTS / name for name in PERMITTED)}
    texts = {path: path.read_text("utf-8") for path in MODULES if path not in exempt}
    lines = [
        f"{path.relative_to(TESTS)}:{line}: {clock}"
        for path, text in texts.items()
        if may_read_a_clock(text)
        for line, clock in clocks(ast.parse(text))
    ]
    assert texts
    assert lines == []


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
    texts = {path: path.read_text("utf-8") for path in MODULES}
    lines = [
        f"{path.relative_to(TESTS)}:{line}: {client}"
        for path, text in texts.items()
        if "httpx2" in text
        for line, client in hasty_clients(ast.parse(text))
    ]
    assert texts
    assert lines == []


def sleeps(text: str) -> list[int]:
    """Return the lines on which a module waits for a time."""
    lines = enumerate(text.splitlines(), start=1)
    return [number for number, line in lines if SLEEP.search(line)]


def test_no_test_waits_for_a_time() -> None:
    """It waits for a fact: see `eventually`."""
    exempt = {Path(__file__), *(TESTS / name for name in PERMITTED_SLEEPS)}
    lines = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in MODULES
        if path not in exempt
        for line in sleeps(path.read_text("utf-8"))
    ]
    assert lines == []


@pytest.mark.parametrize("name", PERMITTED_SLEEPS)
def test_a_permission_to_sleep_is_needed(name: str) -> None:
    assert sleeps((TESTS / name).read_text("utf-8"))


@pytest.mark.parametrize("name", PERMITTED)
def test_a_permission_is_needed(name: str) -> None:
    assert list(clocks(ast.parse((TESTS / name).read_text("utf-8"))))


def test_random_examples_may_take_any_time() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
