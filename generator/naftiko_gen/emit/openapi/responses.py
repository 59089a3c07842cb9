"""Responses of routes in OpenAPI, in a form that client generators understand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from naftiko_gen.emit.types.schemas import Schema, answer_schema, response_schema
from naftiko_gen.ir import (
    JSON_MEDIA,
    DeclaredResponse,
    Flow,
    Forward,
    Identity,
    Implementation,
    Mapped,
    ProjectedCall,
    ResponseBody,
    Route,
    answer_type,
    calls,
    is_shaped,
)
from naftiko_gen.language.models import media_kind

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
_ERROR: Schema = {
    "text/plain": {"schema": {"type": "string"}},
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    "*/*": {},
}
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
_PROBLEM: Schema = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
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


def responses(route: Route) -> Schema:
    """Return the responses of the upstream, and problems that the package reports."""
    assumed_responses = _assumed_responses(route)
    if not route.responses:
        return assumed_responses
    declared_responses = {
        response.status: _declared_response(response) for response in route.responses
    }
    has_success = any(status.startswith("2") for status in declared_responses)
    others = {
        status: response
        for status, response in assumed_responses.items()
        if not (has_success and status.startswith("2"))
    }
    return dict(sorted({**others, **declared_responses}.items()))


def _declared_response(response: DeclaredResponse) -> Schema:
    """Return a response that the spec describes."""
    description = response.description or f"A response {response.status}."
    content: Schema = {body.media_type: _body(body) for body in response.bodies}
    document: Schema = {"description": description}
    return {**document, **({"content": content} if content else {})}


def _body(body: ResponseBody) -> Schema:
    if body.is_binary:
        return {"schema": BYTES}
    return {} if body.schema is None else {"schema": body.schema}


def _assumed_responses(route: Route) -> Schema:
    """Return the responses that follow from the method and the answer of a route."""
    if route.method == "HEAD":
        return _without_content()
    content = _content(route)
    description = _SHAPED if is_shaped(route.implementation) else _SUCCESS
    if route.implementation.is_composed:
        description = _COMPOSED if calls(route.implementation) else _STATED
    success: Schema = {"description": description, **content}
    statuses: Schema = {"200": success}
    if route.implementation.is_composed:
        return {"200": success, **_FAULTS}
    if route.method in ("POST", "PUT"):
        statuses["201"] = {
            "description": "The resource that the upstream API created.",
            **content,
        }
    if route.method != "GET":
        statuses["204"] = {"description": "The upstream API's answer has no content."}
    return {**statuses, **_FAULTS}


def _without_content() -> Schema:
    """Return the responses to HEAD, which never have content."""
    return {
        "200": {"description": _SUCCESS},
        "4XX": {"description": _REFUSED},
        "5XX": {"description": _FAILED},
    }


def _content(route: Route) -> Schema:
    """Return the content of a successful response, by media type."""
    output = route.output
    answer = answer_type(route.implementation)
    if answer is not None:
        schema = response_schema(answer)
        return {"content": {"application/json": {"schema": schema}}}
    if isinstance(output, Identity) and not output.is_plain:
        return {"content": dict(_unchanged_contents(output, route))}
    own = answer_schema(route.output)
    if own is not None and route.implementation.is_composed:
        own = {**own, "type": "object"}
    media_types = _media_types(route.implementation)
    if own is not None or media_types == JSON_MEDIA:
        return {"content": {"application/json": {"schema": own or {}}}}
    contents: Schema = {item: {"schema": _raw(item)} for item in media_types}
    if {"schema": BYTES} in contents.values():
        # Generated clients that know no pictures read any bytes.
        contents[_OCTETS] = {"schema": BYTES}
    return {"content": contents}


def _unchanged_contents(output: Identity, route: Route) -> Iterator[tuple[str, Schema]]:
    """Yield the contents of a response with a media type of its own, or bytes."""
    own = output.media_type
    media_types = (own,) if own else _media_types(route.implementation)
    for media_type in media_types:
        schema = _raw(media_type) if output.limit is None else BYTES
        yield media_type, {"schema": schema}


def _media_types(implementation: Implementation) -> tuple[str, ...]:
    """Return the media types of a response that isn't shaped."""
    match implementation:
        case ProjectedCall(call=call):
            return call.operation.media_types
        case Flow(answer=Mapped()):
            return JSON_MEDIA
        case Flow(call_steps=(*_, last)):
            return last.call.operation.media_types
        case Flow():
            raise ValueError("a flow without calls has no response")
        case Forward():
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
