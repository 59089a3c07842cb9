"""A change of the spec changes only the affected parts of the package."""

from __future__ import annotations

import ast
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from capabilities import (
    an_input,
    capability,
    in_query,
    operation,
    parameter,
    route,
    tool,
)

from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit.package_files import Package
from naftiko_gen.ir import InArguments, InPath, InQuery, Place, Primitive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import Adapter, Capability, Operation, Route, Tool

Lines = tuple[list[str], list[str]]
"""The lines removed and the lines added."""


def shop(*names: str, limited: bool = False) -> Capability:
    """Return operations with these names; the limited one has a parameter more."""
    return exposed(
        *(_operation(name, limited=limited and name == "list") for name in names)
    )


def exposed(*called: Operation) -> Capability:
    return capability("shop", tuple(map(_route, called)), tuple(map(_tool, called)))


def _operation(name: str, *, limited: bool) -> Operation:
    identifier = parameter("id", place=Place.PATH)
    limit = parameter("limit", Primitive.INTEGER, required=False)
    more = (limit,) if limited else ()
    parameters = (identifier, *more)
    path = f"/{name}/", identifier
    return operation(name, "GET", *path, parameters=parameters, query=in_query(*more))


def _route(called: Operation) -> Route:
    limits = tuple(
        an_input("limit", InQuery(), Primitive.INTEGER, required=False)
        for _ in called.query
    )
    return route(called, f"/{called.name}/", an_input("id", InPath()), inputs=limits)


def _tool(called: Operation) -> Tool:
    limits = [
        an_input("limit", InArguments(), Primitive.INTEGER, required=False)
        for _ in called.query
    ]
    return tool(called, an_input("id", InArguments()), *limits)


def with_adapter(original: Capability, changed: Adapter) -> Capability:
    """Return a capability with another adapter of that kind."""
    adapters = (
        changed if type(adapter) is type(changed) else adapter
        for adapter in original.adapters
    )
    return replace(original, adapters=tuple(adapters))


def files(subject: Capability) -> dict[str, str]:
    tree = Package(subject, Layout.PROJECT).tree()
    return {file.path: file.content.decode() for file in tree}


def changes(before: Capability, after: Capability) -> dict[str, Lines]:
    """Return the removed and the added lines of each changed file."""
    old, new = files(before), files(after)
    assert old.keys() == new.keys()
    return {
        path: _lines(old[path], new[path]) for path in old if old[path] != new[path]
    }


def _lines(old: str, new: str) -> Lines:
    went, came = old.splitlines(), new.splitlines()
    matched = SequenceMatcher(None, went, came, autojunk=False).get_opcodes()
    changed = [opcode for opcode in matched if opcode[0] != "equal"]
    return (
        [line for _, start, end, _, _ in changed for line in went[start:end]],
        [line for _, _, _, start, end in changed for line in came[start:end]],
    )


def changed_definitions(before: str, after: str) -> set[str]:
    """Return the names of the functions, classes and constants that differ."""
    old, new = dict(_definitions(before)), dict(_definitions(after))
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


def _definitions(module: str) -> Iterator[tuple[str, str]]:
    """Yield each definition and its code; methods stand for their class."""
    for node in ast.parse(module).body:
        match node:
            case ast.ClassDef(body=body):
                methods = (
                    method
                    for method in body
                    if isinstance(method, ast.AsyncFunctionDef)
                )
                yield from ((method.name, ast.dump(method)) for method in methods)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, ast.dump(node)
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, ast.dump(node)
            case _:
                pass


def test_an_operation_more_adds_lines() -> None:
    changed = changes(shop("list", "get", "buy"), shop("list", "get", "find", "buy"))
    skill = "skills/shop/SKILL.md"
    assert set(changed) == {
        "README.md",
        skill,
        *(f"shop/{name}.py" for name in ("client", "mcp_server", "mock", "rest")),
        "shop/openapi.json",
        "tests/test_mcp_server.py",
        "tests/test_rest.py",
    }
    went, _ = changed.pop(skill)
    assert [line.partition(":")[0] for line in went] == ["description"]
    for path, (gone, came) in changed.items():
        assert gone == [], path
        assert any("find" in line for line in came), path


def test_a_parameter_more_changes_its_operation() -> None:
    names = ("get", "list", "buy")
    before, after = shop(*names), shop(*names, limited=True)
    old, new = files(before), files(after)
    changed = {path for path in old if old[path] != new[path]}
    touched = {
        path: changed_definitions(old[path], new[path])
        for path in changed
        if path.endswith(".py")
    }
    assert touched == {
        "shop/client.py": {"list_"},
        "shop/rest.py": {"ROUTES"},
        "shop/mcp_server.py": {"TOOLS"},
        "tests/test_rest.py": {"test_route_list_"},
        "tests/test_mcp_server.py": {"test_tool_list_"},
    }
    assert changed - touched.keys() == {"shop/openapi.json", "skills/shop/SKILL.md"}


def test_a_description_changes_where_it_stands() -> None:
    before = shop("list", "get")
    [first, second] = before.operations
    after = exposed(replace(first, description="Say it otherwise."), second)
    assert changes(before, after) == {
        "shop/client.py": (
            ['        """Describe list.'],
            ['        """Say it otherwise.'],
        )
    }


def test_the_description_of_a_tool_changes_where_it_stands() -> None:
    before = shop("list", "get")
    [adapter] = before.mcp
    [first, second] = adapter.tools
    tools = (replace(first, description="Say it otherwise."), second)
    after = with_adapter(before, replace(adapter, tools=tools))
    changed = changes(before, after)
    counts = {path: (len(went), len(came)) for path, (went, came) in changed.items()}
    assert counts == {"shop/mcp_server.py": (1, 1), "skills/shop/SKILL.md": (2, 2)}


def test_a_port_changes_where_it_is_listened_on_and_read_of() -> None:
    before = shop("list")
    [adapter] = before.rest
    after = with_adapter(before, replace(adapter, port=8099))
    changed = changes(before, after)
    assert set(changed) == {"README.md", "shop/__main__.py", "skills/shop/SKILL.md"}
    assert all("8099" in line for _, came in changed.values() for line in came)
