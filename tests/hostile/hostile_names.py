"""Names that mean something to Python, to a library or to the emitted modules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from naftiko_gen.diagnostics.span import Plain

KNOWN_TO_PYTHON = (
    *("class", "import", "None", "async", "match", "type", "_", "list", "print"),
    *("__init__", "__class__", "__dict__", "__slots__", "__name__", "__debug__"),
    *("cls", "mro", "annotations", "model_config", "model_fields", "dict", "copy"),
)
WRITTEN_ODDLY = (
    *("a b", "$top", "filter[name]", "x.y", "X-Request-Id", "a/b", "a&b=c", "a;b"),
    *("1password", "42", "é", "日本", "ﬁle", "𝐀", "--", "'", '"""', "\\", "{x", "\n"),
    *("twin", "Twin", "TWIN", "twin_", "tw-in", "tw_in", "twIn"),
)


def names_of(package: Path) -> Iterator[str]:
    """Yield the names in the modules and tests that a package doesn't share."""
    for path in sorted(package.rglob("[!_]*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            yield from _names(node)


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
            yield name
        case ast.alias(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name.removeprefix("test_")
        case ast.keyword(arg=str() as name):
            yield name
        case _:
            pass


def distinct(names: Iterable[str]) -> list[str]:
    """Return one name for each Python name that is made of it."""
    return list({identifier(name): name for name in names}.values())


def named(names: Iterable[str]) -> Plain:
    """Return a document in which each name is an operation's, a tool's and an input's.

    All that a handler may need stands around each: what is joined, left out, shaped.
    """
    units = list(enumerate(names))
    return {
        "naftiko": "1.0.0-alpha2",
        "capability": {
            "consumes": [_upstream(units)],
            "exposes": [_rest(units), _mcp(units)],
        },
    }


def _upstream(units: list[tuple[int, str]]) -> Plain:
    resources: list[Plain] = [
        {
            "name": f"resource {number}",
            "path": f"/{number}/{{{{the path}}}}",
            "operations": [_operation(name)],
        }
        for number, name in units
    ]
    return {
        "type": "http",
        "namespace": "store",
        "baseUri": "https://store.example.com",
        "resources": resources,
    }


def _operation(name: str) -> Plain:
    return {
        "name": name,
        "method": "POST",
        "inputParameters": [
            {"name": "the path", "in": "path"},
            {"name": name, "in": "query", "type": "array", "required": True},
            {"name": "maybe", "in": "body", "type": "string"},
        ],
        "body": {
            "type": "json",
            "data": {
                "joined": "before {{maybe}}",
                "maybe": "{{maybe}}",
                "list": ["{{maybe}}", "always"],
            },
        },
    }


def _rest(units: list[tuple[int, str]]) -> Plain:
    resources: list[Plain] = [
        {
            "name": f"route {number}",
            "path": f"/{number}/{{x}}",
            "operations": [
                {"name": name, "method": "POST", **_call("rest", name, "x")},
            ],
        }
        for number, name in units
    ]
    return {"type": "rest", "namespace": "rest", "port": 8080, "resources": resources}


def _mcp(units: list[tuple[int, str]]) -> Plain:
    tools: list[Plain] = [
        {"name": name, **_call("mcp", name, name)} for _, name in units
    ]
    return {"type": "mcp", "namespace": "mcp", "port": 9090, "tools": tools}


def _call(adapter: str, name: str, given: str) -> dict[str, Plain]:
    return {
        "call": f"store.{name}",
        "with": {"the path": f"{adapter}.{given}", name: f"{adapter}.values"},
        "outputParameters": [
            {
                "type": "object",
                "properties": {
                    name: {"type": "string", "mapping": "$.a"},
                    "each": {
                        "type": "array",
                        "mapping": "$.b",
                        "items": {"type": "string", "mapping": "$.c"},
                    },
                },
            }
        ],
    }
