"""Restricted inputs: refused before anything is sent, by REST and both ways of MCP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
from mcp import Client
from service import Service, compile_text, running
from tool_results import call_both_ways

from case_tables import named_table
from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).parents[1] / "golden" / "restricted-inputs" / "spec.yaml"
REST, MCP = "shop", "tools"
ISBN = "978-0000000000"
TABLE: dict[str, Any] = named_table(__file__, "restricted_inputs")
REFUSED = TABLE["refused"]


def split(inputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    in_query = {
        key: value for key, value in inputs.items() if key in ("shelf", "copies")
    }
    return in_query, {k: v for k, v in inputs.items() if k not in in_query}


@pytest.mark.parametrize(("inputs", "message"), REFUSED)
async def test_rest_refuses(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    inputs: dict[str, Any],
    message: str,
) -> None:
    in_query, body = split(inputs)
    answer = await rest.post("/books", params=in_query, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]
    assert not upstream.requests


@pytest.mark.parametrize(("inputs", "message"), REFUSED)
async def test_tools_refuse_on_both_ways(
    service: Service, upstream: RecordingUpstream, inputs: dict[str, Any], message: str
) -> None:
    result = await call_both_ways(service.url("tools"), "order-book", inputs)
    assert result["isError"]
    assert message in result["content"][0]["text"]
    assert not upstream.requests


async def test_a_default_is_sent(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.post("/books", json={"isbn": ISBN})
    await tools.call_tool("order-book", {"isbn": ISBN, "shelf": "new"})
    queries = [request.target.partition("?")[2] for request in upstream.requests]
    assert queries == ["copies=1", "shelf=new&copies=1"]


async def test_values_within_limits_pass(
    tools: Client, upstream: RecordingUpstream
) -> None:
    extras = {"due": None, "gift": "For you", "weight": 0.1, "colour": "red"}
    answer = await tools.call_tool("order-book", {"isbn": ISBN, "extras": extras})
    assert not answer.is_error
    assert upstream.only.json == {"isbn": ISBN, "extras": extras}


@pytest.mark.parametrize(
    ("body", "output"),
    [
        ({"order": 1, "more": []}, {"order": 1, "more": []}),
        ({"order": None, "more": None}, {"more": None}),
        ({"order": "one"}, {"result": {"order": "one"}}),
        ([1], {"result": [1]}),
    ],
)
async def test_a_declared_response_is_structured_on_both_ways(
    service: Service,
    upstream: RecordingUpstream,
    tools: Client,
    body: Any,
    output: dict[str, Any],
) -> None:
    upstream.answer = Answer(body=json.dumps(body).encode())
    result = await call_both_ways(service.url("tools"), "order-book", {"isbn": ISBN})
    assert result["structuredContent"] == output
    assert json.loads(result["content"][0]["text"]) == body
    [tool] = (await tools.list_tools()).tools
    assert tool.output_schema
    jsonschema.validate(output, tool.output_schema)


async def test_schemas_keep_restrictions(
    rest: httpx2.AsyncClient, tools: Client
) -> None:
    [tool] = (await tools.list_tools()).tools
    assert tool.input_schema["required"] == ["isbn"]
    assert tool.input_schema["properties"] == TABLE["listed"]
    openapi = (await rest.get("/openapi.json")).json()
    operation = openapi["paths"]["/books"]["post"]
    in_query = {
        parameter["name"]: parameter["schema"] for parameter in operation["parameters"]
    }
    assert in_query["shelf"]["enum"] == ["new", "used"]
    assert in_query["copies"]["default"] == 1
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["isbn"]["pattern"] == "^97[89]-[0-9]{10}$"
    assert body["properties"]["tags"]["items"]["pattern"] == "^[a-z]+$"
    assert body["properties"]["buyer"]["required"] == ["name"]
    assert body["properties"]["extras"] == {
        **TABLE["extras"],
        "type": ["object", "null"],
    }


@pytest.fixture(scope="module")
def lenient_service(
    tmp_path_factory: pytest.TempPathFactory, address: str
) -> Iterator[Service]:
    """Run the package with a buyer that isn't checked."""
    text = SPEC.read_text("utf-8")
    route, tool = "{name: buyer, in: body, properties", "- name: buyer\n"
    assert (text.count(route), text.count(tool)) == (1, 1)
    text = text.replace(route, route.replace("in: body", "in: body, check: none"))
    text = text.replace(tool, f"{tool}        check: none\n")
    package = compile_text(text, tmp_path_factory.mktemp("lenient"), "lenient")
    with running(package, STORE_BASE_URI=f"http://{address}") as process:
        yield process


async def test_unchecked_values_are_sent(
    lenient_service: Service, upstream: RecordingUpstream
) -> None:
    inputs = {"isbn": ISBN, "buyer": ["anybody"]}
    async with lenient_service.client("shop") as client:
        await client.post("/books", json=inputs)
        document = (await client.get("/openapi.json")).json()
    async with Client(lenient_service.url("tools")) as client:
        await client.call_tool("order-book", inputs)
        [tool] = (await client.list_tools()).tools
    assert [json.loads(request.body) for request in upstream.requests] == [inputs] * 2
    assert tool.input_schema["properties"]["buyer"]["required"] == ["name"]
    assert "The full name" in json.dumps(tool.input_schema)
    assert '"person"' in json.dumps(document["paths"]["/books"])
