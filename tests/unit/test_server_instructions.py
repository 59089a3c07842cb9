"""The instructions that an MCP server gives to its clients."""

import pytest
from documents import document, tools, upstream
from packages import files

CONSUMES = upstream("- {name: find}\n")
TOOLS = tools("- {name: find, description: Finds., call: api.find}\n")


@pytest.mark.parametrize(
    ("info", "own", "instructions"),
    [
        ("{label: Shop, description: Sells books.}", "", "Sells books."),
        ("{label: Shop, description: Sells books.}", "For agents.", "For agents."),
        ("{label: Shop}", "", "Shop"),
    ],
)
def test_instructions_describe_the_capability(
    info: str, own: str, instructions: str
) -> None:
    adapter = TOOLS.replace("  tools:", f"  description: {own}\n  tools:")
    text = document(CONSUMES, adapter if own else TOOLS, f"info: {info}\n")

    module = files(text)["things/mcp_server.py"]

    assert f'        instructions="{instructions}",\n' in module
