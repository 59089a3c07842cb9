"""Comparing an operation that a capability calls with the one that its API has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import json_path
from naftiko_gen.openapi.authentication import proof_of, proofs_of, ways_of, words
from naftiko_gen.openapi.read.api import Place
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.openapi.write.inputs import Input
from naftiko_gen.openapi.write.request_bodies import MEDIA_TYPE, preferred
from naftiko_gen.openapi.write.requests import request
from naftiko_gen.resolve.consumed.bodies import BYTES, JSON
from naftiko_gen.tools.drift.changes import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.openapi.authentication import Proof
    from naftiko_gen.openapi.read.api import Api, Operation, Requirement

MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Sent:
    """A value that a capability sends: of which type, and whether always."""

    is_certain: bool
    kind: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A capability's operation beside that of its API.

    Attributes:
        model: Its declaration in the document.
        projections: The projections that read its answers.
    """

    called: ir.Operation
    model: models.ConsumedOperation | None
    projections: Sequence[ir.Projection]
    described: Operation
    api: Api

    def findings(self) -> Iterator[Finding]:
        """Yield what differs."""
        if self.described.is_deprecated:
            yield self._finding(Kind.DEPRECATED, "it is deprecated")
        yield from self._parameters()
        yield from self._body()
        yield from self._outputs()
        yield from self._authentication()

    def _finding(self, kind: Kind, message: str, span: Span | None = None) -> Finding:
        place = self.model.node.value_span("name") if self.model else None
        title = f"{self.called.upstream.namespace}.{self.called.name}"
        return Finding(kind, title, message, place, span or self.described.span)

    # --- parameters ---

    def _parameters(self) -> Iterator[Finding]:
        wanted = request(self.described, None)
        proofs = self._held()
        yield from self._cookies()
        spans = {p.name: p.span for p in self.described.parameters}
        for place, sent in (
            ("query", self._query()),
            ("header", self._headers()),
        ):
            asked = [i for i in wanted.inputs if i.place == place]
            for each in asked:
                name = each.wire.lower() if place == "header" else each.wire
                if (place, name) not in proofs:
                    yield from self._parameter(each, sent.get(name), spans)
            known = {i.wire.lower() if place == "header" else i.wire for i in asked}
            fixed = {each.name for each in wanted.constants}
            if place == "query":
                yield from self._gone(sent.keys() - known - fixed - self._secrets())

    def _cookies(self) -> Iterator[Finding]:
        """Yield the cookies that are required; no capability sends any but keys."""
        held = {name for kind, name in self._held() if kind == "cookie"}
        for each in self.described.parameters:
            is_cookie = each.place is Place.COOKIE and each.required
            if is_cookie and each.name not in held:
                message = f"the cookie {shown(each.name)} is required, and isn't sent"
                yield self._finding(Kind.INPUT_ADDED_REQUIRED, message, each.span)

    def _held(self) -> set[Proof]:
        return set(proofs_of(self.called.upstream.credential))

    def _parameter(
        self, asked: Input, sent: Sent | None, spans: Mapping[str, Span]
    ) -> Iterator[Finding]:
        what = f"the {asked.place} parameter {shown(asked.wire)}"
        yield from self._input(asked, sent, what, spans.get(asked.wire))

    def _input(
        self, asked: Input, sent: Sent | None, what: str, span: Span | None
    ) -> Iterator[Finding]:
        """Yield what differs about an input of the API."""
        if sent is None and asked.required:
            message = f"{what} is required, and isn't sent"
            yield self._finding(Kind.INPUT_ADDED_REQUIRED, message, span)
        elif sent is None:
            yield self._finding(Kind.INPUT_ADDED, f"{what} is new", span)
        elif asked.required and not sent.is_certain:
            message = f"{what} is required, and optional in the capability"
            yield self._finding(Kind.INPUT_REQUIRED, message, span)
        elif not asked.required and sent.is_certain and sent.kind is not None:
            message = f"{what} is optional, and required in the capability"
            yield self._finding(Kind.INPUT_OPTIONAL, message, span)
        if sent is not None and not _accepts(asked.kind, sent.kind):
            message = f"{what} is {asked.kind}, and {sent.kind} in the capability"
            yield self._finding(Kind.INPUT_TYPE, message, span)

    def _gone(self, names: set[str]) -> Iterator[Finding]:
        for name in sorted(names):
            message = f"the query parameter {shown(name)} is sent, and unknown"
            yield self._finding(Kind.INPUT_GONE, message)

    def _query(self) -> dict[str, Sent]:
        return {name: _sent(template) for name, template in self.called.query}

    def _secrets(self) -> set[str]:
        """Return the query parameters that the environment sets: keys, mostly."""
        return {n for n, held in self.called.query if isinstance(held, ir.Setting)}

    def _headers(self) -> dict[str, Sent]:
        listed = self.called.headers
        return {name.lower(): _sent(template) for name, template in listed}

    # --- body ---

    def _body(self) -> Iterator[Finding]:
        asked, sent = self.described.body, self.called.body
        if asked is None or self.described.method == "GET":
            if sent is not None and not _is_optional(sent):
                yield self._finding(Kind.BODY_GONE, "a body is sent, and there is none")
            return
        if sent is None:
            kind = Kind.INPUT_ADDED_REQUIRED if asked.required else Kind.INPUT_ADDED
            must = "is required" if asked.required else "is possible"
            message = f"a body {must}, and isn't sent"
            yield self._finding(kind, message, asked.span)
            return
        types = [media.type for media in asked.media]
        if types and not any(_is_of(each, sent) for each in types):
            message = (
                f"the body is {', '.join(types[:8])}, and {sent.media_type} is sent"
            )
            yield self._finding(Kind.BODY_TYPE, message, asked.span)
            return
        yield from self._whole_or_members(asked.required, asked.span)

    def _whole_or_members(self, required: bool, span: Span) -> Iterator[Finding]:
        sent = self.called.body
        if sent is None or self.described.body is None:
            return
        if required and _is_optional(sent):
            message = "the body is required, and optional in the capability"
            yield self._finding(Kind.INPUT_REQUIRED, message, span)
        members = _members(sent)
        held = [
            media for media in self.described.body.media if _is_of(media.type, sent)
        ]
        media = preferred(held)
        if members is None or media is None or not media.shape.members:
            return
        for member in media.shape.members:
            if member.shape.is_read_only:
                continue
            needed = member.required and required
            kind = member.shape.kind or "string"
            asked = Input(member.name, "body", member.name, kind, needed, "")
            what = f"the member {shown(member.name)} of the body"
            untyped = members.get(member.name)
            yield from self._input(asked, untyped, what, span)
        for name in members.keys() - {m.name for m in media.shape.members}:
            message = f"the member {shown(name)} of the body is sent, and unknown"
            yield self._finding(Kind.INPUT_GONE, message, span)

    # --- answer ---

    def _outputs(self) -> Iterator[Finding]:
        answer = self.described.answer
        media = next((m for m in answer.media if m.is_json), None) if answer else None
        if answer is None or media is None:
            return
        for steps, kind in dict.fromkeys(self._used()):
            found = _at(media.shape, steps)
            path = shown(_written(steps))
            if found is None:
                message = f"the answer has no {path}"
                yield self._finding(Kind.OUTPUT_GONE, message, answer.span)
            elif not _is_like(found.kind, kind):
                message = f"{path} of the answer is {found.kind}, and was {kind}"
                yield self._finding(Kind.OUTPUT_TYPE, message, answer.span)
        yield from self._new_outputs(media.shape, answer.span)

    def _new_outputs(self, shape: Shape, span: Span) -> Iterator[Finding]:
        """Yield the members of the answer that a list of members lacks."""
        known = {steps[0] for steps, _ in self._declared() if len(steps) == 1}
        for member in shape.members if known and not shape.items else ():
            if member.name not in known and not member.shape.is_write_only:
                message = f"the answer has {shown(member.name)} as well"
                yield self._finding(Kind.OUTPUT_ADDED, message, span)

    def _used(self) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
        yield from self._declared()
        for projection in self.projections:
            yield from _picked(projection, ())

    def _declared(self) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
        for output in self.model.outputs if self.model else ():
            steps = json_path(output.value) if output.value.startswith("$") else None
            if steps:
                yield steps, output.type

    # --- authentication ---

    def _authentication(self) -> Iterator[Finding]:
        asked = self.described.requirements
        asked = self.api.requirements if asked is None else asked
        held = self._held()
        if asked is None or () in asked:
            return
        if not asked:
            if held and not self.api.requirements:
                message = "no credential is needed"
                yield self._finding(Kind.AUTHENTICATION_GONE, message)
            return
        fixed = {("header", name) for name in self._headers()}
        fixed |= {("query", name) for name in self._query()}
        wanted = [self._proofs(each) for each in asked]
        options = " or ".join(" and ".join(map(words, sorted(w))) for w in wanted)
        for way in ways_of(self.called.upstream.credential):
            if not any(each <= way | fixed for each in wanted):
                has = ", ".join(map(words, sorted(way))) or "nothing"
                message = f"{options} is required, and the capability sends {has}"
                yield self._finding(Kind.AUTHENTICATION, message)

    def _proofs(self, requirement: Requirement) -> set[Proof]:
        schemes = (self.api.schemes.get(name) for name in requirement)
        return {proof_of(scheme) for scheme in schemes if scheme}


