"""Looks at a package from inside its own process, as a user's program would.

Run with the package's directory and the name of its module; prints JSON.
"""

import asyncio
import doctest
import importlib
import json
import os
import pkgutil
import sys
import warnings
from types import ModuleType
from typing import Any

from mcp import Client
from starlette.testclient import TestClient

PICTURE = ((b"content-type", b"image/png"),)


def modules(name: str) -> dict[str, ModuleType]:
    package = importlib.import_module(name)
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {child: importlib.import_module(f"{name}.{child}") for child in names}


def examples(members: list[ModuleType]) -> int:
    """Return how many examples doctest would run."""
    finder = doctest.DocTestFinder()
    return sum(len(test.examples) for module in members for test in finder.find(module))


def mock_members(members: dict[str, ModuleType]) -> tuple[Any, Any]:
    """Return a mock upstream, and a function that opens a client of it."""
    upstream = members["mock"].create_mock()
    settings = importlib.import_module("conftest").SETTINGS
    return upstream, lambda: members["client"].connect(settings, upstream)


async def over_mcp(
    package: ModuleType, members: dict[str, ModuleType]
) -> dict[str, Any]:
    upstream, connect = mock_members(members)
    async with Client(members["mcp_server"].create_server(connect)) as client:
        tools = (await client.list_tools()).tools
        upstream.reply = package.Reply(200, PICTURE, b"\x89PNG")
        [keep] = (tool for tool in tools if "body" in tool.input_schema["properties"])
        answer = await client.call_tool(keep.name, {"body": {}})
        return {
            "server": getattr(client.server_info, "name", None),
            "instructions": client.instructions,
            "tools": [tool.model_dump(mode="json", by_alias=True) for tool in tools],
            "answer": [content.type for content in answer.content],
        }


def over_rest(members: dict[str, ModuleType]) -> Any:
    _, connect = mock_members(members)
    with TestClient(members["rest"].create_app(connect)) as client:
        return client.get("/openapi.json").json()


def main() -> None:
    directory, name = sys.argv[1:]
    os.chdir(directory)
    sys.path[:0] = [".", "tests"]
    warnings.simplefilter("error")
    members = modules(name)
    report = {
        "examples": examples(list(members.values())),
        "mcp": asyncio.run(over_mcp(sys.modules[name], members)),
        "openapi": over_rest(members),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
