"""The roles of texts in requests, and the constants of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum, auto

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain


class Role(Enum):
    """A role of a text in requests to the upstream, which limits its characters."""

    HEADER = auto()
    COOKIE = auto()
    FILE_NAME = auto()
    MEDIA_TYPE = auto()
    CHOICE = auto()
    """The choice of the type of a body."""


def input_roles(unit: ir.Exposed) -> Mapping[ir.Parameter | ir.Input, set[Role]]:
    """Return the roles of a unit's inputs; the others have none."""
    roles: defaultdict[ir.Parameter | ir.Input, set[Role]] = defaultdict(set)
    for call in ir.calls(unit.implementation):
        arguments: dict[ir.Parameter | ir.Input, ir.Template] = dict(call.arguments)
        for role, template in _roles(call.operation):
            for parameter in ir.placeholders(template):
                argument = arguments.get(parameter, ir.Constant(None))
                for source in ir.placeholders(argument):
                    roles[source].add(role)
    return roles


def _roles(operation: ir.Operation) -> Iterator[tuple[Role, ir.Template]]:
    body = operation.body
    yield from ((Role.HEADER, value) for _, value in operation.headers)
    yield from ((Role.COOKIE, value) for _, value in operation.cookies)
    for part in body.described_parts if body else ():
        yield from ((Role.HEADER, value) for _, value in part.headers)
        if isinstance(part, ir.FilePart | ir.FileMember):
            yield Role.FILE_NAME, part.filename
            yield Role.MEDIA_TYPE, part.media_type
    if isinstance(body, ir.ChosenBody):
        yield Role.CHOICE, body.choice


def fixed_query(operation: ir.Operation) -> dict[str, str]:
    """Return the constant query parameters of an operation."""
    constants = [(n, c) for n, c in operation.query if isinstance(c, ir.Constant)]
    return {name: wire_text(constant.value) for name, constant in constants}


def wire_text(value: Plain) -> str:
    """Return a value as text of a URL or header; objects and arrays as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
