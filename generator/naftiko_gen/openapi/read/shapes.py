"""Read the parts of JSON Schemas that a capability can use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import get_args

from naftiko_gen.language.models import Kind
from naftiko_gen.openapi.prose import prose
from naftiko_gen.openapi.read.facts import (
    NO_FACTS,
    PLAIN_XML,
    Facts,
    Xml,
    has_null_choice,
    kind_of_choices,
    read_facts,
    read_xml,
)
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax.tree import Entry, IdentityMap, Mapping, Node, Scalar, Sequence

DEPTH = 8
"""The levels of members and items that are read."""
_MEMBERS = 500
_Reading = tuple[int, bool]
"""The depth to which a schema is read, and whether another one extends it."""
_VARIANTS = 20
_PARTS = ("members", "variants", "others", "items")
_COMPARED = 50
"""Alternatives with more members than these aren't compared by their members."""
_KINDS: dict[str, Kind] = {**{kind: kind for kind in get_args(Kind)}, "file": "string"}


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
        members: The known properties of an object.
        required: The names of required properties, also of unknown ones.
        others: The shape of properties that aren't known.
        is_closed: Whether there are no others.
        invites_others: Whether the schema permits others of any type by a key.
        items: The shape of an array's items.
        variants: The shapes of which the value has one; their common members are
            members as well.
        is_exclusive: Whether the value has just one of the variants.
        is_binary: Whether the value is bytes.
        xml: How examples of it are written in XML.
    """

    kind: Kind | None = None
    description: str = ""
    facts: Facts = NO_FACTS
    members: tuple[Member, ...] = ()
    required: frozenset[str] = frozenset()
    others: Shape | None = None
    is_closed: bool = False
    invites_others: bool = field(default=False, compare=False)
    items: Shape | None = None
    variants: tuple[Shape, ...] = ()
    is_exclusive: bool = False
    is_nullable: bool = False
    is_binary: bool = False
    is_read_only: bool = False
    is_write_only: bool = False
    xml: Xml = field(default=PLAIN_XML, compare=False)

    @property
    def is_open(self) -> bool:
        """Return whether nothing is known about the value."""
        return (
            not (self.kind or self.facts.choices or self.members or self.variants)
            and self.others is None
        )


@dataclass
class Shapes:
    """Reads schemas; below `DEPTH` levels, only their types."""

    references: References
    _known: IdentityMap[Mapping, dict[_Reading, Shape]] = field(
        default_factory=IdentityMap
    )

    def shape(
        self, node: Node | None, depth: int = DEPTH, *, is_base: bool = False
    ) -> Shape:
        """Return the shape of a schema; without a schema, any value.

        A schema that another one extends has only its own members there (`is_base`),
        elsewhere also those of the schemas that its discriminator lists.
        """
        schema = self.references.mapping(node)
        if schema is None:
            return Shape()
        readings = self._known.get(schema)
        if readings is None:
            readings = self._known.put(schema, {})
        reading = (depth, is_base)
        if reading not in readings:
            # A schema that is a part of itself is any value there.
            readings[reading] = Shape()
            readings[reading] = self._shape(schema, depth, is_base)
        return self._with_description(readings[reading], node)

    def _with_description(self, shape: Shape, node: Node | None) -> Shape:
        """Override the target's description by the one beside the `$ref`."""
        beside = node.text("description") if isinstance(node, Mapping) else None
        return replace(shape, description=prose(beside)) if beside else shape

    def _shape(self, schema: Mapping, depth: int, is_base: bool) -> Shape:
        own = self._own(schema, depth)
        parts = self.references.items(schema.get("allOf"))[:_VARIANTS]
        # A single part is often a reference to which a description is added.
        extends = len(parts) > 1 or "properties" in schema
        for part in parts:
            own = _merge(own, self.shape(part, depth, is_base=is_base or extends))
        for key in ("oneOf", "anyOf"):
            variants = self.references.items(schema.get(key))[:_VARIANTS]
            shapes = [self.shape(variant, depth) for variant in variants]
            if shapes:
                own = _merge(own, _unite(shapes, is_exclusive=key == "oneOf"))
        is_listing = not is_base and "oneOf" not in schema and "anyOf" not in schema
        extensions = list(self._extensions(schema)) if is_listing else []
        shapes = [own, *(self.shape(extension, depth) for extension in extensions)]
        return _merge(own, _unite(shapes, is_exclusive=False)) if extensions else own

    def _extensions(self, schema: Mapping) -> Iterator[Mapping]:
        """Yield the other schemas in the mapping of a schema's discriminator."""
        discriminator = self.references.mapping(schema.get("discriminator"))
        mapping = discriminator.get("mapping") if discriminator else None
        entries = mapping.entries if isinstance(mapping, Mapping) else ()
        for entry in entries[:_MEMBERS]:
            target = self.references.named_schema(entry.value)
            if target is not None and target is not schema:
                yield target

    def _own(self, schema: Mapping, depth: int) -> Shape:
        members = tuple(self._members(schema, depth)) if depth > 0 else ()
        kinds = [k for k in _kinds(schema) if k in _KINDS]
        items = schema.get("items")
        others = schema.get("additionalProperties")
        guess = "array" if items else kind_of_choices(schema)
        guess = "object" if members or others is not None else guess
        kind = None if len(kinds) > 1 else next(map(_KINDS.get, kinds), guess)
        return Shape(
            kind=kind,
            description=prose(schema.text("description")),
            facts=read_facts(schema, kind),
            members=members,
            required=self._required_names(schema),
            others=self._inner(others, depth),
            is_closed=self._is_closed(schema),
            invites_others=_invites_others(schema),
            items=self._inner(items, depth),
            variants=tuple(Shape(_KINDS[k]) for k in kinds) if len(kinds) > 1 else (),
            is_nullable=_is_nullable(schema),
            is_binary=is_binary(schema),
            is_read_only=schema.is_true("readOnly"),
            is_write_only=schema.is_true("writeOnly"),
            xml=read_xml(schema, self.references),
        )

    def _inner(self, node: Node | None, depth: int) -> Shape | None:
        """Return the shape of items, or of properties, None if it is unknown."""
        is_schema = isinstance(node, Mapping) and bool(node.entries)
        return self.shape(node, depth - 1) if is_schema and depth > 0 else None

    def _required_names(self, schema: Mapping) -> frozenset[str]:
        return frozenset(
            item.value
            for item in self.references.items(schema.get("required"))
            if isinstance(item, Scalar) and isinstance(item.value, str)
        )

    def _members(self, schema: Mapping, depth: int) -> Iterator[Member]:
        properties = self.references.mapping(schema.get("properties"))
        required_names = self._required_names(schema)
        for entry in _declarable(properties):
            shape = self.shape(entry.value, depth - 1)
            yield Member(entry.key, shape, entry.key in required_names)

    def _is_closed(self, schema: Mapping) -> bool:
        """Return whether the members that are read are all that objects may have."""
        others = schema.get("additionalProperties")
        properties = self.references.mapping(schema.get("properties"))
        is_whole = not properties or _declarable(properties) == properties.entries
        return is_whole and isinstance(others, Scalar) and others.value is False


