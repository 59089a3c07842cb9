"""`functions.py`: a coroutine for each flow of steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.formats import reader
from naftiko_gen.emit.package.outputs import shape_function
from naftiko_gen.emit.package.queries import QueryWriter
from naftiko_gen.emit.package.unchanged import unchanged_reply
from naftiko_gen.emit.requests.annotations import optional
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions
from naftiko_gen.ir import (
    Array,
    CallStep,
    Each,
    Flow,
    Identity,
    Input,
    Items,
    LastResponse,
    LookupStep,
    Mapped,
    ObjectTemplate,
    Pick,
    ScriptStep,
    Shape,
    StepValue,
    readings,
    view_shape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import (
        FlowStep,
        Parameter,
        PathSegment,
        Projection,
        Template,
        Variable,
    )


@dataclass(frozen=True)
class FlowView:
    """A coroutine that performs the steps of a flow, or the function of a mock."""

    name: Code
    is_mock: bool
    signature: Code
    returned: Code
    docstring: Code
    statements: tuple[Code, ...]


@dataclass(frozen=True)
class FunctionsView:
    """The variables of `functions.py.jinja`."""

    docstring: Code
    scripts: tuple[Code, ...]
    functions: tuple[FlowView, ...]


def functions_view(emission: Emission) -> FunctionsView:
    """Return the view of a package's flows."""
    label = emission.capability.label
    views = tuple(
        _Function(emission, flow).view(emission.flows.name(flow))
        for _, flow in emission.flows.flows
    )
    about = f"{label}: coroutines of its routes and tools; each returns a Reply"
    scripts = tuple(emission.scripts.declarations())
    return FunctionsView(docstring(about, indent=0), scripts, views)


