"""The coroutine that performs a route or tool: the client's own, or a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import shared_flow, shared_input
from naftiko_gen.emit.answers.readers import reader, size
from naftiko_gen.emit.code.names import FUNCTION_NAMES
from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.code.statements import (
    CallView,
    Keyword,
    ParameterView,
    ReplyView,
)
from naftiko_gen.emit.literals import Code, docstring, fill
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.requests.bodies import holds_bytes
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


@dataclass(frozen=True)
class Value:
    """An argument of a unit's coroutine: the value of an input.

    The whole body of a request is read as JSON, or passed on as bytes (`is_bytes`).
    """

    source: ir.Input
    is_bytes: bool = False


@dataclass(frozen=True)
class FunctionView:
    """A function of a module that performs a route or a tool."""

    name: Code
    parameters: tuple[ParameterView, ...]
    docstring: Code
    call: CallView
    reply: ReplyView


@dataclass(frozen=True)
class Performance:
    """The coroutine that performs a unit, and the argument of each of its values."""

    coroutine: Code
    arguments: Mapping[Value, Code]
    function: FunctionView | None = None


def performance(unit: ir.Exposed, name: Code, emission: Emission) -> Performance:
    """Return the coroutine that performs a unit; `name` is that of a function."""
    direct = _direct(unit, emission)
    if direct is not None:
        return direct
    values = tuple(_values(unit))
    names = dict(zip(values, _argument_names(values), strict=True))
    writer = _Function(emission, names)
    return Performance(name, names, writer.view(unit, name))


def functions(performances: Iterable[Performance]) -> tuple[FunctionView, ...]:
    """Return the functions that performances need."""
    return tuple(
        performance.function for performance in performances if performance.function
    )


def _direct(unit: ir.Exposed, emission: Emission) -> Performance | None:
    """Return the coroutine of the client or of a flow that takes a unit's inputs."""
    match unit.implementation:
        case ir.ProjectedCall(call=call, output=ir.Identity(is_plain=True)):
            by_value = _passed_values(call, emission)
            coroutine = emission.names.coroutine(call.operation)
        case ir.ProjectedCall():
            return None
        case ir.Flow() as flow:
            by_value = _passed_to_flow(unit, flow, emission)
            coroutine = fill("functions.{}", emission.flows.name(flow))
        case ir.Forward():
            return None
        case _:
            assert_never(unit.implementation)
    values = tuple(_values(unit))
    if by_value is None or set(values) != set(by_value):
        return None
    return Performance(coroutine, {value: by_value[value] for value in values})


def _passed_to_flow(
    unit: ir.Exposed, flow: ir.Flow, emission: Emission
) -> dict[Value, Code]:
    """Return the argument of a flow for each input that it takes."""
    arguments = emission.flows.inputs(shared_flow(flow))
    return {
        Value(source): arguments[shared_input(source)]
        for source in unit.inputs
        if shared_input(source) in arguments
    }


def _passed_values(call: ir.Call, emission: Emission) -> dict[Value, Code] | None:
    """Return the parameter of each value; None if a call does more than pass them."""
    parameters = emission.names.parameters(call.operation)
    by_value: dict[Value, Code] = {}
    for parameter, template in call.arguments:
        if not isinstance(template, ir.Argument):
            return None
        source = _input(template.source)
        value = Value(source, passes_bytes(call, parameter, source))
        if value in by_value or is_decoded(source):
            return None
        by_value[value] = parameters[parameter]
    return by_value


def _values(unit: ir.Exposed) -> Iterator[Value]:
    """Yield the values that a unit's coroutine takes, in the order of the inputs."""
    used_values = dict.fromkeys(_used_values(unit.implementation))
    for source in unit.inputs:
        values = [value for value in used_values if value.source == source]
        # An input that nothing uses is checked all the same.
        yield from values or [Value(source)]


def _used_values(implementation: ir.Implementation) -> Iterator[Value]:
    match implementation:
        case ir.ProjectedCall(call=call, output=output):
            for parameter, template in call.arguments:
                is_argument = isinstance(template, ir.Argument)
                for placeholder in ir.placeholders(template):
                    source = _input(placeholder)
                    is_bytes = is_argument and passes_bytes(call, parameter, source)
                    yield Value(source, is_bytes)
            for template in ir.filled_templates(output):
                yield from (
                    Value(_input(source)) for source in ir.placeholders(template)
                )
        case ir.Flow():
            templates = [*implementation.templates]
            templates += ir.filled_templates(ir.projection_of(implementation))
            for template in templates:
                yield from (
                    Value(_input(source)) for source in ir.placeholders(template)
                )
        case ir.Forward():
            pass
        case _:
            assert_never(implementation)


