"""`functions.py`: a coroutine for each flow of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.adapters.calls import reply_view
from naftiko_gen.emit.answers.flows import DeclaredScript
from naftiko_gen.emit.answers.outputs import shape_function
from naftiko_gen.emit.answers.queries import QueryWriter
from naftiko_gen.emit.answers.readers import reader
from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.code.statements import (
    CallView,
    Keyword,
    ParameterView,
    ReplyView,
)
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


@dataclass(frozen=True)
class LookupView:
    """A search in the answer of a step for the row whose key has a value.

    The fields of the row are copied, or (`is_mapped`) each is found by a path.
    """

    index: Code
    key: tuple[Code, ...]
    value: Code
    fields: tuple[tuple[Code, tuple[Code, ...]], ...]
    is_mapped: bool


@dataclass(frozen=True)
class ScriptView:
    """A run of a script."""

    name: Code
    context: Code


@dataclass(frozen=True)
class StepView:
    """A step, by one of three ways; `variable` holds its answer if it is needed."""

    name: str
    variable: Code | None
    call: CallView | None = None
    parser: Code | None = None
    lookup: LookupView | None = None
    script: ScriptView | None = None


@dataclass(frozen=True)
class GroupView:
    """Steps that are performed together, or a step alone."""

    steps: tuple[StepView, ...]

    @property
    def are_together(self) -> bool:
        """Return whether there are several."""
        return len(self.steps) > 1


@dataclass(frozen=True)
class FlowView:
    """A coroutine that performs the steps of a flow, or the function of a mock.

    Its answer is a value, or the reply of the last call.
    """

    name: Code
    is_mock: bool
    parameters: tuple[ParameterView, ...]
    docstring: Code
    groups: tuple[GroupView, ...]
    call: CallView | None
    reply: ReplyView
    value: Code | None


@dataclass(frozen=True)
class FunctionsView:
    """The variables of `functions.py.jinja`."""

    client: Code
    switch: str
    """The environment variable that permits scripts."""
    scripts: tuple[DeclaredScript, ...]
    functions: tuple[FlowView, ...]


def functions_view(emission: Emission) -> FunctionsView:
    """Return the view of a package's flows."""
    views = tuple(
        _Function(emission, flow).view(emission.flows.name(flow))
        for _, flow in emission.flows.flows
    )
    scripts = emission.scripts
    return FunctionsView(
        client=emission.client(),
        switch=scripts.switch,
        scripts=tuple(scripts.declarations()),
        functions=views,
    )


