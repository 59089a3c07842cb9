"""Calls of the client's coroutines with the inputs of a route or a tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import fill, join
from naftiko_gen.emit.package.bodies import holds_bytes
from naftiko_gen.emit.package.expressions import Templates
from naftiko_gen.emit.package.formats import reader
from naftiko_gen.ir import (
    Argument,
    Identity,
    InContent,
    Input,
    ProjectedCall,
    arguments,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Call, Exposed, Parameter, Projection, Template, Variable


@dataclass(frozen=True)
class Handling:
    """Writes the statements of a module's handlers.

    `client` is the expression of the client; `value` and `entity` return expressions
    that read an input, as a value and as the whole body of the call.
    """

    emission: Emission
    imports: Imports
    client: Code
    value: Callable[[Input], Code]
    entity: Callable[[Input], Code]

    def reply(self, unit: Exposed) -> Code:
        """Return the expression of a unit's response."""
        match unit.implementation:
            case ProjectedCall(call=call, output=output):
                return self._projected_call(call, output)
            case _:
                assert_never(unit.implementation)

    def _projected_call(self, call: Call, projection: Projection) -> Code:
        answer = self._call(call)
        if isinstance(projection, Identity):
            return answer
        self.imports.add(".", "outputs")
        self.imports.add("._shapes", "shape")
        output = self.emission.outputs.name(projection)
        format_reader = reader(call.operation)
        if format_reader is None:
            return fill("shape({}, outputs.{})", answer, output)
        module, read = format_reader
        self.imports.add(f".{module}", read)
        return fill("shape({}, outputs.{}, {})", answer, output, read)

    def checks(self, unit: Exposed) -> tuple[Code, ...]:
        """Return statements that read inputs that no call uses, to validate them."""
        used = [
            source.name
            for _, template in arguments(unit.implementation)
            for source in placeholders(template)
        ]
        return tuple(
            self.value(source) for source in unit.inputs if source.name not in used
        )

    def _call(self, call: Call) -> Code:
        """Return `await client.operation(name=value, …)`."""
        names = self.emission.names
        parameters = names.parameters(call.operation)
        keywords = [
            fill(
                "{}={}",
                parameters[parameter],
                self._argument(call, parameter, template),
            )
            for parameter, template in call.arguments
        ]
        coroutine = names.operation(call.operation)
        return fill("await {}.{}({})", self.client, coroutine, join(", ", keywords))

    def _argument(self, call: Call, parameter: Parameter, template: Template) -> Code:
        if not isinstance(template, Argument):
            return self._templates.expression(template)
        source = _input(template.source)
        if _is_entity(call, parameter):
            return self.entity(source)
        is_raw = isinstance(source.location, InContent)
        if holds_bytes(source.type) and not is_raw:
            self.imports.add("._bodies", "decoded")
            return fill("decoded({})", self.value(source))
        return self.value(source)

    @property
    def _templates(self) -> Templates:
        return Templates(
            placeholder=lambda source: self.value(_input(source)),
            setting=self._setting,
            imports=self.imports,
        )

    def _setting(self, variable: Variable) -> Code:
        return fill(
            "{}.settings.{}", self.client, self.emission.names.setting(variable)
        )


def _is_entity(call: Call, parameter: Parameter) -> bool:
    """Return whether a parameter is the whole JSON body of the call."""
    body = call.operation.body
    return body is not None and body.entity == parameter


def _input(source: Parameter | Input) -> Input:
    """Return the input of a placeholder; templates of calls refer to no parameters."""
    if not isinstance(source, Input):
        raise TypeError(f"a call refers to the parameter {source.name!r}")
    return source
