"""Published APIs become packages: their own tests pass, and their servers answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from apis import Apis, chosen_names
from calling import REQUESTS, list_tools
from mcp import Client
from published_documents import DOCUMENTS, operations
from service import running

from emitted_tests import outcome
from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.openapi.prose import token_count

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", chosen_names())
def test_the_tests_of_packages_pass(name: str, apis: Apis) -> None:
    tests = outcome(apis.package(name).project)

    assert tests.status == 0, tests.output


@pytest.mark.parametrize("name", chosen_names())
def test_the_budget_counts_the_lists_of_servers(
    name: str, apis: Apis, tmp_path: Path
) -> None:
    tools = list_tools(apis.package(name))
    read = frontend.read(apis.spec(name), Options(tmp_path))
    assert read.meaning
    [server] = tool_lists(read.meaning.capability)

    form: Any = {"ensure_ascii": False, "separators": (",", ":")}
    texts = [json.dumps(tool, **form) for tool in tools]
    assert [tool.name for tool in server.tools] == [tool["name"] for tool in tools]
    assert [tool.tokens for tool in server.tools] == [*map(token_count, texts)]


@pytest.mark.parametrize("name", chosen_names())
async def test_servers_have_a_tool_for_each_operation_and_answer(
    name: str, apis: Apis
) -> None:
    with running(apis.package(name), "serve", "--mock") as service:
        async with Client(service.url("mcp")) as client:
            tools = await names_of(client)
            for call in REQUESTS[name]:
                result = await client.call_tool(call["tool"], call["arguments"])
                assert not result.is_error, result.content

    assert len(tools) == len(set(tools)) == operations(DOCUMENTS[name])


async def names_of(client: Client) -> list[str]:
    """Return the names of all tools."""
    page = await client.list_tools()
    names = [tool.name for tool in page.tools]
    while page.next_cursor:
        page = await client.list_tools(cursor=page.next_cursor)
        names += [tool.name for tool in page.tools]
    return names
