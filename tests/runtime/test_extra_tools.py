"""Tools of a user's own, with and without the SDK."""

from __future__ import annotations

import asyncio
import functools
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

import pytest
from mcp import Client
from starlette.testclient import TestClient

from naftiko_runtime.errors import StartError
from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.offers import Offer, ServerInfo
from naftiko_runtime.mcp.sdk import server_factory
from naftiko_runtime.mcp.server import ToolServer
from naftiko_runtime.mcp.tools import declare
from naftiko_runtime.transport import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from mcp.types import CallToolResult

    from naftiko_runtime.mcp.tools import ExtraTool


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "the client"


async def count_digits(client: str, *, isbn: Annotated[str, "An ISBN."]) -> int:
    """Count the digits of an ISBN."""
    assert client == "the client"
    return sum(map(str.isdigit, isbn))


async def find(
    client: str, *, words: list[str], limit: int | None = 10, where: dict[str, Any]
) -> dict[str, Any]:
    """Find books."""
    return {"words": words, "limit": limit, "where": where}


async def fail(client: str, *, status: int) -> Reply:
    return Reply(status, (), b"").raise_for_status()


async def say(client: str) -> str:
    return "hello"


def offer(*tools: ExtraTool) -> Offer[str]:
    return Offer(
        ServerInfo("books", "1", "books mcp-config", None),
        tools=[],
        connect=connect,
        variables="BOOKS",
        extra_tools=tools,
    )


def result_of(tool: ExtraTool, **arguments: Any) -> CallToolResult:
    async def call() -> CallToolResult:
        async with Client(ToolServer(offer(tool))) as client:
            return await client.call_tool(tool.__name__, arguments)

    return asyncio.run(call())


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert content.type == "text"
    return content.text


def test_a_tool_is_described_by_its_function() -> None:
    tool = declare(count_digits).definition

    assert (tool["name"], tool["description"]) == (
        "count_digits",
        "Count the digits of an ISBN.",
    )
    assert tool["inputSchema"] == {
        "type": "object",
        "properties": {"isbn": {"type": "string", "description": "An ISBN."}},
        "required": ["isbn"],
        "additionalProperties": False,
    }


def test_types_of_parameters_become_schemas() -> None:
    schema = declare(find).definition["inputSchema"]

    assert schema["properties"] == {
        "words": {"type": "array", "items": {"type": "string"}},
        "limit": {"type": "integer"},
        "where": {"type": "object"},
    }
    assert schema["required"] == ["words", "where"]


def test_a_tool_gets_the_client_and_checked_arguments() -> None:
    assert text_of(result_of(count_digits, isbn="978-0")) == "4"
    assert text_of(result_of(count_digits, isbn=978)) == "3"
    assert "isbn must be a string" in text_of(result_of(count_digits, isbn=1.5))
    assert "isbn is required" in text_of(result_of(count_digits))
    assert "'page'" in text_of(result_of(count_digits, isbn="1", page=2))


def test_an_absent_argument_has_its_default() -> None:
    result = result_of(find, words=["a"], where={})

    assert text_of(result) == '{"words":["a"],"limit":10,"where":{}}'


def test_text_is_a_result() -> None:
    assert text_of(result_of(say)) == "hello"


def test_a_call_error_can_be_read() -> None:
    result = result_of(fail, status=404)

    assert result.is_error
    assert text_of(result).startswith("404 Not Found: ")


def test_an_application_calls_an_extra_tool() -> None:
    app = create_mcp_app(offer(count_digits), "BOOKS")
    call = {"name": "count_digits", "arguments": {"isbn": "12"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accept = "application/json, text/event-stream"
    headers = {"Accept": accept, "MCP-Protocol-Version": "2025-11-25"}

    with TestClient(app, base_url="http://localhost") as client:
        answer = client.post("/mcp", json=message, headers=headers)
        response = client.post(
            "/mcp", json=message, headers={**headers, "Host": "evil.example"}
        )

    assert answer.json()["result"]["content"] == [{"type": "text", "text": "2"}]
    assert response.status_code == 421


def test_a_server_of_the_sdk_is_made_with_its_tools() -> None:
    server = server_factory(lambda: offer(count_digits))()

    assert isinstance(server, ToolServer)


def test_a_missing_sdk_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.delitem(sys.modules, "naftiko_runtime.mcp.server")

    with pytest.raises(StartError, match="install the extra `sdk`"):
        server_factory(lambda: offer(count_digits))()


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(StartError, match="the same name"):
        offer(say, say)


def test_a_type_that_is_not_of_json_is_refused() -> None:
    async def bad(client: str, *, when: bytes) -> None: ...

    with pytest.raises(StartError, match="bad has when of a type"):
        declare(bad)


def test_null_is_a_value_of_a_required_argument_of_any_type() -> None:
    async def show(client: str, *, value: Any) -> str:
        return repr(value)

    assert text_of(result_of(show, value=None)) == "None"


def test_a_wrapped_coroutine_function_is_a_tool() -> None:
    @functools.wraps(say)
    def wrapper(client: str) -> Awaitable[str]:
        return say(client)

    assert text_of(result_of(wrapper)) == "hello"


def test_a_function_that_cannot_be_a_tool_is_refused() -> None:
    def plain(client: str) -> str:
        return "hello"

    async def bare() -> str:
        return "hello"

    async def unknown(client: CallToolResult) -> str:
        return "hello"

    async def variadic(client: str, **words: str) -> str:
        return "hello"

    faults = {
        plain: "the tool plain must be a coroutine function: write async def",
        bare: "the tool bare needs a first parameter for the API client",
        unknown: "the tool unknown has the annotation CallToolResult",
        variadic: "the tool variadic can't get words as a keyword argument",
    }
    for function, fault in faults.items():
        with pytest.raises(StartError, match=fault):
            declare(cast("ExtraTool", function))