def _sent(template: ir.Template) -> Sent:
    match template:
        case ir.Argument(source=source):
            return Sent(source.required, _kind(source.type))
        case _:
            return Sent(is_certain=True)


def _kind(type_: ir.Type) -> str | None:
    match type_:
        case ir.Primitive():
            return type_.value
        case ir.Array():
            return "array"
        case ir.Object():
            return "object"
        case _:
            return None


def _accepts(asked: str, sent: str | None) -> bool:
    """Say whether what is sent can be right; text can hold anything but structure."""
    if sent in (None, "string", asked) or asked == "string":
        return True
    return (asked, sent) == ("number", "integer")


def _is_like(found: str | None, known: str | None) -> bool:
    numbers = {"integer": "number"}
    if found is None or known is None:
        return True
    return numbers.get(found, found) == numbers.get(known, known)


# --- bodies ---


def _is_optional(body: ir.Body) -> bool:
    return body.whole is not None and not body.whole.required


def _is_of(asked: str, body: ir.Body) -> bool:
    """Say whether a body can be of a type; `*` stands for any, as does `+json`."""
    sent = body.media_type
    if not MEDIA_TYPE.fullmatch(asked) and "*" not in asked:
        return sent == BYTES
    if sent == JSON and asked.endswith("+json"):
        return True
    start, _, end = asked.partition("/")
    return (start in ("*", sent.partition("/")[0])) and (
        end in ("*", sent.partition("/")[2])
    )