def _invites_others(schema: Mapping) -> bool:
    """Return whether a key permits further members of any type."""
    others = schema.get("additionalProperties")
    is_empty = isinstance(others, Mapping) and not others.entries
    return is_empty or schema.is_true("additionalProperties")


def _declarable(properties: Mapping | None) -> tuple[Entry, ...]:
    """Return the properties that a spec can declare: no key of a spec is empty."""
    entries = properties.entries if properties else ()
    return tuple(entry for entry in entries if entry.key)[:_MEMBERS]


def _kinds(schema: Mapping) -> Iterator[str]:
    kinds = schema.get("type")
    for node in kinds.items if isinstance(kinds, Sequence) else (kinds,):
        if isinstance(node, Scalar):
            yield "null" if node.value is None else str(node.value)


def _is_nullable(schema: Mapping) -> bool:
    is_listed = "null" in _kinds(schema) or has_null_choice(schema)
    return is_listed or schema.is_true("nullable")


def is_binary(schema: Mapping) -> bool:
    """Return whether the values of a schema are bytes."""
    is_file = schema.text("type") == "file" or schema.text("format") == "binary"
    is_content = "contentMediaType" in schema and "contentEncoding" not in schema
    return is_file or is_content


def _merge(first: Shape, second: Shape) -> Shape:
    """Return the shape of a value with both shapes; the first one takes precedence."""
    names = {member.name for member in first.members}
    more = (member for member in second.members if member.name not in names)
    members = (*first.members, *more)[:_MEMBERS]
    required_names = first.required | second.required
    kind = first.kind or second.kind
    return replace(
        first,
        kind=kind,
        description=first.description or second.description,
        facts=first.facts.merge(second.facts),
        members=tuple(
            replace(member, required=member.required or member.name in required_names)
            for member in members
        ),
        required=required_names,
        others=first.others or second.others,
        is_closed=first.is_closed or second.is_closed,
        invites_others=first.invites_others or second.invites_others,
        items=first.items or second.items,
        variants=_merged_variants(first, second),
        is_exclusive=first.is_exclusive or second.is_exclusive,
        is_nullable=first.is_nullable or second.is_nullable,
        is_binary=first.is_binary or second.is_binary,
        is_read_only=first.is_read_only or second.is_read_only,
        is_write_only=first.is_write_only or second.is_write_only,
        xml=second.xml if first.xml == PLAIN_XML else first.xml,
    )


