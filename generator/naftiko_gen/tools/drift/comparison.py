"""Compare an operation of a capability with the operation in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

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
    Proof,
    describe,
    proof_of,
    proofs_of,
    ways_of,
)
from naftiko_gen.openapi.read.shapes import Member, Shape
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
from naftiko_gen.openapi.write.schemas import Declaration
from naftiko_gen.openapi.write.units import DEPRECATED
from naftiko_gen.resolve.consumed.bodies import BYTES, JSON
from naftiko_gen.tools.drift.body_types import Difference, OfferedTypes, compare, title
from naftiko_gen.tools.drift.changes import Finding, Kind

MULTIPART = "multipart/form-data"


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
        projections: The projections that read its responses.
        offered: The media types among which callers choose, None without a choice.
        arguments: The function that returns the arguments of a parameter.
        passed: The names of parameters to which every call passes a value.
    """

    called: ir.Operation
    model: models.ConsumedOperation | None
    projections: Sequence[ir.Projection]
    offered: OfferedTypes | None
    passed: Set[str]
    described: Operation
    api: Api
    arguments: Callable[[ir.Parameter], Sequence[ir.Template]]

    def findings(self) -> Iterator[Finding]:
        """Yield the differences."""
        if self.described.is_deprecated and not self._says_deprecated:
            yield self._finding(Kind.DEPRECATED, "it is deprecated")
        yield from self._parameters()
        yield from self._body()
        yield from self._outputs()
        yield from self._authentication()

    @property
    def _says_deprecated(self) -> bool:
        """Return whether the capability knows that the operation is deprecated."""
        return (self.called.description or "").endswith(DEPRECATED)

    def _finding(self, kind: Kind, message: str, span: Span | None = None) -> Finding:
        place = self.model.node.value_span("name") if self.model else None
        title = f"{self.called.upstream.namespace}.{self.called.name}"
        return Finding(kind, title, message, place, span or self.described.span)

    # --- parameters ---

    def _parameters(self) -> Iterator[Finding]:
        request, query = make_request(self.described, None), self._query()
        by_query = [item for item in request.inputs if item.place == "query"]
        by_header = [item for item in request.inputs if item.place == "header"]
        yield from self._cookies()
        yield from self._inputs(by_query, query)
        names = {item.wire for item in by_query}
        members = {name for name in query if name.partition("[")[0] in names}
        constants = {constant.name for constant in request.constants}
        known_names = names | members | constants | self._secrets()
        yield from self._gone_inputs(query.keys() - known_names)
        yield from self._inputs(by_header, self._headers())

    def _inputs(
        self, inputs: Sequence[Input], values: Mapping[str, SentValue]
    ) -> Iterator[Finding]:
        proofs = self._proofs()
        spans = {p.name: p.span for p in self.described.parameters}
        for input_ in inputs:
            name = input_.wire.lower() if input_.place == "header" else input_.wire
            value = values.get(name) or _sent_members(name, values)
            # No parameter of the API is the media type of a body.
            is_body_type = bool(input_.route_place) and value is not None
            if (input_.place, name) not in proofs and not is_body_type:
                title = f"the {input_.place} parameter {quote(input_.wire)}"
                yield from self._input(input_, value, title, spans.get(input_.wire))

    def _cookies(self) -> Iterator[Finding]:
        """Yield the required cookies that aren't sent."""
        cookies = {name for kind, name in self._proofs() if kind == "cookie"}
        cookies |= {name for name, _ in self.called.cookies}
        for parameter in self.described.parameters:
            is_cookie = parameter.place is Place.COOKIE and parameter.required
            if is_cookie and parameter.name not in cookies:
                name = quote(parameter.name)
                message = f"the cookie {name} is required, but isn't sent"
                yield self._finding(Kind.INPUT_ADDED_REQUIRED, message, parameter.span)

    def _proofs(self) -> set[Proof]:
        return set(proofs_of(self.called.upstream.credential))

    def _input(
        self, input_: Input, value: SentValue | None, title: str, span: Span | None
    ) -> Iterator[Finding]:
        """Yield the differences of an input of the API."""
        if value is None and input_.required:
            message = f"{title} is required, but isn't sent"
            yield self._finding(Kind.INPUT_ADDED_REQUIRED, message, span)
        elif value is None:
            yield self._finding(Kind.INPUT_ADDED, f"{title} is new", span)
        elif input_.required and not value.is_certain:
            message = f"{title} is required, but optional in the capability"
            yield self._finding(Kind.INPUT_REQUIRED, message, span)
        elif not input_.required and value.is_certain and value.kind is not None:
            message = f"{title} is optional, but required in the capability"
            yield self._finding(Kind.INPUT_OPTIONAL, message, span)
        kind = input_.declaration.kind
        if value is not None and not _accepts(kind, value.kind):
            message = f"{title} is {kind}, but {value.kind} in the capability"
            yield self._finding(Kind.INPUT_TYPE, message, span)

    def _gone_inputs(self, names: set[str]) -> Iterator[Finding]:
        for name in sorted(names):
            message = f"the query parameter {quote(name)} is sent, but isn't declared"
            yield self._finding(Kind.INPUT_GONE, message)

    def _query(self) -> dict[str, SentValue]:
        return {name: self._value_of(template) for name, template in self.called.query}

    def _secrets(self) -> set[str]:
        """Return the query parameters that the environment sets, mostly keys."""
        query = self.called.query
        return {name for name, value in query if isinstance(value, ir.Setting)}

    def _headers(self) -> dict[str, SentValue]:
        headers = self.called.headers
        return {name.lower(): self._value_of(template) for name, template in headers}

    def _value_of(self, template: ir.Template) -> SentValue:
        match template:
            case ir.Argument(source=source):
                return SentValue(self._is_certain(source), _kind(source.type))
            case _:
                return SentValue(is_certain=True)

    def _is_certain(self, source: ir.Parameter | ir.Input) -> bool:
        """Return whether a parameter is always sent: by itself or by its calls."""
        return source.required or source.name in self.passed

    # --- body ---

    def _body(self) -> Iterator[Finding]:
        body, own = self.described.body, self.called.body
        if body is None or self.described.method in WITHOUT_BODY:
            if own is not None and not self._is_optional(own):
                message = "a body is sent, but none is declared"
                yield self._finding(Kind.BODY_GONE, message)
        elif own is None:
            yield from self._unsent_body(body)
        else:
            yield from self._sent_body(body, own)

    def _unsent_body(self, body: Body) -> Iterator[Finding]:
        if all(map(has_no_parts, body.media)):
            return  # An import leaves it out.
        kind = Kind.INPUT_ADDED_REQUIRED if body.required else Kind.INPUT_ADDED
        adjective = "required" if body.required else "possible"
        message = f"a body is {adjective}, but isn't sent"
        yield self._finding(kind, message, body.span)

    def _sent_body(self, body: Body, own: ir.Body) -> Iterator[Finding]:
        types = [media.type for media in body.media if is_known(media)]
        if types and not _is_any_of(types, own.media_type):
            message = (
                f"the body is {', '.join(types[:8])}, but {own.media_type} is sent"
            )
            yield self._finding(Kind.BODY_TYPE, message, body.span)
            return
        yield from self._choices(body)
        if body.required and self._is_optional(own):
            message = "the body is required, but optional in the capability"
            yield self._finding(Kind.INPUT_REQUIRED, message, body.span)
        yield from self._body_parts(body, own)

    def _is_optional(self, body: ir.Body) -> bool:
        return body.whole is not None and not self._is_certain(body.whole)

    def _choices(self, body: Body) -> Iterator[Finding]:
        """Yield the media types that only one of the two lets callers choose."""
        choice = choose_media(body.media)
        if self.offered is None or choice is None:
            return
        types = [media.type for media in body.media]
        for media in media_choice(body.media, choice).media:
            if not self.offered.has(media.name):
                message = f"the body can be {quote(media.name)} as well"
                yield self._finding(Kind.BODY_TYPE_ADDED, message, body.span)
        for media_type in self.offered.named:
            if not _is_any_of(types, media_type.partition(";")[0]):
                message = f"the body can't be {quote(media_type)} any more"
                yield self._finding(Kind.BODY_TYPE, message, body.span)

    def _body_parts(self, body: Body, own: ir.Body) -> Iterator[Finding]:
        """Yield the differences of a body's members, or of a body that is one value."""
        media = [item for item in body.media if _is_of(item.type, own.media_type)]
        usual = choose_media(media)
        members = self._members(own)
        if usual is None:
            return
        if members is None:
            shape = self._sent_shape(body, usual)
            yield from self._describe(self._compare_whole(own, shape), body)
        elif usual.shape.members:
            yield from self._body_members(members, usual.shape, body)
            yield from self._describe(self._compare_members(own, usual.shape), body)

    def _sent_shape(self, body: Body, usual: Media) -> Shape:
        """Return the shape of a body that is one value, of all types that it can have.

        It is any value if nothing tells.
        """
        # A document can have a type twice, such as one with a charset.
        same = [item for item in body.media if item.name == usual.name]
        media = body.media if self.offered else same
        return media_choice(media, choose_media(media) or usual).shape or Shape()

    def _compare_whole(self, own: ir.Body, shape: Shape) -> Iterator[Difference]:
        if own.whole is None:
            is_told = bool(shape.members or shape.items)
            yield from [Difference(Kind.BODY_UNCOMPARED, ())] if is_told else ()
            return
        for kind in self._types(own.whole):
            yield from compare(kind, shape)

    def _compare_members(self, own: ir.Body, shape: Shape) -> Iterator[Difference]:
        """Compare the members that are more than a text; their types are known."""
        shapes = {member.name: member.shape for member in shape.members}
        for name, template in own.members or ():
            match template:
                case ir.Argument(source=ir.Parameter() as parameter) if name in shapes:
                    for kind in filter(_has_parts, self._types(parameter)):
                        yield from compare(kind, shapes[name], (name,))
                case _:
                    pass

    def _types(self, parameter: ir.Parameter) -> Iterator[ir.Type]:
        """Yield the types of the inputs that feed a parameter; any for other values."""
        templates = self.arguments(parameter)
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
            if difference.kind is not Kind.BODY_UNCOMPARED:
                message = f"{title(difference.path)} {difference.text}"
                yield self._finding(difference.kind, message, body.span)
            else:
                parts.append(title(difference.path))
        if parts:
            names = ", ".join(parts[:4])
            more = f" and {len(parts) - 4} more" if len(parts) > 4 else ""
            message = f"can't be compared: {names}{more}"
            yield self._finding(Kind.BODY_UNCOMPARED, message, body.span)

    def _body_members(
        self, members: Mapping[str, SentValue], shape: Shape, body: Body
    ) -> Iterator[Finding]:
        for member in shape.members:
            if not member.shape.is_read_only:
                yield from self._body_member(member, members.get(member.name), body)
        for name in sorted(members.keys() - {m.name for m in shape.members}):
            message = f"{title((name,))} is sent, but isn't declared"
            yield self._finding(Kind.INPUT_GONE, message, body.span)

    def _members(self, body: ir.Body) -> dict[str, SentValue] | None:
        """Return the members that form a body; None if a single input feeds it."""
        if body.members is None:
            return None
        return {name: self._value_of(template) for name, template in body.members}

    def _body_member(
        self, member: Member, value: SentValue | None, body: Body
    ) -> Iterator[Finding]:
        kind = member.shape.kind or "string"
        is_required = member.required and body.required
        input_ = Input(member.name, "body", Declaration(kind, ""), is_required)
        yield from self._input(input_, value, title((member.name,)), body.span)

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
                yield self._finding(Kind.OUTPUT_GONE, message, response.span)
            elif not _is_like(shape.kind, kind):
                message = f"{path} of the response is {shape.kind}, but was {kind}"
                yield self._finding(Kind.OUTPUT_TYPE, message, response.span)
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
                yield self._finding(Kind.OUTPUT_ADDED, message, response.span)

    def _used_members(self) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
        yield from self._declared_members()
        for projection in self.projections:
            yield from _used_parts(projection, ())

    def _declared_members(
        self,
    ) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
        for output in self.model.outputs if self.model else ():
            steps = json_path(output.value) if output.value.startswith("$") else None
            if steps:
                yield steps, output.type

    # --- authentication ---

    def _authentication(self) -> Iterator[Finding]:
        requirements = self.described.requirements
        if requirements is None:
            requirements = self.api.requirements
        if requirements is None or () in requirements:
            return
        if requirements and self._can_authenticate(requirements):
            yield from self._missing_proofs(requirements)
        elif not requirements and self._proofs() and not self._api_needs_credentials:
            message = "no credential is needed"
            yield self._finding(Kind.AUTHENTICATION_GONE, message)

    def _can_authenticate(self, requirements: Sequence[Requirement]) -> bool:
        """Return whether a capability has a credential, or an import would have one."""
        usable = Credentials(self.api.schemes, "").usable(requirements)
        return bool(usable) or self.called.upstream.credential is not None

    def _missing_proofs(self, requirements: Sequence[Requirement]) -> Iterator[Finding]:
        """Yield the ways to authenticate that satisfy none of the requirements."""
        own_proofs = {("header", name) for name in self._headers()}
        own_proofs |= {("query", name) for name in self._query()}
        alternatives = [self._required_proofs(item) for item in requirements]
        options = " or ".join(
            " and ".join(map(describe, sorted(w))) for w in alternatives
        )
        for way in ways_of(self.called.upstream.credential):
            if not any(proofs <= way | own_proofs for proofs in alternatives):
                proofs_of_way = ", ".join(map(describe, sorted(way))) or "nothing"
                message = (
                    f"{options} is required, but the capability sends {proofs_of_way}"
                )
                yield self._finding(Kind.AUTHENTICATION, message)

    @property
    def _api_needs_credentials(self) -> bool:
        """Return whether any operation of the API needs a credential."""
        own = (operation.requirements for operation in self.api.operations)
        return any(self.api.requirements or ()) or any(map(any, filter(None, own)))

    def _required_proofs(self, requirement: Requirement) -> set[Proof]:
        schemes = (self.api.schemes.get(name) for name in requirement)
        return {proof_of(scheme) for scheme in schemes if scheme}


def _kind(type_: ir.Type) -> str | None:
    match ir.base_type(type_):
        case ir.Primitive() as scalar:
            return scalar.value
        case ir.Array():
            return "array"
        case ir.Object():
            return "object"
        case _:
            return None


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
    match step:
        case str():
            if shape.members:
                shapes = (m.shape for m in shape.members if m.name == step)
                return next(shapes, None)
            if shape.kind == "array" and step == "length":
                return Shape("integer")
            return Shape() if shape.kind in (None, "object") else None
        case _:
            return (shape.items or Shape()) if shape.kind in (None, "array") else None


def _used_parts(
    projection: ir.Projection, before: tuple[ir.PathSegment, ...]
) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
    match projection:
        case ir.Pick(path=path, type=type_):
            if before or path:
                yield (*before, *path), _kind(type_)
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
    return f"${''.join(parts)}"