def _members(body: ir.Body) -> dict[str, Sent] | None:
    """Return the members that a body is made of; None if it is given whole."""
    if body.members is None:
        return None
    return {name: _sent(template) for name, template in body.members}


# --- answers ---


def _at(shape: Shape, steps: Sequence[ir.PathSegment]) -> Shape | None:
    """Return what is at a path: anything if nothing is said, None if it isn't there."""
    for step in steps:
        found = _step(shape, step)
        if found is None:
            return None
        shape = found
    return shape


def _step(shape: Shape, step: ir.PathSegment) -> Shape | None:
    match step:
        case str():
            if shape.members:
                listed = (m.shape for m in shape.members if m.name == step)
                return next(listed, None)
            if shape.kind == "array" and step == "length":
                return Shape("integer")
            return Shape() if shape.kind in (None, "object") else None
        case _:
            return (shape.items or Shape()) if shape.kind in (None, "array") else None


def _picked(
    projection: ir.Projection, before: tuple[ir.PathSegment, ...]
) -> Iterator[tuple[tuple[ir.PathSegment, ...], str | None]]:
    match projection:
        case ir.Pick(path=path, type=type_):
            if before or path:
                yield (*before, *path), _kind(type_)
        case ir.Shape(path=path, members=members):
            for _, member in members:
                yield from _picked(member, (*before, *path))
        case ir.Items(path=path, item=item):
            yield from _picked(item, (*before, *path, ir.Each.ELEMENT))
        case _:
            return


def _written(steps: Sequence[ir.PathSegment]) -> str:
    said = (f".{step}" if isinstance(step, str) else "[*]" for step in steps)
    return f"${''.join(said)}"
