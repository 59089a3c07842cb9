"""`openapi.json`: OpenAPI 3.1 of a REST adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import Names, spelling
from naftiko_gen.emit.literals import first_sentence, url_path
from naftiko_gen.emit.openapi.inputs import (
    PATH_SEGMENT,
    is_segment,
    parameters,
    request_body,
)
from naftiko_gen.emit.types.schemas import (
    Schema,
    describe,
    member,
    member_schema,
    response_schema,
)
from naftiko_gen.language.models import media_kind

_LONGEST_SUMMARY = 120
FORWARDED_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods of forwards that documents list; others are forwarded as well."""


def openapi_document(adapter: ir.RestAdapter, names: Names) -> Schema:
    """Return the OpenAPI document of an adapter."""
    capability = names.capability
    description = adapter.description or capability.description
    info: Schema = {"title": capability.label, "version": capability.version}
    tag: Schema = {"name": adapter.namespace}
    has_upstream = bool(capability.operations or capability.forwards)
    has_segments = any(
        is_segment(route, source) for route in adapter.routes for source in route.inputs
    )
    return {
        "openapi": "3.1.0",
        "info": describe(info, description),
        # The host and the port that served the document.
        "servers": [{"url": "/"}],
        # No tag for each resource: `fix` may split a resource, which would rename it.
        "tags": [describe(tag, description or capability.label)],
        "paths": _paths(adapter, names),
        **_security(adapter.guard),
        "components": {
            # Several operations refer to these.
            "schemas": {
                **({"PathSegment": PATH_SEGMENT} if has_segments else {}),
                **PROBLEM,
            },
            "responses": shared_responses(has_upstream=has_upstream),
            **_schemes(adapter.guard),
        },
    }


def _paths(adapter: ir.RestAdapter, names: Names) -> Schema:
    paths: Schema = {}
    for route, name in names.operation_ids(adapter):
        identifier = str(name)
        path = "".join(
            url_path(part) if isinstance(part, str) else f"{{{part.name}}}"
            for part in spelling(route, adapter).route
        )
        methods = member(paths, path)
        if route.method == ir.ANY_METHOD:
            _add_forward(methods, route, adapter, identifier)
        else:
            methods[route.method.lower()] = _operation(route, adapter, identifier)
    return paths


def _add_forward(
    methods: Schema, route: ir.Route, adapter: ir.RestAdapter, identifier: str
) -> None:
    others = {other.method for other in adapter.routes if other.path == route.path}
    for method in FORWARDED_METHODS:
        if method not in others:
            with_method = replace(route, method=method)
            name = f"{identifier}_{method.lower()}"
            methods[method.lower()] = _operation(with_method, adapter, name)


def _operation(route: ir.Route, adapter: ir.RestAdapter, identifier: str) -> Schema:
    sentence = first_sentence(route.description)
    is_summary = 0 < len(sentence) <= _LONGEST_SUMMARY
    document: Schema = {
        "tags": [adapter.namespace],
        "summary": sentence if is_summary else route.name,
        "operationId": identifier,
    }
    document = describe(document, route.description)
    parameter_objects = list(parameters(route, adapter))
    if parameter_objects:
        document["parameters"] = [*parameter_objects]
    body = request_body(route)
    if body is not None:
        document["requestBody"] = body
    document["responses"] = {**responses(route), **_refusals(adapter.guard)}
    return document


_SCHEME = "clients"
"""The name of the only scheme."""
_UNAUTHORIZED = "The client isn't authenticated: `WWW-Authenticate` names the scheme."
_FORBIDDEN = "The access token lacks a scope, which `WWW-Authenticate` names."


def _security(guard: ir.Guard | None) -> Schema:
    """Return the member of a document that names the scheme and the needed scopes."""
    if guard is None:
        return {}
    scopes: tuple[str, ...] = ()
    if isinstance(guard, ir.AccessToken) and guard.token_endpoint is not None:
        scopes = guard.scopes
    return {"security": [{_SCHEME: [*scopes]}]}


def _refusals(guard: ir.Guard | None) -> Schema:
    match guard:
        case None:
            return {}
        case ir.AccessToken(scopes=[_, *_]):
            return {"401": _refusal(_UNAUTHORIZED), "403": _refusal(_FORBIDDEN)}
        case _:
            return {"401": _refusal(_UNAUTHORIZED)}


def _refusal(description: str) -> Schema:
    challenge: Schema = {"schema": {"type": "string"}}
    return {
        "description": description,
        "headers": {"WWW-Authenticate": challenge},
        "content": _PROBLEM,
    }


def _schemes(guard: ir.Guard | None) -> Schema:
    """Return the member of the components that describes the scheme."""
    match guard:
        case None:
            return {}
        case ir.Bearer() | ir.Basic() | ir.Digest():
            scheme: Schema = {"type": "http", "scheme": type(guard).__name__.lower()}
        case ir.HeaderKey() | ir.QueryKey() | ir.CookieKey():
            place = guard.place.value
            scheme = {"type": "apiKey", "in": place, "name": guard.name}
        case ir.AccessToken(token_endpoint=None):
            scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        case ir.AccessToken(token_endpoint=endpoint, scopes=scopes):
            # By this flow programs get tokens.
            flow: Schema = {"tokenUrl": endpoint, "scopes": dict.fromkeys(scopes, "")}
            scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
        case _:
            assert_never(guard)
    return {"securitySchemes": {_SCHEME: scheme}}


