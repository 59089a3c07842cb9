"""Decisions between the kinds of the intermediate representation are complete.

mypy reports each `match` that a new adapter, exposed unit or implementation is missing
from, but no `isinstance`, and no loop over the adapters of one kind.
"""

import ast
import re
from collections.abc import Iterator
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
TESTS = ("isinstance", "issubclass")
OF_ONE_KIND = {"mcp", "rest"}
"""The properties of a capability that leave out the adapters of other kinds."""
MENTION = re.compile(rf"\b({'|'.join(KINDS)})\b|\.({'|'.join(OF_ONE_KIND)})\b")
"""The name of a kind, or of one of the properties."""

DECIDING = {
    "emit/docs/entries.py": "a route is the same as a tool if both are flows",
    "emit/package/package.py": "the OpenAPI documents of REST adapters come last",
    "emit/tests/samples.py": "only routes take headers and bodies",
    "emit/tests/tests.py": "only routes forward requests, or answer HEAD",
    "resolve/__init__.py": "catalogues of skills come last",
    "resolve/exposed/adapters.py": "of an MCP adapter's contents, some are files",
    "resolve/exposed/exposure.py": "of the adapters of skills, some are servers",
    "resolve/safety.py": "only tools have hints",
    "tools/explain/__init__.py": "only answers of flows are composed",
    "tools/fix/aliases.py": "only tools have names for clients",
    "tools/fix/declarations.py": "only routes and tools rename inputs",
    "tools/fix/names.py": "only tools have titles",
    "tools/fix/splitting.py": "only routes have paths",
}
"""The modules that ask for one kind by itself, and the reason."""

ASKING = {
    "emit/docs/readme.py": "pages of REST and MCP, and the contents of MCP",
    "emit/docs/references.py": "references are named for MCP servers",
    "emit/docs/skill.py": "the resources of MCP",
    "emit/package/facts.py": "the resources and prompts of MCP",
    "emit/package/mcp.py": "commands name one of several MCP servers",
    "emit/package/names.py": "the directories of files that MCP serves",
    "emit/package/package.py": "the API reference is about REST",
    "emit/package/tool_lists.py": "the lists of tools of MCP",
    "emit/tests/tests.py": "the tests of MCP are coroutines",
    "tools/explain/__init__.py": "the files and prompts of MCP",
    "tools/fix/ordering.py": "the order of REST's routes",
}
"""The modules that read the adapters of one kind, and the reason."""


def test_no_module_decides_by_one_kind_of_several() -> None:
    deciding = {name for name, tree in modules().items() if any(decisions(tree))}
    assert deciding == DECIDING.keys()


def test_no_module_asks_for_the_adapters_of_one_kind() -> None:
    asking = {name for name, tree in modules().items() if any(readings(tree))}
    assert asking == ASKING.keys()


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax trees of the modules that may decide, by their paths."""
    texts = {
        path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
        for path in PACKAGE.rglob("*.py")
    }
    return {
        name: ast.parse(text)
        for name, text in texts.items()
        if not name.startswith("ir/") and MENTION.search(text)
    }


def readings(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Yield the attributes of capabilities that are the adapters of one kind."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(
                value=ast.Name("capability") | ast.Attribute(attr="capability"),
                attr=attr,
            ) if (
                attr in OF_ONE_KIND
            ):
                yield node
            case _:
                pass


def decisions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the tests for a kind, and each `match` that ignores other kinds."""
    imported = names_of_kinds(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name(name)) if name in TESTS:
                if kinds(node.args[1], imported):
                    yield node
            case ast.Match(cases=[*_, last]) if is_silent(last):
                patterns = (case.pattern for case in node.cases)
                if any(kinds(pattern, imported) for pattern in patterns):
                    yield node
            case _:
                pass


def names_of_kinds(tree: ast.Module) -> set[str]:
    """Return the kinds that a module imports; other modules define the same names."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.name
        for node in imports
        if (node.module or "").startswith("naftiko_gen.ir")
        for alias in node.names
        if alias.name in KINDS
    }


def kinds(node: ast.AST, imported: set[str]) -> bool:
    """Return whether an expression or a pattern names a kind."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(name) if name in imported:
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
