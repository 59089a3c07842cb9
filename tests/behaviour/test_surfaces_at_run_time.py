"""Surfaces on every way to a server: the choice of tools, and the log of calls."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.client.stdio import stdio_client
from service import Package, compile_spec, running

from naftiko_gen.configuration.options import Surface

SPEC = Path(__file__).with_name("surfaces_at_run_time.yaml").read_text("utf-8")
READ, WRITE, DESTRUCTIVE = "list-books", "add-book", "empty-cart"
NAMES = (READ, "list-carts", WRITE, DESTRUCTIVE)
LISTED = {
    Surface.FULL: {"*-books": [READ], "": [READ, "list-carts"]},
    Surface.LEAN: {"*-books": [READ], "": [READ, "list-carts"]},
    Surface.GROUPED: {
        "*-books": ["describe_tools", "books_read"],
        "": ["describe_tools", "books_read", "carts_read"],
    },
    Surface.SEARCH: {
        "*-books": ["search_tools", "describe_tools", "call_read_tool"],
        "": ["search_tools", "describe_tools", "call_read_tool"],
    },
}
"""The listed tools by the pattern of their names, or only with reading ones."""
CALLS: dict[Surface, tuple[str, dict[str, Any]]] = {
    Surface.GROUPED: ("books_read", {"operation": READ}),
    Surface.SEARCH: ("call_read_tool", {"name": READ}),
}
REST = {
    pattern: f"Here, only {count} of these tools can be called, none of which changes"
    " state."
    for pattern, count in (("*-books", 1), ("", 2))
}
"""The last line of the instructions, by the pattern of names."""
WAYS = ["2026-07-28", "legacy", "stdio"]


@pytest.fixture(scope="module", params=Surface)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Surface, Package]:
    """Return a package and its surface."""
    directory = tmp_path_factory.mktemp("surfaces")
    (directory / "shop.yaml").write_text(SPEC, "utf-8")
    return request.param, compile_spec(
        directory / "shop.yaml", directory, surface=request.param
    )


@asynccontextmanager
async def connect(
    package: Package, way: str, *options: str, **env: str
) -> AsyncIterator[Client]:
    """Connect to a server with made-up data."""
    if way == "stdio":
        server = package.speaking("mcp", "--stdio", "--mock", *options, **env)
        async with Client(stdio_client(server), mode="legacy") as client:
            yield client
        return
    with running(package, "serve", "--mock", *options, **env) as service:
        async with Client(service.url("shop"), mode=way) as client:
            yield client


def wrong_calls(surface: Surface) -> list[tuple[str, dict[str, Any]]]:
    """Return calls that mention a tool which isn't chosen."""
    match surface:
        case Surface.GROUPED:
            return [
                ("books_read", {"operation": WRITE}),
                ("describe_tools", {"names": [WRITE]}),
            ]
        case Surface.SEARCH:
            return [
                ("call_read_tool", {"name": WRITE}),
                ("describe_tools", {"names": [WRITE]}),
            ]
        case _:
            return []


def swapped_words(surface: Surface) -> list[tuple[str, dict[str, Any]]]:
    """Return a call with the words of a tool in another order."""
    name, arguments = CALLS.get(surface, ("", {}))
    return [(name, dict.fromkeys(arguments, "books_list"))] if name else []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pattern", ["*-books", ""])
async def test_tools_that_are_not_chosen_are_unknown(
    shop: tuple[Surface, Package], way: str, pattern: str
) -> None:
    surface, package = shop
    options = ("--tools", pattern) if pattern else ()
    env = {} if pattern else {"SHOP_READ_ONLY": "1"}
    async with connect(package, way, *options, **env) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == LISTED[surface][pattern]
        assert WRITE not in json.dumps([tool.model_dump() for tool in tools])
        for name in (WRITE, DESTRUCTIVE, "call_write_tool", "carts_destructive"):
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool(name, {})
        for name, arguments in wrong_calls(surface):
            result = await client.call_tool(name, arguments)
            assert result.is_error
            assert "is no operation" in str(result.content)
        for name, arguments in swapped_words(surface):
            result = await client.call_tool(name, arguments)
            assert "did you mean list-books?" in str(result.content)
            for wrong in ({}, dict.fromkeys(arguments, "x")):
                result = await client.call_tool(name, wrong)
                assert f"operation: {READ}" in str(result.content)
        with pytest.raises(MCPError, match=r"books_list; did you mean list-books\?"):
            await client.call_tool("books_list", {})
        if way != "2026-07-28":
            assert (client.instructions or "").splitlines()[-1] == REST[pattern]
        assert not (await client.call_tool(READ, {})).is_error
        if surface is Surface.SEARCH:
            response = await client.call_tool("search_tools", {"query": "add book"})
            assert WRITE not in str(response.content)
            assert READ in str(response.content)


