"""The inputs of a route or tool: declared, or inferred from what they feed."""

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
    from naftiko_gen.resolve.consumed.operations import Resolved
    from naftiko_gen.resolve.units import Unit


class Share(Enum):
    """How much of a parameter's value an input is."""

    ALL = "all of it"
    TEXT = "some of its text, which is absent when the input is"
    MEMBER = "a member or more of its structure"


@dataclass(frozen=True)
class Use:
    """A reference to an input, and the parameter that it feeds there."""

    name: str
    parameter: ir.Parameter
    share: Share
    span: Span


@dataclass(frozen=True)
class Located:
    """A reference's input: its name, and its place in the request if it says so."""

    name: str
    location: ir.Location | None = None


@dataclass
class Inputs:
    """The inputs of one unit, by what references call them, in order."""

    unit: Unit
    resolved: Resolved
    variables: Sequence[str]
    """Of the route."""
    report: Report
    known: dict[str, ir.Input] = field(default_factory=dict)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    """Of each input, by what references call it."""

    def declare(self, uses: Sequence[Use]) -> None:
        """Add the unit's declared inputs, given what inputs are used for."""
        for use in uses:
            self.uses.setdefault(use.name, []).append(use)
        for model in self.unit.inputs:
            fed = self.uses.get(model.name, [])
            if not _is_constant(model):
                self.known[model.name] = self._declared(model, fed)

    def report_unused(self) -> None:
        """Report the unit's inputs that nothing is made of."""
        for model in self.unit.model.inputs:
            is_possible = not _is_in_path(model) or self.is_variable(model.name)
            if is_possible and model.name not in self.uses:
                self._report_unused(model.name, model.node.value_span("name"))

    def _report_unused(self, name: str, span: Span) -> None:
        message = f"{shown(name)} feeds nothing, so it isn't sent"
        self.report.add(Code.UNUSED_INPUT, message, span)

    def note_place(self, use: Use, written: str) -> None:
        """Report a reference that says where its input is, or is the whole body."""
        is_declared = self.unit.input(use.name) is not None
        located = Located(use.name) if is_declared else self.located(use)
        if located.name != written:
            message = f"{shown(written)} is the input {shown(located.name)}"
            self.report.add(Code.REFERENCE_PLACE, message, use.span)
        elif isinstance(located.location, ir.InBody | ir.InText | ir.InContent):
            message = f"{shown(written)} is the whole body of the request"
            self.report.add(Code.WHOLE_BODY, message, use.span)

    def infer(self, use: Use) -> ir.Input:
        """Return the input of a use; one that isn't declared is described by them."""
        if use.name in self.known:
            return self.known[use.name]
        located = self.located(use)
        location = located.location or self._location(located.name, use)
        fed = self.uses.get(use.name, [])
        whole = [each.parameter.type for each in fed if each.share is Share.ALL]
        found = ir.Input(
            located.name,
            location,
            self._type(whole, location, use),
            location == ir.InPath() or any(each.parameter.required for each in fed),
            _description(fed or [use]),
        )
        if isinstance(location, ir.InHeader):
            check_input(found.name, use.span, self.report)
        return self.known.setdefault(use.name, found)

    def _type(
        self, whole: Sequence[ir.Type], location: ir.Location, use: Use
    ) -> ir.Type:
        """Return the type of an inferred input: that of what it feeds.

        A model that calls a tool has to be told that an undescribed body is an object.
        """
        is_argument = isinstance(location, ir.InArguments)
        is_any = use.parameter.type == ir.Anything()
        if is_argument and is_any and use.parameter == self.resolved.undescribed:
            return ir.Object()
        return next(iter(whole), _otherwise(self.uses.get(use.name, ())))

    def variable(self, name: str, span: Span) -> ir.Input:
        """Return the input of a route's variable; one that nothing uses is a string."""
        in_path = [i for i in self.known.values() if isinstance(i.location, ir.InPath)]
        for each in in_path:
            if each.name == name:
                return each
        for each in in_path:
            if canonical(each.name) == canonical(name):
                message = f"the variable {shown(name)} is the input {shown(each.name)}"
                self.report.add(Code.CLOSE_VARIABLE, message, span)
                return each
        self._report_unused(name, self.unit.model.node.value_span("call"))
        unused = ir.Input(name, ir.InPath(), ir.Primitive.STRING, required=True)
        return self.known.setdefault(name, unused)

    def is_variable(self, name: str) -> bool:
        """Say whether an input of that name is a variable of the route.

        Case and punctuation may differ, unless another name is closer.
        """
        if name in self.variables:
            return True
        letters = canonical(name)
        meant = {each for each in self.variables if canonical(each) == letters}
        names = self._names() if meant else ()
        same = [each for each in names if canonical(each) == letters]
        # A variable that has a name exactly is called by it, the others by the first.
        return not meant.issubset(same) and (not same or same[0] == name)

    def _names(self) -> Iterator[str]:
        """Yield what inputs are called, those that the document places first."""
        yield from (model.name for model in self.unit.inputs)
        yield from (name.removeprefix("path.") for name in self.uses)
        known = self.resolved.own.values()
        yield from (each.name for each in known if each.place is ir.Place.PATH)

    # --- declared ---

    def _declared(
        self, model: models.RestInput | models.ToolInput, fed: Sequence[Use]
    ) -> ir.Input:
        found = ir.Input(
            model.name,
            self._declared_location(model, fed),
            _declared_type(model, fed),
            self._is_required(model, fed),
            model.description or _description(fed),
        )
        if isinstance(found.location, ir.InHeader):
            span = model.node.value_span("name")
            check_input(found.name, span, self.report)
            self._check_twin(found.name, span)
        return found

    def _check_twin(self, name: str, span: Span) -> None:
        """Report a header that differs from another one's name in case alone."""
        headers = [
            i for i in self.known.values() if isinstance(i.location, ir.InHeader)
        ]
        twins = [i.name for i in headers if i.name.lower() == name.lower()]
        if twins:
            message = (
                f"{shown(name)} can't be an input: it is the header {shown(twins[0])}"
            )
            self.report.add(Code.UNUSABLE_HEADER, message, span)

    def _is_required(
        self, model: models.RestInput | models.ToolInput, fed: Sequence[Use]
    ) -> bool:
        """An input that feeds what is required is required, whatever it says."""
        vital = [use.parameter for use in fed if use.share is not Share.MEMBER]
        needed = any(parameter.required for parameter in vital)
        if needed and model.required is False:
            message = f"{shown(model.name)} feeds what is required, so it is required"
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
            message = f"{shown(model.name)} is no variable of the route"
            span = model.node.value_span("name")
            self.report.add(Code.PATH_PARAMETER_NOT_IN_TEMPLATE, message, span)

    def _body_location(
        self, model: models.RestInput, fed: Sequence[Use]
    ) -> ir.Location:
        """Return the field of a body input, or the whole body.

        It is the whole body if it is named so and feeds no member of that name, or if
        it is the only one and feeds a whole body.
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
            message = f"{shown(model.value)} uses more than names"
            span = model.node.value_span("value")
            self.report.add(Code.UNSUPPORTED_JSONPATH, message, span)
        return ir.InField(keys) if keys else ir.InBody()

    # --- inferred ---

    def located(self, use: Use) -> Located:
        """Read `path.x`, `query.x`, `header.x`, `body.x` and `body`.

        A word before the dot is a place unless an input has that very name.
        """
        place, dot, name = use.name.partition(".")
        if self.unit.input(place) is not None:
            return Located(use.name)
        if self.unit.resource is None:
            return Located(name if dot and place in PLACES else use.name)
        if use.name == "body" and not self._is_read_without_body():
            fed = self.uses.get(use.name, [])
            return Located("body", self._named_body(fed))
        return self._placed(place, name) or Located(use.name)

    def _placed(self, place: str, name: str) -> Located | None:
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
        """Return where an input is that no reference places."""
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
        """Say whether a parameter is the whole body, and the request has none."""
        return self._is_read_without_body() and self._is_entity(parameter)

    def _is_read_without_body(self) -> bool:
        return self.unit.method in {"GET", "HEAD"}

    def _feeds_whole(self, fed: Sequence[Use]) -> bool:
        """Say whether a use is more of the whole body than a member of it."""
        more = (use.parameter for use in fed if use.share is not Share.MEMBER)
        return any(map(self._is_entity, more))

    def _is_entity(self, parameter: ir.Parameter) -> bool:
        body = self.resolved.operation.body
        return body is not None and body.whole == parameter

    def _named_body(self, fed: Sequence[Use]) -> ir.Location:
        """Return where an input called `body` is: a member if it becomes one so called.

        An issue has a title and a body, and both are members of what is sent.
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
        """Return where the whole body of a request is: it comes as what it becomes.

        It is JSON if it becomes anything else than the body of the call.
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
    """Return the description of what an input feeds, unless it is a member of that."""
    said = (use.parameter for use in fed if use.share is not Share.MEMBER)
    return next((each.description for each in said if each.description), None)


def _otherwise(fed: Sequence[Use]) -> ir.Type:
    """Return the type of an input that feeds no parameter whole.

    Nothing says of what type a member of a structure is.
    """
    is_member = fed and all(each.share is Share.MEMBER for each in fed)
    return ir.Anything() if is_member else ir.Primitive.STRING


def _declared_type(
    model: models.RestInput | models.ToolInput, fed: Sequence[Use]
) -> ir.Type:
    """Return the type of a declared input; what becomes bytes is bytes."""
    types = [use.parameter.type for use in fed if use.share is Share.ALL]
    given = next(iter(types), _otherwise(fed))
    is_bytes = given in (ir.Bytes(), ir.Array(ir.Bytes()))
    return type_of(model.type) if model.type and not is_bytes else given


def _is_in_path(model: models.RestInput | models.ToolInput) -> bool:
    return isinstance(model, models.RestInput) and model.place == "path"


def _is_constant(model: models.RestInput | models.ToolInput) -> bool:
    value = model.value if isinstance(model, models.RestInput) else None
    return value is not None and not value.startswith("$")


def constant(model: models.RestInput | models.ToolInput | None) -> ir.Constant | None:
    """Return the value of an input that the document fixes, or None."""
    if isinstance(model, models.RestInput) and _is_constant(model):
        return ir.Constant(model.value)
    return None
