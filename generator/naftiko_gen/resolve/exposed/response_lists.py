"""The list in the answers of a tool: where it is, and the calls it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_LISTS = frozenset(
    {"data", "elements", "entries", "items", "records", "results", "rows", "value"}
    | {"values"}
)
"""The names of lists in responses that have several."""
_ENVELOPES = ("data", "result", "response")
"""The names of objects that may hold the list."""
_DEEPEST = 4


@dataclass(frozen=True)
class FoundList:
    """A list in a value: its path, the type of its items, and of the object around."""

    path: ir.MemberPath
    items: ir.Type
    around: ir.Type

    @property
    def has_fields(self) -> bool:
        """Return whether the items are objects with declared members."""
        return any(fields_of(kind) for kind in alternatives(self.items))

    @property
    def is_listing(self) -> bool:
        """Return whether the value is there for its list: it is no object of its own.

        Such an object mostly has an id.
        """
        return not self.path or "id" not in dict(fields_of(self.around))


def plain_type(kind: ir.Type) -> ir.Type:
    """Return a type without null and without restrictions of its values."""
    match kind:
        case ir.Nullable(base=base) | ir.Refined(base=base):
            return plain_type(base)
        case ir.Union(types=types):
            return _common_type(tuple(map(plain_type, types)))
        case _:
            return kind


def _common_type(types: tuple[ir.Type, ...]) -> ir.Type:
    """Return the type of values of several types: a list, if all of them are lists."""
    if len(types) == 1:
        return types[0]
    items = tuple(kind.items for kind in types if isinstance(kind, ir.Array))
    is_list = len(items) == len(types)
    return ir.Array(ir.Union(items)) if is_list else ir.Union(types)


def alternatives(kind: ir.Type) -> tuple[ir.Type, ...]:
    """Return the types of which a value may be."""
    match plain_type(kind):
        case ir.Union(types=types):
            return tuple(map(plain_type, types))
        case other:
            return (other,)


def typed_fields(kind: ir.Type) -> tuple[tuple[str, ir.Type], ...]:
    """Return the declared members of an object with their types as declared."""
    match plain_type(kind):
        case ir.Object(fields=fields):
            return tuple((field.name, field.type) for field in fields)
        case _:
            return ()


def fields_of(kind: ir.Type) -> tuple[tuple[str, ir.Type], ...]:
    """Return the declared members of an object, none for other types."""
    return tuple((name, plain_type(inner)) for name, inner in typed_fields(kind))


def find_list(kind: ir.Type) -> FoundList | None:
    """Return the list of a response: itself, or the only one of objects in it.

    It may also be in an object that is called `data`, `result` or `response`, or is the
    only member.
    """
    match plain_type(kind):
        case ir.Array(items=items):
            return FoundList((), items, ir.Anything())
        case ir.Object() as response:
            return _list_in(response) or _list_in_envelope(response)
        case _:
            return None


def _list_in_envelope(response: ir.Object) -> FoundList | None:
    members = fields_of(response)
    for name, kind in members:
        is_envelope = name in _ENVELOPES or len(members) == 1
        if is_envelope and isinstance(kind, ir.Object):
            inner = _list_in(kind)
            if inner is not None:
                return FoundList((name, *inner.path), inner.items, inner.around)
    return None


def _list_in(response: ir.Object) -> FoundList | None:
    lists = [
        FoundList((name,), kind.items, response)
        for name, kind in fields_of(response)
        if isinstance(kind, ir.Array)
    ]
    of_objects = [item_list for item_list in lists if item_list.has_fields]
    of_common_names = [of for of in of_objects or lists if of.path[0] in _LISTS]
    for candidates in (of_objects, of_common_names, lists):
        if len(candidates) == 1:
            return candidates[0]
    return None


def has_lists(kind: ir.Type) -> bool:
    """Return whether objects with declared members may have lists, also inner ones."""
    return any(_may_have_lists(inner, _DEEPEST) for _, inner in fields_of(kind))


def _may_have_lists(kind: ir.Type, levels: int) -> bool:
    match kind:
        case ir.Array() | ir.Anything() | ir.Object(fields=()):
            return levels > 0
        case ir.Union(types=types):
            return any(_may_have_lists(option, levels) for option in types)
        case _:
            inner = fields_of(kind) if levels else ()
            return any(_may_have_lists(member, levels - 1) for _, member in inner)


def list_at(kind: ir.Type, path: ir.MemberPath) -> FoundList | None:
    """Return the list at a path, None if another type is declared there."""
    around: ir.Type = ir.Anything()
    for name in path:
        around, kind = kind, dict(fields_of(kind)).get(name, ir.Anything())
    match plain_type(kind):
        case ir.Array(items=items):
            return FoundList(path, items, around)
        case ir.Anything():
            return FoundList(path, ir.Anything(), around)
        case _:
            return None


# --- shapes ---


def shape_type(projection: ir.Projection) -> ir.Type:
    """Return the type of a shaped answer."""
    match projection:
        case ir.Shape(members=members):
            fields = ((name, shape_type(member)) for name, member in members)
            return object_of(fields)
        case ir.Items(item=item) | ir.Find(item=item):
            return ir.Array(shape_type(item))
        case ir.Pick(type=kind):
            return kind
        case ir.Identity() | ir.Literal() | ir.Filled():
            return ir.Anything()
        case _:
            assert_never(projection)


def object_of(fields: Iterable[tuple[str, ir.Type]]) -> ir.Object:
    """Return the type of an object with these optional members."""
    return ir.Object(tuple(ir.Field(*field, required=False) for field in fields))


def source_of(
    projection: ir.Projection, path: ir.MemberPath, start: ir.MemberPath = ()
) -> ir.MemberPath | None:
    """Return where a part of a shaped answer is in the response, None if it is nowhere.

    Several parts, such as the matches of a query, are nowhere.
    """
    match projection:
        case ir.Identity():
            return (*start, *path)
        case ir.Shape(path=steps, members=members):
            before = _names(start, steps)
            member = dict(members).get(path[0]) if path else None
            if before is None or member is None:
                return before if not path else None
            return source_of(member, path[1:], before)
        case ir.Pick(path=steps) | ir.Items(path=steps):
            place = _names(start, steps)
            return None if place is None else (*place, *path)
        case ir.Literal() | ir.Filled() | ir.Find():
            return None
        case _:
            assert_never(projection)


def names_of(steps: tuple[ir.PathSegment, ...]) -> ir.MemberPath | None:
    """Return the names of a path, None unless it has only names."""
    names = tuple(step for step in steps if isinstance(step, str))
    return names if len(names) == len(steps) else None


def _names(
    start: ir.MemberPath, steps: tuple[ir.PathSegment, ...]
) -> ir.MemberPath | None:
    names = names_of(steps)
    return None if names is None else (*start, *names)


def read_type(projection: ir.Projection) -> ir.Type:
    """Return the type of the response, as far as a shape reads it."""
    return _join_types(tuple(_readings(projection, ())))


def _join_types(readings: tuple[tuple[ir.MemberPath, ir.Type], ...]) -> ir.Type:
    """Return the type of a value of whose parts these are the types."""
    for path, kind in readings:
        if not path:
            return kind
    names = dict.fromkeys(path[0] for path, _ in readings)
    members = {n: tuple((p[1:], k) for p, k in readings if p[0] == n) for n in names}
    return object_of((name, _join_types(inner)) for name, inner in members.items())


def _readings(
    projection: ir.Projection, start: ir.MemberPath
) -> Iterator[tuple[ir.MemberPath, ir.Type]]:
    match projection:
        case ir.Shape(path=steps, members=members):
            before = _names(start, steps)
            for _, member in members if before is not None else ():
                yield from _readings(member, before or ())
        case ir.Pick(path=steps, type=kind):
            if (place := _names(start, steps)) is not None:
                yield place, kind
        case ir.Items(path=steps, item=item):
            if (place := _names(start, steps)) is not None:
                yield place, ir.Array(read_type(item))
        case ir.Identity() | ir.Literal() | ir.Filled() | ir.Find():
            pass
        case _:
            assert_never(projection)


@dataclass(frozen=True)
class Source:
    """The call whose response has a part of an answer.

    Attributes:
        step: The name of its step, None for a single call.
        output: The parts of the response that are read.
        path: Where the part is in the response.
    """

    step: str | None
    call: ir.Call
    output: ir.Projection
    path: ir.MemberPath

    @property
    def response(self) -> ir.Type:
        """Return the type of the response, as far as it is known."""
        return self.call.operation.answer or read_type(self.output)


def find_source(
    implementation: ir.Implementation, path: ir.MemberPath
) -> Source | None:
    """Return the call that a part of an answer is from, None if it is composed."""
    match implementation:
        case ir.ProjectedCall(call=call, output=output):
            place = source_of(output, path)
            return None if place is None else Source(None, call, output, place)
        case ir.Flow(answer=ir.LastResponse(output=output), steps=(*_, last)):
            place = source_of(output, path)
            return None if place is None else _of_step(implementation, last.name, place)
        case ir.Flow(answer=ir.Mapped(template=template)):
            part = _part_at(template, path)
            return part and _of_step(implementation, *part)
        case ir.Flow() | ir.Forward():
            return None
        case _:
            assert_never(implementation)


def _of_step(flow: ir.Flow, name: str, path: ir.MemberPath) -> Source | None:
    """Return the call of a step, None if the step makes none."""
    for step, parts in ir.readings(flow):
        if step.name == name:
            return Source(name, step.call, parts, path)
    return None


def _part_at(
    template: ir.Template, path: ir.MemberPath
) -> tuple[str, ir.MemberPath] | None:
    """Return the step that a part of a composed answer is from, and where it is."""
    match template, path:
        case ir.ObjectTemplate(entries=entries), (name, *inner):
            member = dict(entries).get(name)
            return _part_at(member, tuple(inner)) if member else None
        case ir.StepValue(step=step, query=None), _:
            place = _place(template, (*template.path, *path))
            return None if place is None else (step, place)
        case _:
            return None


def _place(
    value: ir.StepValue, path: tuple[ir.PathSegment, ...]
) -> ir.MemberPath | None:
    """Return where a path in the answer of a step leads to in its response."""
    view = {output.name: output.source for output in value.view}
    match path:
        case (str() as name, *inner) if view:
            source = view.get(name)
            return names_of((*source, *inner)) if isinstance(source, tuple) else None
        case _:
            return names_of(path)


# --- types ---


def answer_kind(implementation: ir.Implementation) -> ir.Type:
    """Return the type of an answer, as far as it is known.

    A mapped value has the type of the step's response if no other is declared.
    """
    match implementation:
        case ir.Flow(answer=ir.Mapped(template=template, type=output)):
            return _mapped_type(implementation, template, output)
        case ir.ProjectedCall() | ir.Flow() | ir.Forward():
            answer = ir.answer_type(implementation)
            return answer or shape_type(implementation.output)
        case _:
            assert_never(implementation)


def _mapped_type(
    flow: ir.Flow, template: ir.Template, output: ir.Projection
) -> ir.Type:
    match template, output:
        case ir.ObjectTemplate(entries=entries), ir.Shape(members=members):
            types = dict(members)
            return object_of((n, _mapped_type(flow, t, types[n])) for n, t in entries)
        case ir.StepValue(), ir.Pick(type=ir.Anything()):
            part = _part_at(template, ())
            source = _of_step(flow, *part) if part else None
            answer = source.call.operation.answer if source else None
            kind: ir.Type = answer or ir.Anything()
            for name in source.path if source else ():
                kind = dict(fields_of(kind)).get(name, ir.Anything())
            return kind
        case _:
            return shape_type(output)
