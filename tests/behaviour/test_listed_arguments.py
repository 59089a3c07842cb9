"""Calls by listed names and without constants send the bytes of a route."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp import Client
from service import Package, Service, compile_spec, running

from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Surface
from recording_upstream import RecordingUpstream

DOCUMENT = Path(__file__).with_name("marks_api.yaml")
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
    api: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    short = api["paths"]["/short"]
    operation = {**deepcopy(short["post"]), "operationId": "long"}
    content = operation["requestBody"]["content"]["application/json"]
    words = {"type": "string", "description": "A word. " * 9}
    content["schema"]["properties"] |= {f"m{at}": words for at in range(60)}
    return {**api, "paths": {"/short": short, "/long": {"post": operation}}}


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
