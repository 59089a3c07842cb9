"""Compare an operation of a capability with the operation in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.language.expressions import json_path
from naftiko_gen.openapi.read.api import (
    Api,
    Body,
    Media,
    Operation,
    Place,
    Requirement,
    Response,
)
from naftiko_gen.openapi.read.security import (
    describe,
    proof_of,
    proofs_of,
    ways_of,
)
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.openapi.write.credentials import Credentials
from naftiko_gen.openapi.write.inputs import Input
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    choose_media,
    has_no_parts,
    is_known,
    media_choice,
)
from naftiko_gen.openapi.write.outputs import outputs
from naftiko_gen.openapi.write.request_bodies import WITHOUT_BODY
from naftiko_gen.openapi.write.requests import make_request
from naftiko_gen.openapi.write.units import DEPRECATED
from naftiko_gen.resolve.consumed.bodies import BYTES, JSON
from naftiko_gen.tools.drift.body_types import (
    Difference,
    OfferedTypes,
    Path,
    compare,
    compare_kind,
    compare_presence,
    offered_types,
    title,
)
from naftiko_gen.tools.drift.changes import Finding, Kind

UsedPart = tuple[tuple[ir.PathSegment, ...], str | None]
"""The path of a part of the response, and its type if that is declared."""


@dataclass(frozen=True)
class SentValue:
    """A value that a capability sends: its type, and whether it is always sent."""

    is_certain: bool
    kind: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A capability's operation, and the same operation in the OpenAPI document.

    Attributes:
        model: The operation's declaration in the capability.
    """

    called: ir.Operation
    model: models.ConsumedOperation
    capability: ir.Capability
    described: Operation
    api: Api

    def findings(self) -> Iterator[Finding]:
        """Yield the differences."""
        is_known = (self.called.description or "").endswith(DEPRECATED)
        if self.described.is_deprecated and not is_known:
            yield self.finding(Kind.OPERATION_DEPRECATED, "it is deprecated")
        yield from self._parameters()
        yield from self._body()
        yield from self._outputs()
        yield from self._authentication()

    def finding(self, kind: Kind, message: str, span: Span | None = None) -> Finding:
        """Return a difference at a place in the document, or at the operation."""
        place = span or self.described.span
        return Finding.of(kind, self.called, self.model, message, place)

    # --- parameters ---

    def _parameters(self) -> Iterator[Finding]:
        request, pairs = make_request(self.described, None), self.called.query
        query = self._sent_values(pairs)
        yield from self._cookies()
        yield from self._inputs("query", request.inputs, query)
        names = {item.wire for item in request.inputs if item.place == "query"}
        members = {name for name in query if name.partition("[")[0] in names}
        constants = {constant.name for constant in request.constants}
        # The environment sets some parameters, mostly keys.
        secrets = {name for name, value in pairs if isinstance(value, ir.Setting)}
        for name in sorted(query.keys() - names - members - constants - secrets):
            message = f"the query parameter {quote(name)} is sent, but isn't declared"
            yield self.finding(Kind.INPUT_GONE, message)
        headers = ((name.lower(), value) for name, value in self.called.headers)
        yield from self._inputs("header", request.inputs, self._sent_values(headers))

    def _inputs(
        self, place: str, inputs: Sequence[Input], values: Mapping[str, SentValue]
    ) -> Iterator[Finding]:
        proofs = set(proofs_of(self._credential))
        spans = {p.name: p.span for p in self.described.parameters}
        for input_ in inputs:
            name = input_.wire.lower() if place == "header" else input_.wire
            value = values.get(name) or _sent_members(name, values)
            # No parameter of the API is the media type of a body.
            is_body_type = bool(input_.route_place) and value is not None
            is_proof = (place, name) in proofs
            if input_.place != place or is_proof or is_body_type:
                continue
            title = f"the {place} parameter {quote(input_.wire)}"
            for item in _compare_value(input_.required, input_.declaration.kind, value):
                span = spans.get(input_.wire)
                yield self.finding(item.kind, f"{title} {item.text}", span)

    def _cookies(self) -> Iterator[Finding]:
        """Yield the required cookies that aren't sent."""
        proofs = proofs_of(self._credential)
        cookies = {name for kind, name in proofs if kind == "cookie"}
        cookies |= {name for name, _ in self.called.cookies}
        for parameter in self.described.parameters:
            is_cookie = parameter.place is Place.COOKIE and parameter.required
            if is_cookie and parameter.name not in cookies:
                name = quote(parameter.name)
                message = f"the cookie {name} is required, but isn't sent"
                yield self.finding(Kind.REQUIRED_INPUT_ADDED, message, parameter.span)

    def _sent_values(
        self, pairs: Iterable[tuple[str, ir.Template]]
    ) -> dict[str, SentValue]:
        return {name: self._value_of(template) for name, template in pairs}

    def _value_of(self, template: ir.Template) -> SentValue:
        match template:
            case ir.Argument(source=source):
                return SentValue(self._is_certain(source), ir.type_name(source.type))
            case _:
                return SentValue(is_certain=True)

    def _is_certain(self, source: ir.Parameter | ir.Input) -> bool:
        """Return whether a parameter is always sent: by itself or by its calls."""
        return source.required or source.name in self._passed_names

    @cached_property
    def _passed_names(self) -> set[str]:
        """Return the names of the parameters to which every call passes a value."""
        calls = [
            {parameter.name for parameter, value in call.arguments if _is_given(value)}
            for unit in self.capability.calling(self.called)
            for call in ir.calls(unit.implementation)
            if call.operation is self.called
        ]
        return set.intersection(*calls) if calls else set()

    # --- body ---

    def _body(self) -> Iterator[Finding]:
        body, own = self.described.body, self.called.body
        if body is None or self.described.method in WITHOUT_BODY:
            if own is not None and not self._is_optional(own):
                message = "a body is sent, but none is declared"
                yield self.finding(Kind.BODY_GONE, message)
        elif own is not None:
            yield from self._sent_body(body, own)
        elif not all(map(has_no_parts, body.media)):  # An import leaves those out.
            [presence] = compare_presence(body.required, None)
            adjective = "required" if body.required else "possible"
            message = f"a body is {adjective}, but isn't sent"
            yield self.finding(presence.kind, message, body.span)

    def _sent_body(self, body: Body, own: ir.Body) -> Iterator[Finding]:
        types = [media.type for media in body.media if is_known(media)]
        if types and not _is_any_of(types, own.media_type):
            names = ", ".join(types[:8])
            message = f"the body is {names}, but {own.media_type} is sent"
            yield self.finding(Kind.BODY_TYPE_CHANGED, message, body.span)
            return
        yield from self._choices(body)
        if body.required and self._is_optional(own):
            message = "the body is required, but optional in the capability"
            yield self.finding(Kind.INPUT_BECAME_REQUIRED, message, body.span)
        media = [item for item in body.media if _is_of(item.type, own.media_type)]
        if (usual := choose_media(media)) is None:
            return
        if own.members is None:
            differences = self._compare_whole(own, self._sent_shape(body, usual))
            yield from self._describe(differences, body)
        elif usual.shape.members:
            differences = self._compare_members(dict(own.members), usual.shape, body)
            yield from self._describe(differences, body)

    def _is_optional(self, body: ir.Body) -> bool:
        return body.whole is not None and not self._is_certain(body.whole)

    @cached_property
    def _offered(self) -> OfferedTypes | None:
        """Return the media types among which callers choose, None without a choice."""
        return offered_types(self.called, self.capability)

    def _choices(self, body: Body) -> Iterator[Finding]:
        """Yield the media types that only one of the two lets callers choose."""
        choice, types_of_callers = choose_media(body.media), self._offered
        if types_of_callers is None or choice is None:
            return
        types = [media.type for media in body.media]
        for media in media_choice(body.media, choice).media:
            if not types_of_callers.has(media.name):
                message = f"the body can be {quote(media.name)} as well"
                yield self.finding(Kind.BODY_TYPE_ADDED, message, body.span)
        for media_type in types_of_callers.named:
            if not _is_any_of(types, media_type.partition(";")[0]):
                message = f"the body can't be {quote(media_type)} any more"
                yield self.finding(Kind.BODY_TYPE_CHANGED, message, body.span)

    def _sent_shape(self, body: Body, usual: Media) -> Shape:
        """Return the shape of a body that is one value, of all types that it can have.

        It is any value if nothing tells.
        """
        # A document can have a type twice, such as one with a charset.
        same = [item for item in body.media if item.name == usual.name]
        media = body.media if self._offered else same
        return media_choice(media, choose_media(media) or usual).shape or Shape()

    def _compare_whole(self, own: ir.Body, shape: Shape) -> Iterator[Difference]:
        if own.whole is None and (shape.members or shape.items):
            yield Difference(Kind.BODY_NOT_COMPARED)
        for kind in self._types(own.whole) if own.whole else ():
            yield from compare(kind, shape)

    def _compare_members(
        self, templates: Mapping[str, ir.Template], shape: Shape, body: Body
    ) -> Iterator[Difference]:
        """Compare the members, and in depth those that are more than a text."""
        values = self._sent_values(templates.items())
        shapes = {member.name: member.shape for member in shape.members}
        for member in shape.members:
            name, kind = member.name, member.shape.kind or "string"
            is_required = member.required and body.required
            if not member.shape.is_read_only:
                yield from _compare_value(is_required, kind, values.get(name), (name,))
        for name in sorted(values.keys() - shapes.keys()):
            yield Difference(Kind.INPUT_GONE, "is sent, but isn't declared", (name,))
        for name, template in templates.items():
            match template:
                case ir.Argument(source=ir.Parameter() as parameter) if name in shapes:
                    for type_ in filter(_has_parts, self._types(parameter)):
                        yield from compare(type_, shapes[name], (name,))
                case _:
                    pass

    def _types(self, parameter: ir.Parameter) -> Iterator[ir.Type]:
        """Yield the types of the inputs that feed a parameter; any for other values."""
        templates = self.capability.arguments(parameter)
        if not templates:
            yield parameter.schema or parameter.type
        for template in templates:
            match template:
                case ir.Argument(source=source):
                    yield source.type
                case _:
                    yield ir.Anything()

    def _describe(
        self, differences: Iterable[Difference], body: Body
    ) -> Iterator[Finding]:
        """Yield findings; one for all parts of the body that can't be compared."""
        parts: list[str] = []
        for difference in dict.fromkeys(differences):
            if difference.kind is not Kind.BODY_NOT_COMPARED:
                message = f"{title(difference.path)} {difference.text}"
                yield self.finding(difference.kind, message, body.span)
            else:
                parts.append(title(difference.path))
        if parts:
            names = ", ".join(parts[:4])
            more = f" and {len(parts) - 4} more" if len(parts) > 4 else ""
            message = f"can't be compared: {names}{more}"
            yield self.finding(Kind.BODY_NOT_COMPARED, message, body.span)

    # --- response ---

    def _outputs(self) -> Iterator[Finding]:
        response = self.described.response
        media = response.json if response else None
        if response is None or media is None:
            return
        for steps, kind in dict.fromkeys(self._used_members()):
            shape = _shape_at(media.shape, steps)
            path = quote(_write_path(steps))
            if shape is None:
                message = f"the response has no {path}"
                yield self.finding(Kind.OUTPUT_GONE, message, response.span)
            elif not _is_like(shape.kind, kind):
                message = f"{path} of the response is {shape.kind}, but was {kind}"
                yield self.finding(Kind.OUTPUT_TYPE_CHANGED, message, response.span)
        yield from self._new_outputs(response, media.shape)

    def _new_outputs(self, response: Response, shape: Shape) -> Iterator[Finding]:
        """Yield the members of the response that the declared outputs lack.

        An import doesn't declare members whose names no path can have, nor too many.
        """
        names = {steps[0] for steps, _ in self._declared_members() if len(steps) == 1}
        paths = (json_path(output.value) for output in outputs(response))
        possible_names = {path[0] for path in paths if path}
        for member in shape.members if names and not shape.items else ():
            if member.name in possible_names - names:
                message = f"the response also has {quote(member.name)}"
                yield self.finding(Kind.OUTPUT_ADDED, message, response.span)

    def _used_members(self) -> Iterator[UsedPart]:
        yield from self._declared_members()
        for projection in self.capability.projections(self.called):
            yield from _used_parts(projection, ())

    def _declared_members(self) -> Iterator[UsedPart]:
        for output in self.model.outputs:
            steps = json_path(output.value) if output.value.startswith("$") else None
            if steps:
                yield steps, output.type

    # --- authentication ---

    def _authentication(self) -> Iterator[Finding]:
        requirements, credential = self.described.requirements, self._credential
        if requirements is None:
            requirements = self.api.requirements
        if requirements is None or () in requirements:
            return
        if not requirements:
            if any(proofs_of(credential)) and not self._api_needs_credentials:
                message = "no credential is needed"
                yield self.finding(Kind.AUTHENTICATION_NOT_NEEDED, message)
        # An import would have one of these credentials.
        elif credential or Credentials(self.api.schemes, "").usable(requirements):
            yield from self._missing_proofs(requirements)

    @property
    def _credential(self) -> ir.Credential | None:
        return self.called.upstream.credential

    def _missing_proofs(self, requirements: Sequence[Requirement]) -> Iterator[Finding]:
        """Yield the ways to authenticate that satisfy none of the requirements."""
        own_proofs = {("header", name.lower()) for name, _ in self.called.headers}
        own_proofs |= {("query", name) for name, _ in self.called.query}
        schemes = self.api.schemes
        alternatives = [
            {proof_of(scheme) for name in item if (scheme := schemes.get(name))}
            for item in requirements
        ]
        texts = (" and ".join(map(describe, sorted(proofs))) for proofs in alternatives)
        options = " or ".join(texts)
        for way in ways_of(self._credential):
            if not any(proofs <= way | own_proofs for proofs in alternatives):
                sent_proofs = ", ".join(map(describe, sorted(way))) or "nothing"
                message = f"{options} is required, but the capability sends "
                yield self.finding(Kind.AUTHENTICATION_CHANGED, message + sent_proofs)

    @property
    def _api_needs_credentials(self) -> bool:
        """Return whether any operation of the API needs a credential."""
        own = (operation.requirements for operation in self.api.operations)
        return any(self.api.requirements or ()) or any(map(any, filter(None, own)))


