"""Sample responses of an upstream, and their projections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.samples.samples import TEXT, sample

Fill = Callable[[ir.Template], Plain]
Choose = Callable[[ir.Type, tuple[str, ...]], Plain]
"""Returns a value of a type; the names lead to its place in the document."""

_LENGTH = "length"


def awkward_value(kind: ir.Type, _names: tuple[str, ...]) -> Plain:
    """Return a value whose text has characters that URLs must encode."""
    return sample(kind, TEXT)


def sample_answer(
    projection: ir.Projection,
    choose: Choose = awkward_value,
    document: Plain = None,
) -> Plain:
    """Return a document with all parts of a projection, None if it has no parts.

    With queries, which might find any part, it has none. Parts that are missing in the
    given document are added to it.
    """
    if ir.has_query(projection):
        is_object = isinstance(projection, ir.Shape) and not projection.path
        return {} if is_object else None
    # Lengths come last: by then, their arrays exist.
    for path, value in sorted(_leaves(projection, (), choose), key=_is_length):
        document = _with_value(document, path, value)
    return document


def _is_length(leaf: tuple[tuple[ir.PathSegment, ...], Plain]) -> bool:
    return leaf[0][-1:] == (_LENGTH,)


def _leaves(
    projection: ir.Projection, prefix: tuple[ir.PathSegment, ...], choose: Choose
) -> Iterator[tuple[tuple[ir.PathSegment, ...], Plain]]:
    match projection:
        case ir.Identity() | ir.Literal() | ir.Filled() | ir.Find():
            return
        case ir.Pick(path=path, type=kind):
            place = (*prefix, *path)
            yield place, choose(_type_of_each(path, kind), _names(place))
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


def _names(path: tuple[ir.PathSegment, ...]) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


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
            return (
                [apply_projection(item, element, fill) for element in array]
                if isinstance(array, list)
                else None
            )
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
