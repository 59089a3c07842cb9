"""Which tests run when: while code is written, before a commit, or for hours.

- `pytest -m unit`: the tests of single processes, in a minute.
- `pytest`: all that decides whether a commit may land.
- `pytest -m full`: the long tests, with many more random cases.
"""

import os
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MOST_PROCESSES = 8
"""Each process has servers of its own, which take memory."""

UNIT = {
    *("deploying", "diagnostics", "explaining", "golden", "openapi", "runtime"),
    "unit",
}
"""Directories whose tests start no servers."""

AMOUNTS = {
    "NAFTIKO_ANSWERS": "100000",
    "NAFTIKO_API_EXAMPLES": "500",
    "NAFTIKO_CALLS_OF_STOPS": "10000",
    "NAFTIKO_CANCELLED_CALLS": "5000",
    "NAFTIKO_DIRECT_CALLS": "50000",
    "NAFTIKO_FIX_STYLES": "20000",
    "NAFTIKO_FULL_LOAD": "1",
    "NAFTIKO_GEN_KILL_ROUNDS": "200",
    "NAFTIKO_GEN_PAIRS": "50",
    "NAFTIKO_HOSTILE_TEXTS": "1000",
    "NAFTIKO_LOWEST_VERSIONS": "1",
    "NAFTIKO_MEMBER_BODIES": "1000",
    "NAFTIKO_MUTATIONS": "50000",
    "NAFTIKO_OPENAPI_CHANGES": "50000",
    "NAFTIKO_POSTS": "100000",
    "NAFTIKO_PUBLISHED_APIS": "all",
    "NAFTIKO_SCHEMA_DOCUMENTS": "2100",
}
"""How much tests marked `long` do in long runs; a variable that is set wins."""


def choose_amounts(config: pytest.Config) -> None:
    """Set how much is done, before the modules that read it are imported."""
    if _is_full(config):
        for variable, amount in AMOUNTS.items():
            os.environ.setdefault(variable, amount)


def processes(config: pytest.Config) -> int:
    """Return the number of processes that run tests.

    Tests beyond units wait for servers, so two processes share a processor.
    """
    processors = os.cpu_count() or 1
    is_unit = config.getoption("markexpr") == "unit"
    return min(processors if is_unit else 2 * processors, MOST_PROCESSES)


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Return whether a run of units needs no test of a directory."""
    if config.getoption("markexpr") != "unit" or not path.is_relative_to(TESTS):
        return False
    inside = path.relative_to(TESTS)
    return bool(inside.parts) and inside.parts[0] not in UNIT


def mark(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test the marks of its tiers, and leave out those of long runs."""
    for item in items:
        if is_unit(item.path, is_slow=bool(item.get_closest_marker("slow"))):
            item.add_marker("unit")
        if item.get_closest_marker("long") or item.get_closest_marker("only_full"):
            item.add_marker("full")
    if not config.getoption("markexpr"):
        left_out = [item for item in items if item.get_closest_marker("only_full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def is_unit(path: Path, *, is_slow: bool) -> bool:
    """Return whether a test of a module is run while code is written."""
    is_ours = path.is_relative_to(TESTS)
    return is_ours and path.relative_to(TESTS).parts[0] in UNIT and not is_slow


def _is_full(config: pytest.Config) -> bool:
    expression: str = config.getoption("markexpr")
    return re.search(r"(?<!not )\bfull\b", expression) is not None
