"""Packages of imported OpenAPI documents: the APIs receive the described requests."""

import base64
import json
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.types import TextContent
from service import Service, compile_spec, running

from case_tables import named_table
from naftiko_gen.cli.main import main
from recording_upstream import Answer, Received, RecordingUpstream

LIBRARY = Path(__file__).parents[1] / "openapi" / "documents" / "library.yaml"
SECRETS = {
    "CITY_LIBRARY_X_API_KEY": "k1",
    "CITY_LIBRARY_LOGIN_USERNAME": "ann",
    "CITY_LIBRARY_LOGIN_PASSWORD": "pw",
    "CITY_LIBRARY_TENANT": "t1",
    "CITY_LIBRARY_SSO_TOKEN": "s1",
}
UPSTREAMS = ["", "_LOGIN", "_KEY_TENANT", "_FILES_LIBRARY_EXAMPLE_SSO", "_OPEN"]


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, address: str
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("library")
    spec = directory / "library.yaml"
    assert main(["import", str(LIBRARY), "-o", str(spec), "-q"]) == 0
    package = compile_spec(spec, directory)
    bases = {f"CITY_LIBRARY{u}_BASE_URI": f"http://{address}/v2" for u in UPSTREAMS}
    with running(package, **SECRETS, **bases) as process:
        yield process


async def call_tool(tools: Client, tool: str, **arguments: object) -> Any:
    """Call a tool, which must succeed."""
    result = await tools.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result


CASES: dict[str, Any] = named_table(__file__, "openapi_round_trips")


@pytest.mark.parametrize("title", CASES)
async def test_calls_are_sent_as_the_document_says(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream, title: str
) -> None:
    calls, expected = CASES[title]["calls"], CASES[title]["sends"]
    for call in calls:
        is_refused = await is_refused_by(tools, rest, call)
        assert is_refused == call.get("refused", False), call

    requests = expected if isinstance(expected, list) else [expected] * len(calls)
    for request, facts in zip(upstream.requests, requests, strict=True):
        assert {name: fact(request, name, facts[name]) for name in facts} == facts


async def is_refused_by(
    tools: Client, rest: httpx2.AsyncClient, call: dict[str, Any]
) -> bool:
    """Make a call; return whether it is refused."""
    if "tool" in call:
        return (await tools.call_tool(call["tool"], call["arguments"])).is_error
    options: dict[str, Any] = {
        "params": call.get("query"),
        "headers": call.get("headers"),
    }
    options |= {name: call[name] for name in ("json", "content") if name in call}
    answer = await rest.request(*call["route"].split(), **options)
    assert answer.status_code in (200, 400)
    return answer.status_code == 400


def fact(request: Received, name: str, expected: Any) -> Any:
    """Return a fact about a request; one of several texts is as expected if it is."""
    match name:
        case "target":
            return request.target
        case "query":
            return sorted(map(list, parse_qsl(urlsplit(request.target).query)))
        case "fields":
            return {field: request.field(field) for field in expected}
        case "type":
            return str(request.field("Content-Type")).partition("; b")[0]
        case "form":
            return [*map(list, parse_qsl(request.body.decode()))]
        case "json":
            return request.json
        case "has":
            return [text for text in expected if text.encode() in request.body]
        case "parts":
            return parts(request)
        case _:
            return request.body.decode()


def parts(request: Received) -> list[list[str]]:
    """Return the name, the media type and the content of each part of a body."""
    head = f"Content-Type: {request.field('Content-Type')}\r\n\r\n".encode()
    _, *inner = BytesParser(policy=HTTP).parsebytes(head + request.body).walk()
    return [
        [
            str(part.get_param("name", header="content-disposition")),
            part["Content-Type"] or "",
            bytes(part.get_payload(decode=True)).decode(),
        ]
        for part in inner
    ]


async def test_a_whole_body_is_sent_as_it_is(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    book = {"title": "Ö", "not-described": [1, None]}
    upstream.answer = Answer(b'{"id": 1, "not-described": null}', status=201)
    answer = await rest.post("/books", json=book)
    await call_tool(tools, "add-book", body=book)
    await call_tool(tools, "add-book", body=json.dumps(book))

    assert [request.json for request in upstream.requests] == [book] * 3
    assert (answer.status_code, answer.content) == (201, upstream.answer.body)


async def test_bytes_are_sent(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    cover = bytes(range(256))
    headers = {"Content-Type": "image/png"}
    await rest.put("/books/7/cover", content=cover, headers=headers)
    text = base64.b64encode(cover).decode()
    await call_tool(tools, "put-cover", bookId=7, body=text)

    assert [request.body for request in upstream.requests] == [cover, cover]
    types = {request.field("Content-Type") for request in upstream.requests}
    assert types == {"image/png"}


async def test_tools_have_the_texts_of_the_document(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}

    delete = tool_list["delete-book"]
    assert delete.description == "Delete book. Deprecated."
    assert delete.annotations
    assert delete.annotations.destructive_hint
    add = tool_list["add-book"].input_schema
    # The body is an object or XML, of which the list has the members of the object.
    body = add["properties"]["body"]
    assert body["type"] == "object"
    assert "title" in body["properties"]
    assert add["required"] == ["body"]
    wrong = await tools.call_tool("add-book", {"body": {"title": 1}})
    assert wrong.is_error
    [answer] = wrong.content
    assert isinstance(answer, TextContent)
    full = json.loads(answer.text.partition("The JSON Schema of body: ")[2])
    of_json, of_xml = full["anyOf"]
    assert (of_json["type"], of_xml) == ("object", {"type": "string"})
    assert of_json["properties"]["title"]["type"] == "string"
    assert of_json["required"] == ["title"]


SAMPLES = {"integer": 1, "number": 1.5, "boolean": True}


def sample(schema: dict[str, Any]) -> object:
    """Return a value that a schema allows."""
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"type": "object"}:
            members = schema.get("properties", {})
            return {name: sample(members[name]) for name in schema.get("required", [])}
        case {"description": str(text)} if text.startswith("Only these members, "):
            return [text.rpartition(" such as ")[2]]
        case {"type": "array"}:
            return [sample(schema.get("items", {}))]
        case _:
            return SAMPLES.get(schema.get("type", "string"), "YQ==")


async def test_documents_of_others_make_round_trips(
    reference: Path, upstream: RecordingUpstream, address: str, tmp_path: Path
) -> None:
    """Every tool of every document reaches its operation once."""
    documents = [
        *(reference / "corpus/official/openapi").iterdir(),
        *(reference / "upstream").glob("*.openapi.yaml"),
    ]
    for document in documents:
        spec = tmp_path / f"{document.stem.replace('.', '-')}.yaml"
        base = f"http://{address}/base"
        options = ["--base-uri", base, "--namespace", "api"]
        assert main(["import", str(document), "-o", str(spec), "-q", *options]) == 0
        package = compile_spec(spec, tmp_path)
        secrets = {"API_TOKEN": "x", "API_KEY": "x"}
        upstream.begin()
        with running(package, **secrets) as service:
            async with Client(service.url("mcp")) as tools:
                tool_list = (await tools.list_tools()).tools
                for tool in tool_list:
                    properties = tool.input_schema.get("properties", {})
                    arguments = {name: sample(s) for name, s in properties.items()}
                    await call_tool(tools, tool.name, **arguments)
        assert len(upstream.requests) == len(tool_list) > 0
        assert all(r.target.startswith("/base/") for r in upstream.requests)
