"""Types of bodies: of their values and of their media, compared with a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.openapi.read.shapes import Member, Shape
from naftiko_gen.openapi.write.media_choices import types_of
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.tools.drift.changes import Kind

Path = tuple[str, ...]
"""The names of members; `[]` is an item of a list, and `*` any member."""


@dataclass(frozen=True)
class Difference:
    """A difference at a part of a body, which is the whole body without a path."""

    kind: Kind
    path: Path
    text: str = ""


def title(path: Path) -> str:
    """Return the words for a part of a body."""
    name = ".".join(path).replace(".[]", "[]")
    return f"the member {quote(name)} of the body" if path else "the body"


def compare(kind: ir.Type, shape: Shape, path: Path = ()) -> Iterator[Difference]:
    """Yield the differences of a schema from the type that clients send."""
    if shape.is_open:
        return
    if isinstance(kind, ir.Nullable) and not (shape.is_nullable or shape.variants):
        yield Difference(Kind.INPUT_TYPE, path, "can't be null any more")
    plain = _without_limits(kind)
    if has_variants(shape):
        yield from _compare_variants(plain, shape, path)
        return
    if shape.variants:
        yield Difference(Kind.BODY_UNCOMPARED, path)
    match plain:
        case ir.Anything() | ir.Union():
            yield Difference(Kind.BODY_UNCOMPARED, path)
        case ir.Object():
            yield from _compare_object(plain, shape, path)
        case ir.Array(items=items):
            yield from _compare_kind("array", shape, path)
            if shape.items is not None:
                yield from compare(items, shape.items, (*path, "[]"))
        case ir.Primitive(value=word) | ir.OneOf(base=ir.Primitive(value=word)):
            yield from _compare_scalar(plain, word, shape, path)
        case ir.Matching():
            yield from _compare_scalar(plain, "string", shape, path)
        case ir.Bytes() | ir.Refined() | ir.Nullable():
            return
        case never:
            assert_never(never)


def _without_limits(kind: ir.Type) -> ir.Type:
    match kind:
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return _without_limits(base)
        case _:
            return kind


def _compare_variants(kind: ir.Type, shape: Shape, path: Path) -> Iterator[Difference]:
    """Compare each of several types with the variant at its place, or any that fits."""
    types = kind.types if isinstance(kind, ir.Union) else (kind,)
    has_places = len(types) == len(shape.variants)
    fallback = [Difference(Kind.BODY_UNCOMPARED, path)]
    for number, option in enumerate(types):
        others = list(shape.variants)
        differences = fallback
        if has_places:
            differences = [*compare(option, others.pop(number), path)]
        elif isinstance(option, ir.Anything):
            others.clear()
        is_elsewhere = (not has_places or _breaks(differences)) and any(
            not _breaks([*compare(option, other, path)]) for other in others
        )
        yield from () if is_elsewhere else differences


def _breaks(differences: list[Difference]) -> bool:
    return any(item.kind.breaks for item in differences)


def _compare_kind(word: str, shape: Shape, path: Path) -> Iterator[Difference]:
    is_number = (shape.kind, word) == ("number", "integer")
    if shape.kind not in (None, word) and not is_number:
        text = f"is {shape.kind}, but {word} in the capability"
        yield Difference(Kind.INPUT_TYPE, path, text)


# --- objects ---------------------------------------------------------------------


def _compare_object(kind: ir.Object, shape: Shape, path: Path) -> Iterator[Difference]:
    yield from _compare_kind("object", shape, path)
    if shape.kind not in (None, "object"):
        return
    if kind.others is not None and shape.others is not None:
        yield from compare(kind.others, shape.others, (*path, "*"))
    if bool(kind.fields) != bool(shape.members):
        yield from _compare_unknown(kind, shape, path)
    elif kind.fields:
        yield from _compare_members(kind, shape, path)


def _compare_unknown(kind: ir.Object, shape: Shape, path: Path) -> Iterator[Difference]:
    """Yield that only one of the two names the members of an object."""
    is_sendable = any(not member.shape.is_read_only for member in shape.members)
    if kind.fields or is_sendable:
        yield Difference(Kind.BODY_UNCOMPARED, path)


def _compare_members(kind: ir.Object, shape: Shape, path: Path) -> Iterator[Difference]:
    members = {member.name: member for member in shape.members}
    for field in kind.fields:
        member = members.pop(field.name, None)
        if member is not None and not member.shape.is_read_only:
            yield from _compare_field(field, member, (*path, field.name))
        elif member is None and shape.others is None:
            text = "is sent, but isn't declared"
            yield Difference(Kind.INPUT_GONE, (*path, field.name), text)
    for name, member in members.items():
        if not member.shape.is_read_only:
            text = "is required, but isn't sent" if member.required else "is new"
            is_added = (
                Kind.INPUT_ADDED_REQUIRED if member.required else Kind.INPUT_ADDED
            )
            yield Difference(is_added, (*path, name), text)


def _compare_field(field: ir.Field, member: Member, path: Path) -> Iterator[Difference]:
    if member.required and not field.required:
        text = "is required, but optional in the capability"
        yield Difference(Kind.INPUT_REQUIRED, path, text)
    if field.required and not member.required:
        text = "is optional, but required in the capability"
        yield Difference(Kind.INPUT_OPTIONAL, path, text)
    yield from compare(field.type, member.shape, path)


# --- scalars ---------------------------------------------------------------------


def _compare_scalar(
    kind: ir.Type, word: str, shape: Shape, path: Path
) -> Iterator[Difference]:
    differences = [*_compare_kind(word, shape, path)]
    yield from differences
    choices = shape.facts.choices if shape.kind not in (None, "boolean") else ()
    if differences or shape.kind is None:
        return
    values = kind.values if isinstance(kind, ir.OneOf) else ()
    lost_values = [value for value in values if choices and value not in choices]
    if lost_values or (choices and not values):
        texts = ", ".join(map(quote, choices[:8]))
        yield Difference(Kind.VALUE_GONE, path, f"can only be {texts}")
    new = [choice for choice in choices if choice not in values]
    if values and new:
        texts = ", ".join(map(quote, new[:8]))
        yield Difference(Kind.VALUE_ADDED, path, f"can be {texts} as well")
    elif values and not choices:
        yield Difference(Kind.VALUE_ADDED, path, "can be any other value as well")


# --- media types that callers choose --------------------------------------------


_TYPE = "content-type"


@dataclass(frozen=True)
class OfferedTypes:
    """The media types of a capability's operation.

    Attributes:
        bodies: The types of its bodies.
        choosers: The types of the inputs that choose among them.
    """

    bodies: tuple[str, ...]
    choosers: tuple[ir.Type, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Return the types that callers can name, in their order."""
        names = (name for chooser in self.choosers for name in _values(chooser))
        return tuple(dict.fromkeys((*self.bodies, *names)))

    def has(self, media_type: str) -> bool:
        """Return whether callers can choose a type, or a type of a range."""
        example = media_type.replace("*", "x")
        return media_type in self.bodies or any(
            _allows(chooser, example) for chooser in self.choosers
        )


