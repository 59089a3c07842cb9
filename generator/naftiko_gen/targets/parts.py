"""The values that templates are made of."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Argument,
    ArrayTemplate,
    Basic,
    Bearer,
    BodyTemplate,
    Constant,
    HeaderKey,
    Joined,
    ObjectTemplate,
    QueryKey,
    Setting,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.ir import (
        Capability,
        Credential,
        Input,
        Operation,
        Parameter,
        RestOperation,
        Template,
        Tool,
    )


def parts(template: Template) -> Iterator[Constant | Argument | Setting]:
    """Yield the constants, arguments and settings in a template, in order."""
    match template:
        case Constant() | Argument() | Setting():
            yield template
        case Joined():
            yield from (part for part in template.parts if not isinstance(part, str))
        case ObjectTemplate(entries=entries):
            for _, value in entries:
                yield from parts(value)
        case ArrayTemplate(items=items):
            for item in items:
                yield from parts(item)
        case _:
            assert_never(template)


def sources(template: Template) -> Iterator[Parameter | Input]:
    """Yield what the arguments in a template refer to."""
    for part in parts(template):
        if isinstance(part, Argument):
            yield part.source


def header_inputs(unit: RestOperation | Tool) -> list[Parameter | Input]:
    """Return the inputs that stand in a header of the upstream's request."""
    in_headers = [
        source
        for _, template in unit.call.operation.headers
        for source in sources(template)
    ]
    return [
        source
        for parameter, template in unit.call.arguments
        if parameter in in_headers
        for source in sources(template)
    ]


def request_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables that requests are made of, credentials aside."""
    for unit in capability.units:
        yield from _variables(template for _, template in unit.call.arguments)
    for operation in capability.operations:
        yield from (part for part in operation.path if isinstance(part, Variable))
        yield from _variables(_templates(operation))


def credential_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables that credentials are made of."""
    for upstream in capability.upstreams:
        if upstream.credential is not None:
            yield from _variables(_texts(upstream.credential))


def _variables(templates: Iterable[Template]) -> Iterator[Variable]:
    for part in chain.from_iterable(map(parts, templates)):
        if isinstance(part, Setting):
            yield part.variable


def _templates(operation: Operation) -> Iterator[Template]:
    yield from (template for _, template in (*operation.query, *operation.headers))
    if isinstance(operation.body, BodyTemplate):
        yield operation.body.template


def _texts(credential: Credential) -> tuple[Template, ...]:
    match credential:
        case Bearer(token=token):
            return (token,)
        case Basic(username=username, password=password):
            return (username, password)
        case HeaderKey(value=value) | QueryKey(value=value):
            return (value,)
        case _:
            assert_never(credential)
