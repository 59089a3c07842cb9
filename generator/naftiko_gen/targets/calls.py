"""The call of a client's coroutine with what a route or a tool was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import (
    Argument,
    ArrayTemplate,
    Entity,
    Input,
    Joined,
    ObjectTemplate,
)
from naftiko_gen.literals import fill, join
from naftiko_gen.targets.expressions import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.imports import Imports
    from naftiko_gen.ir import Call, Parameter, RestOperation, Template, Tool
    from naftiko_gen.literals import Code
    from naftiko_gen.targets.names import Names


@dataclass(frozen=True)
class Reading:
    """How a module reads an input: as a value, and as the whole body of the call."""

    value: Callable[[Input], Code]
    entity: Callable[[Input], Code]


def call_expression(
    call: Call, names: Names, reading: Reading, client: Code, imports: Imports
) -> Code:
    """Return `await client.operation(name=value, …)`."""
    parameters = names.parameters(call.operation)
    body = call.operation.body
    given = []
    for parameter, template in call.arguments:
        whole = isinstance(body, Entity) and body.parameter == parameter
        is_entity = whole and isinstance(template, Argument)
        templates = _templates(
            reading.entity if is_entity else reading.value, names, client, imports
        )
        value = templates.expression(template)
        given.append(fill("{}={}", parameters[parameter], value))
    coroutine = names.operation(call.operation)
    return fill("await {}.{}({})", client, coroutine, join(", ", given))


def _templates(
    read: Callable[[Input], Code], names: Names, client: Code, imports: Imports
) -> Templates:
    return Templates(
        hole=lambda source: read(_input(source)),
        setting=lambda known: fill("{}.settings.{}", client, names.setting(known)),
        imports=imports,
    )


def _input(source: Parameter | Input) -> Input:
    """Return the input of a hole; a call's templates hold no parameters."""
    if not isinstance(source, Input):
        raise TypeError(f"a call refers to the parameter {source.name!r}")
    return source


def unused_inputs(unit: RestOperation | Tool) -> tuple[Input, ...]:
    """Return the declared inputs that the call leaves aside: checked all the same."""
    used = [
        source.name
        for _, template in unit.call.arguments
        for source in _sources(template)
    ]
    return tuple(source for source in unit.inputs if source.name not in used)


def _sources(template: Template) -> Iterator[Parameter | Input]:
    match template:
        case Argument(source=source):
            yield source
        case Joined(parts=parts):
            yield from (part.source for part in parts if isinstance(part, Argument))
        case ObjectTemplate(entries=entries):
            for _, value in entries:
                yield from _sources(value)
        case ArrayTemplate(items=items):
            for item in items:
                yield from _sources(item)
        case _:
            return