@dataclass(frozen=True)
class _Function:
    """Writer of the coroutine of a shared flow."""

    emission: Emission
    flow: Flow

    def view(self, name: Code) -> FlowView:
        is_reply = isinstance(self.flow.answer, LastResponse)
        result_type = verbatim("Reply") if is_reply else verbatim("JsonObject")
        return FlowView(
            name=name,
            is_mock=self.flow.is_mock,
            signature=self._signature(),
            returned=result_type,
            docstring=self._docstring(),
            statements=tuple(self._statements()),
        )

    def _docstring(self) -> Code:
        about = self.flow.description or f"Perform {self.flow.name}."
        return docstring(about, indent=4)

    def _signature(self) -> Code:
        parameters = [self._declaration(s, name) for s, name in self._inputs.items()]
        inputs = [verbatim("*"), *parameters] if parameters else []
        if self.flow.is_mock:
            return join(", ", inputs)
        client = fill("client: {}", self.emission.client())
        return join(", ", [client, *inputs])

    def _declaration(self, source: Input, name: Code) -> Code:
        types = self.emission.argument_types
        annotation = types.of_input(source, is_bytes=False)
        if source.required:
            return fill("{}: {}", name, annotation)
        return fill("{}: {} = None", name, optional(annotation))

    # --- steps ---

    def _statements(self) -> Iterator[Code]:
        groups = list(self.flow.groups)
        is_last = isinstance(self.flow.answer, LastResponse)
        for group in groups[:-1] if is_last else groups:
            yield self._group(group)
        match self.flow.answer:
            case LastResponse(output=output):
                yield fill("return {}", self._last(groups[-1][0], output))
            case Mapped(template=template, type=output):
                yield fill("return {}", self._mapped_value(template, output))
            case _:
                assert_never(self.flow.answer)

    def _group(self, group: tuple[FlowStep, ...]) -> Code:
        """Return the statement that performs steps, and keeps the needed answers."""
        if len(group) == 1:
            return self._alone(group[0])
        names = [self._names.get(step.name, verbatim("_")) for step in group]
        answers = [self._step(step) for step in group]
        targets, values = join(", ", names), join(", ", answers)
        return fill("{} = await together({},)", targets, values)

    def _alone(self, step: FlowStep) -> Code:
        name = self._names.get(step.name)
        expression = self._step(step)
        if isinstance(step, CallStep | ScriptStep):
            expression = fill("await {}", expression)
        return fill("{} = {}", name, expression) if name else expression

    def _step(self, step: FlowStep) -> Code:
        match step:
            case CallStep():
                return self._answer(step)
            case LookupStep():
                return self._lookup(step)
            case ScriptStep():
                return self._script(step)
            case _:
                assert_never(step)

    def _answer(self, step: CallStep) -> Code:
        """Return the expression of a call's value; one that nobody needs isn't read."""
        if step.name not in self._names:
            return fill("answer({}, unread)", self._call(step))
        parser = self._reader(step, self._readings[step.name])
        if parser is None:
            return fill("answer({})", self._call(step))
        return fill("answer({}, {})", self._call(step), parser)

    def _last(self, step: FlowStep, output: Projection) -> Code:
        """Return the expression of the reply of the last call."""
        if not isinstance(step, CallStep):
            raise TypeError(f"the last step {step.name!r} makes no call")
        call = fill("await {}", self._call(step))
        if isinstance(output, Identity):
            return unchanged_reply(call, output)
        arguments = [call, self._output(output)]
        parser = self._reader(step, output)
        if parser is not None:
            arguments.append(parser)
        return fill("shape({})", join(", ", arguments))

    def _reader(self, step: CallStep, output: Projection) -> Code | None:
        readers = self.emission.readers
        return reader(step.call.operation, output, readers)

    def _output(self, output: Projection) -> Code:
        outputs = self.emission.outputs
        name = fill("outputs.{}", outputs.name(output))
        keywords = [
            fill("{}={}", parameter, self._inputs[source])
            for source, parameter in outputs.inputs(output).items()
        ]
        if not keywords:
            return name
        return fill("functools.partial({}, {})", name, join(", ", keywords))

    def _call(self, step: CallStep) -> Code:
        names, operation = self.emission.names, step.call.operation
        parameters = names.parameters(operation)
        keywords = [
            fill("{}={}", parameters[parameter], self._argument(parameter, template))
            for parameter, template in step.call.arguments
        ]
        coroutine = names.operation(operation)
        call = fill("client.{}({})", coroutine, join(", ", keywords))
        if step.is_read_only or step is self.flow.call_steps[0]:
            return call
        return fill("unless_gone({})", call)

    def _argument(self, parameter: Parameter, template: Template) -> Code:
        """Return the value of an argument; a part that a call can't do without."""
        match template:
            case StepValue(query=None) if parameter.required:
                return self._pick(template, verbatim("needed"))
            case _:
                return self._templates.expression(template)

    # --- lookups ---

    def _lookup(self, step: LookupStep) -> Code:
        index = self._templates.expression(step.index)
        wanted = self._templates.expression(step.wanted)
        keys = (step.key, *(path for _, path in step.fields))
        names = (None, *(name for name, _ in step.fields))
        if all(
            path == (name or path[0],) for path, name in zip(keys, names, strict=True)
        ):
            fields = [py(name) for name, _ in step.fields]
            arguments = [index, _step(step.key[0]), wanted, *fields]
            return fill("lookup({})", join(", ", arguments))
        members = [fill("{}: {}", py(name), _path(path)) for name, path in step.fields]
        return fill(
            "find({}, lambda row: {}, {}, lambda row: {{{}}})",
            index,
            _path(step.key),
            wanted,
            join(", ", members),
        )

    def _script(self, step: ScriptStep) -> Code:
        context = self._templates.expression(step.context)
        return fill("{}.run({})", self.emission.scripts.name(step), context)

    # --- values ---

    def _mapped_value(self, template: Template, projection: Projection) -> Code:
        """Return the answer; a value that is declared as an array is always one."""
        match template, projection:
            case ObjectTemplate(entries=entries), Shape(members=members):
                types = dict(members)
                parts = [
                    fill("{}: {}", py(key), self._mapped_value(value, types[key]))
                    for key, value in entries
                ]
                return fill("{{{}}}", join(", ", parts))
            case StepValue(), Items() | Pick(type=Array()) if self._is_lone(template):
                if not template.parts:
                    array = fill("as_array({})", self._names[template.step])
                    return self._with_view(array, template)
                return fill("as_array({})", self._value(template))
            case _:
                return self._templates.expression(template)

    def _is_lone(self, value: StepValue) -> bool:
        """Return whether an array of one item may look like the item."""
        formats = (
            step.call.operation.response_format
            for step in self.flow.call_steps
            if step.name == value.step
        )
        return any(form is not None and form.has_lone_items for form in formats)

    def _value(self, value: StepValue) -> Code:
        if value.query is not None:
            writer = QueryWriter(self._base(value))
            return writer.expression(value.query)
        return self._pick(value, verbatim("pick"))

    def _pick(self, value: StepValue, function: Code) -> Code:
        """Return a part of an answer; wildcards make arrays."""
        name = self._base(value)
        if Each.ELEMENT in value.path:
            inside = fill("pick_each({})", join(", ", [name, *map(_step, value.path)]))
            if function == "pick":
                return inside
            return fill("{}({})", function, inside)
        if not value.path and function == "pick":
            return name
        steps = map(_step, value.path)
        return fill("{}({})", function, join(", ", [name, *steps]))

    def _base(self, value: StepValue) -> Code:
        """Return the answer or its view, of which a value is a part."""
        return self._with_view(self._names[value.step], value)

    def _with_view(self, answer: Code, value: StepValue) -> Code:
        if not value.view:
            return answer
        return fill(
            "with_declared({}, {})",
            answer,
            shape_function(view_shape(value.view)),
        )

    @cached_property
    def _templates(self) -> TemplateExpressions:
        return TemplateExpressions(self._placeholder, self._setting, self._value)

    def _placeholder(self, source: Parameter | Input) -> Code:
        if not isinstance(source, Input):
            raise TypeError(f"a flow refers to the parameter {source.name!r}")
        return self._inputs[source]

    def _setting(self, variable: Variable) -> Code:
        return fill("client.settings.{}", self.emission.names.setting(variable))

    @cached_property
    def _inputs(self) -> Mapping[Input, Code]:
        return self.emission.flows.inputs(self.flow)

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        """Return the local variables of the steps whose answers are needed."""
        needed_steps = {value.step for value in self.flow.step_values}
        wires = [step.name for step in self.flow.steps if step.name in needed_steps]
        inputs = map(str, self._inputs.values())
        return assign(wires, reserved=self.emission.flows.reserved.union(inputs))

    @cached_property
    def _readings(self) -> Mapping[str, Projection]:
        return {step.name: parts for step, parts in readings(self.flow)}


def _path(path: tuple[PathSegment, ...]) -> Code:
    """Return a part of an entry of a lookup."""
    return fill("pick(row, {})", join(", ", map(_step, path)))


def _step(step: PathSegment) -> Code:
    return verbatim("EACH") if isinstance(step, Each) else py(step)
