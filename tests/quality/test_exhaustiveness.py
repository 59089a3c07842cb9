"""Decisions between the kinds of the intermediate representation are complete.

mypy reports each `match` that a new adapter, exposed unit or implementation is missing
from, but no `isinstance`, and no loop over the adapters of one kind.
"""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

from naftiko_gen import ir

PACKAGE = Path(__file__).parents[2] / "generator" / "naftiko_gen"
KINDS = {
    kind.__name__
    for kinds in (ir.Adapter, ir.Exposed, ir.Implementation)
    for kind in get_args(kinds)
}
OF_ONE_KIND = {"mcp", "rest"}
"""The properties of a capability that leave out the adapters of other kinds."""
MENTION = re.compile(rf"\b({'|'.join(KINDS)})\b|\.({'|'.join(OF_ONE_KIND)})\b")
"""The name of a kind, or of one of the properties."""

DECIDING = {
    "adapters._mcp": "of the contents of an MCP adapter, some are files",
    "aliases.write_client_names": "only tools have names for clients",
    "requests.request": "only routes are requested over HTTP",
    "tests._has_body": "only routes answer HEAD",
    "tests._is_testable": "only steps lack values",
    "declarations._as_named": "routes have the names of inputs that the spec has",
    "declarations._as_typed": "only the bodies of tools are objects",
    "description._control_port": "supervisors ask a control adapter",
    "entries._flow": "a route is the same as a tool if both are equal flows",
    "explain._steps": "only flows have steps",
    "exposure.by_name": "skills list no resources",
    "exposure.with_skills": "of the adapters of skills, some are servers",
    "names._is_described": "tools always have a description",
    "resources._locate": "only routes have paths",
    "samples.of": "only routes take headers and bodies",
    "values.answer": "only answers of flows are composed",
}
"""The functions that ask for one kind by itself, and the reason."""

ASKING = {
    "explain._files": "MCP serves files",
    "explain._prompts": "MCP has prompts",
    "mcp._configuration_command": "commands name one of several MCP servers",
    "names._file_directories": "MCP serves files",
    "resources.sort_resources": "REST matches routes in an order",
    "package_files._emission": "the API reference is about REST",
    "project._optional_dependencies": "MCP has libraries",
    "project._test_dependencies": "tests of REST have a library",
    "facts.facts": "MCP has resources and prompts",
    "readme.readme_view": "REST and MCP have pages, REST has a factory",
    "entries._group": "references are named for MCP servers",
    "skill.skill_view": "agents call REST and MCP, which has resources",
    "tests.conftest_view": "the tests of MCP are coroutines",
    "lists.large_lists": "MCP lists tools",
    "listing.adapters": "models choose tools of MCP",
    "lists.tool_lists": "MCP lists tools",
    "frontend._check_adapters": "only lists of tools have surfaces",
}
"""The functions that read the adapters of one kind, and the reason."""


def test_few_functions_decide_by_one_kind_of_several() -> None:
    assert functions_with(is_decision) == DECIDING.keys()


def test_few_functions_ask_for_the_adapters_of_one_kind() -> None:
    assert functions_with(is_reading) == ASKING.keys()


def functions_with(is_such: Callable[[ast.AST, set[str]], bool]) -> set[str]:
    """Return the functions that contain such a node, each with its module."""
    return {
        f"{module}.{function.name}"
        for module, tree in modules()
        for kinds in [imported_kinds(tree)]
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        if any(is_such(node, kinds) for node in ast.walk(function))
    }


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Return the names and the syntax trees of the modules that may decide."""
    paths = (path for path in PACKAGE.rglob("*.py") if path.parent.name != "ir")
    texts = [(path, path.read_text("utf-8")) for path in paths]
    return [
        (path.parent.name if path.stem == "__init__" else path.stem, ast.parse(text))
        for path, text in texts
        if MENTION.search(text)
    ]


def is_reading(node: ast.AST, _: set[str]) -> bool:
    """Return whether a node is the adapters of one kind of a capability."""
    match node:
        case ast.Attribute(
            value=ast.Name("capability") | ast.Attribute(attr="capability"), attr=attr
        ):
            return attr in OF_ONE_KIND
        case _:
            return False


def is_decision(node: ast.AST, kinds: set[str]) -> bool:
    """Return whether a node tests for a kind, or matches some and ignores others."""
    match node:
        case ast.Call(ast.Name("isinstance" | "issubclass"), [_, type_]):
            return names_kind(type_, kinds)
        case ast.Call(ast.Name("expect"), [type_, _]):
            return names_kind(type_, kinds)
        case ast.Match(cases=[*_, last]) if is_silent(last):
            return any(names_kind(case.pattern, kinds) for case in node.cases)
        case _:
            return False


def imported_kinds(tree: ast.Module) -> set[str]:
    """Return the kinds that a module imports; other modules define the same names."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.name
        for node in imports
        if (node.module or "").startswith("naftiko_gen.ir")
        for alias in node.names
        if alias.name in KINDS
    }


def names_kind(node: ast.AST, kinds: set[str]) -> bool:
    """Return whether an expression or a pattern names a kind."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(name) if name in kinds:
                return True
            case ast.Attribute(ast.Name("ir"), name) if name in KINDS:
                return True
            case _:
                pass
    return False


def is_silent(case: ast.match_case) -> bool:
    """Return whether a case matches everything, and doesn't call `assert_never`."""
    matches_all = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
    return matches_all and "assert_never" not in ast.unparse(case)
