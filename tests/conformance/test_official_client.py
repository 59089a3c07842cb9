"""The official Python client against the compiled capability, in both eras of MCP."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from compiled_server import Package
from mcp import Client, StdioServerParameters
from samples import PICTURE, SOUND
from tools import ADD_NOTE, TOOLS

REVISIONS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


@pytest.fixture(scope="session", params=["http", "stdio"])
def server(
    package: Package, url: str, request: pytest.FixtureRequest
) -> str | StdioServerParameters:
    """Return the server that the client connects to."""
    if request.param == "http":
        return url
    command, *arguments = package.stdio_command
    return StdioServerParameters(
        command=command, args=arguments, env=package.environment, cwd=package.project
    )


@pytest.fixture(scope="session", params=REVISIONS)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
async def client(
    server: str | StdioServerParameters, mode: str
) -> AsyncIterator[Client]:
    async with Client(server, mode=mode) as client:
        yield client


async def test_the_server_introduces_itself(client: Client, mode: str) -> None:
    assert client.protocol_version == REVISIONS[mode]
    about = client.server_info
    assert about is not None
    assert (about.name, about.title) == ("conformance-mcp", "MCP conformance")
    assert about.description == "Samples of everything that a tool can answer"
    assert about.website_url == "https://modelcontextprotocol.io/"
    assert client.instructions == (
        "Samples of everything that a tool can answer.\n"
        "1 of 7 tools may change state, the others only read."
    )
    assert client.server_capabilities.tools is not None
    assert client.server_capabilities.prompts is None
    assert client.server_capabilities.resources is None


async def test_tools_are_listed_as_declared(client: Client) -> None:
    tools = (await client.list_tools()).tools

    assert [t.model_dump(by_alias=True, exclude_none=True) for t in tools] == TOOLS


async def test_arguments_are_listed_in_order(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    properties = tools["add-note"].input_schema["properties"]
    assert json.dumps(properties) == json.dumps(ADD_NOTE["properties"])


@pytest.mark.parametrize(
    ("tool", "kinds", "media_type", "sample"),
    [
        ("test_image_content", ["image"], "image/png", PICTURE),
        ("test_audio_content", ["text", "audio"], "audio/wav", SOUND),
    ],
)
async def test_pictures_and_sounds_have_content_of_their_own(
    client: Client, tool: str, kinds: list[str], media_type: str, sample: bytes
) -> None:
    all_contents = contents(await client.call_tool(tool))

    assert [content["type"] for content in all_contents] == kinds
    content = all_contents[-1]
    assert content["mimeType"] == media_type
    assert base64.b64decode(content["data"]) == sample


async def test_a_shaped_output_is_structured(client: Client) -> None:
    result = await client.call_tool("a-measurement")

    reading = {"station": "Zürich", "degrees": 21.5}
    assert result.structured_content == reading
    [content] = contents(result)
    assert json.loads(content["text"]) == {**reading, "missing": None}


def contents(result: Any) -> list[dict[str, Any]]:
    return [
        content.model_dump(mode="json", by_alias=True, exclude_none=True)
        for content in result.content
    ]
