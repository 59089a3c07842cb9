"""`openapi.json`: OpenAPI 3.1 of a REST adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.literals import url_path
from naftiko_gen.targets.openapi_inputs import parameters, request_body
from naftiko_gen.targets.routing import spelling
from naftiko_gen.targets.schemas import answer_schema, described, member

if TYPE_CHECKING:
    from naftiko_gen.ir import RestAdapter, RestOperation
    from naftiko_gen.targets.names import Names
    from naftiko_gen.targets.schemas import Schema

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


def openapi_document(adapter: RestAdapter, names: Names) -> Schema:
    """Return the document of an adapter."""
    capability = names.capability
    paths: Schema = {}
    for operation in adapter.operations:
        methods = member(paths, _path(operation, adapter))
        methods[operation.method.lower()] = _operation(operation, adapter, names)
    return {
        "openapi": "3.1.0",
        "info": described(
            {"title": capability.label, "version": capability.version},
            adapter.description or capability.description,
        ),
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _path(operation: RestOperation, adapter: RestAdapter) -> str:
    """Return the template of the path as it is sent."""
    return "".join(
        url_path(part) if isinstance(part, str) else f"{{{part.name}}}"
        for part in spelling(operation, adapter).route
    )


def _operation(operation: RestOperation, adapter: RestAdapter, names: Names) -> Schema:
    document = described(
        {"operationId": names.operation_id(operation, adapter)}, operation.description
    )
    declared = list(parameters(operation, adapter))
    if declared:
        document["parameters"] = [*declared]
    body = request_body(operation)
    if body is not None:
        document["requestBody"] = body
    document["responses"] = _responses(operation)
    return document


def _responses(operation: RestOperation) -> Schema:
    """Return the answers: the upstream's, and the problems that arise on the way."""
    content: Schema = {"*/*": {}}
    shaped = answer_schema(operation.output)
    if shaped is not None:
        content = {"application/json": {"schema": shaped}, **content}
    return {
        "200": {"description": "The upstream API's answer.", "content": content},
        "400": {"description": "An input is wrong.", "content": PROBLEM_CONTENT},
        "default": {
            "description": "The upstream API's own answer, or why there is none.",
            "content": {**PROBLEM_CONTENT, "*/*": {}},
        },
    }
