"""Members of bodies as arguments: the same bodies, and the same verdicts."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apis import chosen_names, import_api
from listed_values import as_listed

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.samples.samples import sample
from naftiko_gen.emit.tools.arguments import SpreadBody, spread_body
from naftiko_gen.emit.types.schemas import type_schema
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.mcp.tools import BodyArguments, on_wire
from naftiko_runtime.patterns import matching
from naftiko_runtime.schemas import Types

TYPES = Types({}, matching)
WRONG = ({"no": ["such"]}, [{"no": "such"}])
"""Values that no member takes for another spelling of its own."""


def instances(kind: ir.Object) -> Iterator[dict[str, Any]]:
    """Yield bodies of a type with some of the optional members, in both orders."""
    value = sample(kind, "a")
    assert isinstance(value, dict)
    required_names = {field.name for field in kind.fields if field.required}
    for number in range(int(os.environ.get("NAFTIKO_MEMBER_BODIES", "4"))):
        names = [
            name
            for at, name in enumerate(value)
            if name in required_names or number >> at % 10 & 1 == 0
        ]
        order = reversed(names) if number % 2 else names
        yield {name: value[name] for name in order}


def wrong_bodies(body: dict[str, Any], kind: ir.Object) -> Iterator[dict[str, Any]]:
    """Yield the body without each required member, and with other values."""
    for field in kind.fields:
        if field.name in body and field.required:
            yield {name: body[name] for name in body if name != field.name}
        yield from ({**body, field.name: copy.deepcopy(value)} for value in WRONG)


def spread_bodies(name: str, directory: Path) -> list[SpreadBody]:
    spec = import_api(name, directory)
    reading = frontend.read(spec, Options(directory))
    assert reading.meaning
    bodies = map(spread_body, reading.meaning.capability.tools)
    return [body for body in bodies if body is not None]


@pytest.mark.parametrize("name", chosen_names())
def test_members_become_the_same_body_and_get_the_same_verdict(
    name: str, tmp_path: Path
) -> None:
    for body in spread_bodies(name, tmp_path):
        kind = TYPES.read(type_schema(body.type))
        names = {alias: key for key, alias in body.names.items()}
        facts: dict[str, Any] = {"parts": body.parts, "constants": body.constants}
        read = BodyArguments("body", kind, names=names, **facts).read
        for instance in instances(body.type):
            assert kind.accepts(instance), instance
            value = read(body.arguments(instance))
            assert [*value.items()] == [*instance.items()]
            argument = as_listed(instance, facts)
            assert read(body.arguments(argument)) == instance
            for other in wrong_bodies(instance, body.type):
                is_lawful = kind.accepts(on_wire(other, facts))
                assert accepts(read, body.arguments(other)) == is_lawful


def accepts(read: Callable[[dict[str, Any]], Any], arguments: dict[str, Any]) -> bool:
    try:
        read(arguments)
    except InvalidInputError:
        return False
    return True
