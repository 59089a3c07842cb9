"""`openapi.json`: OpenAPI 3.1 of a REST adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    InArguments,
    InBody,
    InField,
    InHeader,
    InPath,
    InQuery,
    Primitive,
)
from naftiko_gen.targets.routing import route_template, spelling
from naftiko_gen.targets.schemas import answer_schema, described, member, type_schema

if TYPE_CHECKING:
    from naftiko_gen.ir import Input, RestAdapter, RestOperation
    from naftiko_gen.targets.names import Names
    from naftiko_gen.targets.schemas import Schema
    from naftiko_gen.tree import Plain

PROBLEM: Schema = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["title", "status", "detail"],
}
PROBLEM_CONTENT: Schema = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
# A path variable is one segment, which is never `.`, `..` or a path of such.
SEGMENT: Schema = {"minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f./\\%;]+$"}


def openapi_document(adapter: RestAdapter, names: Names) -> Schema:
    """Return the document of an adapter."""
    capability = names.capability
    paths: Schema = {}
    for operation, name in names.routes(adapter):
        path = route_template(spelling(operation, adapter).route)
        methods = member(paths, path)
        methods[operation.method.lower()] = _operation(operation, str(name))
    return {
        "openapi": "3.1.0",
        "info": described(
            {"title": capability.label, "version": capability.version},
            adapter.description or capability.description,
        ),
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _operation(operation: RestOperation, name: str) -> Schema:
    document: Schema = {"operationId": name, "summary": operation.description}
    parameters: list[Plain] = [
        schema for one in operation.inputs if (schema := _parameter(one)) is not None
    ]
    if parameters:
        document["parameters"] = parameters
    body = _request_body(operation)
    if body is not None:
        document["requestBody"] = body
    document["responses"] = _responses(operation)
    return document


def _parameter(source: Input) -> Schema | None:
    """Return an input's parameter object, None for one that is in the body."""
    schema = type_schema(source.type)
    match source.location:
        case InPath():
            place = "path"
            schema = (
                {**schema, **SEGMENT} if source.type is Primitive.STRING else schema
            )
        case InQuery():
            place = "query"
        case InHeader():
            place = "header"
        case InBody() | InField() | InArguments():
            return None
        case _:
            assert_never(source.location)
    required = source.required or isinstance(source.location, InPath)
    parameter: Schema = {"name": source.name, "in": place, "required": required}
    return described({**parameter, "schema": schema}, source.description)


def _request_body(operation: RestOperation) -> Schema | None:
    for source in operation.inputs:
        if isinstance(source.location, InBody):
            return _json_body(type_schema(source.type), source.required, source)
    fields = [one for one in operation.inputs if isinstance(one.location, InField)]
    if not fields:
        return None
    return _json_body(_fields_schema(fields), any(one.required for one in fields))


def _json_body(schema: Schema, required: bool, source: Input | None = None) -> Schema:
    body: Schema = {"required": required}
    body["content"] = {"application/json": {"schema": schema}}
    return described(body, source.description if source else None)


def _fields_schema(fields: list[Input]) -> Schema:
    """Return an object's schema; members of members are objects of their own."""
    schema: Schema = {"type": "object"}
    for source in fields:
        if isinstance(source.location, InField):
            _add_field(schema, source.location.path, source)
    return schema


def _add_field(schema: Schema, path: tuple[str, ...], source: Input) -> None:
    key, *inner = path
    properties = member(schema, "properties")
    if source.required:
        required = schema.setdefault("required", [])
        if isinstance(required, list) and key not in required:
            required.append(key)
    if inner:
        inside = member(properties, key)
        inside.setdefault("type", "object")
        _add_field(inside, tuple(inner), source)
    else:
        properties[key] = described(type_schema(source.type), source.description)


def _responses(operation: RestOperation) -> Schema:
    """Return the answers: the upstream's, and the problems that arise on the way."""
    shaped = answer_schema(operation.output)
    content: Schema = {"*/*": {}}
    if shaped is not None:
        content = {"application/json": {"schema": shaped}}
    return {
        "200": {"description": "The answer of the upstream API.", "content": content},
        "400": {"description": "An input is wrong.", "content": PROBLEM_CONTENT},
        "default": {
            "description": "The upstream API's own answer, or why there is none.",
            "content": {"*/*": {}, **PROBLEM_CONTENT},
        },
    }