EXTRA = """\
import sys
from shop.mcp_server import create_server
async def extra(client, *, name: str = "") -> str: ...
extra.__name__ = sys.argv[1]
create_server(extra_tools=[extra])
"""


def test_an_extra_tool_cannot_have_the_name_of_a_tool_of_the_surface(
    shop: tuple[Surface, Package],
) -> None:
    surface, package = shop
    names = {*LISTED[surface]["*-books"], *(call[0] for call in CALLS.values())}
    for name in names:
        command = [sys.executable, "-c", EXTRA, name]
        run = subprocess.run(
            command, cwd=package.project, capture_output=True, text=True, check=False
        )
        is_own = name in LISTED[surface]["*-books"]
        assert ("StartError" in run.stderr) == is_own, run.stderr
        assert (run.returncode != 0) == is_own


OWN = "from shop.mcp_server import create_offer; print(*create_offer().handlers)"


def test_a_program_of_one_s_own_has_the_tools_that_variables_choose(
    shop: tuple[Surface, Package],
) -> None:
    _, package = shop
    run = subprocess.run(
        [sys.executable, "-c", OWN],
        env={**os.environ, "SHOP_TOOLS": "*-books", "SHOP_READ_ONLY": "1"},
        cwd=package.project,
        capture_output=True,
        text=True,
        check=True,
    )
    names = run.stdout.split()
    assert READ in names
    assert not {WRITE, DESTRUCTIVE, "list-carts"} & {*names}


@pytest.mark.parametrize("command", [("mcp", "--stdio"), ("serve",)])
def test_a_pattern_without_a_tool_is_an_error_at_the_start(
    shop: tuple[Surface, Package], command: tuple[str, ...]
) -> None:
    _, package = shop
    for pattern, end in (
        ("list-bok*", "; did you mean list-books?"),
        ("zzz*", f"; it has {', '.join(NAMES)}"),
    ):
        process = package.run(*command, "--mock", "--tools", "list-*", pattern)
        assert process.returncode == 1
        assert f"no tool of the MCP server matches {pattern!r}{end}" in process.stderr
    for empty in ("", ","):
        process = package.run(*command, "--mock", "--tools", empty)
        assert process.returncode == 2
        assert "--tools has an empty pattern" in process.stderr


@pytest.mark.parametrize("way", WAYS)
async def test_the_log_names_the_operation_that_a_dispatcher_calls(
    shop: tuple[Surface, Package], way: str, tmp_path: Path
) -> None:
    surface, package = shop
    name, arguments = CALLS.get(surface, (READ, {}))
    log = tmp_path / "log"
    if way == "stdio":
        server = package.speaking("mcp", "--stdio", "--mock", "--log-level=info")
        with log.open("w", encoding="utf-8") as errors:
            async with Client(stdio_client(server, errors), mode="legacy") as client:
                await client.call_tool(name, arguments)
        output = log.read_text("utf-8")
    else:
        with running(package, "serve", "--mock", "--log-level=info") as service:
            async with Client(service.url("shop"), mode=way) as client:
                await client.call_tool(name, arguments)
        output = service.output
    assert f"shop tools/call {READ} 200" in output


@pytest.mark.parametrize("options", [("--tools", "list-*", "--read-only"), ()])
def test_clients_are_configured_with_the_choice(
    shop: tuple[Surface, Package], options: tuple[str, ...]
) -> None:
    _, package = shop
    process = package.run("mcp-config", "--client=cursor", "--http", *options).stderr
    assert process.endswith(
        " ".join(("shop serve", *options)).replace("list-*", "'list-*'") + "\n"
    )
