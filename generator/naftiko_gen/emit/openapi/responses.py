"""Responses of routes as OpenAPI describes them, in a way that generators can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.package.schemas import answer_schema
from naftiko_gen.ir import JSON_MEDIA, ProjectedCall, answer_type, is_shaped

if TYPE_CHECKING:
    from naftiko_gen.emit.package.schemas import Schema
    from naftiko_gen.ir import Implementation, Route

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
# A generated client that knows one media type takes the first. As text, every body can
# be read: that of an upstream's error is whatever the upstream sends.
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
SHARED: Schema = {
    "Refused": {"description": _REFUSED, "content": _ERROR},
    "Failed": {"description": _FAILED, "content": _ERROR},
}
_SUCCESS = "The upstream API's answer."
_SHAPED = "The part of the upstream API's answer that is exposed."


def responses(operation: Route) -> Schema:
    """Return the responses: the upstream's, and the problems that arise on the way."""
    if operation.method == "HEAD":
        return _without_content()
    content = _content(operation)
    said = _SHAPED if is_shaped(operation.implementation) else _SUCCESS
    success: Schema = {"description": said, **content}
    statuses: Schema = {"200": success}
    if operation.method in ("POST", "PUT"):
        statuses["201"] = {"description": "What the upstream API created.", **content}
    if operation.method != "GET":
        statuses["204"] = {"description": "The upstream API's answer has no content."}
    return {
        **statuses,
        "4XX": {"$ref": "#/components/responses/Refused"},
        "5XX": {"$ref": "#/components/responses/Failed"},
    }


def _without_content() -> Schema:
    """Return the responses to HEAD, which never have content."""
    return {
        "200": {"description": _SUCCESS},
        "4XX": {"description": _REFUSED},
        "5XX": {"description": _FAILED},
    }


def _content(operation: Route) -> Schema:
    """Return the content of a success, by its media types."""
    shaped = answer_schema(answer_type(operation.implementation))
    media_types = _media_types(operation.implementation)
    if shaped is not None or media_types == JSON_MEDIA:
        return {"content": {"application/json": {"schema": shaped or {}}}}
    return {"content": {one: {"schema": _raw(one)} for one in media_types}}


def _media_types(implementation: Implementation) -> tuple[str, ...]:
    """Return the media types of an answer that isn't shaped."""
    match implementation:
        case ProjectedCall(call=call):
            return call.operation.media_types
        case _:
            assert_never(implementation)


def _raw(media_type: str) -> Schema:
    """Return the schema of an answer that isn't JSON: text, or any bytes."""
    return {} if media_type == "application/octet-stream" else {"type": "string"}