def _merged_variants(first: Shape, second: Shape) -> tuple[Shape, ...]:
    """Return the variants of one shape, with the restrictions of the other one.

    There are none if the other one has parts or variants, too.
    """
    for shape, other in ((first, second), (second, first)):
        if shape.variants and not (other.members or other.variants or other.items):
            return tuple(_restrict(variant, other) for variant in shape.variants)
    return ()


def _restrict(variant: Shape, other: Shape) -> Shape:
    """Return a variant with the restrictions of a shape, if that is of its type."""
    if variant.kind != other.kind:
        return variant
    # The default and the words are those of all variants.
    facts = replace(other.facts, default="", words=())
    return replace(variant, facts=variant.facts.merge(facts))


def _unite(shapes: list[Shape], *, is_exclusive: bool) -> Shape:
    """Return the shape of a value with any of the shapes.

    A member is required only if all shapes require it.
    """
    real = [shape for shape in shapes if not _is_null(shape)]
    if not real:
        return Shape(is_nullable=True)
    nullable = len(real) < len(shapes) or any(shape.is_nullable for shape in real)
    if len(real) == 1:
        return replace(real[0], is_nullable=nullable)
    flat = [v for shape in real for v in shape.variants or (shape,)]
    # A schema that only requires members says nothing about types.
    is_known = not any(shape.is_open for shape in flat) and len(flat) <= _VARIANTS
    return Shape(
        kind=_common_kind(real),
        members=tuple(_unite_members(real)),
        items=next((shape.items for shape in real if shape.items), None),
        variants=tuple(flat) if is_known else (),
        is_exclusive=is_exclusive and len(flat) == len(real),
        is_nullable=nullable,
        is_binary=all(shape.is_binary for shape in real),
    )


def _is_null(shape: Shape) -> bool:
    return shape.is_nullable and replace(shape, description="") == Shape(
        is_nullable=True
    )


