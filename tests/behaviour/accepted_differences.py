"""The accepted differences between packages and the official SDK."""

import json
from dataclasses import replace
from typing import Any

from requests_and_answers import Answer, Request

META = "io.modelcontextprotocol/"
METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602
UNREAD = ("task", "inputResponses", "requestState")
UNREAD_META = ("progressToken", f"{META}clientInfo", f"{META}logLevel")
CLIENT = {"name": "tests", "version": "1"}


def without_unread(request: Request) -> Request:
    """Return a request without the parameters that no answer depends on."""
    message = json.loads(request.body)
    params = message.get("params")
    if not isinstance(params, dict) or not strip(params):
        return request
    message["params"] = params
    # The length of a body matters.
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    return replace(request, body=body.ljust(len(request.body)))


def strip(params: dict[str, Any]) -> bool:
    """Remove unread parameters; return whether there were any."""
    unread = [params.pop(name) for name in UNREAD if name in params]
    meta = params.get("_meta")
    if isinstance(meta, dict):
        unread += [meta.pop(name) for name in UNREAD_META if name in meta]
        unread += empty(meta, f"{META}clientCapabilities", {})
    unread += empty(params, "capabilities", {})
    unread += empty(params, "clientInfo", CLIENT)
    return bool(unread)


def empty(members: dict[str, Any], name: str, least: Any) -> list[Any]:
    """Replace an object by the least one, and return it."""
    value = members.get(name)
    if not isinstance(value, dict) or value == least:
        return []
    members[name] = least
    return [value]


def accept(request: Request, ours: Answer, by_sdk: Answer) -> Answer:
    """Return the SDK's answer, or ours if their difference is accepted."""
    codes = code(ours), code(by_sdk)
    is_same = (ours.status, ours.sent) == (by_sdk.status, by_sdk.sent)
    if ours.status in (406, 413) and is_same:  # the SDK has no body, or plain text
        return ours
    if ours.status == 0 and not by_sdk.sent:  # the client has left
        return ours
    if codes == (METHOD_NOT_FOUND, INVALID_PARAMS):
        return ours
    if codes == (INVALID_PARAMS, INVALID_PARAMS) and is_same:
        return ours if without_data(ours) == without_data(by_sdk) else by_sdk
    if code(ours) == METHOD_NOT_FOUND and by_sdk.status in (0, 406):
        return ours if b"subscriptions/listen" in request.body else by_sdk
    return by_sdk


def error(answer: Answer) -> dict[str, Any]:
    """Return the error in an answer, empty if it has none."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    content: Any = document.get("error", {}) if isinstance(document, dict) else {}
    return content if isinstance(content, dict) else {}


def code(answer: Answer) -> int | None:
    return error(answer).get("code")


def without_data(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.body)
    document["error"].pop("data", None)
    return document