def _argument_names(values: tuple[Value, ...]) -> Iterator[Code]:
    """Yield the name of each value: that of its input, unless the input has two."""
    is_double = len({value.source.name for value in values}) < len(values)
    wires = [
        (
            f"{value.source.name} bytes"
            if is_double and value.is_bytes
            else value.source.name
        )
        for value in values
    ]
    names = assign(wires, reserved=FUNCTION_NAMES)
    yield from (names[wire] for wire in wires)


def passes_bytes(call: ir.Call, parameter: ir.Parameter, source: ir.Input) -> bool:
    """Return whether an input passes as the bytes of a JSON body."""
    return isinstance(source.location, ir.InBody) and _is_entity(call, parameter)


def is_decoded(source: ir.Input) -> bool:
    """Return whether an input is base64 text, which is decoded for the upstream."""
    return holds_bytes(source.type) and not isinstance(source.location, ir.InContent)


def _is_entity(call: ir.Call, parameter: ir.Parameter) -> bool:
    """Return whether a parameter is the whole JSON body of the call."""
    body = call.operation.body
    return body is not None and body.entity == parameter


def _input(source: ir.Parameter | ir.Input) -> ir.Input:
    """Return the input of a placeholder; templates of calls refer to no parameters."""
    if not isinstance(source, ir.Input):
        raise TypeError(f"a call refers to the parameter {source.name!r}")
    return source


def reply_view(
    operation: ir.Operation,
    projection: ir.Projection,
    emission: Emission,
    inputs: Callable[[ir.Input], Code],
) -> ReplyView:
    """Return the changes that make a reply of a response; `inputs` are expressions."""
    if isinstance(projection, ir.Identity):
        limit = None if projection.limit is None else size(projection.limit)
        return ReplyView(limit=limit, media_type=projection.media_type)
    outputs = emission.outputs
    return ReplyView(
        outputs.name(projection),
        tuple(
            Keyword(parameter, inputs(source))
            for source, parameter in outputs.inputs(projection).items()
        ),
        reader(operation, projection, emission.readers),
    )


@dataclass(frozen=True)
class _Function:
    """Writes a function whose arguments have these names."""

    emission: Emission
    names: Mapping[Value, Code]

    def view(self, unit: ir.Exposed, name: Code) -> FunctionView:
        call, reply = self._call_and_reply(unit)
        types = self.emission.argument_types
        return FunctionView(
            name=name,
            parameters=tuple(
                types.parameter(value.source, argument, is_bytes=value.is_bytes)
                for value, argument in self.names.items()
            ),
            docstring=docstring(unit.description, indent=4),
            call=call,
            reply=reply,
        )

    def _call_and_reply(self, unit: ir.Exposed) -> tuple[CallView, ReplyView]:
        match unit.implementation:
            case ir.ProjectedCall(call=call, output=output):
                reply = reply_view(call.operation, output, self.emission, self._value)
                return self._call(call), reply
            case ir.Flow() as flow:
                return self._flow(unit, flow), ReplyView()
            case ir.Forward():
                raise TypeError("requests are forwarded by no function")
            case _:
                assert_never(unit.implementation)

    def _flow(self, unit: ir.Exposed, flow: ir.Flow) -> CallView:
        by_value = _passed_to_flow(unit, flow, self.emission)
        keywords = tuple(
            Keyword(argument, self.names[value]) for value, argument in by_value.items()
        )
        return CallView(self.emission.flows.name(flow), keywords, is_flow=True)

    def _call(self, call: ir.Call) -> CallView:
        names = self.emission.names
        parameters = names.parameters(call.operation)
        keywords = tuple(
            Keyword(parameters[parameter], self._argument(call, parameter, template))
            for parameter, template in call.arguments
        )
        return CallView(names.operation(call.operation), keywords)

    def _argument(
        self, call: ir.Call, parameter: ir.Parameter, template: ir.Template
    ) -> Code:
        if not isinstance(template, ir.Argument):
            return self._templates.expression(template)
        source = _input(template.source)
        name = self.names[Value(source, passes_bytes(call, parameter, source))]
        if is_decoded(source):
            return fill("decoded({})", name)
        return name

    @property
    def _templates(self) -> TemplateExpressions:
        return TemplateExpressions(argument=self._value, setting=self._setting)

    def _value(self, source: ir.Parameter | ir.Input) -> Code:
        return self.names[Value(_input(source))]

    def _setting(self, variable: ir.Variable) -> Code:
        return fill("client.settings.{}", self.emission.names.setting(variable))
