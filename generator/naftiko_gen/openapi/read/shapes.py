"""Read the parts of JSON Schemas that a capability can use."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.openapi.write.prose import brief, prose
from naftiko_gen.syntax.tree import Mapping, NodeMap, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.references import References
    from naftiko_gen.syntax.tree import Node

DEPTH = 4
_MEMBERS = 500
_CHOICES = 40
_VARIANTS = 20
_KINDS: dict[str, Kind] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
    "file": "string",
}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
# These formats add nothing to the type.
_PLAIN_FORMATS = frozenset({"int32", "int64", "float", "double", "string", "binary"})


@dataclass(frozen=True)
class Member:
    """A property of an object."""

    name: str
    shape: Shape
    required: bool


@dataclass(frozen=True)
class Shape:
    """The type of a value, and facts about it.

    Attributes:
        kind: The type; None if the value can have several types.
        facts: Parts of a sentence: choices, default, bounds.
        members: The known properties of an object.
        items: The shape of an array's items.
        is_binary: Whether the value is bytes.
    """

    kind: Kind | None = None
    description: str = ""
    facts: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    items: Shape | None = None
    is_nullable: bool = False
    is_binary: bool = False
    is_read_only: bool = False
    is_write_only: bool = False


@dataclass
class Shapes:
    """Reads schemas; below `DEPTH` levels, only their types."""

    references: References
    _known: NodeMap[dict[int, Shape]] = field(default_factory=NodeMap)
    """The shapes of each schema, by depth."""

    def shape(self, node: Node | None, depth: int = DEPTH) -> Shape:
        """Return the shape of a schema; without a schema, any value."""
        schema = self.references.mapping(node)
        if schema is None:
            return Shape()
        known = self._known.get(schema)
        if known is None:
            known = self._known.put(schema, {})
        if depth not in known:
            known[depth] = self._shape(schema, depth)
        return self._with_description(known[depth], node)

    def _with_description(self, shape: Shape, node: Node | None) -> Shape:
        """Override the target's description by the one beside the `$ref`."""
        beside = node.text("description") if isinstance(node, Mapping) else None
        return replace(shape, description=prose(beside)) if beside else shape

    def _shape(self, schema: Mapping, depth: int) -> Shape:
        own = self._own(schema, depth)
        if depth <= 0:
            return own
        for part in self.references.items(schema.get("allOf"))[:_VARIANTS]:
            own = _merge(own, self.shape(part, depth - 1))
        for key in ("oneOf", "anyOf"):
            variants = self.references.items(schema.get(key))[:_VARIANTS]
            shapes = [self.shape(variant, depth - 1) for variant in variants]
            if shapes:
                own = _merge(own, _unite(shapes))
        return own

    def _own(self, schema: Mapping, depth: int) -> Shape:
        members = tuple(self._members(schema, depth)) if depth > 0 else ()
        kinds = [*_kinds(schema)]
        items = schema.get("items")
        kind = next((_KINDS[k] for k in kinds if k in _KINDS), None)
        several = len([k for k in kinds if k in _KINDS]) > 1
        guessed = "array" if items else _kind_of_choices(schema)
        guessed = "object" if members or "additionalProperties" in schema else guessed
        return Shape(
            kind=None if several else kind or guessed,
            description=prose(schema.text("description")),
            facts=tuple(_facts(schema)),
            members=members,
            items=self.shape(items, depth - 1) if items and depth > 0 else None,
            is_nullable="null" in kinds or _is_true(schema, "nullable"),
            is_binary=_is_binary(schema),
            is_read_only=_is_true(schema, "readOnly"),
            is_write_only=_is_true(schema, "writeOnly"),
        )

    def _members(self, schema: Mapping, depth: int) -> Iterator[Member]:
        properties = self.references.mapping(schema.get("properties"))
        needed = {
            item.value
            for item in self.references.items(schema.get("required"))
            if isinstance(item, Scalar)
        }
        for entry in properties.entries[:_MEMBERS] if properties else ():
            shape = self.shape(entry.value, depth - 1)
            yield Member(entry.key, shape, entry.key in needed)


