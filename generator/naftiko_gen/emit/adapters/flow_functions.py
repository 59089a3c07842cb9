"""`functions.py`: a coroutine for each flow of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.adapters.calls import reply_view
from naftiko_gen.emit.answers.outputs import shape_function
from naftiko_gen.emit.answers.queries import QueryWriter
from naftiko_gen.emit.answers.readers import reader
from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import CallView, Keyword, ReplyView
from naftiko_gen.emit.literals import Code, call_of, docstring, mapping, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


def functions_view(emission: Emission) -> View:
    """Return the view of a package's flows."""
    scripts = emission.scripts
    return View(
        client=emission.client(),
        # The environment variable that permits scripts.
        switch=scripts.switch,
        scripts=[*scripts.declarations()],
        functions=[_Function(emission, f).view() for _, f in emission.flows.flows],
    )


@dataclass(frozen=True)
class _Function:
    emission: Emission
    flow: ir.Flow

    def view(self) -> View:
        """Return a coroutine that performs the steps, or the function of a mock.

        Its answer is a value, or the reply of the last call.
        """
        types, flow = self.emission.argument_types, self.flow
        groups, call, reply, value = list(flow.groups), None, ReplyView(), None
        match flow.answer:
            case ir.LastResponse() as answer:
                *groups, (last,) = groups
                call, reply = self._last(last, answer)
            case ir.Mapped(template=template, type=kind):
                value = self._mapped_value(template, kind)
            case _:
                assert_never(flow.answer)
        about = flow.description or f"Perform {flow.name}."
        return View(
            name=self.emission.flows.name(flow),
            is_mock=flow.is_mock,
            parameters=[*starmap(types.parameter, self._inputs.items())],
            docstring=docstring(about, indent=4),
            # The steps of a group are performed together.
            groups=[[*map(self._step, group)] for group in groups],
            call=call,
            reply=reply,
            value=value,
        )

    # --- steps ---

    def _step(self, step: ir.FlowStep) -> View:
        """Return a step, by one of three ways; a variable has its answer if needed."""
        variable = self._names.get(step.name)
        view = View(
            name=step.name,
            variable=variable,
            call=None,
            parser=None,
            lookup=None,
            script=None,
        )
        match step:
            case ir.CallStep():
                view.call = self._call(step)
                view.parser = self._parser(step) if variable else None
            case ir.LookupStep():
                view.lookup = self._lookup(step)
            case ir.ScriptStep():
                name = self.emission.scripts.name(step)
                context = self._templates.expression(step.context)
                view.script = View(name=name, context=context)
            case _:
                assert_never(step)
        return view

    def _parser(self, step: ir.CallStep) -> Code | None:
        parts = {reading.name: part for reading, part in ir.readings(self.flow)}
        return reader(step.call.operation, parts[step.name], self.emission.readers)

    def _last(
        self, step: ir.FlowStep, answer: ir.LastResponse
    ) -> tuple[CallView, ReplyView]:
        """Return the last call, and the changes that make a reply of its response."""
        if not isinstance(step, ir.CallStep):
            raise TypeError(f"the last step {step.name!r} makes no call")
        operation = step.call.operation
        reply = reply_view(operation, answer, self.emission, self._inputs.__getitem__)
        return self._call(step), reply

    def _call(self, step: ir.CallStep) -> CallView:
        names, operation = self.emission.names, step.call.operation
        parameters = names.parameters(operation)
        is_first = step is self.flow.call_steps[0]
        return CallView(
            names.operation(operation),
            [
                Keyword(parameters[parameter], self._argument(parameter, template))
                for parameter, template in step.call.arguments
            ],
            may_be_gone=not (step.is_read_only or is_first),
            step=(py(step.name), py(operation.upstream.namespace)),
        )

    def _argument(self, parameter: ir.Parameter, template: ir.Template) -> Code:
        """Return the value of an argument; a part that a call can't do without."""
        match template:
            case ir.StepValue(query=None) if parameter.required:
                return self._pick(template, "pick_needed")
            case _:
                return self._templates.expression(template)

    # --- lookups ---

    def _lookup(self, step: ir.LookupStep) -> View:
        """Return a search in the answer of a step for the row whose key has a value.

        The fields of the row are copied, or (`is_mapped`) each is found by a path.
        """
        named_paths = [(step.key[0], step.key), *step.fields]
        return View(
            index=self._templates.expression(step.index),
            key=[*map(_path_step, step.key)],
            value=self._templates.expression(step.wanted),
            fields=[(py(k), [*map(_path_step, path)]) for k, path in step.fields],
            is_mapped=any(path != (name,) for name, path in named_paths),
        )

    # --- values ---

    def _mapped_value(self, template: ir.Template, projection: ir.Projection) -> Code:
        """Return the answer; a value that is declared as an array is always one."""
        match template, projection:
            case ir.ObjectTemplate(entries=entries), ir.Shape(members=members):
                types = dict(members)
                return mapping(
                    (key, self._mapped_value(value, types[key]))
                    for key, value in entries
                )
            case ir.StepValue(), ir.Items() | ir.Pick(type=ir.Array()) if self._is_lone(
                template
            ):
                if not template.parts:
                    array = call_of("as_array", self._names[template.step])
                    return self._with_view(array, template)
                return call_of("as_array", self._value(template))
            case _:
                return self._templates.expression(template)

    def _is_lone(self, value: ir.StepValue) -> bool:
        """Return whether an array of one item may look like the item."""
        steps = (step for step in self.flow.call_steps if step.name == value.step)
        formats = (step.call.operation.response_format for step in steps)
        return any(form is not None and form.value.has_lone_items for form in formats)

    def _value(self, value: ir.StepValue) -> Code:
        if value.query is not None:
            return QueryWriter(self._base(value)).expression(value.query)
        return self._pick(value, "pick")

    def _pick(self, value: ir.StepValue, function: str) -> Code:
        """Return a part of an answer; wildcards make arrays."""
        base, steps = self._base(value), map(_path_step, value.path)
        if ir.Each.ELEMENT in value.path:
            inside = call_of("pick_each", base, *steps)
            return inside if function == "pick" else call_of(function, inside)
        is_whole = not value.path and function == "pick"
        return base if is_whole else call_of(function, base, *steps)

    def _base(self, value: ir.StepValue) -> Code:
        """Return the answer or its view, of which a value is a part."""
        return self._with_view(self._names[value.step], value)

    def _with_view(self, answer: Code, value: ir.StepValue) -> Code:
        if not value.view:
            return answer
        return call_of(
            "with_declared", answer, shape_function(ir.view_shape(value.view))
        )

    @cached_property
    def _templates(self) -> TemplateExpressions:
        setting = self.emission.names.setting_in(verbatim("client.settings"))
        return TemplateExpressions(self._inputs.__getitem__, setting, self._value)

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


def _path_step(step: ir.PathSegment) -> Code:
    return verbatim("EACH") if isinstance(step, ir.Each) else py(step)