def _is_given(value: ir.Template) -> bool:
    """Return whether an argument has a value at every call; that of a step may not."""
    match value:
        case ir.Argument() | ir.Joined():
            return all(source.required for source in ir.placeholders(value))
        case ir.StepValue():
            return False
        case _:
            return True


def _compare_value(
    is_required: bool, kind: str | None, value: SentValue | None, path: Path = ()
) -> Iterator[Difference]:
    """Yield the differences of an input of the API from the value that is sent."""
    if value is None:
        yield from compare_presence(is_required, None, path)
        return
    # Constants are always sent.
    if value.kind is not None or not value.is_certain:
        yield from compare_presence(is_required, value.is_certain, path)
    if not _accepts(kind, value.kind):
        yield compare_kind(kind, value.kind, path)


def _sent_members(name: str, values: Mapping[str, SentValue]) -> SentValue | None:
    """Return the members of an object that are sent one by one, as `name[member]`."""
    members = [value for key, value in values.items() if key.startswith(f"{name}[")]
    if not members:
        return None
    return SentValue(any(member.is_certain for member in members))


def _accepts(expected: str | None, kind: str | None) -> bool:
    """Return whether a value of the sent type can be valid; text nearly always can."""
    if kind in (None, "string", expected) or expected in (None, "string"):
        return True
    return (expected, kind) == ("number", "integer")


