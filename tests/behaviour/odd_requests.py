"""Requests over HTTP, as text that can be spoilt before it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from mcp.shared.inbound import encode_header_value
from requests_and_answers import PORT, Request

from waiting import PATIENCE

LEGACY = "2025-11-25"
MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"
CONSTANT = {
    LEGACY: (
        *("initialize", "notifications/initialized", "ping", "tools/list"),
        *("prompts/list", "resources/list", "resources/templates/list"),
    ),
    MODERN: (
        *("server/discover", "tools/list"),
        *("prompts/list", "resources/list", "resources/templates/list"),
    ),
}
"""The methods whose results never change; a server may lack some of the lists."""
RARE: dict[str, dict[str, Any]] = {
    "completion/complete": {
        "ref": {"type": "ref/prompt", "name": "plan"},
        "argument": {"name": "port", "value": "a"},
    },
    "logging/setLevel": {"level": "info"},
    "resources/subscribe": {"uri": "docs://licence"},
    "resources/unsubscribe": {"uri": "docs://licence"},
    "subscriptions/listen": {"notifications": {}},
    "notifications/cancelled": {"requestId": 1},
    "notifications/progress": {"progressToken": 1, "progress": 1},
    "notifications/roots/list_changed": {},
    "tasks/list": {},
    "x/unknown": {},
}
"""Methods that packages don't have, and notifications, with their parameters."""
OTHERS = sorted({*CONSTANT[LEGACY], *CONSTANT[MODERN], *RARE})


@dataclass(frozen=True)
class Verbatim:
    """JSON, or something like it, as it is to be written."""

    text: str


class Members(tuple[tuple[str, Any], ...]):
    """An object, in which a name may stand twice."""

    __slots__ = ()

    def having(self, value: Any, name: str, *inside: str) -> Members:
        """Return it with another value at a path of names, new or not."""
        if inside:
            value = dict(self)[name].having(value, *inside)
        return Members({**dict(self), name: value}.items())

    def lacking(self, name: str, *inside: str) -> Members:
        """Return it without the member at a path of names."""
        if inside:
            return self.having(dict(self)[name].lacking(*inside), name)
        return Members(pair for pair in self if pair[0] != name)


@dataclass(frozen=True)
class Draft:
    """A call before it is written."""

    fields: tuple[tuple[str, str], ...]
    message: Members

    def with_field(self, name: str, *values: str) -> Draft:
        """Return it with a header of these values: absent, once or more often."""
        others = tuple(field for field in self.fields if field[0] != name)
        return replace(self, fields=(*others, *((name, value) for value in values)))

    def having(self, value: Any, *path: str) -> Draft:
        return replace(self, message=self.message.having(value, *path))

    def lacking(self, *path: str) -> Draft:
        return replace(self, message=self.message.lacking(*path))

    @property
    def text(self) -> str:
        return write_json(self.message)

    def request(self, body: bytes | None = None) -> Request:
        """Return the request, perhaps with another body than its own."""
        content = self.text.encode() if body is None else body
        length = ("content-length", str(len(content)))
        has_length = any(name == length[0] for name, _ in self.fields)
        fields = self.fields if has_length else (*self.fields, length)
        raw_fields = tuple(
            (n.encode(), v.encode("latin-1")) for n, v in fields if v != "-"
        )
        return Request(raw_fields, content)


async def post(url: str, draft: Draft, body: bytes | None = None) -> httpx2.Response:
    """Send a request to the server of a URL, perhaps with another body than its own."""
    request = draft.with_field("host", "-").request(body)
    fields = [field for field in request.fields if field[0] != b"content-length"]
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        return await client.post(url, headers=fields, content=request.body)


def plain(
    revision: str, tool: str, arguments: Mapping[str, Any], identity: int | str = 1
) -> Draft:
    """Return a call as clients send it."""
    params = [("name", tool), ("arguments", Members(arguments.items()))]
    call = _draft(revision, "tools/call", params, identity)
    return call.with_field("mcp-name", tool) if revision == MODERN else call


def read(
    revision: str, method: str, params: Mapping[str, Any], identity: int | str = 1
) -> Draft:
    """Return a request for a resource or prompt, as clients send it."""
    draft = _draft(revision, method, [*params.items()], identity)
    name = encode_header_value(params.get("uri") or params.get("name") or "")
    return draft.with_field("mcp-name", name) if revision == MODERN else draft


def other(revision: str, method: str, identity: int | str = 1) -> Draft:
    """Return a request of another method, or a notification, as clients send it."""
    if method == "initialize":
        client = dict(ENVELOPE)[f"{META}clientInfo"]
        params = [("protocolVersion", LEGACY), ("capabilities", Members())]
        draft = _draft(LEGACY, method, [*params, ("clientInfo", client)], identity)
        return draft.with_field("mcp-protocol-version")
    params = [(name, as_members(value)) for name, value in RARE.get(method, {}).items()]
    draft = _draft(revision, method, params, identity)
    return draft.lacking("id") if method.startswith("notifications/") else draft


def as_members(value: Any) -> Any:
    """Return a value with members in place of objects."""
    if not isinstance(value, dict):
        return value
    return Members((name, as_members(item)) for name, item in value.items())


def _draft(
    revision: str, method: str, params: list[tuple[str, Any]], identity: int | str
) -> Draft:
    fields = [
        ("host", f"127.0.0.1:{PORT}"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", revision),
    ]
    if revision == MODERN:
        fields.append(("mcp-method", method))
        params = [*params, ("_meta", ENVELOPE)]
    message = [
        ("jsonrpc", "2.0"),
        ("id", identity),
        ("method", method),
        ("params", Members(params)),
    ]
    return Draft(tuple(fields), Members(message))


ENVELOPE = Members(
    [
        (f"{META}protocolVersion", MODERN),
        (f"{META}clientCapabilities", Members()),
        (f"{META}clientInfo", Members([("name", "tests"), ("version", "1")])),
    ]
)


def write_json(value: Any) -> str:
    """Write JSON, including texts in it that aren't valid JSON."""
    match value:
        case Verbatim(text):
            return text
        case Members():
            pairs = (f"{json.dumps(name)}:{write_json(item)}" for name, item in value)
            return "{" + ",".join(pairs) + "}"
        case _:
            return json.dumps(value)
