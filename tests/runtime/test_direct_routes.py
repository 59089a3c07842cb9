"""Plain routes that are answered directly: the responses equal those of the router."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dropped_checks import without_a_check, without_a_statement
from hypothesis import Phase, given, settings
from sent_scripts import SCRIPTS, request, scripts
from starlette.routing import Router
from two_connections import BY_ROUTER, DIRECT, Parts, Script, transcript

from naftiko_runtime import rest
from naftiko_runtime.serving import connection
from naftiko_runtime.serving.connection import Exchange

PARTS = {
    connection: ("Exchange", "_are_default"),
    rest: ("ServedPath", "_Alternatives", "Lookup"),
}
"""The parts of modules by which plain routes are answered directly."""
MORE = "NAFTIKO_DIRECT_ROUTES"
"""Names how many scripts are compared, 600 if it isn't there; others each time."""


def run(script: Script, parts: Parts) -> list[Any]:
    return asyncio.run(transcript(script, parts))


@settings(
    max_examples=int(os.environ.get(MORE, "600")),
    derandomize=MORE not in os.environ,
    phases=[Phase.generate, Phase.shrink],
)
@given(SCRIPTS)
def test_every_response_is_that_of_the_router(script: Script) -> None:
    assert run(script, DIRECT) == run(script, BY_ROUTER)


@pytest.fixture(scope="module")
def expected_runs() -> list[tuple[Script, list[Any]]]:
    return [(script, run(script, BY_ROUTER)) for script in scripts()]


def test_each_kind_of_request_has_the_response_of_the_router(
    expected_runs: list[tuple[Script, list[Any]]],
) -> None:
    for script, outcome in expected_runs:
        assert run(script, DIRECT) == outcome, script


def test_plain_routes_need_neither_the_router_nor_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages = [
        request(path) for path in ("/notes/1", "/notes?limit=1", "/notes/latest")
    ]
    script = Script([content for content in messages for _ in range(2)])
    outcome = run(script, BY_ROUTER)

    async def fail(*_: object) -> None:
        raise AssertionError("a plain route isn't answered directly")

    monkeypatch.setattr(Router, "app", fail)
    monkeypatch.setattr(Exchange, "send", fail)

    assert run(script, DIRECT) == outcome


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory whose modules Python imports as if they were beside others."""
    for module in PARTS:
        package = import_module(module.__package__ or "")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    return tmp_path


def lacking(module: ModuleType) -> Iterator[tuple[str, list[str]]]:
    """Give each check of a module and each step of a write, and versions lacking it."""
    source = Path(module.__file__ or "").read_text("utf-8")
    for check, versions in without_a_check(source, *PARTS[module]):
        # The last side of an `or` that passes is `False`, which is seen soonest.
        yield check, versions[::-1]
    for step, version in without_a_statement(source, "_write"):
        yield step, [version]


def change_part(directory: Path, module: ModuleType, number: int, source: str) -> Parts:
    """Return the parts that answer directly, of which one is another version."""
    name = module.__name__.rpartition(".")[2]
    path = directory / f"{name}_{number}.py"
    path.write_text(source, "utf-8")
    invalidate_caches()
    version = import_module(f"{module.__package__}.{path.stem}")
    if module is connection:
        return replace(DIRECT, exchange=version.Exchange)
    return replace(DIRECT, lookup=version.Lookup, path=version.ServedPath)


@pytest.mark.parametrize("module", [*PARTS])
def test_every_check_is_needed(
    module: ModuleType, versions: Path, expected_runs: list[tuple[Script, list[Any]]]
) -> None:
    number, needless = 0, []
    for check, sources in lacking(module):
        first, number = number, number + len(sources)
        versions_without = (
            change_part(versions, module, first + place, source)
            for place, source in enumerate(sources)
        )
        if not any(differs(parts, expected_runs) for parts in versions_without):
            needless.append(check)

    assert number >= 20
    assert not needless, needless


def differs(parts: Parts, expected: list[tuple[Script, list[Any]]]) -> bool:
    """Return whether other parts do anything else than is expected, or fail."""
    for script, outcome in expected:
        try:
            if run(script, parts) != outcome:
                return True
        except Exception:
            return True
    return False