def _is_like(kind: str | None, other: str | None) -> bool:
    numbers = {"integer": "number"}
    if kind is None or other is None:
        return True
    return numbers.get(kind, kind) == numbers.get(other, other)


# --- bodies ---


def _is_any_of(media_types: Sequence[str], own: str) -> bool:
    return any(_is_of(media_type, own) for media_type in media_types)


def _is_of(media_type: str, own: str) -> bool:
    """Return whether a sent type is a media type; `*` and `+json` are wildcards."""
    if not MEDIA_TYPE.fullmatch(media_type) and "*" not in media_type:
        return own == BYTES
    if ir.is_range(media_type) and own in (BYTES, "text/plain"):
        # The type of a range that is sent unless the caller chooses.
        return True
    if own == JSON and media_type.endswith("+json"):
        return True
    start, _, end = media_type.partition("/")
    return (start in ("*", own.partition("/")[0])) and (
        end in ("*", own.partition("/")[2])
    )


def _has_parts(kind: ir.Type) -> bool:
    """Return whether a type lists values, items or members."""
    match kind:
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return _has_parts(base)
        case ir.OneOf() | ir.Union():
            return True
        case ir.Array(items=items):
            return items != ir.Anything()
        case ir.Object(fields=fields):
            return bool(fields)
        case _:
            return False