def offered_types(
    operation: ir.Operation, capability: ir.Capability
) -> OfferedTypes | None:
    """Return the media types among which callers choose, None without a choice."""
    body = operation.body
    headers = {name.lower(): value for name, value in operation.headers}
    match body, headers.get(_TYPE):
        case None, _:
            return None
        case _, ir.Argument(source=ir.Parameter() as parameter):
            templates = capability.arguments(parameter)
            sources = (
                source for value in templates for source in ir.placeholders(value)
            )
            choosers = (parameter.type, *(source.type for source in sources))
            bodies = (kind.media_type for kind in ir.kinds_of(body))
            return OfferedTypes(tuple(bodies), choosers)
        case _:
            return None


def _values(kind: ir.Type) -> Iterator[str]:
    match kind:
        case ir.OneOf(values=values):
            yield from map(str, values)
        case ir.Refined(base=base) | ir.Nullable(base=base):
            yield from _values(base)
        case ir.Union(types=types):
            for option in types:
                yield from _values(option)
        case _:
            return


def _allows(kind: ir.Type, media_type: str) -> bool:
    """Return whether a restricted type has a value; a type of its own names none."""
    match kind:
        case ir.OneOf(values=values):
            return media_type in values
        case ir.Matching(pattern=pattern):
            return any(ir.is_of_type(media_type, type_) for type_ in types_of(pattern))
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return _allows(base, media_type)
        case ir.Union(types=types):
            return any(_allows(option, media_type) for option in types)
        case ir.Primitive() | ir.Anything() | ir.Bytes() | ir.Array() | ir.Object():
            return False
        case _:
            assert_never(kind)
