"""Answers that fit: fields, whole leading items, and calls that read on."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from mcp import Client
from mcp.client.stdio import stdio_client
from service import Package, running
from upstream_process import upstream_process

from waiting import PATIENCE

Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


ITEM = (
    "{properties: {id: {type: string}, name: {type: string}, text: {type: string},"
    " owner: {properties: {login: {type: string}, mail: {type: string}}}}}"
)
PAGING = Path(__file__).with_name("paging.yaml").read_text("utf-8")
SPEC = PAGING.replace("{properties: {id: {type: string}}}", ITEM)
STYLES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("long_answers.yaml").read_text("utf-8")
)
NAMES = [f"item-{number}" for number in range(100)]
LARGE = {"TOOLS_MAX_RESULT": "9000000"}
PLAIN = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
}


@pytest.fixture(scope="module")
def upstream_url() -> Iterator[str]:
    with upstream_process("paging_upstream.py") as upstream:
        yield upstream.url


@asynccontextmanager
async def plainly(package: Package, **env: str) -> AsyncIterator[Call]:
    """Call tools by plain requests, without the SDK of the server."""
    with running(package, **env) as service:
        async with httpx2.AsyncClient(timeout=PATIENCE, headers=PLAIN) as client:

            async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
                params = {"name": name, "arguments": arguments}
                message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
                url = service.url("tools")
                answer = await client.post(url, json={**message, "params": params})
                assert "result" in answer.json(), (answer.text, service.output)
                result: dict[str, Any] = answer.json()["result"]
                return result

            yield call


@asynccontextmanager
async def by_sdk(package: Package, **env: str) -> AsyncIterator[Call]:
    """Call tools by the official client, which checks outputs, and the SDK."""
    command = package.speaking("mcp", "--stdio", **env)
    async with Client(stdio_client(command)) as client:

        async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
            result = await client.call_tool(name, arguments)
            return result.model_dump(mode="json", by_alias=True, exclude_none=True)

        yield call


WAYS = pytest.mark.parametrize("way", [plainly, by_sdk])


@pytest.fixture(params=[plainly, by_sdk])
async def call(
    request: pytest.FixtureRequest, package: Package, upstream_url: str
) -> AsyncIterator[Call]:
    async with request.param(package, PAGED_BASE_URI=upstream_url) as call:
        yield call


@WAYS
@pytest.mark.parametrize("env", [LARGE, {}], ids=["whole", "cut"])
async def test_following_next_yields_each_item_once(
    package: Package, upstream_url: str, way: Any, env: dict[str, str]
) -> None:
    async with way(package, PAGED_BASE_URI=upstream_url, **env) as call:
        for style, facts in STYLES.items():
            names, sizes = [], []
            arguments: dict[str, Any] | None = facts.get("arguments", {})
            while arguments is not None:
                result = await call(style, arguments)
                assert not result["isError"], result
                output = result["structuredContent"]
                assert json.loads(result["content"][0]["text"]) in (
                    output,
                    output.get("result"),
                )
                items = reduce(getitem, facts["items"].split("."), output)
                names += [item["id"] for item in items]
                sizes.append(len(result["content"][0]["text"]))
                arguments = output.get("next")
            assert names == NAMES, style
            if not env:
                assert max(sizes) <= 100_000, style


async def test_three_fields_of_a_megabyte_are_small(call: Call) -> None:
    fields = ["id", "name", "owner.login"]
    result = await call("all", {"fields": fields})
    text = result["content"][0]["text"]
    assert len(text) <= 20_000
    expected = [
        {
            "id": name,
            "name": name.title().replace("-", " "),
            "owner": {"login": user},
        }
        for name, user in ((n, n.replace("item", "user")) for n in NAMES)
    ]
    assert json.loads(text) == expected
    assert result["structuredContent"] == {"result": expected}


async def test_an_unpaged_list_says_how_many_items_are_left_out(call: Call) -> None:
    output = (await call("all", {}))["structuredContent"]
    assert [item["id"] for item in output["result"]] == NAMES[:9]
    assert (output["returned"], output["total"]) == (9, 100)
    assert output["notice"].startswith("91 more items don't fit")
    assert "next" not in output


async def test_several_lists_are_cut_and_say_how_many_items_they_have(
    call: Call,
) -> None:
    output = (await call("several", {}))["structuredContent"]
    sizes = {name: len(items) for name, items in output["parts"].items()}
    assert sizes == {"old": 4, "new": 4}
    assert output["parts"]["new"] == output["parts"]["old"]
    notice = "parts.old has 4 of 5, parts.new has 4 of 100"
    assert output["notice"] == f"not all items fit: {notice}"
    output = (await call("inclusion", {"limit": 2}))["structuredContent"]
    assert [item["id"] for item in output["items"]] == NAMES[:2]
    assert output["next"] == {"offset": 2, "limit": 2}
    assert [item["id"] for item in output["included"]] == NAMES[:-8:-1]
    assert "included has 7 of 100; ask for fewer" in output["notice"]


@WAYS
async def test_a_full_page_without_a_link_has_a_next_one(
    package: Package, upstream_url: str, way: Any
) -> None:
    async with way(package, PAGED_BASE_URI=upstream_url, **LARGE) as call:
        pages = {(5, 20): 6, (10, 10): 11, (4, 30): None, (6, 20): None}
        for (page, size), following in pages.items():
            query = {"page": page, "per_page": size}
            output = (await call("without-links", query))["structuredContent"]
            assert output.get("next", {}).get("page") == following


async def test_a_wrong_field_is_refused_with_the_nearest_ones(call: Call) -> None:
    faults = {
        "items.nme": "did you mean items.name?",
        "owner.login": "write items.owner.login",
        "items.text.length": "items.text has no members",
        "items.owner.zzz": "items.owner has login, mail",
    }
    for path, advice in faults.items():
        result = await call("offset", {"fields": ["total", path]})
        assert result["isError"]
        message = f"400 Bad Request: fields has the unknown path {path}: {advice}"
        assert result["content"][0]["text"] == message


async def test_a_next_page_that_arguments_cannot_reach_is_told(call: Call) -> None:
    first = (await call("stuck", {}))["structuredContent"]
    assert first["next"] == {"cursor": "same"}
    again = (await call("stuck", first["next"]))["structuredContent"]
    assert "next" not in again
    assert "repeats" in again["notice"]
    output = (await call("elsewhere", {}))["structuredContent"]
    assert "another address" in output["notice"]
    assert "next" not in output


async def test_steps_that_cannot_be_repeated_have_no_next_page(call: Call) -> None:
    result = (await call("touching", {}))["structuredContent"]
    assert [item["id"] for item in result["data"]] == NAMES[:20]
    assert "next" not in result
    names: list[str] = []
    arguments: dict[str, Any] | None = {}
    while arguments is not None:
        output = (await call("fixed", arguments))["structuredContent"]
        names += [item["id"] for item in output["books"]]
        arguments = output.get("next")
    assert names == NAMES[20:40]
