"""Tools of published documents hold the rules of MCP clients."""

from pathlib import Path
from typing import Any, cast

import pytest
from apis import chosen_names, import_api
from client_rules import MARKUP, broken_rules

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.tools.definitions import definition, instructions


@pytest.mark.parametrize("name", chosen_names())
def test_clients_take_every_tool(name: str, tmp_path: Path) -> None:
    read = frontend.read(import_api(name, tmp_path), Options(tmp_path))
    assert read.meaning
    capability = read.meaning.capability
    tools = capability.tools

    assert tools
    for adapter in capability.mcp:
        text = instructions(adapter, capability)
        assert len(text.encode()) <= 1_000
        assert not MARKUP.search(text)
    assert not [
        f"{tool.name}: {fault}"
        for tool in tools
        for fault in broken_rules(cast("dict[str, Any]", definition(tool)))
    ]
