"""Inputs of routes and tools, and their places in the request."""

from __future__ import annotations

from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import Input
from naftiko_gen.tools.explain.pointers import below
from naftiko_gen.tools.explain.types import type_words


def describe_input(source: ir.Input) -> Input:
    """Return an input as its client sees it."""
    place, pointer = _location(source.location)
    return Input(
        source.name,
        place,
        pointer,
        type_words(source.type) + _default_words(source.default) + _check_words(source),
        source.is_demanded,
        source.description,
    )


def _default_words(default: ir.Default | None) -> str:
    return "" if default is None else f", else {default.text}"


def _check_words(source: ir.Input) -> str:
    """Return how much of a value is checked, unless all of it is."""
    match source.check:
        case ir.Check.STRICT:
            return ""
        case ir.Check.SHALLOW:
            return ", of which only types are checked"
        case ir.Check.NONE:
            return ", unchecked"
        case _:
            assert_never(source.check)


def _location(location: ir.Location) -> tuple[str, str]:
    """Return the place of an input, and a JSON Pointer if it is part of the body."""
    match location:
        case ir.InPath():
            return "path", ""
        case ir.InQuery():
            return "query", ""
        case ir.InHeader():
            return "header", ""
        case ir.InCookie():
            return "cookie", ""
        case ir.InBody() | ir.InText() | ir.InContent():
            return "body", ""
        case ir.InField(path=path):
            pointer = ""
            for key in path:
                pointer = below(pointer, key)
            return "body", pointer
        case ir.InArguments():
            return "argument", ""
        case _:
            assert_never(location)
