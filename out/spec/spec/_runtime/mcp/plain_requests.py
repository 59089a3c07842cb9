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
"""The parameters of methods; others have only `_meta`."""
ONLY_META = {"_meta"}
NO_META: JsonObject = {}
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
CLIENT_NAMES = {"name", "version"}
CLIENT_TEXTS = {*CLIENT_NAMES, "title", "description", "websiteUrl"}
ONLY_TEXTS = {str}


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
        and isinstance(params.get("_meta", NO_META), dict)
        and _has_parameters(method, params)
    ):
        return None
    meta = params.get("_meta", NO_META)
    is_valid = "progressToken" not in meta or is_identity(meta["progressToken"])
    if not is_valid:
        return None
    if any(map(_is_reserved, meta.keys() - ENVELOPE)):
        return None
    if ENVELOPE.isdisjoint(meta):
        return PlainRequest(message.get("id"), method, params, "")
    if not _is_envelope(meta):
        return None
    return PlainRequest(message.get("id"), method, params, MODERN)


def _is_reserved(name: str) -> bool:
    return name.startswith(META)


def is_identity(identity: Any) -> bool:
    """Return whether a value of JSON is a valid id that orjson can write."""
    kind = type(identity)
    return kind is str or (kind is int and abs(identity) < 2**63)


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
        and CLIENT_NAMES <= client.keys() <= CLIENT_TEXTS
        and set(map(type, client.values())) == ONLY_TEXTS
    )
