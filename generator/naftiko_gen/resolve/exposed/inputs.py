"""Inputs of a route or tool: declared, or inferred from the parameters they feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, name_path
from naftiko_gen.resolve.consumed.operations import ResolvedOperation
from naftiko_gen.resolve.consumed.places import (
    check_cookie,
    check_input,
    client_problem,
    warn_of_redundant,
)
from naftiko_gen.resolve.steps import StepScope
from naftiko_gen.resolve.templates import Fill, Read, text_template
from naftiko_gen.resolve.types import InputTypes, example_of
from naftiko_gen.resolve.units import PLACES, Unit, canonical, is_in_body


class Share(Enum):
    """The share of an input in a parameter's value."""

    ALL = "the whole value"
    TEXT = "a part of its text; without the input, the value is absent"
    MEMBER = "one or more members of its structure"


@dataclass(frozen=True)
class Use:
    """A reference to an input, and the parameter that it feeds there.

    A reference outside of calls feeds a parameter of no operation.
    """

    name: str
    parameter: ir.Parameter
    share: Share
    span: Span
    operation: ResolvedOperation | None = field(compare=False)

    @property
    def is_entity(self) -> bool:
        """Return whether the parameter is the whole body of a request."""
        operation = self.operation
        return operation is not None and is_entity(self.parameter, operation)

    @property
    def is_undescribed(self) -> bool:
        """Return whether the parameter is a body that nothing describes."""
        operation = self.operation
        return operation is not None and self.parameter == operation.undescribed

    @property
    def body(self) -> ir.Body | None:
        """Return the body of the request."""
        return self.operation.operation.body if self.operation else None


@dataclass(frozen=True)
class RouteVariables:
    """The variables of a unit's route; a tool has none."""

    unit: Unit
    operations: Sequence[ResolvedOperation]
    names: Sequence[str]

    def match(self, name: str, references: Iterable[str] = ()) -> bool:
        """Return whether an input of that name is a variable of the route.

        Names match ignoring case and punctuation, unless another one is exact.
        `references` are the known names of inputs in references.
        """
        if name in self.names:
            return True
        letters = canonical(name)
        matches = {v for v in self.names if canonical(v) == letters}
        names = self._inputs(references) if matches else ()
        same = [other for other in names if canonical(other) == letters]
        # A variable matches its exact name, else the first of the similar names.
        return not matches.issubset(same) and (not same or same[0] == name)

    def _inputs(self, references: Iterable[str]) -> Iterator[str]:
        """Yield the names of inputs and path parameters, in order of precedence."""
        yield from (model.name for model in self.unit.inputs)
        yield from (name.removeprefix("path.") for name in references)
        for operation in self.operations:
            parameters = operation.own.values()
            yield from (p.name for p in parameters if p.place is ir.Place.PATH)


def is_read_without_body(unit: Unit) -> bool:
    """Return whether a unit is a route whose requests have no body."""
    return unit.method in {"GET", "HEAD"}


def is_entity(parameter: ir.Parameter, resolved_operation: ResolvedOperation) -> bool:
    """Return whether a parameter is the whole body of the operation's request."""
    body = resolved_operation.operation.body
    return body is not None and body.whole == parameter


def uses_by_name(uses: Iterable[Use]) -> dict[str, Sequence[Use]]:
    """Return the uses of each input, by its name in references."""
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    return {**by_name}


def text_reader(unit: Unit, scope: StepScope, fill: Fill, report: Report) -> Read:
    """Return a reader of texts that refer to steps of a scope, else to inputs.

    `fill` returns the template of a placeholder that names no step.
    """

    def fill_any(placeholder: Placeholder, span: Span) -> ir.Template:
        placeholder = unit.placeholder(placeholder)
        if scope.has(placeholder.name):
            return scope.value(placeholder.name, span, report)
        return fill(placeholder, span)

    def read(text: str, span: Span) -> ir.Template:
        if scope.refers(text):
            return scope.value(text, span, report)
        name = unit.reference(text)
        if name is None:
            return text_template(text, span, fill_any)
        return fill_any(Placeholder(name, Scope.INPUT), span)

    return read


_LOCATIONS: Mapping[str, ir.Location] = {
    "path": ir.InPath(),
    "query": ir.InQuery(),
    "header": ir.InHeader(),
    "cookie": ir.InCookie(),
}


@dataclass(frozen=True)
class InputReference:
    """The input of a reference: its name, and its location if the reference has one."""

    name: str
    location: ir.Location | None = None


