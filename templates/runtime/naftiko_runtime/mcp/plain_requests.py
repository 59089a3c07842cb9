"""Requests that are answered without the SDK, in the form that common clients send.

Any other message goes unchanged to the SDK, which refuses invalid ones. So a
check that is too strict costs time, never correctness.
"""

from typing import Any, NamedTuple

from ..values import JsonObject, parse_unambiguous
from .revisions import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    LEGACY,
    META,
    MODERN,
    PROTOCOL_VERSION_META_KEY,
)

CALL = "tools/call"
INITIALIZE = "initialize"
INITIALIZED = "notifications/initialized"
REQUEST = {"jsonrpc", "id", "method", "params"}
PARAMS = {
    CALL: {"name", "arguments", "_meta"},
    INITIALIZE: {"protocolVersion", "capabilities", "clientInfo"},
    INITIALIZED: frozenset[str](),
}
"""The parameters of methods; others have `_meta` alone."""
ONLY_META = {"_meta"}
ENVELOPE = {
    PROTOCOL_VERSION_META_KEY,
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
}
CAPABILITIES: dict[str, tuple[JsonObject, ...]] = {
    "roots": ({}, {"listChanged": True}, {"listChanged": False}),
    "sampling": ({},),
    "elicitation": ({}, {"form": {}}, {"form": {}, "url": {}}),
}
"""The capabilities of common clients; no answer depends on them."""
CLIENT_TEXTS = {"name", "version", "title", "description", "websiteUrl"}


class PlainRequest(NamedTuple):
    """A request that can be answered without the SDK; a notification has no id.

    `revision` is the modern one if the request names it, else empty.
    """

    id: int | str | None
    method: str
    params: JsonObject
    revision: str

    @property
    def meta(self) -> JsonObject | None:
        """Return the `_meta` of the parameters."""
        return self.params.get("_meta")


def plain_request(body: bytes) -> PlainRequest | None:
    """Parse a JSON-RPC message; return None unless it is exactly a plain one."""
    try:
        message = parse_unambiguous(body)
    except ValueError:
        return None
    if not isinstance(message, dict) or not message.keys() <= REQUEST:
        return None
    method, params = message.get("method"), message.get("params", {})
    if not (
        message.get("jsonrpc") == "2.0"
        and isinstance(method, str)
        and ("id" in message) != (method == INITIALIZED)
        and is_identity(message.get("id", ""))
        and isinstance(params, dict)
        and params.keys() <= PARAMS.get(method, ONLY_META)
        and isinstance(params.get("_meta", {}), dict)
        and _has_parameters(method, params)
    ):
        return None
    meta = params.get("_meta", {})
    envelope = {name for name in meta if name.startswith(META)}
    if not is_identity(meta.get("progressToken", "")) or not envelope <= ENVELOPE:
        return None
    if not envelope:
        return PlainRequest(message.get("id"), method, params, "")
    if not _is_envelope(meta):
        return None
    return PlainRequest(message.get("id"), method, params, MODERN)


def is_identity(identity: object) -> bool:
    """Return whether a value is a valid id that orjson can write."""
    if isinstance(identity, int):
        return not isinstance(identity, bool) and abs(identity) < 2**63
    return isinstance(identity, str)


def _has_parameters(method: str, params: JsonObject) -> bool:
    if method == CALL:
        has_arguments = isinstance(params.get("arguments", {}), dict)
        return isinstance(params.get("name"), str) and has_arguments
    if method == INITIALIZE:
        return (
            params.get("protocolVersion") in LEGACY
            and _are_capabilities(params.get("capabilities"))
            and _is_client(params.get("clientInfo"))
        )
    return True


def _are_capabilities(capabilities: Any) -> bool:
    return isinstance(capabilities, dict) and all(
        value in CAPABILITIES.get(name, ()) for name, value in capabilities.items()
    )


def _is_envelope(envelope: JsonObject) -> bool:
    client = envelope.get(CLIENT_INFO_META_KEY)
    return (
        envelope.get(PROTOCOL_VERSION_META_KEY) == MODERN
        and _are_capabilities(envelope.get(CLIENT_CAPABILITIES_META_KEY))
        and (client is None or _is_client(client))
    )


def _is_client(client: Any) -> bool:
    return (
        isinstance(client, dict)
        and {"name", "version"} <= client.keys() <= CLIENT_TEXTS
        and all(isinstance(text, str) for text in client.values())
    )
