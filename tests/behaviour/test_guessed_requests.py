"""Requests that are inferred: a document omits parts of them, or repeats parts."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client

from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("guesses.yaml")
REST = "guesses-rest"


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], address: str) -> dict[str, str]:
    return {**variables, "SHOP_2_BASE_URI": f"http://{address}/archive"}


async def test_extra_keys_of_a_read_are_in_the_query(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.get("/v1/items?q=a%20b")
    assert upstream.only.target == "/items?q=a%20b"


async def test_a_route_that_is_taken_is_reached_by_its_name(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    assert (await rest.get("/v1/items/list-again")).status_code == 200
    assert upstream.only.target == "/items"


async def test_extra_keys_of_a_write_are_in_the_body(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.post("/v1/items", json={"name": "a"})
    assert upstream.only.json == {"fixed": 1, "name": "a", "size": 2}


async def test_a_call_makes_the_body_that_nothing_describes(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.post("/v1/items/a/halt-late", json={"why": "x"})
    await rest.post("/v1/items/a/halt-late", json={})
    await tools.call_tool("stop", {"id": "a", "why": [1]})
    bodies = [request.json for request in upstream.requests]
    assert bodies == [{"why": "x", "at": 2}, {"at": 2}, {"why": [1]}]


async def test_a_call_makes_the_form_that_nothing_describes(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.post("/v1/labels", json={"name": "a b"})
    await tools.call_tool("label", {"body": {"size": 1}})
    bodies = [request.body for request in upstream.requests]
    assert bodies == [b"name=a+b&kind=a", b"size=1"]


async def test_inputs_that_one_unit_sends_are_unknown_to_the_others(
    tools: Client, upstream: RecordingUpstream
) -> None:
    assert (await tools.call_tool("all-items", {"q": "a"})).is_error
    assert (await tools.call_tool("item-2", {"id": "a", "why": "x"})).is_error
    assert upstream.requests == []


@pytest.mark.parametrize("body", [b'{"a":  1.0}', b"[ 1 ]", b"null"])
async def test_a_body_that_nothing_describes_is_passed_on_as_it_is(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    await rest.post("/v1/items/a%2Fb/halt", content=body, headers=headers)
    request = upstream.only
    assert (request.method, request.target) == ("POST", "/items/a%2Fb/halt")
    assert request.body == body
    assert request.field("Content-Type") == "application/json"


async def test_no_body_stays_none(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.post("/v1/items/a/halt")
    await tools.call_tool("item-2", {"id": "a"})
    assert [request.target for request in upstream.requests] == ["/items/a/halt"] * 2
    assert [request.body for request in upstream.requests] == [b"", b""]


async def test_a_tool_takes_an_object_as_undescribed_body(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await tools.call_tool("item-2", {"id": "a", "body": {"why": "x"}})
    assert upstream.only.json == {"why": "x"}
    assert (await tools.call_tool("item-2", {"id": "a", "body": [1]})).is_error


async def test_a_path_ends_in_the_variable_it_lacks(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await tools.call_tool("item", {"id": "a/b"})
    assert upstream.only.target == "/items/a%2Fb"


async def test_a_merged_block_keeps_its_address_and_wire_names(
    tools: Client, upstream: RecordingUpstream
) -> None:
    arguments: dict[str, Any] = {"filter_name": "x", "size": "5"}
    assert not (await tools.call_tool("find", arguments)).is_error
    query = "filter%5Bname%5D=x&pageSize=5"
    assert upstream.only.target == f"/archive/old?{query}"


async def test_a_description_explains_the_names_of_arguments(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    assert list(tool_list) == ["item", "item-2", "stop", "label", "all-items", "find"]
    assert "`filter_name` is `filter[name]`" in (tool_list["find"].description or "")