def _kinds(schema: Mapping) -> Iterator[str]:
    kinds = schema.get("type")
    for node in kinds.items if isinstance(kinds, Sequence) else (kinds,):
        if isinstance(node, Scalar):
            yield "null" if node.value is None else str(node.value)


def _kind_of_choices(schema: Mapping) -> Kind | None:
    """Return the type of the choices if the schema lists only texts."""
    choices = schema.get("enum")
    listed = choices.items if isinstance(choices, Sequence) else ()
    nodes = (*listed, *filter(None, [schema.get("const")]))
    texts = [isinstance(n, Scalar) and isinstance(n.value, str) for n in nodes]
    return "string" if texts and all(texts) else None


def _is_true(schema: Mapping, key: str) -> bool:
    node = schema.get(key)
    return isinstance(node, Scalar) and node.value is True


def _is_binary(schema: Mapping) -> bool:
    is_file = schema.text("type") == "file" or schema.text("format") == "binary"
    is_content = "contentMediaType" in schema and "contentEncoding" not in schema
    return is_file or is_content


def _facts(schema: Mapping) -> Iterator[str]:
    choices = schema.get("enum")
    if isinstance(choices, Sequence) and choices.items:
        listed = [_literal(item) for item in choices.items[:_CHOICES]]
        more = ", …" if len(choices.items) > _CHOICES else ""
        yield f"one of {', '.join(listed)}{more}"
    if "const" in schema:
        yield f"always {_literal(schema.get('const'))}"
    if "default" in schema:
        yield f"default {_literal(schema.get('default'))}"
    form = schema.text("format")
    if form and form not in _PLAIN_FORMATS:
        yield f"format {brief(form, 30)}"
    for key, words in _BOUNDS.items():
        bound = schema.get(key)
        if isinstance(bound, Scalar) and type(bound.value) in (int, float):
            yield f"{words} {shown(bound.value)}"


def _literal(node: Node | None) -> str:
    match node:
        case Scalar(value=str() as text):
            return brief(text, 60) if text else '""'
        case Scalar(value=value):
            return shown(value)
        case None:
            return "null"
        case _:
            return brief(json.dumps(node.plain()), 60)


def _merge(first: Shape, second: Shape) -> Shape:
    """Return the shape of a value with both shapes; the first one takes precedence."""
    names = {member.name for member in first.members}
    more = (member for member in second.members if member.name not in names)
    return replace(
        first,
        kind=first.kind or second.kind,
        description=first.description or second.description,
        facts=tuple(dict.fromkeys((*first.facts, *second.facts))),
        members=(*first.members, *more)[:_MEMBERS],
        items=first.items or second.items,
        is_nullable=first.is_nullable or second.is_nullable,
        is_binary=first.is_binary or second.is_binary,
        is_read_only=first.is_read_only or second.is_read_only,
        is_write_only=first.is_write_only or second.is_write_only,
    )


def _unite(shapes: list[Shape]) -> Shape:
    """Return the shape of a value with any of the shapes.

    A member is required only if all shapes require it.
    """
    real = [shape for shape in shapes if not _is_null(shape)]
    if not real:
        return Shape(is_nullable=True)
    nullable = len(real) < len(shapes) or any(shape.is_nullable for shape in real)
    if len(real) == 1:
        return replace(real[0], is_nullable=nullable)
    kinds = {shape.kind for shape in real}
    return Shape(
        kind=real[0].kind if len(kinds) == 1 else None,
        members=tuple(_unite_members(real)),
        items=next((shape.items for shape in real if shape.items), None),
        is_nullable=nullable,
        is_binary=all(shape.is_binary for shape in real),
    )


def _is_null(shape: Shape) -> bool:
    return shape == Shape(is_nullable=True)


def _unite_members(shapes: list[Shape]) -> Iterator[Member]:
    known: dict[str, Member] = {}
    for shape in shapes:
        for member in shape.members:
            known.setdefault(member.name, member)
    for name, member in list(known.items())[:_MEMBERS]:
        is_required = all(
            any(member.name == name and member.required for member in shape.members)
            for shape in shapes
        )
        yield replace(member, required=is_required)
