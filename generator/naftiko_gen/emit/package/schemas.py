"""Types and inputs as JSON Schema (2020-12), for tools and for OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Filled,
    Find,
    Identity,
    Items,
    Literal,
    Matching,
    Nullable,
    Object,
    OneOf,
    Pick,
    Primitive,
    Refined,
    Shape,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Default, Input, Projection, Type

Schema = dict[str, "Plain"]
_NO_NAMES: Mapping[Type, str] = {}

# Texts that parsers of base64 accept (RFC 4648): groups of four, the last one padded.
BASE64: Schema = {
    "pattern": ("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"),
    "description": "Bytes in base64.",
}


def member(document: Schema, key: str) -> Schema:
    """Return an object in a document; add it if it is missing."""
    value = document.setdefault(key, {})
    if not isinstance(value, dict):
        raise TypeError(f"{key!r} is no object")
    return value


def type_schema(kind: Type, names: Mapping[Type, str] = _NO_NAMES) -> Schema:
    """Return the schema of a type, which refers to the types that have names."""
    match kind:
        case Primitive():
            return {"type": kind.value}
        case Anything():
            return {}
        case Bytes():
            return {"type": "string", "contentEncoding": "base64", **BASE64}
        case Array():
            return {"type": "array", "items": type_schema(kind.items, names)}
        case Object(fields=(), others=None):
            return {"type": "object"}
        case Object():
            return _object_schema(kind, names)
        case Refined(base=base):
            return {**type_schema(base, names), **_refinements(kind)}
        case Nullable(base=base):
            return nullable(type_schema(base, names))
        case Union(types=types, is_exclusive=is_exclusive):
            key = "oneOf" if is_exclusive else "anyOf"
            return {key: [type_schema(option, names) for option in types]}
        case OneOf(base=base, values=values):
            return {"type": base.value, "enum": list(values)}
        case Matching(pattern=pattern):
            return {"type": "string", "pattern": pattern}
        case _:
            assert_never(kind)


def with_default(schema: Schema, default: Default | None) -> Schema:
    """Return a schema with a default value, if there is one."""
    return schema if default is None else {**schema, "default": default.value}


def describe(schema: Schema, description: str | None) -> Schema:
    """Return a schema with a description, if there is one."""
    if not description:
        return schema
    existing = schema.get("description")
    text = f"{description}\n\n{existing}" if isinstance(existing, str) else description
    return {**schema, "description": text}


def _refinements(kind: Refined) -> Schema:
    keys: Schema = {str(limit): bound for limit, bound in kind.limits}
    if kind.format is not None:
        keys["format"] = kind.format
    return with_default(keys, kind.default)


def _object_schema(kind: Object, names: Mapping[Type, str]) -> Schema:
    if names and kind in names:
        return {"$ref": names[kind]}
    properties: Schema = {
        f.name: describe(type_schema(f.type, names), f.description) for f in kind.fields
    }
    required: list[Plain] = [f.name for f in kind.fields if f.required]
    others = None if kind.others is None else type_schema(kind.others, names)
    return _object(properties, required, others)


def arguments_schema(inputs: tuple[Input, ...]) -> Schema:
    """Return the schema of a tool's arguments, which allows no others."""
    properties: Schema = {
        source.name: with_default(
            describe(type_schema(source.type), source.description), source.default
        )
        for source in inputs
    }
    required: list[Plain] = [source.name for source in inputs if source.is_demanded]
    return _object(properties, required, None)


def _object(properties: Schema, required: list[Plain], others: Schema | None) -> Schema:
    has_members = properties or others is None
    members: Schema = {"properties": properties} if has_members else {}
    schema: Schema = {"type": "object", **members}
    if required:
        schema["required"] = required
    if others != {}:
        schema["additionalProperties"] = False if others is None else others
    return schema


_WHOLE = "result"
"""The member for outputs that are no objects or could not be shaped."""


def output_schema(projection: Projection) -> Schema | None:
    """Return the schema of a shaped output, None where no shape is declared.

    Nothing is required and everything may be null: a client refuses a result that
    breaks its schema, and an upstream may leave out any member. An output that is no
    object, or could not be shaped, is the member `result`: its schema describes the
    declared shape, but accepts anything.
    """
    match projection:
        case Shape():
            members: Schema = {k: _member_schema(v) for k, v in projection.members}
        case Items() | Find() | Pick():
            members = {_WHOLE: _member_schema(projection)}
        case Identity() | Literal() | Filled():
            return None
        case _:
            assert_never(projection)
    if members.get(_WHOLE):
        members[_WHOLE] = {"anyOf": [members[_WHOLE], {}]}
    return {"type": "object", "properties": members}


def answer_schema(projection: Projection) -> Schema | None:
    """Return the schema of a shaped response, None where no shape is declared."""
    match projection:
        case Identity():
            return None
        case _:
            return _member_schema(projection)


def _member_schema(projection: Projection) -> Schema:
    match projection:
        case Identity() | Literal() | Filled():
            return {}
        case Pick(type=kind):
            return nullable(type_schema(kind))
        case Shape(members=members):
            properties: Schema = {k: _member_schema(v) for k, v in members}
            return {"type": ["object", "null"], "properties": properties}
        case Items(item=item) | Find(item=item):
            return {"type": ["array", "null"], "items": _member_schema(item)}
        case _:
            assert_never(projection)


def nullable(schema: Schema) -> Schema:
    """Return a schema that also accepts null."""
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if isinstance(options, list):
            return {**schema, key: [*options, {"type": "null"}]}
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "type" not in schema:
        return schema
    values = schema.get("enum")
    choices: Schema = {"enum": [*values, None]} if isinstance(values, list) else {}
    return {**schema, "type": [schema["type"], "null"], **choices}
