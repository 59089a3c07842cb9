"""Flows: the steps of a route or tool, and the answer that they produce."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from dataclasses import dataclass, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder
from naftiko_gen.resolve.answers import check_readable
from naftiko_gen.resolve.exposed.calls import ResolvedCall
from naftiko_gen.resolve.exposed.inputs import Share, Use, constant, text_reader
from naftiko_gen.resolve.exposed.names import unit_name
from naftiko_gen.resolve.exposed.outputs import OutputReader
from naftiko_gen.resolve.scripts import ScriptBundle
from naftiko_gen.resolve.steps import StepScope
from naftiko_gen.resolve.units import FlowUnit
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

Members = dict[str, "ir.Template | Members"]
Inputs = MappingABC[str, ir.Input]
"""Inputs by their names in references."""
Scripts = MappingABC[models.Step, ScriptBundle]
"""The scripts of steps; wrong ones are missing."""


def compose_object(
    mappings: Iterable[tuple[models.StepMapping, ir.Template]], report: Report
) -> ir.ObjectTemplate:
    """Return the object that mappings compose; dots in targets nest objects."""
    members: Members = {}
    for mapping, value in mappings:
        if not _put(members, mapping.target.split("."), value):
            target = quote(mapping.target)
            message = f"another mapping has the target {target}, or a part"
            report.add(Code.CONFLICTING_MAPPING, message, mapping.at("targetName"))
    return _template(members)


def _put(members: Members, keys: list[str], value: ir.Template) -> bool:
    """Add a value at a path of keys; return whether its place is free."""
    *outer, last = keys
    for key in outer:
        inner = members.setdefault(key, {})
        if not isinstance(inner, dict):
            return False
        members = inner
    if last in members:
        return False
    members[last] = value
    return True


def _template(members: Members) -> ir.ObjectTemplate:
    entries = (
        (key, _template(value) if isinstance(value, dict) else value)
        for key, value in members.items()
    )
    return ir.ObjectTemplate(tuple(entries))


def declared_shape(projection: ir.Projection, template: ir.ObjectTemplate) -> ir.Shape:
    """Return the type of a composed object: the declared members, then the others.

    Their order is that of the mappings, as in the answer.
    """
    types = dict(projection.members) if isinstance(projection, ir.Shape) else {}
    members = {k: _member(k, value, types.get(k)) for k, value in template.entries}
    return ir.Shape((), tuple({**members, **types, **members}.items()))


def _member(
    key: str, value: ir.Template, projection: ir.Projection | None
) -> ir.Projection:
    match value, projection:
        case ir.StepValue(query=ir.Query()), _:
            return _query_results(key, projection)
        case _, ir.Find():
            # Only its own query makes an array of it.
            return ir.Pick((key,), ir.Anything())
        case ir.ObjectTemplate(), ir.Pick() | ir.Items():
            return projection
        case ir.ObjectTemplate(), _:
            inside = declared_shape(projection or ir.Identity(), value)
            return ir.Shape((key,), inside.members)
        case _:
            return projection or ir.Pick((key,), ir.Anything())


def _query_results(key: str, projection: ir.Projection | None) -> ir.Projection:
    """Return the type of the results of a query, which are always an array."""
    match projection:
        case ir.Find(item=item):
            return ir.Items((key,), item)
        case ir.Items() | ir.Pick(type=ir.Array()):
            return replace(projection, path=(key,))
        case ir.Pick() | ir.Shape():
            return ir.Items((key,), replace(projection, path=()))
        case _:
            return ir.Pick((key,), ir.Array(ir.Anything()))


def answer_part(projection: ir.Projection, step: str, scope: StepScope) -> ir.Template:
    """Return a declared output as parts of the answer of a step."""
    match projection:
        case ir.Pick(path=path) | ir.Items(path=path) | ir.Shape(path=path):
            return scope.part(step, path)
        case ir.Find(query=query):
            return ir.StepValue(step, (), query)
        case _:
            raise TypeError("an output with a value of its own is no part of an answer")


_OWN = ir.Identity | ir.Literal | ir.Filled
"""Outputs that read no member of a response: they need no mapping."""


def uses_of_steps(unit: FlowUnit) -> Iterator[Use]:
    """Yield the uses of inputs that aren't sent: lookups, scripts and mappings."""
    steps = unit.model.steps
    scripts = ir.of_kind(models.ScriptStep, steps)
    lookups = ir.of_kind(models.LookupStep, steps)
    for key, model in (
        *(("lookupValue", step) for step in lookups),
        *(("with", step) for step in scripts),
        *(("value", mapping) for mapping in unit.model.mappings),
    ):
        node = model.node.get(key)
        for placeholder in unit.placeholders(node) if node else ():
            yield _use(unit.declared_name(placeholder.name), model.at(key))
    # Scripts have all inputs.
    for source in unit.inputs if scripts else ():
        yield _use(source.name, source.at("name"))