@dataclass(frozen=True)
class InputResolver:
    """Resolver of the inputs of one unit, from their declarations and all their uses.

    Inputs have the names that references use.
    """

    unit: Unit
    variables: RouteVariables
    uses: Mapping[str, Sequence[Use]]
    """The uses of each input, in the order of their arguments."""
    references: Mapping[str, Span]
    """The names in references to inputs, each with its first place."""
    unsent: Set[str]
    """The names of inputs that feed a parameter that the request leaves out."""
    report: Report

    def resolve(self) -> dict[str, ir.Input]:
        """Return the declared inputs, then the inferred ones; constants have none."""
        inputs = self._declare()
        for name, uses in self.uses.items():
            if self.unit.input(name) is None:
                self._check_spelling(uses[0])
                inputs[name] = self._infer(uses[0])
        return inputs

    def _check_spelling(self, use: Use) -> None:
        """Report a reference to an undeclared name that looks like a declared one."""
        hint = self._declared_hint(use)
        if hint is not None:
            message = f"no input is called {quote(self.locate(use).name)}"
            span = self.references[use.name]
            self.report.add(Code.MISSPELT_INPUT, message, span, hint)

    def _declared_hint(self, use: Use) -> str | None:
        """Return the hint that asks for a declared input instead, or None."""
        name = self.locate(use).name
        start, unit = name.partition(".")[0], self.unit
        is_known = self.is_variable(name) or unit.shared_input(name) is not None
        if is_known or unit.input(start) or use.name not in self.references:
            return None
        names = (model.name for model in self.unit.inputs)
        return self.report.suggestion(Code.MISSPELT_INPUT, name, names)

    def note_inferred(self, use: Use, scope: Scope) -> None:
        """Report the first use of an undeclared input: an added one, if others are."""
        if not self.is_inferred_at(use) or self._declared_hint(use) is not None:
            return
        is_added = scope is Scope.INPUT and self.unit.inputs
        code = Code.UNDECLARED_INPUT if is_added else Code.INFERRED_INPUT
        name = quote(self.locate(use).name)
        message = f"{name} isn't declared: it becomes an input"
        self.report.add(code, message, use.span)

    def is_inferred_at(self, use: Use) -> bool:
        """Return whether a use is the first one of an undeclared input."""
        return self.unit.input(use.name) is None and self.uses[use.name][0] == use

    def is_variable(self, name: str) -> bool:
        """Return whether an input of that name is a variable of the route."""
        return self.variables.match(name, self.uses)

    def report_unused(self) -> None:
        """Report declared inputs that feed neither a parameter nor an output."""
        for model in self.unit.model.inputs:
            is_possible = not _is_in_path(model) or self.is_variable(model.name)
            span = model.at("name")
            if problem := self._client_problem(model):
                warn_of_redundant(model.name, problem, span, self.report)
            elif self._is_unsent(model):
                fault = "is left out: the parameter that it feeds isn't sent"
                self.report.add(Code.UNUSED_INPUT, f"{quote(model.name)} {fault}", span)
            elif is_possible and not self._is_used(model):
                names = (n for n in self.uses if self._is_added(n))
                hint = self.report.suggestion(Code.UNUSED_INPUT, model.name, names)
                _report_unused(model.name, span, self.report, hint)

    def _is_added(self, name: str) -> bool:
        """Return whether a parameter becomes an input without a reference to it."""
        return self.unit.input(name) is None and name not in self.references

    def _is_used(self, model: models.Input) -> bool:
        return model.name in self.uses or model.name in self.unit.named_by_outputs

    def _is_unsent(self, model: models.Input) -> bool:
        """Return whether an input feeds nothing but a parameter that isn't sent.

        Mostly the parameter is the credential, which nobody should be asked for.
        """
        is_unsent = model.name in self.unsent and not _is_in_path(model)
        return is_unsent and not self._is_used(model)

    def note_place(self, use: Use, spelling: str) -> None:
        """Report a reference with a place, such as `path.x`, or to the whole body."""
        is_declared = self.unit.input(use.name) is not None
        reference = InputReference(use.name) if is_declared else self.locate(use)
        if reference.name != spelling:
            message = f"{quote(spelling)} is read as the input {quote(reference.name)}"
            self.report.add(Code.REFERENCE_PLACE, message, use.span)
        elif isinstance(reference.location, ir.InBody | ir.InText | ir.InContent):
            message = f"{quote(spelling)} is read as the whole body of the request"
            self.report.add(Code.WHOLE_BODY, message, use.span)

    def check_inferred(self, use: Use, source: ir.Input) -> None:
        """Report the invalid name of an inferred header or cookie, at its first use."""
        if not self.is_inferred_at(use):
            return
        if isinstance(source.location, ir.InHeader):
            check_input(source.name, use.span, self.report)
        if isinstance(source.location, ir.InCookie):
            check_cookie(source.name, use.span, self.report)

    def _infer(self, use: Use) -> ir.Input:
        """Return the input of an undeclared name, from its first use and all others."""
        reference = self.locate(use)
        location = reference.location or self._location(reference.name, use)
        uses = self.uses[use.name]
        types = [_type_of(use) for use in uses if use.share is Share.ALL]
        default = _default(uses, location)
        is_needed = any(use.parameter.required for use in uses)
        input_ = ir.Input(
            reference.name,
            location,
            self._type(types, location, use),
            location == ir.InPath() or is_needed or default is not None,
            _description(uses),
            default,
            example=_example(uses),
        )
        model = self.unit.shared_input(reference.name)
        return self._restrict(input_, model) if model else input_

    def _restrict(self, input_: ir.Input, model: models.ToolInput) -> ir.Input:
        """Return an input with the type and texts of the same input of a function."""
        types = InputTypes(self.report)
        kind = types.declared_type(model, input_.type)
        default = types.default(model, kind, input_.location)
        return replace(
            input_,
            type=kind,
            required=default is not None or input_.required,
            description=input_.description or model.description,
            default=default or input_.default,
            check=ir.Check(model.check),
            example=input_.example or example_of(model),
        )

    def _type(
        self, types: Sequence[ir.Type], location: ir.Location, use: Use
    ) -> ir.Type:
        """Return the type of an inferred input: the type of the parameter it feeds.

        An undescribed body is an object in a tool, so that models know how to call it.
        """
        is_argument = isinstance(location, ir.InArguments)
        is_any = _type_of(use) == ir.Anything()
        if is_argument and is_any and use.is_undescribed:
            return ir.Object()
        return next(iter(types), _fallback_type(self.uses.get(use.name, ())))

    # --- declared ---

    def _declare(self) -> dict[str, ir.Input]:
        inputs: dict[str, ir.Input] = {}
        for model in self.unit.inputs:
            if not _is_constant(model) and not self._is_left_out(model):
                input_ = self._declared_input(model, self.uses.get(model.name, ()))
                span = model.at("name")
                if isinstance(input_.location, ir.InCookie):
                    check_cookie(input_.name, span, self.report)
                if isinstance(input_.location, ir.InHeader):
                    check_input(input_.name, span, self.report)
                    self._check_twin(input_.name, inputs.values(), span)
                inputs[model.name] = input_
        return inputs

    def _is_left_out(self, model: models.Input) -> bool:
        return self._client_problem(model) is not None or self._is_unsent(model)

    def _client_problem(self, model: models.Input) -> str | None:
        """Return why only the HTTP client sets an input that feeds nothing, else None.

        One that feeds a parameter is an error.
        """
        is_header = isinstance(model, models.RestInput) and model.place == "header"
        is_unused = model.name not in self.uses
        return client_problem(model.name) if is_header and is_unused else None

    def _declared_input(self, model: models.Input, uses: Sequence[Use]) -> ir.Input:
        location = self._declared_location(model, uses)
        types = [use.parameter.type for use in uses if use.share is Share.ALL]
        inferred_type = next(iter(types), _fallback_type(uses))
        kind = InputTypes(self.report).declared_type(model, inferred_type)
        default = InputTypes(self.report).default(model, kind, location)
        return ir.Input(
            model.name,
            location,
            kind,
            default is not None or self._is_required(model, uses),
            model.description or _description(uses),
            default,
            ir.Check(model.check),
            example_of(model) or _example(uses),
        )

    def _check_twin(self, name: str, earlier: Iterable[ir.Input], span: Span) -> None:
        """Report a header whose name differs from another only in case."""
        headers = [i for i in earlier if isinstance(i.location, ir.InHeader)]
        twins = [i.name for i in headers if i.name.lower() == name.lower()]
        if twins:
            fault = f"{quote(twins[0])} is the same header"
            message = f"{quote(name)} can't be an input: {fault}"
            self.report.add(Code.UNUSABLE_HEADER, message, span)

    def _is_required(self, model: models.Input, uses: Sequence[Use]) -> bool:
        """An input is required if a parameter that it feeds is, even if it says not."""
        vital = [use.parameter for use in uses if use.share is not Share.MEMBER]
        is_needed = any(parameter.required for parameter in vital)
        if is_needed and model.required is False:
            name, code = quote(model.name), Code.REQUIRED_BY_OPERATION
            message = f"{name} feeds a required parameter, so it is required"
            self.report.add(code, message, model.at("required"))
        return is_needed or _is_in_path(model) or bool(model.required)

    def _declared_location(
        self, model: models.Input, uses: Sequence[Use]
    ) -> ir.Location:
        if isinstance(model, models.ToolInput):
            return ir.InArguments()
        if model.place == "body":
            return self._body_location(model, uses)
        if model.place == "path" and not self.is_variable(model.name):
            message = f"the route has no variable {quote(model.name)}"
            free = (n for n in self.variables.names if self.unit.input(n) is None)
            code = Code.PATH_PARAMETER_NOT_IN_TEMPLATE
            hint = self.report.suggestion(code, model.name, free)
            variable = quote(f"{{{model.name}}}")
            addition = f"add {variable} to the path, or change its `in`"
            self.report.add(code, message, model.at("name"), hint or addition)
        return _LOCATIONS[model.place]

    def _body_location(
        self, model: models.RestInput, uses: Sequence[Use]
    ) -> ir.Location:
        """Return the location of an input in the body: a field, or the whole body.

        It is the whole body if it is called `body` and feeds no member of that name,
        or if it is the only body input and feeds a whole body.
        """
        if model.value is not None:
            keys = name_path(model.value)
            if keys is None:
                message = f"{quote(model.value)} isn't supported: write names only"
                self.report.add(Code.UNSUPPORTED_JSONPATH, message, model.at("value"))
            return ir.InField(keys) if keys else ir.InBody()
        in_body = [i for i in self.unit.inputs if is_in_body(i)]
        if model.name == "body":
            return self._named_body(uses)
        if len(in_body) == 1 and self._feeds_whole(uses):
            return self._whole(uses)
        return ir.InField((model.name,))

    # --- inferred ---

    def locate(self, use: Use) -> InputReference:
        """Return the input of `path.x`, `query.x`, `header.x`, `body.x` or `body`.

        The word before the dot is a place unless an input has that name.
        """
        place, dot, name = use.name.partition(".")
        if self.unit.input(place) is not None:
            return InputReference(use.name)
        if self.unit.resource is None:
            return InputReference(name if dot and place in PLACES else use.name)
        if use.name == "body" and not is_read_without_body(self.unit):
            uses = self.uses.get(use.name, [])
            return InputReference("body", self._named_body(uses))
        return self._locate_in(place, name) or InputReference(use.name)

    def _locate_in(self, place: str, name: str) -> InputReference | None:
        match place:
            case _ if not name:
                return None
            case "path":
                location = ir.InPath() if self.is_variable(name) else None
                return InputReference(name, location)
            case "header" | "headers":
                return InputReference(name, ir.InHeader())
            case "body" if not is_read_without_body(self.unit):
                return InputReference(name, ir.InField(tuple(name.split("."))))
            case "query" | "body":
                return InputReference(name, ir.InQuery())
            case _:
                return None

    def _location(self, name: str, use: Use) -> ir.Location:
        """Return the location of an input whose reference has none."""
        if self.unit.resource is None:
            return ir.InArguments()
        if self.is_variable(name):
            return ir.InPath()
        match use.parameter.place:
            case ir.Place.HEADER | ir.Place.COOKIE as place:
                return _LOCATIONS[place.value]
            case ir.Place.BODY if not is_read_without_body(self.unit):
                uses = self.uses.get(use.name, [use])
                is_whole = self._feeds_whole(uses) and not self.unit.has_fields
                return self._whole(uses) if is_whole else ir.InField((name,))
            case _:
                return ir.InQuery()

    def _feeds_whole(self, uses: Sequence[Use]) -> bool:
        """Return whether a use feeds the whole body, not only a member of it."""
        return any(use.is_entity for use in uses if use.share is not Share.MEMBER)

    def _named_body(self, uses: Sequence[Use]) -> ir.Location:
        """Return the location of an input called `body`.

        It is a field if it feeds a member called `body`, as that of an issue with a
        title and a body, else the whole body.
        """
        if uses and all(map(_is_member, uses)):
            return ir.InField(("body",))
        return self._whole(uses)

    def _whole(self, uses: Sequence[Use]) -> ir.Location:
        """Return the location of the whole body, in the format of the upstream's body.

        It is JSON unless it is passed on as the whole upstream body.
        """
        is_passed_on = all(use.share is Share.ALL and use.is_entity for use in uses)
        body = uses[0].body if is_passed_on and uses else None
        return body.location if body else ir.InBody()


