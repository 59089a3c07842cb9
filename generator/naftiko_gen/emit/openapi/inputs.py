"""Inputs in OpenAPI documents: parameters, bodies and their patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import spelling
from naftiko_gen.emit.requests.bodies import callers_media_type, raw_input
from naftiko_gen.emit.requests.parts import Role, input_roles
from naftiko_gen.emit.types.schemas import (
    Schema,
    describe,
    member,
    nullable,
    type_schema,
    with_default,
)

_CONTROL = r"\x00\n\r"
_DOT = r"(?:\.|%2[Ee])"
_SEPARATOR = r"(?:[/\\]|%2[Ff]|%5[Cc])"
_SEMICOLON = r"(?:;|%3[Bb])"
_PUNCTUATION = r"(?:\.|;|%2[Ee]|%3[Bb])"
# A percent sign, and maybe the first digit of an escape with a meaning. The next
# character doesn't complete such an escape.
_PERCENT = "%[0235]?"


def _other_than(characters: str = "") -> str:
    """Return the class of all characters without a meaning, except the given ones."""
    return rf"[^{_CONTROL}./\\;%{characters}]"


_ESCAPED = "|".join(
    (
        f"%{_other_than('0235')}",
        f"%0{_other_than('0AaDd')}",
        f"%2{_other_than('EFef')}",
        f"%3{_other_than('Bb')}",
        f"%5{_other_than('Cc')}",
    )
)
_CHARACTER = f"(?:{_other_than()}|(?:{_PERCENT})*(?:{_ESCAPED}))"
_PERCENTS = f"(?:{_PERCENT})+"
# A piece isn't empty, and isn't one or two dots.
_BEGINNING = (
    f"(?:{_DOT}{{0,2}}(?:{_CHARACTER}|{_PERCENTS}{_PUNCTUATION})"
    f"|{_DOT}{{3}}|{_SEMICOLON})"
)
_REST = f"(?:{_CHARACTER}|(?:{_PERCENTS})?{_PUNCTUATION})*(?:{_PERCENTS})?"
_PIECE = f"(?:{_BEGINNING}{_REST}|{_DOT}{{0,2}}{_PERCENTS})"

SEGMENT = f"^(?:{_PIECE}(?:{_SEPARATOR}|$)|{_SEPARATOR})+$"
HEADER = r"^[\t\x20-\x7e]*$"
"""The values that `header_value` of `values.py` accepts."""
COOKIE = r"^[!#-+\--:<-\[\]-~]*$"
"""The values that `cookie_header` of `upstream/requests.py` accepts."""


PATH_SEGMENT: Schema = {
    "type": "string",
    "description": (
        "A segment of a path: up to 8192 characters, none of them CR, LF or NUL, and no"
        " `.` or `..` between slashes, not even percent-encoded."
    ),
    # With a `maxLength`, tools that make up requests would try texts of that length.
    "pattern": SEGMENT,
}
ONE_OR_MORE: Schema = {"minLength": 1}
JSON = "application/json"


_PLACES = {
    ir.InPath: "path",
    ir.InQuery: "query",
    ir.InHeader: "header",
    ir.InCookie: "cookie",
    **dict.fromkeys((ir.InBody, ir.InText, ir.InContent, ir.InField, ir.InArguments)),
}
"""The places of parameters, None for inputs in the body and of tools."""


def parameters(route: ir.Route, adapter: ir.RestAdapter) -> Iterator[Schema]:
    """Yield the parameters of a route; variables have the names of the shared path."""
    for name in route.implementation.trusted:
        schema: Schema = {"type": "string", "pattern": HEADER}
        yield {"name": name, "in": "header", "required": False, "schema": schema}
    names = _path_names(route, adapter)
    for source in route.inputs:
        place = _PLACES[type(source.location)]
        if place is not None:
            name = names[source.name] if place == "path" else source.name
            yield _parameter(route, source, place, name)


def request_body(route: ir.Route) -> Schema | None:
    """Return the body of a route, None if it has none."""
    match route.implementation:
        case ir.Forward() if route.method in ("POST", "PUT", "PATCH"):
            return {"required": False, "content": {"*/*": {}}}
        case ir.Forward():
            return None
        case ir.ProjectedCall() | ir.Flow():
            return _body_of_inputs(route)
        case _:
            assert_never(route.implementation)


def _body_of_inputs(route: ir.Route) -> Schema | None:
    raw = raw_input(route.inputs)
    if raw is not None:
        is_text = isinstance(raw.location, ir.InText)
        schema: Schema = {"type": "string"} if is_text else {}
        content: Schema = {callers_media_type(route): {"schema": schema}}
        return describe({"required": raw.required, "content": content}, raw.description)
    bodies = [body for body in route.inputs if isinstance(body.location, ir.InBody)]
    fields = [field for field in route.inputs if isinstance(field.location, ir.InField)]
    if not bodies and not fields:
        return None
    required = any(source.is_demanded for source in (*bodies, *fields))
    # Fields are listed in the schema, even if an input is the whole body too.
    others: Schema = {} if bodies else {"additionalProperties": False}
    schema = _fields_schema(fields, others) if fields else type_schema(bodies[0].type)
    body: Schema = {"required": required, "content": {JSON: {"schema": schema}}}
    return describe(body, bodies[0].description) if bodies else body


def _path_names(route: ir.Route, adapter: ir.RestAdapter) -> dict[str, str]:
    """Return the shared path's name for each variable of a route."""
    pairs = zip(route.route, spelling(route, adapter).route, strict=True)
    return {
        own.name: common.name
        for own, common in pairs
        if not isinstance(own, str) and not isinstance(common, str)
    }


