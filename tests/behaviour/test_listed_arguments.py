"""Calls by listed names and without constants send the bytes of a route."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client
from service import Package, Service, compile_spec, running

from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Surface
from recording_upstream import RecordingUpstream

TEXT = {"type": "string"}
ONLY = {"type": "string", "enum": ["only"]}
MARK = {
    "type": "object",
    "properties": {"@type": ONLY, "size[max]": {"type": "integer"}},
    "required": ["@type"],
}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"const": "search"},
        "$mark": MARK,
        "marks": {"type": "array", "items": MARK},
        "by": {
            "anyOf": [
                {"type": "object", "properties": {"@id": TEXT}, "required": ["@id"]},
                {"type": "object", "properties": {"kind": ONLY}, "required": ["kind"]},
            ]
        },
    },
}
SENT = {
    "kind": "search",
    "$mark": {"@type": "only", "size[max]": 5},
    "marks": [{"@type": "only"}, {"@type": "only", "size[max]": 7}],
    "by": {"@id": "a"},
}
SHOWN = {"mark": {"size_max": 5}, "marks": [{}, {"size_max": 7}], "by": {"id": "a"}}
OWN = {"mark": SENT["$mark"], "marks": SENT["marks"], "by": SENT["by"]}
FILLED = {"kind": "search", "mode": "only", **OWN}


def document() -> dict[str, Any]:
    """Return an API of one operation; `more` makes the tool stand in a file."""
    more = {f"m{at}": {**TEXT, "description": "A word. " * 9} for at in range(60)}
    long = {**BODY, "properties": {**BODY["properties"], **more}}
    mode = {"name": "mode", "in": "query", "required": True, "schema": ONLY}
    paths = {
        f"/{name}": {
            "post": {
                "operationId": name,
                "parameters": [mode],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": schema}},
                },
                "responses": {"200": {"description": "Marks."}},
            }
        }
        for name, schema in (("short", BODY), ("long", long))
    }
    info = {"title": "Marks", "version": "1"}
    servers = [{"url": "https://marks.test"}]
    return {"openapi": "3.1.0", "info": info, "servers": servers, "paths": paths}


@pytest.fixture(scope="module", params=[Surface.FULL, Surface.GROUPED])
def package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Package:
    directory = tmp_path_factory.mktemp("marks")
    api, spec = directory / "api.json", directory / "marks.yaml"
    api.write_text(json.dumps(document()))
    assert main(["import", str(api), "-o", str(spec), "-q"]) == 0
    return compile_spec(spec, directory, surface=request.param)


@pytest.fixture(scope="module")
def marks(package: Package, address: str) -> Iterator[Service]:
    with running(package, MARKS_BASE_URI=f"http://{address}") as service:
        yield service


@pytest.mark.parametrize("name", ["short", "long"])
async def test_each_way_of_a_call_sends_the_same_bytes(
    marks: Service, upstream: RecordingUpstream, name: str
) -> None:
    async with marks.client() as rest:
        await rest.post(f"/{name}?mode=only", json=SENT)
    async with Client(marks.url("mcp")) as client:
        for arguments in (SHOWN, OWN, FILLED):
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result.content
        wrong = await client.call_tool(name, {"kind": "other"})
        assert wrong.is_error

    [first, *others] = upstream.requests
    assert first.json == SENT
    assert len(others) == 3
    assert {(argument.target, argument.body) for argument in others} == {
        (first.target, first.body)
    }
