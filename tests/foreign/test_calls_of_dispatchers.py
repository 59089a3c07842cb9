"""The surfaces of published APIs: each way of a call sends the same request."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apis import Apis
from calling import Sent, list_tools, send_calls
from published_documents import SMALL
from service import Package, compile_spec

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options, Surface
from naftiko_gen.emit.tools.lists import listed_tools
from naftiko_gen.ir import Effect

Call = dict[str, Any]
TEXT = "value 1/ü?"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
HINTS = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}


@pytest.fixture(params=SMALL)
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of a document."""
    return str(request.param)


@pytest.fixture
def effects(name: str, apis: Apis, tmp_path: Path) -> dict[str, Effect]:
    """Return the effect of each tool."""
    meaning = frontend.read(apis.spec(name), Options(tmp_path)).meaning
    assert meaning
    [adapter] = meaning.capability.mcp
    return {tool.name: tool.effect for tool in adapter.tools}


@pytest.fixture
def grouped_package(name: str, apis: Apis, tmp_path: Path) -> Package:
    """Return the package of a document with a dispatcher for each group and effect."""
    return compile_spec(apis.spec(name), tmp_path / "g", surface=Surface.GROUPED)


@pytest.fixture
def search(name: str, apis: Apis, tmp_path: Path) -> Package:
    """Return the package of a document whose tools are searched for."""
    return compile_spec(apis.spec(name), tmp_path / "s", surface=Surface.SEARCH)


def made_up(kind: dict[str, Any]) -> Any:
    """Return a value that a listed schema allows."""
    match kind:
        case {"enum": [first, *_]}:
            return first
        case {"type": "object"}:
            members = kind.get("properties", {}).items()
            return {name: made_up(kind) for name, kind in members if name != "fields"}
        case {"type": "array"}:
            return [made_up(kind.get("items", {}))]
        case {"type": "integer" | "number"}:
            return kind.get("minimum", 7)
        case {"type": "boolean"}:
            return True
        case _:
            return TEXT


def calls_of(package: Package) -> list[Call]:
    """Return a call of each tool of a package."""
    return [
        {"tool": tool["name"], "arguments": made_up(tool["inputSchema"])}
        for tool in list_tools(package)
    ]


def by_groups(package: Package, calls: list[Call]) -> list[Call]:
    """Return the calls of dispatchers that list an operation."""
    dispatchers = {
        operation: tool["name"]
        for tool in list_tools(package)
        for operation in tool["inputSchema"]["properties"]
        .get("operation", {})
        .get("enum", ())
    }
    return [
        {
            "tool": dispatchers[call["tool"]],
            "arguments": {"operation": call["tool"], "arguments": call["arguments"]},
        }
        for call in calls
    ]


def by_effect(effects: dict[str, Effect], calls: list[Call]) -> list[Call]:
    """Return the calls of the dispatcher of an effect."""
    return [
        {
            "tool": f"call_{effects[call['tool']].value}_tool",
            "arguments": {"name": call["tool"], "arguments": call["arguments"]},
        }
        for call in calls
    ]


def test_each_way_of_a_call_sends_the_same_request(
    name: str,
    apis: Apis,
    effects: dict[str, Effect],
    grouped_package: Package,
    search: Package,
) -> None:
    calls = calls_of(apis.package(name))
    requests = send_calls(apis.package(name), calls)
    assert len(calls) == len(effects)
    assert sum(isinstance(request, Sent) for request in requests) > 0.8 * len(requests)
    assert send_calls(grouped_package, calls) == requests
    assert send_calls(grouped_package, by_groups(grouped_package, calls)) == requests
    assert send_calls(search, calls) == requests
    assert send_calls(search, by_effect(effects, calls)) == requests


def test_dispatchers_refuse_the_operations_of_others(
    name: str,
    apis: Apis,
    effects: dict[str, Effect],
    grouped_package: Package,
    search: Package,
) -> None:
    calls = calls_of(apis.package(name))
    for package, right in (
        (grouped_package, by_groups(grouped_package, calls)),
        (search, by_effect(effects, calls)),
    ):
        wrong = list(swap_dispatchers(right))
        assert wrong
        outcomes = send_calls(package, wrong)
        assert all(
            isinstance(outcome, str) and "call it with" in outcome
            for outcome in outcomes
        ), outcomes


def swap_dispatchers(calls: list[Call]) -> Iterator[Call]:
    """Yield each call by each dispatcher that isn't for it."""
    for tool in dict.fromkeys(call["tool"] for call in calls):
        for call in calls:
            if call["tool"] != tool:
                yield {**call, "tool": tool}


def test_servers_list_the_tools_that_the_compiler_counts(
    name: str, apis: Apis, grouped_package: Package, search: Package, tmp_path: Path
) -> None:
    meaning = frontend.read(apis.spec(name), Options(tmp_path)).meaning
    assert meaning
    capability = meaning.capability
    [adapter] = capability.mcp
    for package, surface in (
        (grouped_package, Surface.GROUPED),
        (search, Surface.SEARCH),
    ):
        tools = listed_tools(adapter, capability, surface)
        assert list_tools(package) == [*tools]


def test_every_client_takes_the_dispatchers(
    grouped_package: Package, search: Package
) -> None:
    for tool in (*list_tools(grouped_package), *list_tools(search)):
        assert NAME.fullmatch(tool["name"])
        assert tool["title"]
        assert 0 < len(tool["description"]) <= 1024
        assert tool["annotations"].keys() == HINTS
        schema = tool["inputSchema"]
        assert schema["type"] == "object"
        assert not schema["additionalProperties"]
        for member in schema["properties"].values():
            assert isinstance(member["type"], str)
            assert len(member.get("enum", ())) <= 50