@dataclass(frozen=True)
class _Function:
    """Writer of the coroutine of a shared flow."""

    emission: Emission
    flow: ir.Flow

    def view(self, name: Code) -> FlowView:
        types = self.emission.argument_types
        groups, call, reply, value = list(self.flow.groups), None, ReplyView(), None
        match self.flow.answer:
            case ir.LastResponse(output=output):
                *groups, (last,) = groups
                call, reply = self._last(last, output)
            case ir.Mapped(template=template, type=kind):
                value = self._mapped_value(template, kind)
            case _:
                assert_never(self.flow.answer)
        return FlowView(
            name=name,
            is_mock=self.flow.is_mock,
            parameters=tuple(starmap(types.parameter, self._inputs.items())),
            docstring=self._docstring(),
            groups=tuple(GroupView(tuple(map(self._step, group))) for group in groups),
            call=call,
            reply=reply,
            value=value,
        )

    def _docstring(self) -> Code:
        about = self.flow.description or f"Perform {self.flow.name}."
        return docstring(about, indent=4)

    # --- steps ---

    def _step(self, step: ir.FlowStep) -> StepView:
        variable = self._names.get(step.name)
        match step:
            case ir.CallStep():
                parser = self._parser(step) if variable else None
                return StepView(
                    step.name, variable, call=self._call(step), parser=parser
                )
            case ir.LookupStep():
                return StepView(step.name, variable, lookup=self._lookup(step))
            case ir.ScriptStep():
                name = self.emission.scripts.name(step)
                context = self._templates.expression(step.context)
                return StepView(step.name, variable, script=ScriptView(name, context))
            case _:
                assert_never(step)

    def _parser(self, step: ir.CallStep) -> Code | None:
        readers, parts = self.emission.readers, self._readings[step.name]
        return reader(step.call.operation, parts, readers)

    def _last(
        self, step: ir.FlowStep, output: ir.Projection
    ) -> tuple[CallView, ReplyView]:
        """Return the last call, and the changes that make a reply of its response."""
        if not isinstance(step, ir.CallStep):
            raise TypeError(f"the last step {step.name!r} makes no call")
        operation = step.call.operation
        reply = reply_view(operation, output, self.emission, self._placeholder)
        return self._call(step), reply

    def _call(self, step: ir.CallStep) -> CallView:
        names, operation = self.emission.names, step.call.operation
        parameters = names.parameters(operation)
        keywords = tuple(
            Keyword(parameters[parameter], self._argument(parameter, template))
            for parameter, template in step.call.arguments
        )
        is_first = step is self.flow.call_steps[0]
        return CallView(
            names.operation(operation),
            keywords,
            may_be_gone=not (step.is_read_only or is_first),
            step=(py(step.name), py(operation.upstream.namespace)),
        )

    def _argument(self, parameter: ir.Parameter, template: ir.Template) -> Code:
        """Return the value of an argument; a part that a call can't do without."""
        match template:
            case ir.StepValue(query=None) if parameter.required:
                return self._pick(template, verbatim("needed"))
            case _:
                return self._templates.expression(template)

    # --- lookups ---

    def _lookup(self, step: ir.LookupStep) -> LookupView:
        paths = (step.key, *(path for _, path in step.fields))
        names = (step.key[0], *(name for name, _ in step.fields))
        return LookupView(
            index=self._templates.expression(step.index),
            key=tuple(map(_path_step, step.key)),
            value=self._templates.expression(step.wanted),
            fields=tuple(
                (py(name), tuple(map(_path_step, path))) for name, path in step.fields
            ),
            is_mapped=any(
                path != (name,) for path, name in zip(paths, names, strict=True)
            ),
        )

    # --- values ---

    def _mapped_value(self, template: ir.Template, projection: ir.Projection) -> Code:
        """Return the answer; a value that is declared as an array is always one."""
        match template, projection:
            case ir.ObjectTemplate(entries=entries), ir.Shape(members=members):
                types = dict(members)
                parts = [
                    fill("{}: {}", py(key), self._mapped_value(value, types[key]))
                    for key, value in entries
                ]
                return fill("{{{}}}", join(", ", parts))
            case ir.StepValue(), ir.Items() | ir.Pick(type=ir.Array()) if self._is_lone(
                template
            ):
                if not template.parts:
                    array = fill("as_array({})", self._names[template.step])
                    return self._with_view(array, template)
                return fill("as_array({})", self._value(template))
            case _:
                return self._templates.expression(template)

    def _is_lone(self, value: ir.StepValue) -> bool:
        """Return whether an array of one item may look like the item."""
        formats = (
            step.call.operation.response_format
            for step in self.flow.call_steps
            if step.name == value.step
        )
        return any(form is not None and form.value.has_lone_items for form in formats)

    def _value(self, value: ir.StepValue) -> Code:
        if value.query is not None:
            writer = QueryWriter(self._base(value))
            return writer.expression(value.query)
        return self._pick(value, verbatim("pick"))

    def _pick(self, value: ir.StepValue, function: Code) -> Code:
        """Return a part of an answer; wildcards make arrays."""
        name = self._base(value)
        if ir.Each.ELEMENT in value.path:
            inside = fill(
                "pick_each({})", join(", ", [name, *map(_path_step, value.path)])
            )
            if function == "pick":
                return inside
            return fill("{}({})", function, inside)
        if not value.path and function == "pick":
            return name
        steps = map(_path_step, value.path)
        return fill("{}({})", function, join(", ", [name, *steps]))

    def _base(self, value: ir.StepValue) -> Code:
        """Return the answer or its view, of which a value is a part."""
        return self._with_view(self._names[value.step], value)

    def _with_view(self, answer: Code, value: ir.StepValue) -> Code:
        if not value.view:
            return answer
        return fill(
            "with_declared({}, {})",
            answer,
            shape_function(ir.view_shape(value.view)),
        )

    @cached_property
    def _templates(self) -> TemplateExpressions:
        return TemplateExpressions(self._placeholder, self._setting, self._value)

    def _placeholder(self, source: ir.Parameter | ir.Input) -> Code:
        if not isinstance(source, ir.Input):
            raise TypeError(f"a flow refers to the parameter {source.name!r}")
        return self._inputs[source]

    def _setting(self, variable: ir.Variable) -> Code:
        return fill("client.settings.{}", self.emission.names.setting(variable))

    @cached_property
    def _inputs(self) -> Mapping[ir.Input, Code]:
        return self.emission.flows.inputs(self.flow)

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        """Return the local variables of the steps whose answers are needed."""
        needed_steps = {value.step for value in self.flow.step_values}
        wires = [step.name for step in self.flow.steps if step.name in needed_steps]
        inputs = map(str, self._inputs.values())
        return assign(wires, reserved=self.emission.flows.reserved.union(inputs))

    @cached_property
    def _readings(self) -> Mapping[str, ir.Projection]:
        return {step.name: parts for step, parts in ir.readings(self.flow)}


def _path_step(step: ir.PathSegment) -> Code:
    return verbatim("EACH") if isinstance(step, ir.Each) else py(step)
