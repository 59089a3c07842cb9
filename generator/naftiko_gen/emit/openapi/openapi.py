"""`openapi.json`: OpenAPI 3.1 of a REST adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard, assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.names import Names, spelling
from naftiko_gen.emit.literals import first_sentence, url_path
from naftiko_gen.emit.openapi.inputs import (
    PATH_SEGMENT,
    is_segment,
    parameters,
    request_body,
)
from naftiko_gen.emit.openapi.responses import PROBLEM, responses, shared_responses
from naftiko_gen.emit.types.schemas import Schema, describe, member

_LONGEST_SUMMARY = 120
FORWARDED_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods of forwards that documents list; others are forwarded as well."""


def openapi_document(adapter: ir.RestAdapter, names: Names) -> Schema:
    """Return the OpenAPI document of an adapter."""
    capability = names.capability
    description = adapter.description or capability.description
    return {
        "openapi": "3.1.0",
        "info": describe(
            {"title": capability.label, "version": capability.version}, description
        ),
        # The host and the port that served the document.
        "servers": [{"url": "/"}],
        # No tag for each resource: `fix` may split a resource, which would rename it.
        "tags": [
            describe({"name": adapter.namespace}, description or capability.label)
        ],
        "paths": _paths(adapter, names),
        **security(adapter.guard),
        "components": {
            "schemas": _schemas(adapter),
            "responses": shared_responses(
                has_upstream=bool(capability.operations or capability.forwards)
            ),
            **security_schemes(adapter.guard),
        },
    }


def _paths(adapter: ir.RestAdapter, names: Names) -> Schema:
    paths: Schema = {}
    for route, identifier in names.operation_ids(adapter):
        methods = member(paths, _path(route, adapter))
        if route.method == ir.ANY_METHOD:
            _add_forward(methods, route, adapter, identifier)
        else:
            methods[route.method.lower()] = _operation(route, adapter, identifier)
    return paths


def _add_forward(
    methods: Schema, route: ir.Route, adapter: ir.RestAdapter, identifier: str
) -> None:
    """Add the methods of a route that forwards to those of its path."""
    others = {other.method for other in adapter.routes if other.path == route.path}
    for method in FORWARDED_METHODS:
        if method not in others:
            with_method = replace(route, method=method)
            name = f"{identifier}_{method.lower()}"
            methods[method.lower()] = _operation(with_method, adapter, name)


def _path(route: ir.Route, adapter: ir.RestAdapter) -> str:
    """Return the template of the path, percent-encoded."""
    return "".join(
        url_path(part) if isinstance(part, str) else f"{{{part.name}}}"
        for part in spelling(route, adapter).route
    )


def _operation(route: ir.Route, adapter: ir.RestAdapter, identifier: str) -> Schema:
    document: Schema = {
        "tags": [adapter.namespace],
        "summary": _summary(route),
        "operationId": identifier,
    }
    document = describe(document, route.description)
    parameter_objects = list(parameters(route, adapter))
    if parameter_objects:
        document["parameters"] = [*parameter_objects]
    body = request_body(route)
    if body is not None:
        document["requestBody"] = body
    document["responses"] = {**responses(route), **refusals(adapter.guard)}
    return document


def _summary(route: ir.Route) -> str:
    """Return the description's first sentence; the name if that is empty or long."""
    sentence = first_sentence(route.description)
    return sentence if 0 < len(sentence) <= _LONGEST_SUMMARY else route.name


def _schemas(adapter: ir.RestAdapter) -> Schema:
    """Return the schemas that several operations refer to."""
    has_segments = any(
        is_segment(route, source) for route in adapter.routes for source in route.inputs
    )
    return {**({"PathSegment": PATH_SEGMENT} if has_segments else {}), **PROBLEM}


_SCHEME = "clients"
"""The name of the only scheme."""
_UNAUTHORIZED = "The client isn't authenticated: `WWW-Authenticate` names the scheme."
_FORBIDDEN = "The access token lacks a scope, which `WWW-Authenticate` names."


def security(guard: ir.Guard | None) -> Schema:
    """Return the member of a document that names the scheme and the needed scopes."""
    if guard is None:
        return {}
    scopes: list[Plain] = [*guard.scopes] if _has_flow(guard) else []
    return {"security": [{_SCHEME: scopes}]}


def security_schemes(guard: ir.Guard | None) -> Schema:
    """Return the member of the components that describes the scheme."""
    if guard is None:
        return {}
    return {"securitySchemes": {_SCHEME: _scheme(guard)}}


def refusals(guard: ir.Guard | None) -> Schema:
    """Return the responses to clients that aren't authenticated, by status."""
    match guard:
        case None:
            return {}
        case ir.AccessToken(scopes=[_, *_]):
            return {"401": _refusal(_UNAUTHORIZED), "403": _refusal(_FORBIDDEN)}
        case _:
            return {"401": _refusal(_UNAUTHORIZED)}


def _refusal(description: str) -> Schema:
    problem: Schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    challenge: Schema = {"schema": {"type": "string"}}
    return {
        "description": description,
        "headers": {"WWW-Authenticate": challenge},
        "content": {"application/problem+json": problem},
    }


def _scheme(guard: ir.Guard) -> Schema:
    match guard:
        case ir.Bearer():
            return {"type": "http", "scheme": "bearer"}
        case ir.Basic():
            return {"type": "http", "scheme": "basic"}
        case ir.Digest():
            return {"type": "http", "scheme": "digest"}
        case ir.HeaderKey(name=name):
            return {"type": "apiKey", "in": "header", "name": name}
        case ir.QueryKey(name=name):
            return {"type": "apiKey", "in": "query", "name": name}
        case ir.CookieKey(name=name):
            return {"type": "apiKey", "in": "cookie", "name": name}
        case ir.AccessToken():
            return _token_scheme(guard)
        case _:
            assert_never(guard)


def _token_scheme(guard: ir.AccessToken) -> Schema:
    """Return the flow by which programs get tokens, if the spec has its endpoint."""
    if guard.token_endpoint is None:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    scopes: Schema = dict.fromkeys(guard.scopes, "")
    flow: Schema = {"tokenUrl": guard.token_endpoint, "scopes": scopes}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _has_flow(guard: ir.Guard) -> TypeGuard[ir.AccessToken]:
    return isinstance(guard, ir.AccessToken) and guard.token_endpoint is not None
