"""Types, inputs and responses as JSON Schema (2020-12), for tools and for OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.plain_text import illustrate, plain

Schema = dict[str, "Plain"]
_NO_NAMES: Mapping[ir.Type, str] = {}

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


def type_schema(kind: ir.Type, names: Mapping[ir.Type, str] = _NO_NAMES) -> Schema:
    """Return the schema of a type, which refers to the types that have names."""
    match kind:
        case ir.Primitive():
            return {"type": kind.value}
        case ir.Anything():
            return {}
        case ir.Bytes():
            return {"type": "string", "contentEncoding": "base64", **BASE64}
        case ir.Array():
            return {"type": "array", "items": type_schema(kind.items, names)}
        case ir.Object(fields=(), others=None):
            return {"type": "object"}
        case ir.Object():
            return _object_schema(kind, names)
        case ir.Refined(base=base):
            return {**type_schema(base, names), **_refinements(kind)}
        case ir.Nullable(base=base):
            return nullable(type_schema(base, names))
        case ir.Union(types=types, is_exclusive=is_exclusive):
            key = "oneOf" if is_exclusive else "anyOf"
            return {key: [type_schema(option, names) for option in types]}
        case ir.OneOf(base=base, values=values):
            return {"type": base.value, "enum": list(values)}
        case ir.Matching(pattern=pattern):
            return {"type": "string", "pattern": pattern}
        case _:
            assert_never(kind)


def with_default(schema: Schema, default: ir.Default | None) -> Schema:
    """Return a schema with a default value, if there is one."""
    return schema if default is None else {**schema, "default": default.value}


def with_example(schema: Schema, example: str | None) -> Schema:
    """Return a schema with an example, which is JSON, if there is one."""
    return schema if example is None else {**schema, "examples": [json.loads(example)]}


def describe(schema: Schema, description: str | None) -> Schema:
    """Return a schema with a description, if there is one."""
    if not description:
        return schema
    existing = schema.get("description")
    text = f"{description}\n\n{existing}" if isinstance(existing, str) else description
    return {**schema, "description": text}


def _refinements(kind: ir.Refined) -> Schema:
    keys: Schema = {str(limit): bound for limit, bound in kind.limits}
    if kind.format is not None:
        keys["format"] = kind.format
    return with_default(keys, kind.default)


def _object_schema(kind: ir.Object, names: Mapping[ir.Type, str]) -> Schema:
    if names and kind in names:
        return {"$ref": names[kind]}
    properties: Schema = {}
    for field in kind.fields:
        schema = describe(type_schema(field.type, names), field.description)
        properties[field.name] = with_example(schema, field.example)
    required: list[Plain] = [field.name for field in kind.fields if field.required]
    others = None if kind.others is None else type_schema(kind.others, names)
    return object_schema(properties, required, others)


def object_schema(
    properties: Schema, required: list[Plain], others: Schema | None
) -> Schema:
    """Return the schema of objects; `others` is the one of further members."""
    has_members = properties or others is None
    members: Schema = {"properties": properties} if has_members else {}
    schema: Schema = {"type": "object", **members}
    if required:
        schema["required"] = required
    if others != {}:
        schema["additionalProperties"] = False if others is None else others
    return schema


def member_schema(projection: ir.Projection) -> Schema:
    """Return the schema of a part of a shaped output."""
    match projection:
        case ir.Identity() | ir.Literal() | ir.Filled():
            return {}
        case ir.Pick(type=kind):
            return nullable(type_schema(kind))
        case ir.Shape(members=members):
            properties: Schema = {k: member_schema(v) for k, v in members}
            return {"type": ["object", "null"], "properties": properties}
        case ir.Items(item=item) | ir.Find(item=item):
            return {"type": ["array", "null"], "items": member_schema(item)}
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


def response_schema(kind: ir.Type) -> Schema:
    """Return the schema of a response, which accepts any value of the declared types.

    Nothing is required, listed values stand beside their type, and limits are left out:
    an upstream may leave out any member, or have values that its description doesn't
    list.
    """
    match kind:
        case ir.Primitive():
            return {"type": [kind.value, "null"]}
        case ir.Bytes() | ir.Matching():
            return {"type": ["string", "null"]}
        case ir.Anything():
            return {}
        case ir.Array(items=items):
            return {"type": ["array", "null"], "items": response_schema(items)}
        case ir.Object():
            return _response_object_schema(kind)
        case ir.Nullable(base=base):
            return response_schema(base)
        case ir.Refined(base=base, format=form):
            schema = response_schema(base)
            return {**schema, "format": form} if form else schema
        case ir.OneOf(base=base, values=values):
            return {"anyOf": [{"enum": [*values]}, response_schema(base)]}
        case ir.Union(types=types):
            return {"anyOf": [*map(response_schema, types)]}
        case _:
            assert_never(kind)


def _response_object_schema(kind: ir.Object) -> Schema:
    schema: Schema = {"type": ["object", "null"]}
    properties: Schema = {
        f.name: describe(response_schema(f.type), f.description) for f in kind.fields
    }
    if properties:
        schema["properties"] = properties
    others = kind.others
    if others is not None and others != ir.Anything():
        schema["additionalProperties"] = response_schema(others)
    return schema


def plain_schema(schema: Schema) -> Schema:
    """Return a schema whose descriptions are as models read them, with examples."""
    parts = {key: _plain_value(key, value) for key, value in schema.items()}
    match parts.pop("examples", None), parts.get("description", ""):
        case [example], str() as text:
            example_text = json.dumps(example, ensure_ascii=False)
            return {**parts, "description": illustrate(text, example_text)}
        case _:
            return parts


def _plain_value(key: str, value: Plain) -> Plain:
    match key, value:
        case "description", str() as text:
            return plain(text)
        case "properties" | "$defs", dict() as members:
            return {name: _plain_member(inner) for name, inner in members.items()}
        case "items" | "additionalProperties", schema:
            return _plain_member(schema)
        case "anyOf" | "oneOf", list() as options:
            return [*map(_plain_member, options)]
        case _:
            return value


def _plain_member(schema: Plain) -> Plain:
    return plain_schema(schema) if isinstance(schema, dict) else schema


LEVELS = 5
"""Clients refuse schemas with more levels; an array and its items are two."""

PlainType = ir.Primitive | ir.Array | ir.Object


def plain_type(kind: ir.Type) -> PlainType | None:
    """Return a type without the restrictions of its values, None if it is several."""
    match kind:
        case ir.Primitive() | ir.Array() | ir.Object():
            return kind
        case ir.Bytes() | ir.Matching():
            return ir.Primitive.STRING
        case ir.OneOf(base=base):
            return base
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return plain_type(base)
        case ir.Union(types=types):
            return _common_type([plain_type(option) for option in types])
        case ir.Anything():
            return None
        case _:
            assert_never(kind)


def _common_type(options: Sequence[PlainType | None]) -> PlainType | None:
    """Return the one type of which the values of all options are."""
    objects = [option for option in options if isinstance(option, ir.Object)]
    if len(objects) == len(options):
        return ir.Object(tuple(_merged_fields(objects)))
    arrays = [option for option in options if isinstance(option, ir.Array)]
    if len(arrays) == len(options):
        return ir.Array(_either([array.items for array in arrays]))
    distinct = set(options)
    if distinct == {ir.Primitive.INTEGER, ir.Primitive.NUMBER}:
        return ir.Primitive.NUMBER
    return distinct.pop() if len(distinct) == 1 else None


def _merged_fields(objects: Sequence[ir.Object]) -> Iterator[ir.Field]:
    """Yield the members of all objects; one is required if each object requires it."""
    fields: dict[str, list[ir.Field]] = {}
    for option in objects:
        for member in option.fields:
            fields.setdefault(member.name, []).append(member)
    for name, same in fields.items():
        kind = _either([member.type for member in same])
        required = len(same) == len(objects) and all(field.required for field in same)
        yield ir.Field(name, kind, required, description=same[0].description)


def _either(types: Sequence[ir.Type]) -> ir.Type:
    distinct = tuple(dict.fromkeys(types))
    return distinct[0] if len(distinct) == 1 else ir.Union(distinct)
