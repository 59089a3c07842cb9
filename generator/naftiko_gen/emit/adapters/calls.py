"""The coroutine that performs a route or tool: the client's own, or a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import shared_flow, shared_input
from naftiko_gen.emit.answers.readers import reader, size
from naftiko_gen.emit.code.names import FUNCTION_NAMES
from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import CallView, Keyword, ReplyView
from naftiko_gen.emit.literals import Code, docstring, fill, verbatim
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
class Performance:
    """The coroutine that performs a unit, and the argument of each of its values.

    `function` is the view of a function of the module, unless another one performs it.
    """

    coroutine: Code
    arguments: Mapping[Value, Code]
    function: View | None = None


def performance(unit: ir.Exposed, name: Code, emission: Emission) -> Performance:
    """Return the coroutine that performs a unit; `name` is that of a function."""
    direct = _direct(unit, emission)
    if direct is not None:
        return direct
    values = tuple(_values(unit))
    names = dict(zip(values, _argument_names(values), strict=True))
    function = _Function(unit, emission, names).view(name)
    return Performance(name, names, function)


def _direct(unit: ir.Exposed, emission: Emission) -> Performance | None:
    """Return the coroutine of the client or of a flow that takes a unit's inputs."""
    match unit.implementation:
        case ir.ProjectedCall(call=call, output=ir.Identity(is_plain=True)):
            by_value = _passed_values(call, emission)
            names = emission.names
            coroutine = fill("{}.{}", names.client, names.operation(call.operation))
        case ir.Flow() as flow:
            by_value = _passed_to_flow(unit, flow, emission)
            coroutine = fill("functions.{}", emission.flows.name(flow))
        case ir.ProjectedCall() | ir.Forward():
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
    inputs = {source: shared_input(source) for source in unit.inputs}
    return {Value(k): arguments[v] for k, v in inputs.items() if v in arguments}


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
    templates = [*ir.filled_templates(implementation.output)]
    match implementation:
        case ir.ProjectedCall(call=call):
            for parameter, template in call.arguments:
                is_argument = isinstance(template, ir.Argument)
                for placeholder in ir.placeholders(template):
                    source = _input(placeholder)
                    is_bytes = is_argument and passes_bytes(call, parameter, source)
                    yield Value(source, is_bytes)
        case ir.Flow():
            templates = [*implementation.templates, *templates]
        case ir.Forward():
            return
        case _:
            assert_never(implementation)
    for template in templates:
        yield from (Value(_input(source)) for source in ir.placeholders(template))


def _argument_names(values: tuple[Value, ...]) -> Iterator[Code]:
    """Yield the name of each value: that of its input, unless the input has two."""
    is_double = len({value.source.name for value in values}) < len(values)
    wires = [
        f"{value.source.name}{' bytes' if is_double and value.is_bytes else ''}"
        for value in values
    ]
    names = assign(wires, reserved=FUNCTION_NAMES)
    yield from (names[wire] for wire in wires)


def passes_bytes(call: ir.Call, parameter: ir.Parameter, source: ir.Input) -> bool:
    """Return whether an input passes as the bytes of a JSON body, its only value."""
    body = call.operation.body
    is_entity = body is not None and body.entity == parameter
    return isinstance(source.location, ir.InBody) and is_entity


def is_decoded(source: ir.Input) -> bool:
    """Return whether an input is base64 text, which is decoded for the upstream."""
    return holds_bytes(source.type) and not isinstance(source.location, ir.InContent)


def _input(source: ir.Parameter | ir.Input) -> ir.Input:
    """Return the input of a placeholder; templates of calls refer to no parameters."""
    if not isinstance(source, ir.Input):
        raise TypeError(f"a call refers to the parameter {source.name!r}")
    return source


def reply_view(
    operation: ir.Operation,
    answer: ir.ProjectedCall | ir.LastResponse,
    emission: Emission,
    inputs: Callable[[ir.Input], Code],
) -> ReplyView:
    """Return the changes that make a reply of a response; `inputs` are expressions."""
    projection = answer.output
    if isinstance(projection, ir.Identity):
        limit = None if projection.limit is None else size(projection.limit)
        return ReplyView(limit=limit, media_type=projection.media_type)
    outputs = emission.outputs
    return ReplyView(
        outputs.name(projection),
        [
            Keyword(k, inputs(source))
            for source, k in outputs.inputs(projection).items()
        ],
        reader(operation, projection, emission.readers),
        may_pass=answer.mismatch is ir.Mismatch.PASS,
        method=None if operation.effect is ir.Effect.READ else operation.method,
    )


@dataclass(frozen=True)
class _Function:
    unit: ir.Exposed
    emission: Emission
    names: Mapping[Value, Code]

    def view(self, name: Code) -> View:
        call, reply = self._call_and_reply()
        types = self.emission.argument_types
        return View(
            name=name,
            parameters=[
                types.parameter(value.source, argument, is_bytes=value.is_bytes)
                for value, argument in self.names.items()
            ],
            docstring=docstring(self.unit.description, indent=4),
            call=call,
            reply=reply,
        )

    def _call_and_reply(self) -> tuple[CallView, ReplyView]:
        match self.unit.implementation:
            case ir.ProjectedCall(call=call) as answer:
                reply = reply_view(call.operation, answer, self.emission, self._value)
                return self._call(call), reply
            case ir.Flow() as flow:
                values = _passed_to_flow(self.unit, flow, self.emission)
                keywords = [
                    Keyword(k, self.names[value]) for value, k in values.items()
                ]
                name = self.emission.flows.name(flow)
                return CallView(name, keywords, is_flow=True), ReplyView()
            case ir.Forward():
                raise TypeError("requests are forwarded by no function")
            case _:
                assert_never(self.unit.implementation)

    def _call(self, call: ir.Call) -> CallView:
        names = self.emission.names
        parameters = names.parameters(call.operation)
        keywords = [
            Keyword(parameters[parameter], self._argument(call, parameter, template))
            for parameter, template in call.arguments
        ]
        return CallView(names.operation(call.operation), keywords)

    def _argument(
        self, call: ir.Call, parameter: ir.Parameter, template: ir.Template
    ) -> Code:
        if not isinstance(template, ir.Argument):
            setting = self.emission.names.setting_in(verbatim("client.settings"))
            return TemplateExpressions(self._value, setting).expression(template)
        source = _input(template.source)
        name = self.names[Value(source, passes_bytes(call, parameter, source))]
        return fill("decode_base64({})", name) if is_decoded(source) else name

    def _value(self, source: ir.Parameter | ir.Input) -> Code:
        return self.names[Value(_input(source))]
