"""Names that mean something to Python, to a library or to the emitted modules."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import identifier

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
    own = (path for path in package.rglob("[!_]*.py") if "_runtime" not in path.parts)
    for path in sorted(own):
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


GROUP = 10
"""The number of names that are inputs of one handler."""


def document_of_names(names: Sequence[str]) -> Plain:
    """Return a document in which each name is an operation's, a tool's and an input's.

    Operations are named in scopes that all handlers share, inputs in one handler's. So
    the first operation of each group has the inputs of the group; the others have none.
    """
    groups = [names[i : i + GROUP] for i in range(0, len(names), GROUP)]
    return {
        "naftiko": "1.0.0-alpha2",
        "capability": {
            "consumes": [_upstream(groups)],
            "exposes": [_rest(groups), _mcp(groups)],
        },
    }


def _upstream(groups: list[Sequence[str]]) -> Plain:
    resources: list[Plain] = [
        {
            "name": f"resource {number}",
            "path": f"/{number}/{{{{the path}}}}",
            "operations": [_operation(group)],
        }
        for number, group in enumerate(groups)
    ]
    others: list[Plain] = [{"name": name} for name in _without_inputs(groups)]
    return {
        "type": "http",
        "namespace": "store",
        "baseUri": "https://store.example.com",
        "resources": [*resources, {"name": "r", "path": "/r", "operations": others}],
    }


def _without_inputs(groups: list[Sequence[str]]) -> list[str]:
    return [name for group in groups for name in group[1:]]


def _operation(group: Sequence[str]) -> Plain:
    """Return an operation whose requests have parts that are joined or left out."""
    inputs: list[Plain] = [
        {"name": name, "in": "query", "type": "array", "required": True}
        for name in group
    ]
    return {
        "name": group[0],
        "method": "POST",
        "inputParameters": [
            {"name": "the path", "in": "path"},
            *inputs,
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


def _rest(groups: list[Sequence[str]]) -> Plain:
    resources: list[Plain] = [
        {
            "name": f"route {number}",
            "path": f"/{number}/{{the_place}}",
            "operations": [{"method": "POST", **_call("rest", group)}],
        }
        for number, group in enumerate(groups)
    ]
    others: list[Plain] = [
        {
            "name": f"other route {number}",
            "path": f"/others/{number}",
            "operations": [{"name": name, "call": f"store.{name}"}],
        }
        for number, name in enumerate(_without_inputs(groups))
    ]
    return {
        "type": "rest",
        "namespace": "rest",
        "port": 8080,
        "resources": [*resources, *others],
    }


def _mcp(groups: list[Sequence[str]]) -> Plain:
    tools: list[Plain] = [_call("mcp", group) for group in groups]
    others: list[Plain] = [
        {"name": name, "call": f"store.{name}"} for name in _without_inputs(groups)
    ]
    return {"type": "mcp", "namespace": "mcp", "port": 9090, "tools": [*tools, *others]}


def _call(adapter: str, group: Sequence[str]) -> dict[str, Plain]:
    output: dict[str, Plain] = {
        name: {"type": "string", "mapping": "$.a"} for name in group
    }
    listing: Plain = {
        "type": "array",
        "mapping": "$.b",
        "items": {"type": "string", "mapping": "$.c"},
    }
    return {
        "name": group[0],
        "call": f"store.{group[0]}",
        "with": {
            "the path": f"{adapter}.the_place",
            **{name: f"{adapter}.{name}" for name in group},
        },
        "outputParameters": [
            {"type": "object", "properties": {**output, "the list": listing}}
        ],
    }