def _unite_members(shapes: list[Shape]) -> Iterator[Member]:
    members: dict[str, list[Member]] = {}
    for shape in shapes:
        for member in shape.members:
            members.setdefault(member.name, []).append(member)
    for name, alternatives in list(members.items())[:_MEMBERS]:
        is_required = all(member.required for member in alternatives)
        part = _unite_part([member.shape for member in alternatives])
        yield Member(name, part, is_required and len(alternatives) == len(shapes))


def _unite_part(shapes: list[Shape]) -> Shape:
    """Return the shape of a part that alternatives declare in different ways.

    It has any of them. Shapes of one scalar type become one shape.
    """
    if len(_distinct_parts(shapes)) == 1:
        return shapes[0]
    by_kind: dict[Kind | None, list[Shape]] = {}
    for shape in shapes:
        for variant in shape.variants or (shape,):
            by_kind.setdefault(variant.kind, []).append(variant)
    variants = [part for alike in by_kind.values() for part in _join_scalars(alike)]
    common = variants[0] if len(variants) == 1 else Shape(_common_kind(variants))
    is_known = len(variants) <= _VARIANTS and not any(part.is_open for part in variants)
    return replace(
        common,
        description=next(filter(None, (shape.description for shape in shapes)), ""),
        variants=tuple(variants) if is_known and len(variants) > 1 else (),
        is_nullable=any(shape.is_nullable for shape in shapes),
        is_binary=all(shape.is_binary for shape in shapes),
        is_read_only=all(shape.is_read_only for shape in shapes),
        is_write_only=all(shape.is_write_only for shape in shapes),
        xml=shapes[0].xml,
    )


def _join_scalars(shapes: list[Shape]) -> list[Shape]:
    """Join shapes of one scalar type: the values of all lists, and common limits."""
    if shapes[0].kind not in (None, "array", "object"):
        facts = reduce(Facts.unite, (shape.facts for shape in shapes))
        return [replace(shapes[0], facts=facts)]
    return _distinct_parts(shapes)


def _distinct_parts(shapes: list[Shape]) -> list[Shape]:
    is_large = any(len(shape.members) > _COMPARED for shape in shapes)
    return distinct_shapes(shapes, 0 if is_large else 1)


def _common_kind(shapes: list[Shape]) -> Kind | None:
    kinds = {shape.kind for shape in shapes}
    return kinds.pop() if len(kinds) == 1 else None


def distinct_shapes(shapes: Iterable[Shape], levels: int = 2) -> list[Shape]:
    """Return each shape once, as far as its first levels tell; texts don't count.

    Shapes share their parts. Written out, they can be much larger than the document, so
    whole shapes are neither compared nor hashed.
    """
    distinct: list[Shape] = []
    for shape in shapes:
        # More than so many are too many anyway.
        if not any(_is_like(shape, other, levels) for other in distinct[:_VARIANTS]):
            distinct.append(shape)
    return distinct


def _is_like(shape: Shape, other: Shape, levels: int) -> bool:
    if shape is other:
        return True
    if _alone(shape) != _alone(other):
        return False
    if all(getattr(shape, name) is getattr(other, name) for name in _PARTS):
        return True
    parts, others = (_parts(shape), _parts(other)) if levels else ({}, {})
    return parts.keys() == others.keys() != set() and all(
        _is_like(part, others[at], levels - 1) for at, part in parts.items()
    )


def _parts(shape: Shape) -> dict[tuple[str, str], Shape]:
    """Return the shapes in a shape by their places."""
    variants = {
        ("variant", str(n)): variant for n, variant in enumerate(shape.variants)
    }
    members = {("member", member.name): member.shape for member in shape.members}
    others = {("others", ""): shape.others} if shape.others else {}
    items = {("items", ""): shape.items} if shape.items else {}
    return {**variants, **members, **others, **items}


def _alone(shape: Shape) -> Shape:
    """Return a shape without its parts and its description."""
    return replace(
        shape, description="", members=(), variants=(), others=None, items=None
    )