def _parameter(route: ir.Route, source: ir.Input, place: str, name: str) -> Schema:
    required = source.is_demanded or place == "path"
    parameter: Schema = {"name": name, "in": place, "required": required}
    schema = with_default(_text_schema(route, source), source.default)
    if _is_json_text(source):
        parameter["content"] = {JSON: {"schema": schema}}
    else:
        parameter["schema"] = schema
    return describe(parameter, source.description)


def _text_schema(route: ir.Route, source: ir.Input) -> Schema:
    """Return the schema of an input that is text, or several texts in the query."""
    match source.location, ir.base_type(source.type):
        case _, ir.Primitive.STRING if not isinstance(source.type, ir.OneOf):
            return _restricted_string(_string_schema(route, source), source.type)
        case _, ir.Anything() if source.type == ir.Anything():
            return {"type": "string"}
        case ir.InQuery(), ir.Array(items=items):
            return {**type_schema(source.type), "items": _item_schema(items)}
        case _:
            return type_schema(source.type)


def _restricted_string(possible: Schema, kind: ir.Type) -> Schema:
    """Return the schema of a string that a request may contain, and that is declared.

    Generators of clients know no `allOf` of strings, so of two patterns the declared
    one stands alone.
    """
    own = type_schema(kind)
    if "$ref" not in possible:
        return {**possible, **own}
    restrictions = {key: value for key, value in own.items() if key != "type"}
    if "pattern" in restrictions:
        return {"type": "string", **restrictions}
    return {**possible, **restrictions}


def _item_schema(items: ir.Type) -> Schema:
    match ir.base_type(items):
        case ir.Anything() if items == ir.Anything():
            return {"type": "string"}
        case ir.Array() | ir.Object():
            return {"type": "string", "contentMediaType": JSON}
        case _:
            return type_schema(items)


def _is_json_text(source: ir.Input) -> bool:
    """Return whether an input is the text of a JSON document."""
    kind = ir.base_type(source.type)
    is_list = isinstance(kind, ir.Array) and isinstance(source.location, ir.InQuery)
    return isinstance(kind, ir.Array | ir.Object) and not is_list


def _string_schema(route: ir.Route, source: ir.Input) -> Schema:
    """Return the schema of a string, which the upstream's path and headers limit."""
    if is_segment(route, source):
        return {"$ref": "#/components/schemas/PathSegment"}
    roles = input_roles(route).get(source, ())
    if Role.COOKIE in roles:
        return {"type": "string", "pattern": COOKIE}
    if Role.HEADER in roles:
        return {"type": "string", "pattern": HEADER}
    is_variable = isinstance(source.location, ir.InPath)
    return {"type": "string", **(ONE_OR_MORE if is_variable else {})}


def is_segment(route: ir.Route, source: ir.Input) -> bool:
    """Return whether an input is text that becomes a segment of the upstream's path."""
    if ir.base_type(source.type) is not ir.Primitive.STRING:
        return False
    return any(
        parameter.place is ir.Place.PATH and template == ir.Argument(source)
        for parameter, template in ir.arguments(route.implementation)
    )


def _fields_schema(fields: list[ir.Input], others: Schema) -> Schema:
    """Return the schema of objects with these members; `others` closes each of them."""
    schema: Schema = {"type": "object"}
    for source in fields:
        if isinstance(source.location, ir.InField):
            _add_field(schema, source.location.path, source, others)
    return {**schema, **others}


def _add_field(
    schema: Schema, path: tuple[str, ...], source: ir.Input, others: Schema
) -> None:
    key, *inner = path
    properties = member(schema, "properties")
    if source.is_demanded:
        _require(schema, key)
    if inner:
        properties.setdefault(key, {"type": ["object", "null"], **others})
        _add_field(member(properties, key), tuple(inner), source, others)
    else:
        own = type_schema(source.type)
        field = describe(
            own if source.is_demanded else nullable(own), source.description
        )
        properties[key] = with_default(field, source.default)


def _require(schema: Schema, key: str) -> None:
    """Make a member required, and with it the object that contains it."""
    if schema["type"] == ["object", "null"]:
        schema["type"] = "object"
    required = schema.setdefault("required", [])
    if isinstance(required, list) and key not in required:
        required.append(key)