def match_variables(
    names: Iterable[str],
    inputs: Mapping[str, ir.Input],
    unit: Unit,
    span: Span,
    report: Report,
) -> tuple[dict[str, ir.Input], dict[str, ir.Input]]:
    """Return the inputs of a route's variables, and all inputs with the added ones.

    A variable without an input becomes one: a string.
    """
    every = dict(inputs)
    matches: dict[str, ir.Input] = {}
    for name in names:
        match = _find_variable(name, every.values(), span, report)
        if match is None:
            _report_unused(name, unit.name_span, report)
            fallback = ir.Input(name, ir.InPath(), ir.Primitive.STRING, required=True)
            match = every.setdefault(name, fallback)
        matches[name] = match
    return matches, every


def _find_variable(
    name: str, inputs: Iterable[ir.Input], span: Span, report: Report
) -> ir.Input | None:
    """Return the input of a variable; report a name that differs from it."""
    in_path = [i for i in inputs if isinstance(i.location, ir.InPath)]
    exact = next((i for i in in_path if i.name == name), None)
    if exact is not None:
        return exact
    close = next((i for i in in_path if canonical(i.name) == canonical(name)), None)
    if close is not None:
        message = f"the variable {quote(name)} is read as the input {quote(close.name)}"
        report.add(Code.CLOSE_VARIABLE, message, span)
    return close


