"""Types of bodies: of their values and of their media, compared with a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.openapi.write.media_choices import types_of
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.tools.drift.changes import Kind

Path = tuple[str, ...]
"""The names of members; `[]` is an item of a list, and `*` any member."""


@dataclass(frozen=True)
class Difference:
    """A difference of an input, or at a part of a body, which is all without a path."""

    kind: Kind
    text: str = ""
    path: Path = ()


def title(path: Path) -> str:
    """Return the words for a part of a body."""
    name = ".".join(path).replace(".[]", "[]")
    return f"the member {quote(name)} of the body" if path else "the body"


_PRESENCES = {
    (True, None): Difference(Kind.REQUIRED_INPUT_ADDED, "is required, but isn't sent"),
    (False, None): Difference(Kind.OPTIONAL_INPUT_ADDED, "is new"),
    (True, False): Difference(
        Kind.INPUT_BECAME_REQUIRED, "is required, but optional in the capability"
    ),
    (False, True): Difference(
        Kind.INPUT_BECAME_OPTIONAL, "is optional, but required in the capability"
    ),
}


def compare_presence(
    is_required: bool, is_certain: bool | None, path: Path = ()
) -> Iterator[Difference]:
    """Yield the difference if a value is required, or sent, only by one side.

    `is_certain` is whether it is sent by every call, None if it is sent by none.
    """
    if difference := _PRESENCES.get((is_required, is_certain)):
        yield replace(difference, path=path)


def compare_kind(kind: str | None, word: str | None, path: Path) -> Difference:
    """Return the difference between two types."""
    text = f"is {kind}, but {word} in the capability"
    return Difference(Kind.INPUT_TYPE_CHANGED, text, path)


def compare(kind: ir.Type, shape: Shape, path: Path = ()) -> Iterator[Difference]:
    """Yield the differences of a schema from the type that clients send."""
    if shape.is_open:
        return
    if isinstance(kind, ir.Nullable) and not (shape.is_nullable or shape.variants):
        yield Difference(Kind.INPUT_TYPE_CHANGED, "can't be null any more", path)
    while isinstance(kind, ir.Refined | ir.Nullable):
        kind = kind.base
    if has_variants(shape):
        yield from _compare_variants(kind, shape, path)
        return
    if shape.variants:
        yield Difference(Kind.BODY_NOT_COMPARED, path=path)
    word = ir.type_name(kind)
    is_integer = (shape.kind, word) == ("number", "integer")
    is_other = bool(word and shape.kind) and shape.kind != word and not is_integer
    if is_other:
        yield compare_kind(shape.kind, word, path)
    yield from _compare_parts(kind, shape, path, is_other=is_other)


def _compare_parts(
    kind: ir.Type, shape: Shape, path: Path, *, is_other: bool
) -> Iterator[Difference]:
    """Yield the differences of the values, members or items of a type.

    Those of another type have none, but an array's items may be known all the same.
    """
    match kind:
        case ir.Array(items=items):
            if shape.items is not None:
                yield from compare(items, shape.items, (*path, "[]"))
        case ir.Anything() | ir.Union():
            yield Difference(Kind.BODY_NOT_COMPARED, path=path)
        case ir.Object():
            yield from () if is_other else _compare_object(kind, shape, path)
        case ir.Primitive() | ir.OneOf() | ir.Matching():
            yield from () if is_other else _compare_values(kind, shape, path)
        case ir.Bytes() | ir.Refined() | ir.Nullable():
            return
        case never:
            assert_never(never)


def _compare_variants(kind: ir.Type, shape: Shape, path: Path) -> Iterator[Difference]:
    """Compare each of several types with the variant at its place, or any that fits."""
    types = kind.types if isinstance(kind, ir.Union) else (kind,)
    has_places = len(types) == len(shape.variants)
    fallback = [Difference(Kind.BODY_NOT_COMPARED, path=path)]
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


def _compare_object(kind: ir.Object, shape: Shape, path: Path) -> Iterator[Difference]:
    if kind.others is not None and shape.others is not None:
        yield from compare(kind.others, shape.others, (*path, "*"))
    members = {m.name: m for m in shape.members}
    sendable = {name for name, m in members.items() if not m.shape.is_read_only}
    if bool(kind.fields) != bool(members):
        # Only one of the two names the members.
        if kind.fields or sendable:
            yield Difference(Kind.BODY_NOT_COMPARED, path=path)
        return
    for field in kind.fields:
        inner = (*path, field.name)
        if field.name in sendable:
            member = members[field.name]
            yield from compare_presence(member.required, field.required, inner)
            yield from compare(field.type, member.shape, inner)
        elif field.name not in members and shape.others is None:
            yield Difference(Kind.INPUT_GONE, "is sent, but isn't declared", inner)
    names = {field.name for field in kind.fields}
    for name, member in members.items():
        if name in sendable - names:
            yield from compare_presence(member.required, None, (*path, name))


def _compare_values(kind: ir.Type, shape: Shape, path: Path) -> Iterator[Difference]:
    """Yield the differences between the values that both sides list."""
    if shape.kind is None:
        return
    choices = shape.facts.choices if shape.kind != "boolean" else ()
    values = kind.values if isinstance(kind, ir.OneOf) else ()
    lost_values = [value for value in values if choices and value not in choices]
    if lost_values or (choices and not values):
        texts = ", ".join(map(quote, choices[:8]))
        yield Difference(Kind.INPUT_VALUE_GONE, f"can only be {texts}", path)
    new = [choice for choice in choices if choice not in values]
    if values and (new or not choices):
        texts = ", ".join(map(quote, new[:8])) or "any other value"
        yield Difference(Kind.INPUT_VALUE_ADDED, f"can be {texts} as well", path)


# --- media types that callers choose --------------------------------------------


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
        options = ir.of_kind(ir.OneOf, self._options)
        names = (str(value) for option in options for value in option.values)
        return tuple(dict.fromkeys((*self.bodies, *names)))

    def has(self, media_type: str) -> bool:
        """Return whether callers can choose a type, or a type of a range."""
        example = media_type.replace("*", "x")
        return media_type in self.bodies or any(
            _allows(option, example) for option in self._options
        )

    @property
    def _options(self) -> Iterator[ir.Type]:
        return (option for chooser in self.choosers for option in _options(chooser))


def _options(kind: ir.Type) -> Iterator[ir.Type]:
    match kind:
        case ir.Refined(base=base) | ir.Nullable(base=base):
            yield from _options(base)
        case ir.Union(types=types):
            for option in types:
                yield from _options(option)
        case _:
            yield kind


def _allows(option: ir.Type, media_type: str) -> bool:
    """Return whether a restricted type has a value; a type of its own names none."""
    match option:
        case ir.OneOf(values=values):
            return media_type in values
        case ir.Matching(pattern=pattern):
            return any(ir.is_of_type(media_type, type_) for type_ in types_of(pattern))
        case _:
            return False


def offered_types(
    operation: ir.Operation, capability: ir.Capability
) -> OfferedTypes | None:
    """Return the media types among which callers choose, None without a choice."""
    headers = {name.lower(): value for name, value in operation.headers}
    match headers.get("content-type"):
        case ir.Argument(source=ir.Parameter() as parameter) if operation.body:
            templates = capability.arguments(parameter)
            sources = (
                source for value in templates for source in ir.placeholders(value)
            )
            choosers = (parameter.type, *(source.type for source in sources))
            bodies = (kind.media_type for kind in ir.kinds_of(operation.body))
            return OfferedTypes(tuple(bodies), choosers)
        case _:
            return None