def _use(name: str, span: Span) -> Use:
    """Return the use of an input that isn't sent."""
    kind = ir.Parameter(name, ir.Place.QUERY, ir.Primitive.STRING, required=False)
    return Use(name, kind, Share.ALL, span, None)


@dataclass(frozen=True)
class FlowReader:
    """Reader of the steps of a unit, and of the answer that they produce."""

    unit: FlowUnit
    scripts: Scripts
    calls: SequenceABC[ResolvedCall]
    inputs: Inputs
    report: Report

    def flow(self) -> ir.Flow:
        """Return the flow; report its mistakes, and steps that nothing needs."""
        about = unit_name(self.unit), self.unit.model.description or ""
        if not self.unit.model.steps:
            self._outputs.mismatch(ir.Identity())
            return ir.Flow((), self._outputs.mock(), *about)
        names: set[str] = set()
        for step in self.unit.model.steps:
            if step.name in names:
                message = f"another step is called {quote(step.name)} too"
                self.report.add(Code.DUPLICATE_STEP, message, step.at("name"))
            names.add(step.name)
        steps = tuple(self._steps())
        flow = self._without_unused(ir.Flow(steps, self._answer(steps), *about))
        self._check_formats(flow)
        self._note_groups(flow)
        return flow

    @property
    def _outputs(self) -> OutputReader:
        return OutputReader(self.unit, self.inputs, self.report)

    # --- steps ---

    def _steps(self) -> Iterator[ir.FlowStep]:
        by_step = {call.caller.step: call.call for call in self.calls}
        for step in self.unit.model.steps:
            match step:
                case models.CallStep():
                    yield ir.CallStep(step.name, by_step[step])
                case models.LookupStep():
                    yield self._lookup(step)
                case models.ScriptStep() if step in self.scripts:
                    yield self._script(step, self.scripts[step])
                case models.ScriptStep():
                    pass  # its mistake is reported

    def _script(self, step: models.ScriptStep, script: ScriptBundle) -> ir.ScriptStep:
        """Return a script, which has all inputs and the answers of earlier steps."""
        scope = self.unit.scope.before(step.name)
        arguments = step.arguments.entries if step.arguments else ()
        step_names = (name for name in scope.answered if self._is_known(name))
        context: dict[str, ir.Template] = {
            **self._inputs_as_members(),
            **{name: scope.part(name, ()) for name in step_names},
            **{entry.key: self._read_node(entry.value, scope) for entry in arguments},
        }
        return ir.ScriptStep(
            step.name,
            script.files,
            ir.ObjectTemplate(tuple(context.items())),
            script.seconds,
            script.is_enabled,
        )

    def _is_known(self, name: str) -> bool:
        """Return whether a step isn't a script with a mistake."""
        scripts = ir.of_kind(models.ScriptStep, self.unit.model.steps)
        return all(step in self.scripts for step in scripts if step.name == name)

    def _lookup(self, step: models.LookupStep) -> ir.LookupStep:
        scope = self.unit.scope.before(step.name)
        index = scope.value(step.index, step.at("index"), self.report)
        names = (step.match, *step.fields)
        if not any(scope.has_value(index.step, name) for name in names):
            index = replace(index, view=())

        def within(name: str) -> tuple[ir.PathSegment, ...]:
            return (name,) if index.view else scope.in_answer(index.step, (name,))

        fields = tuple((name, within(name)) for name in dict.fromkeys(step.fields))
        wanted = self._read(step.value, step.at("lookupValue"), scope)
        return ir.LookupStep(step.name, index, within(step.match), wanted, fields)

    # --- the answer ---

    def _answer(self, steps: tuple[ir.FlowStep, ...]) -> ir.Mapped | ir.LastResponse:
        if self.unit.model.mappings:
            self._outputs.mismatch(ir.Identity())
            return self._map_answer(steps)
        if not self.calls:
            message = "no step makes a call, and no mapping uses their answers"
            span = self.unit.model.node.key_span("steps")
            hint = "write 'mappings' of the answers"
            self.report.add(Code.NO_CALL, message, span, hint)
            return ir.Mapped(ir.ObjectTemplate(()), ir.Shape((), ()))
        output = self._outputs.response(self.calls[-1].caller.declared)
        return ir.LastResponse(output, self._outputs.mismatch(output))

    def _map_answer(self, steps: SequenceABC[ir.FlowStep]) -> ir.Mapped:
        members = [
            (mapping, self._read(mapping.value, mapping.at("value"), self.unit.scope))
            for mapping in self.unit.model.mappings
        ]
        template = compose_object(members, self.report)
        shape = declared_shape(self._outputs.projection(), template)
        return ir.Mapped(self._with_missing(template, shape, steps), shape)

    def _with_missing(
        self,
        template: ir.ObjectTemplate,
        shape: ir.Shape,
        steps: SequenceABC[ir.FlowStep],
    ) -> ir.ObjectTemplate:
        """Add declared outputs without a mapping: members of the last response."""
        names = [step.name for step in ir.of_kind(ir.CallStep, steps)]
        last = names[-1] if names else None
        entries: dict[str, ir.Template] = dict(template.entries)
        for name, part in shape.members:
            if name not in entries and not isinstance(part, _OWN):
                self._report_unmapped(name, last)
                entries[name] = (
                    ir.Constant(None)
                    if last is None
                    else answer_part(part, last, self.unit.scope)
                )
        return ir.ObjectTemplate(tuple(entries.items()))

    def _report_unmapped(self, name: str, last: str | None) -> None:
        """Report an output without a mapping; `last` is the last step with a call."""
        source = "null: no step makes a call"
        if last is not None:
            source = f"read from the answer of {quote(last)}"
        message = f"{quote(name)} has no mapping: it is {source}"
        span = self.unit.model.at("outputParameters")
        self.report.add(Code.UNMAPPED_OUTPUT, message, span)

    # --- checks ---

    def _without_unused(self, flow: ir.Flow) -> ir.Flow:
        """Return the flow without lookups and scripts whose answers nothing needs."""
        needed_steps = {value.step for value in flow.step_values}
        unused_steps = [
            step
            for step in flow.steps
            if not isinstance(step, ir.CallStep) and step.name not in needed_steps
        ]
        if not unused_steps:
            return flow
        for step in unused_steps:
            message = f"nothing refers to the step {quote(step.name)}: it is left out"
            self.report.add(Code.UNUSED_STEP, message, self._span(step))
        steps = tuple(step for step in flow.steps if step not in unused_steps)
        return self._without_unused(replace(flow, steps=steps))

    def _check_formats(self, flow: ir.Flow) -> None:
        """Report calls whose answers are needed and can't be read."""
        needed_steps = {value.step for value in flow.step_values}
        for caller in (call.caller for call in self.calls):
            if caller.step is not None and caller.step.name in needed_steps:
                operation = caller.declared.operation
                check_readable(operation, caller.name_span, self.report)

    def _note_groups(self, flow: ir.Flow) -> None:
        for group in flow.groups:
            if len(group) > 1:
                names = ", ".join(quote(step.name) for step in group)
                message = f"the steps {names} run side by side"
                self.report.add(Code.STEPS_TOGETHER, message, self._span(group[0]))

    def _span(self, step: ir.FlowStep) -> Span:
        steps = (m for m in self.unit.model.steps if m.name == step.name)
        return next(steps).at("name")

    # --- values of lookups, scripts and mappings ---

    def _read(
        self, value: models.Constant, span: Span, scope: StepScope
    ) -> ir.Template:
        """Return a value's template; it may refer to the steps of a scope."""
        if not isinstance(value, str):
            return ir.Constant(value)

        def fill(placeholder: Placeholder, span: Span) -> ir.Template:
            return self._input(self.unit.declared_name(placeholder.name), span)

        return text_reader(self.unit, scope, fill, self.report)(value, span)

    def _read_node(self, node: Node, scope: StepScope) -> ir.Template:
        """Return the template of a value with its members."""
        match node:
            case Mapping(entries=entries):
                members = ((e.key, self._read_node(e.value, scope)) for e in entries)
                return ir.ObjectTemplate(tuple(members))
            case Sequence(items=items):
                return ir.ArrayTemplate(tuple(self._read_node(i, scope) for i in items))
            case Scalar(value=str() as text):
                return self._read(text, node.span, scope)
            case Scalar(value=value):
                return ir.Constant(value)

    def _inputs_as_members(self) -> dict[str, ir.Template]:
        """Return the values of declared inputs by their names; bytes have none."""
        members: dict[str, ir.Template] = {}
        for model in self.unit.inputs:
            source = self.inputs.get(model.name)
            if source is None or not isinstance(source.location, ir.InContent):
                members[model.name] = self._input(model.name, model.at("name"))
        return members

    def _input(self, name: str, span: Span) -> ir.Template:
        value = constant(self.unit.input(name))
        if value is not None:
            return value
        source = self.inputs[name]
        if isinstance(source.location, ir.InContent):
            message = f"{quote(name)} is a body of bytes, which no value can hold"
            self.report.add(Code.UNUSABLE_TEMPLATE, message, span)
        return ir.Argument(source)
