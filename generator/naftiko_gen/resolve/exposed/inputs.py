"""Inputs of a route or tool: declared, or inferred from the parameters they feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models
from naftiko_gen.language.expressions import json_path
from naftiko_gen.resolve.consumed.headers import check_input
from naftiko_gen.resolve.types import type_of
from naftiko_gen.resolve.units import PLACES, canonical, is_in_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.units import Unit


class Share(Enum):
    """The share of an input in a parameter's value."""

    ALL = "the whole value"
    TEXT = "a part of its text; without the input, the value is absent"
    MEMBER = "one or more members of its structure"


@dataclass(frozen=True)
class Use:
    """A reference to an input, and the parameter that it feeds there."""

    name: str
    parameter: ir.Parameter
    share: Share
    span: Span


@dataclass(frozen=True)
class Located:
    """The input of a reference: its name, and its location if the reference has one."""

    name: str
    location: ir.Location | None = None


@dataclass
class Inputs:
    """The inputs of one unit, by their names in references, in order."""

    unit: Unit
    resolved: ResolvedOperation
    variables: Sequence[str]
    """The variables of the route."""
    report: Report
    known: dict[str, ir.Input] = field(default_factory=dict)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    """The uses of each input, by its name in references."""

    def declare(self, uses: Sequence[Use]) -> None:
        """Add the unit's declared inputs, with the uses of all inputs."""
        for use in uses:
            self.uses.setdefault(use.name, []).append(use)
        for model in self.unit.inputs:
            fed = self.uses.get(model.name, [])
            if not _is_constant(model):
                self.known[model.name] = self._declared(model, fed)

    def report_unused(self) -> None:
        """Report declared inputs that feed no parameter."""
        for model in self.unit.model.inputs:
            is_possible = not _is_in_path(model) or self.is_variable(model.name)
            if is_possible and model.name not in self.uses:
                self._report_unused(model.name, model.node.value_span("name"))

    def _report_unused(self, name: str, span: Span) -> None:
        message = f"{shown(name)} is unused: no parameter takes it"
        self.report.add(Code.UNUSED_INPUT, message, span)

    def note_place(self, use: Use, written: str) -> None:
        """Report a reference with a place, such as `path.x`, or to the whole body."""
        is_declared = self.unit.input(use.name) is not None
        located = Located(use.name) if is_declared else self.locate(use)
        if located.name != written:
            message = f"{shown(written)} is read as the input {shown(located.name)}"
            self.report.add(Code.REFERENCE_PLACE, message, use.span)
        elif isinstance(located.location, ir.InBody | ir.InText | ir.InContent):
            message = f"{shown(written)} is read as the whole body of the request"
            self.report.add(Code.WHOLE_BODY, message, use.span)

    def infer(self, use: Use) -> ir.Input:
        """Return the input of a use; infer an undeclared one from all of its uses."""
        if use.name in self.known:
            return self.known[use.name]
        located = self.locate(use)
        location = located.location or self._location(located.name, use)
        fed = self.uses.get(use.name, [])
        whole = [use.parameter.type for use in fed if use.share is Share.ALL]
        inferred = ir.Input(
            located.name,
            location,
            self._type(whole, location, use),
            location == ir.InPath() or any(use.parameter.required for use in fed),
            _description(fed or [use]),
        )
        if isinstance(location, ir.InHeader):
            check_input(inferred.name, use.span, self.report)
        return self.known.setdefault(use.name, inferred)

    def _type(
        self, whole: Sequence[ir.Type], location: ir.Location, use: Use
    ) -> ir.Type:
        """Return the type of an inferred input: the type of the parameter it feeds.

        An undescribed body is an object in a tool, so that models know how to call it.
        """
        is_argument = isinstance(location, ir.InArguments)
        is_any = use.parameter.type == ir.Anything()
        if is_argument and is_any and use.parameter == self.resolved.undescribed:
            return ir.Object()
        return next(iter(whole), _fallback_type(self.uses.get(use.name, ())))

    def variable(self, name: str, span: Span) -> ir.Input:
        """Return the input of a route's variable; an unused one is a string."""
        in_path = [i for i in self.known.values() if isinstance(i.location, ir.InPath)]
        for known in in_path:
            if known.name == name:
                return known
        for known in in_path:
            if canonical(known.name) == canonical(name):
                message = (
                    f"the variable {shown(name)} is read as the input"
                    f" {shown(known.name)}"
                )
                self.report.add(Code.CLOSE_VARIABLE, message, span)
                return known
        self._report_unused(name, self.unit.model.node.value_span("call"))
        unused = ir.Input(name, ir.InPath(), ir.Primitive.STRING, required=True)
        return self.known.setdefault(name, unused)

    def is_variable(self, name: str) -> bool:
        """Return whether an input of that name is a variable of the route.

        Names match ignoring case and punctuation, unless another one is exact.
        """
        if name in self.variables:
            return True
        letters = canonical(name)
        matches = {v for v in self.variables if canonical(v) == letters}
        names = self._names() if matches else ()
        same = [other for other in names if canonical(other) == letters]
        # A variable matches its exact name, else the first of the similar names.
        return not matches.issubset(same) and (not same or same[0] == name)

    def _names(self) -> Iterator[str]:
        """Yield the names of inputs and path parameters, in order of precedence."""
        yield from (model.name for model in self.unit.inputs)
        yield from (name.removeprefix("path.") for name in self.uses)
        known = self.resolved.own.values()
        yield from (p.name for p in known if p.place is ir.Place.PATH)

    # --- declared ---

    def _declared(
        self, model: models.RestInput | models.ToolInput, fed: Sequence[Use]
    ) -> ir.Input:
        declared = ir.Input(
            model.name,
            self._declared_location(model, fed),
            _declared_type(model, fed),
            self._is_required(model, fed),
            model.description or _description(fed),
        )
        if isinstance(declared.location, ir.InHeader):
            span = model.node.value_span("name")
            check_input(declared.name, span, self.report)
            self._check_twin(declared.name, span)
        return declared

    def _check_twin(self, name: str, span: Span) -> None:
        """Report a header whose name differs from another only in case."""
        headers = [
            i for i in self.known.values() if isinstance(i.location, ir.InHeader)
        ]
        twins = [i.name for i in headers if i.name.lower() == name.lower()]
        if twins:
            message = (
                f"{shown(name)} can't be an input: {shown(twins[0])} is the same header"
            )
            self.report.add(Code.UNUSABLE_HEADER, message, span)

    def _is_required(
        self, model: models.RestInput | models.ToolInput, fed: Sequence[Use]
    ) -> bool:
        """An input is required if a parameter that it feeds is, even if it says not."""
        vital = [use.parameter for use in fed if use.share is not Share.MEMBER]
        needed = any(parameter.required for parameter in vital)
        if needed and model.required is False:
            message = (
                f"{shown(model.name)} feeds a required parameter, so it is required"
            )
            span = model.node.value_span("required")
            self.report.add(Code.REQUIRED_BY_OPERATION, message, span)
        in_path = isinstance(model, models.RestInput) and model.place == "path"
        return needed or in_path or bool(model.required)

    def _declared_location(
        self, model: models.RestInput | models.ToolInput, fed: Sequence[Use]
    ) -> ir.Location:
        if isinstance(model, models.ToolInput):
            return ir.InArguments()
        match model.place:
            case "path":
                self._check_variable(model)
                return ir.InPath()
            case "query":
                return ir.InQuery()
            case "header":
                return ir.InHeader()
            case "body":
                return self._body_location(model, fed)

    def _check_variable(self, model: models.RestInput) -> None:
        if not self.is_variable(model.name):
            message = f"the route has no variable {shown(model.name)}"
            span = model.node.value_span("name")
            self.report.add(Code.PATH_PARAMETER_NOT_IN_TEMPLATE, message, span)

    def _body_location(
        self, model: models.RestInput, fed: Sequence[Use]
    ) -> ir.Location:
        """Return the location of an input in the body: a field, or the whole body.

        It is the whole body if it is called `body` and feeds no member of that name,
        or if it is the only body input and feeds a whole body.
        """
        if model.value is not None:
            return self._field(model)
        in_body = [i for i in self.unit.inputs if is_in_body(i)]
        if model.name == "body":
            return self._named_body(fed)
        if len(in_body) == 1 and self._feeds_whole(fed):
            return self._whole(fed)
        return ir.InField((model.name,))

    def _field(self, model: models.RestInput) -> ir.Location:
        steps = json_path(model.value or "")
        keys = tuple(step for step in steps or () if isinstance(step, str))
        if steps is None or len(keys) != len(steps):
            message = f"{shown(model.value)} isn't supported: write names only"
            span = model.node.value_span("value")
            self.report.add(Code.UNSUPPORTED_JSONPATH, message, span)
        return ir.InField(keys) if keys else ir.InBody()

    # --- inferred ---

    def locate(self, use: Use) -> Located:
        """Return the input of `path.x`, `query.x`, `header.x`, `body.x` or `body`.

        The word before the dot is a place unless an input has that name.
        """
        place, dot, name = use.name.partition(".")
        if self.unit.input(place) is not None:
            return Located(use.name)
        if self.unit.resource is None:
            return Located(name if dot and place in PLACES else use.name)
        if use.name == "body" and not self._is_read_without_body():
            fed = self.uses.get(use.name, [])
            return Located("body", self._named_body(fed))
        return self._locate_in(place, name) or Located(use.name)

    def _locate_in(self, place: str, name: str) -> Located | None:
        match place:
            case _ if not name:
                return None
            case "path":
                return Located(name, ir.InPath() if self.is_variable(name) else None)
            case "header" | "headers":
                return Located(name, ir.InHeader())
            case "body" if not self._is_read_without_body():
                return Located(name, ir.InField(tuple(name.split("."))))
            case "query" | "body":
                return Located(name, ir.InQuery())
            case _:
                return None

    def _location(self, name: str, use: Use) -> ir.Location:
        """Return the location of an input whose reference has none."""
        if self.unit.resource is None:
            return ir.InArguments()
        if self.is_variable(name):
            return ir.InPath()
        match use.parameter.place:
            case ir.Place.HEADER:
                return ir.InHeader()
            case ir.Place.BODY if not self._is_read_without_body():
                fed = self.uses.get(use.name, [use])
                is_whole = self._feeds_whole(fed) and not self.unit.has_fields
                return self._whole(fed) if is_whole else ir.InField((name,))
            case _:
                return ir.InQuery()

    def has_no_place_for(self, parameter: ir.Parameter) -> bool:
        """Return whether a parameter is the whole body, in a request without a body."""
        return self._is_read_without_body() and self._is_entity(parameter)

    def _is_read_without_body(self) -> bool:
        return self.unit.method in {"GET", "HEAD"}

    def _feeds_whole(self, fed: Sequence[Use]) -> bool:
        """Return whether a use feeds the whole body, not only a member of it."""
        more = (use.parameter for use in fed if use.share is not Share.MEMBER)
        return any(map(self._is_entity, more))

    def _is_entity(self, parameter: ir.Parameter) -> bool:
        body = self.resolved.operation.body
        return body is not None and body.whole == parameter

    def _named_body(self, fed: Sequence[Use]) -> ir.Location:
        """Return the location of an input called `body`.

        It is a field if it feeds a member called `body`, as that of an issue with a
        title and a body, else the whole body.
        """
        if fed and all(self._is_member(use.parameter) for use in fed):
            return ir.InField(("body",))
        return self._whole(fed)

    def _is_member(self, parameter: ir.Parameter) -> bool:
        return any(
            key == "body" and parameter in ir.placeholders(value)
            for key, value in _members(self.resolved.operation.body)
        )

    def _whole(self, fed: Sequence[Use]) -> ir.Location:
        """Return the location of the whole body, in the format of the upstream's body.

        It is JSON unless it is passed on as the whole upstream body.
        """
        is_entity = all(
            use.share is Share.ALL and self._is_entity(use.parameter) for use in fed
        )
        match self.resolved.operation.body if is_entity and fed else None:
            case ir.BytesBody(media_type=media_type):
                return ir.InContent(media_type)
            case ir.TextBody():
                return ir.InText()
            case _:
                return ir.InBody()


