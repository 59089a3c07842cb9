"""Looks at a package from inside its own process, as a user's program would.

Run with the package's directory and the name of its module; prints JSON.
"""

from __future__ import annotations

import asyncio
import doctest
import importlib
import json
import os
import pkgutil
import sys
import warnings
from typing import TYPE_CHECKING, Any

from mcp import Client
from starlette.testclient import TestClient

if TYPE_CHECKING:
    from types import ModuleType

PICTURE = ((b"content-type", b"image/png"),)


def modules(name: str) -> dict[str, ModuleType]:
    package = importlib.import_module(name)
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {each: importlib.import_module(f"{name}.{each}") for each in names}


def examples(found: list[ModuleType]) -> int:
    """Return how many examples doctest would run."""
    finder = doctest.DocTestFinder()
    return sum(len(test.examples) for module in found for test in finder.find(module))


async def over_mcp(package: ModuleType, create_server: Any) -> dict[str, Any]:
    upstream = importlib.import_module("conftest").Upstream()
    async with Client(create_server(upstream.connect)) as client:
        listed = (await client.list_tools()).tools
        upstream.mock.reply = package.Reply(200, PICTURE, b"\x89PNG")
        answer = await client.call_tool(listed[-1].name, {"body": {}})
        return {
            "server": getattr(client.server_info, "name", None),
            "instructions": client.instructions,
            "tools": [tool.model_dump(mode="json", by_alias=True) for tool in listed],
            "answer": [content.type for content in answer.content],
        }


def over_rest(create_app: Any) -> Any:
    upstream = importlib.import_module("conftest").Upstream()
    with TestClient(create_app(upstream.connect)) as client:
        return client.get("/openapi.json").json()


def main() -> None:
    directory, name = sys.argv[1:]
    os.chdir(directory)
    sys.path[:0] = [".", "tests"]
    warnings.simplefilter("error")
    found = modules(name)
    seen = {
        "examples": examples(list(found.values())),
        "mcp": asyncio.run(
            over_mcp(sys.modules[name], found["mcp_server"].create_server)
        ),
        "openapi": over_rest(found["rest"].create_app),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