def _report_unused(
    name: str, span: Span, report: Report, hint: str | None = None
) -> None:
    message = f"{quote(name)} is unused: no parameter takes it"
    report.add(Code.UNUSED_INPUT, message, span, hint)


def _is_member(use: Use) -> bool:
    """Return whether an input feeds a member of a body that is called `body`."""
    if use.body is None:
        return False
    inner = chain.from_iterable(map(ir.members, use.body.templates))
    members = (v for key, v in (*(use.body.members or ()), *inner) if key == "body")
    return any(use.parameter in ir.placeholders(value) for value in members)


def _default(uses: Sequence[Use], location: ir.Location) -> ir.Default | None:
    """Return the default of the parameter that an undeclared input feeds.

    Variables of paths and whole bodies of routes have none.
    """
    match location:
        case ir.InPath() | ir.InBody() | ir.InText() | ir.InContent():
            return None
        case _:
            parameters = (use.parameter for use in uses if use.share is Share.ALL)
            return next((p.default for p in parameters), None)


def _description(uses: Sequence[Use]) -> str | None:
    """Return the description of a parameter that an input feeds, not as a member."""
    parameters = (use.parameter for use in uses if use.share is not Share.MEMBER)
    return next((p.description for p in parameters if p.description), None)


def _example(uses: Sequence[Use]) -> str | None:
    """Return the example of a parameter that an input is the whole value of."""
    parameters = (use.parameter for use in uses if use.share is Share.ALL)
    return next((p.example for p in parameters if p.example), None)


def _fallback_type(uses: Sequence[Use]) -> ir.Type:
    """Return the type of an input that feeds no whole parameter.

    The types of members aren't known.
    """
    is_member = uses and all(use.share is Share.MEMBER for use in uses)
    return ir.Anything() if is_member else ir.Primitive.STRING


def _is_in_path(model: models.Input) -> bool:
    return isinstance(model, models.RestInput) and model.place == "path"


def _is_constant(model: models.Input) -> bool:
    value = model.value if isinstance(model, models.RestInput) else None
    return value is not None and not value.startswith("$")


def constant(model: models.Input | None) -> ir.Constant | None:
    """Return the fixed value of an input, or None."""
    if isinstance(model, models.RestInput) and _is_constant(model):
        return ir.Constant(model.value)
    return None


def _type_of(use: Use) -> ir.Type:
    """Return the type of an input that is one whole parameter; bytes have no others."""
    kind = use.parameter.type
    is_bytes = kind in (ir.Bytes(), ir.Array(ir.Bytes()))
    return kind if is_bytes else use.parameter.schema or kind
