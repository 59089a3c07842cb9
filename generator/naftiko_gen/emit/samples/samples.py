"""Sample values of inputs, sample responses of an upstream, and their projections."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.requests.bodies import body_of, callers_media_type
from naftiko_gen.emit.requests.parts import Role, input_roles

TEXT = "value 1/ü?"
NUMBER = 7
FRACTION = 2.5
_NAME_LIMIT = 40


_SCALARS: Mapping[ir.Primitive, Plain] = {
    ir.Primitive.INTEGER: NUMBER,
    ir.Primitive.NUMBER: FRACTION,
    ir.Primitive.BOOLEAN: True,
}


def sample(kind: ir.Type, text: str) -> Plain:
    """Return a value of a type, with the text as its strings."""
    match kind:
        case ir.Primitive():
            return _SCALARS.get(kind, text)
        case ir.Anything():
            return "anything"
        case ir.Bytes() | ir.Refined(format="byte"):
            return base64.b64encode(f"{text}\0".encode()).decode()
        case ir.Array():
            return [sample(kind.items, text)]
        case ir.Object():
            return _object(kind, text)
        case ir.OneOf(values=values):
            return values[0]
        case ir.Matching(sample=matching):
            return matching
        case ir.Refined(base=base, limits=limits):
            if isinstance(ir.base_type(base), ir.Array):
                return _array_within(kind, text)
            value = sample(base, text)
            is_kept = not limits or ir.are_kept(limits, value)
            return value if is_kept else kind.sample
        case ir.Nullable(base=base):
            return sample(base, text)
        case ir.Union(types=types):
            return sample(_read_first(types), text)
        case _:
            assert_never(kind)


def _read_first(types: tuple[ir.Type, ...]) -> ir.Type:
    """Return the type of a union that an adapter reads from the text of a request.

    A text stays a text where it may be one: of the sample 7, a URL would make "7".
    """
    texts = (kind for kind in types if ir.base_type(kind) is ir.Primitive.STRING)
    return next(texts, types[0])


def _object(kind: ir.Object, text: str) -> Plain:
    """Return an object with all declared members, or else with one of its own."""
    if kind.fields:
        return {f.name: sample(f.type, text) for f in kind.fields}
    if kind.others is None:
        return {"key": "value", "big": 9007199254740993}
    return {"key": sample(kind.others, text)}


def _array_within(kind: ir.Refined, text: str) -> Plain:
    """Return an array with as few items as its limits allow, but one if they do."""
    array = sample(kind.base, text)
    items = array if isinstance(array, list) else []
    counts = dict(kind.limits)
    least = int(counts.get(ir.Limit.MIN_ITEMS, 1))
    most = int(counts.get(ir.Limit.MAX_ITEMS, max(least, 1)))
    return items * min(max(least, 1), most)


@dataclass(frozen=True)
class Samples:
    """The samples for the inputs of a route or tool."""

    unit: ir.Exposed

    def of(self, source: ir.Input) -> Plain:
        """Return an input's sample.

        Text has characters that a URL must encode, unless it becomes a header. It
        contains the input's name, without characters that requests may not contain.
        `Content-Type` and `Content-Encoding` must match the body.
        """
        match self.unit, source.location:
            case ir.Route(), ir.InHeader() if source.name.lower() == "content-type":
                return callers_media_type(self.unit)
            case _, ir.InHeader() if source.name.lower() == "content-encoding":
                return "identity"
            case ir.Route(inputs=inputs), ir.InBody():
                return body_of(inputs, self._default_sample)
            case _ if source.default and Role.CHOICE in self._roles.get(source, ()):
                # Samples of a body have its default type.
                return source.default.value
            case _:
                return self._default_sample(source)

    def _default_sample(self, source: ir.Input) -> Plain:
        name = re.sub(r"[^A-Za-z0-9._-]+", " ", source.name).strip()[:_NAME_LIMIT]
        roles = self._roles.get(source, ())
        in_header = isinstance(source.location, ir.InHeader) or Role.HEADER in roles
        text = f"{name} 1" if in_header else f"{name} 1/ü?"
        if isinstance(source.location, ir.InCookie) or Role.COOKIE in roles:
            text = f"{name.replace(' ', '-')}-1"
        if Role.FILE_NAME in roles:
            text = f"{name} 1 ü?"
        if Role.MEDIA_TYPE in roles:
            text = f"application/{name.replace(' ', '-')}"
        is_object = source.type == ir.Anything() and self._gets_credential(source)
        return sample(ir.Object() if is_object else source.type, text)

    def _gets_credential(self, source: ir.Input) -> bool:
        """Return whether an input is a JSON body to which a credential is added."""
        return any(
            isinstance(call.operation.upstream.credential, ir.BodyKey)
            and call.operation.body is not None
            and (call.operation.body.entity, ir.Argument(source)) in call.arguments
            for call in ir.calls(self.unit.implementation)
        )

    @cached_property
    def _roles(self) -> Mapping[ir.Parameter | ir.Input, set[Role]]:
        return input_roles(self.unit)


Fill = Callable[[ir.Template], Plain]
Choose = Callable[[ir.Type, tuple[str, ...]], Plain]
"""Returns a value of a type; the names lead to its place in the document."""

_LENGTH = "length"


def awkward_value(kind: ir.Type, _names: tuple[str, ...]) -> Plain:
    """Return a value whose text has characters that URLs must encode."""
    return sample(kind, TEXT)


def sample_answer(
    projection: ir.Projection, choose: Choose = awkward_value, document: Plain = None
) -> Plain:
    """Return a document with all parts of a projection, None if it has no parts.

    With queries, which might find any part, it has none. Parts that are missing in the
    given document are added to it.
    """
    if ir.has_query(projection):
        is_object = isinstance(projection, ir.Shape) and not projection.path
        return {} if is_object else None
    # Lengths come last: by then, their arrays exist.
    leaves = _leaves(projection, (), choose)
    for path, value in sorted(leaves, key=lambda leaf: leaf[0][-1:] == (_LENGTH,)):
        document = _with_value(document, path, value)
    return document


def _leaves(
    projection: ir.Projection, prefix: tuple[ir.PathSegment, ...], choose: Choose
) -> Iterator[tuple[tuple[ir.PathSegment, ...], Plain]]:
    match projection:
        case ir.Identity() | ir.Literal() | ir.Filled() | ir.Find():
            return
        case ir.Pick(path=path, type=kind):
            place = (*prefix, *path)
            names = tuple(step for step in place if isinstance(step, str))
            yield place, choose(_type_of_each(path, kind), names)
        case ir.Shape(path=path, members=members):
            for _, member in members:
                yield from _leaves(member, (*prefix, *path), choose)
            # A member may be the whole array.
            yield (*prefix, *path), {}
        case ir.Items(path=path, item=item):
            inside = (*prefix, *path, ir.Each.ELEMENT)
            yield inside, None
            yield from _leaves(item, inside, choose)
        case _:
            assert_never(projection)


def _type_of_each(path: tuple[ir.PathSegment, ...], kind: ir.Type) -> ir.Type:
    """Return the type of the values of which wildcards make an array."""
    for _ in range(path.count(ir.Each.ELEMENT)):
        kind = kind.items if isinstance(kind, ir.Array) else kind
    return kind


def _with_value(
    document: Plain, path: tuple[ir.PathSegment, ...], value: Plain
) -> Plain:
    """Return the document with a value at a path, unless the path has one already."""
    if not path:
        return value if document is None else document
    step, *rest = path
    if step == _LENGTH and isinstance(document, list):
        return document
    if isinstance(step, str):
        members = document if isinstance(document, dict) else {}
        return {**members, step: _with_value(members.get(step), tuple(rest), value)}
    index = 0 if isinstance(step, ir.Each) else step
    items = document if isinstance(document, list) else []
    length = index + 1 if index >= 0 else -index
    padding: list[Plain] = [None] * (length - len(items))
    new_items = [*items, *padding]
    new_items[index] = _with_value(new_items[index], tuple(rest), value)
    return new_items


def apply_projection(projection: ir.Projection, document: Plain, fill: Fill) -> Plain:
    """Return the projection of a document, which the tests expect.

    `fill` returns the value of a template.
    """
    match projection:
        case ir.Identity():
            return document
        case ir.Literal(value=value):
            return value
        case ir.Filled(template=template):
            return fill(template)
        case ir.Pick(path=path):
            return value_at(document, path)
        case ir.Shape(path=path, members=members):
            base = value_at(document, path)
            if path and base is None:
                return None
            return {n: apply_projection(member, base, fill) for n, member in members}
        case ir.Items(path=path, item=item):
            array = value_at(document, path)
            if not isinstance(array, list):
                return None
            return [apply_projection(item, element, fill) for element in array]
        case ir.Find():
            # The document is empty.
            return []
        case _:
            assert_never(projection)


def value_at(document: Plain, path: tuple[ir.PathSegment, ...]) -> Plain:
    """Return the value at a path of a document, None if there is none."""
    if not path:
        return document
    step, *rest = path
    match step, document:
        case ir.Each.ELEMENT, list():
            return [value_at(item, tuple(rest)) for item in document]
        case str(), dict():
            return value_at(document.get(step), tuple(rest))
        case "length", list():
            return len(document)
        case int(), list() if -len(document) <= step < len(document):
            return value_at(document[step], tuple(rest))
        case _:
            return None