def _members(body: ir.Body | None) -> Iterator[tuple[str, ir.Template]]:
    if body is not None:
        yield from body.members or ()
        for template in body.templates:
            yield from ir.members(template)


def _description(fed: Sequence[Use]) -> str | None:
    """Return the description of a parameter that an input feeds, not as a member."""
    parameters = (use.parameter for use in fed if use.share is not Share.MEMBER)
    return next((p.description for p in parameters if p.description), None)


def _fallback_type(fed: Sequence[Use]) -> ir.Type:
    """Return the type of an input that feeds no whole parameter.

    The types of members aren't known.
    """
    is_member = fed and all(use.share is Share.MEMBER for use in fed)
    return ir.Anything() if is_member else ir.Primitive.STRING


def _declared_type(
    model: models.RestInput | models.ToolInput, fed: Sequence[Use]
) -> ir.Type:
    """Return the type of a declared input; bytes override the declared type."""
    types = [use.parameter.type for use in fed if use.share is Share.ALL]
    inferred = next(iter(types), _fallback_type(fed))
    is_bytes = inferred in (ir.Bytes(), ir.Array(ir.Bytes()))
    return type_of(model.type) if model.type and not is_bytes else inferred


def _is_in_path(model: models.RestInput | models.ToolInput) -> bool:
    return isinstance(model, models.RestInput) and model.place == "path"


def _is_constant(model: models.RestInput | models.ToolInput) -> bool:
    value = model.value if isinstance(model, models.RestInput) else None
    return value is not None and not value.startswith("$")


def constant(model: models.RestInput | models.ToolInput | None) -> ir.Constant | None:
    """Return the fixed value of an input, or None."""
    if isinstance(model, models.RestInput) and _is_constant(model):
        return ir.Constant(model.value)
    return None
