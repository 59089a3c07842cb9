"""Requests that are inferred: a document omits parts of them, or repeats parts."""

from pathlib import Path

import pytest
from exchanges import Exchange, exchanges
from mcp import Client
from service import Service

from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("guesses.yaml")


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], address: str) -> dict[str, str]:
    return {**variables, "SHOP_2_BASE_URI": f"http://{address}/archive"}


@exchanges("guesses")
async def test_an_exchange_has_the_missing_parts(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_a_description_explains_the_names_of_arguments(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    assert list(tool_list) == ["item", "item-2", "stop", "label", "all-items", "find"]
    assert "`filter_name` is `filter[name]`" in (tool_list["find"].description or "")
