"""Locals are named for their role, not for how they were come by."""

import ast
from collections.abc import Iterator
from pathlib import Path

from test_words import PARTICIPLE, modules_of_words

UNNAMED = {"each", "known", "one", "other_", "others_", "placed", "read_", "whole"}
"""Words that stand for a thing without naming it, beside the participles."""
PERMITTED = {
    "bound": "a noun: the value of a limit",
    "consumed": "the blocks of `consumes`",
    "expected": "the other side of a comparison with an actual value",
    "exposed": "a route, tool or resource of the IR, beside its unit",
    "left": "the operand beside `right`",
    "required": "a key of OpenAPI and JSON Schema",
    "reserved": "names that nothing else may have",
    "wanted": "the value that a lookup looks for, or that a sample shall have",
}
"""Participles that may name a local: each is a word of the field."""


def locals_named_by_participles(path: Path) -> Iterator[str]:
    """Yield the arguments, captures and variables of functions with such names."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node, name in names_of(function):
                if is_unnamed(name.strip("_")):
                    yield f"{path}:{node.lineno} {name}"


def names_of(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
) -> Iterator[tuple[ast.expr | ast.pattern | ast.arg | ast.excepthandler, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node, name
            case (
                ast.MatchAs(name=str() as name)
                | ast.MatchStar(name=str() as name)
                | ast.MatchMapping(rest=str() as name)
                | ast.ExceptHandler(name=str() as name)
            ):
                yield node, name
            case _:
                pass


def is_unnamed(name: str) -> bool:
    is_participle = "_" not in name and PARTICIPLE.fullmatch(name) is not None
    return name in UNNAMED or (is_participle and name not in PERMITTED)


def test_locals_are_named_for_their_role() -> None:
    paths = modules_of_words()
    places = {name for path in paths for name in locals_named_by_participles(path)}
    assert paths
    assert not places, "\n".join(["name them for their role:", *sorted(places)])