# Members are optional: a generated client mustn't fail because one of them is missing.
PROBLEM: Schema = {
    "Problem": {
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
}
# A generated client that knows one media type takes the first. It is text, because the
# body of an upstream's error may be anything, and every body can be read as text.
_PROBLEM: Schema = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
_ERROR: Schema = {"text/plain": {"schema": {"type": "string"}}, **_PROBLEM, "*/*": {}}
_REFUSED = (
    "An input is wrong, which a problem document explains, or the upstream API refuses"
    " the request: its response is passed on unchanged, whatever its media type."
)
_FAILED = (
    "The upstream API fails, and its response is passed on unchanged, whatever its"
    " media type; or there is no response, for a reason that a problem document gives."
)
_INVALID = "An input is wrong, which a problem document explains."
_NO_RESPONSE = "There is no response, for a reason that a problem document gives."
_FAULTS: Schema = {
    "4XX": {"$ref": "#/components/responses/Refused"},
    "5XX": {"$ref": "#/components/responses/Failed"},
}
ANY_MEDIA = ("*/*",)
BYTES: Schema = {"type": "string", "format": "binary"}
_OCTETS = "application/octet-stream"
_SUCCESS = "The upstream API's answer."
_COMPOSED = "The parts of several responses of upstream APIs."
_STATED = "The values that the capability states."
_SHAPED = "The part of the upstream API's answer that is exposed."


def shared_responses(*, has_upstream: bool) -> Schema:
    """Return the responses of every route that are no success."""
    if not has_upstream:
        return {
            "Refused": {"description": _INVALID, "content": _PROBLEM},
            "Failed": {"description": _NO_RESPONSE, "content": _PROBLEM},
        }
    return {
        "Refused": {"description": _REFUSED, "content": _ERROR},
        "Failed": {"description": _FAILED, "content": _ERROR},
    }


def responses(route: ir.Route) -> Schema:
    """Return the responses of the upstream, and problems that the package reports."""
    assumed_responses = _assumed_responses(route)
    declared_responses = {r.status: _declared_response(r) for r in route.responses}
    if not declared_responses:
        return assumed_responses
    has_success = any(status.startswith("2") for status in declared_responses)
    others = {
        status: response
        for status, response in assumed_responses.items()
        if not (has_success and status.startswith("2"))
    }
    return dict(sorted({**others, **declared_responses}.items()))


def _declared_response(response: ir.DeclaredResponse) -> Schema:
    content: Schema = {}
    for body in response.bodies:
        schema = BYTES if body.is_binary else body.schema
        content[body.media_type] = {} if schema is None else {"schema": schema}
    description = response.description or f"A response {response.status}."
    return {"description": description, **({"content": content} if content else {})}


def _assumed_responses(route: ir.Route) -> Schema:
    """Return the responses that follow from the method and the answer of a route."""
    if route.method == "HEAD":  # never has content
        return {
            "200": {"description": _SUCCESS},
            "4XX": {"description": _REFUSED},
            "5XX": {"description": _FAILED},
        }
    implementation, content = route.implementation, _content(route)
    if implementation.is_composed:
        description = _COMPOSED if ir.calls(implementation) else _STATED
        return {"200": {"description": description, **content}, **_FAULTS}
    description = _SHAPED if ir.is_shaped(implementation) else _SUCCESS
    statuses: Schema = {"200": {"description": description, **content}}
    if route.method in ("POST", "PUT"):
        text = "The resource that the upstream API created."
        statuses["201"] = {"description": text, **content}
    if route.method != "GET":
        statuses["204"] = {"description": "The upstream API's answer has no content."}
    return {**statuses, **_FAULTS}


def _content(route: ir.Route) -> Schema:
    """Return the content of a successful response, by media type."""
    output = route.output
    answer = ir.answer_type(route.implementation)
    if answer is not None:
        schema = response_schema(answer)
        return {"content": {"application/json": {"schema": schema}}}
    if isinstance(output, ir.Identity) and not output.is_plain:
        return {"content": dict(_unchanged_contents(output, route))}
    own = None if isinstance(output, ir.Identity) else member_schema(output)
    if own is not None and route.implementation.is_composed:
        own = {**own, "type": "object"}
    media_types = _media_types(route.implementation)
    if own is not None or media_types == ir.JSON_MEDIA:
        return {"content": {"application/json": {"schema": own or {}}}}
    contents: Schema = {item: {"schema": _raw(item)} for item in media_types}
    if {"schema": BYTES} in contents.values():
        # Generated clients that know no pictures read any bytes.
        contents[_OCTETS] = {"schema": BYTES}
    return {"content": contents}


def _unchanged_contents(
    output: ir.Identity, route: ir.Route
) -> Iterator[tuple[str, Schema]]:
    """Yield the contents of a response with a media type of its own, or bytes."""
    own = output.media_type
    media_types = (own,) if own else _media_types(route.implementation)
    for media_type in media_types:
        schema = _raw(media_type) if output.limit is None else BYTES
        yield media_type, {"schema": schema}


def _media_types(implementation: ir.Implementation) -> tuple[str, ...]:
    match implementation:
        case ir.ProjectedCall(call=call):
            return call.operation.media_types
        case ir.Flow(answer=ir.Mapped()):
            return ir.JSON_MEDIA
        case ir.Flow(call_steps=(*_, last)):
            return last.call.operation.media_types
        case ir.Flow():
            raise ValueError("a flow without ir.calls has no response")
        case ir.Forward():
            return ANY_MEDIA
        case _:
            assert_never(implementation)


def _raw(media_type: str) -> Schema:
    """Return the schema of a response that isn't shaped: text, bytes, or any."""
    if media_type in ANY_MEDIA:
        return {}
    match media_kind(media_type.partition(";")[0].strip()):
        case "json":
            return {}
        case "text":
            return {"type": "string"}
        case "bytes":
            return BYTES
        case never:
            assert_never(never)