# --- responses ---


def _shape_at(shape: Shape, steps: Sequence[ir.PathSegment]) -> Shape | None:
    """Return the shape at a path: of any type if undeclared, None if it can't exist."""
    current: Shape | None = shape
    for step in steps:
        current = _step(current, step) if current else None
    return current


def _step(shape: Shape, step: ir.PathSegment) -> Shape | None:
    is_list, is_open = shape.kind == "array", shape.kind is None
    if not isinstance(step, str):
        return (shape.items or Shape()) if is_list or is_open else None
    if shape.members:
        return next((m.shape for m in shape.members if m.name == step), None)
    if is_list and step == "length":
        return Shape("integer")
    return Shape() if is_open or shape.kind == "object" else None


def _used_parts(
    projection: ir.Projection, before: tuple[ir.PathSegment, ...]
) -> Iterator[UsedPart]:
    match projection:
        case ir.Pick(path=path, type=type_):
            if before or path:
                yield (*before, *path), ir.type_name(type_)
        case ir.Shape(path=path, members=members):
            for _, member in members:
                yield from _used_parts(member, (*before, *path))
        case ir.Items(path=path, item=item):
            yield from _used_parts(item, (*before, *path, ir.Each.ELEMENT))
        case ir.Find(query=query):
            if query.steps:
                yield (*before, *query.steps), None
        case _:
            return


def _write_path(steps: Sequence[ir.PathSegment]) -> str:
    parts = (f".{step}" if isinstance(step, str) else "[*]" for step in steps)
    return "".join(("$", *parts))
