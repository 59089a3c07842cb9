"""Takes the credentials of clients out of requests.

A credential that was taken out reaches no handler, and so no upstream. A repeated one
counts as absent: two programs could understand the request in two ways.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = MutableMapping[str, Any]


def take_header(scope: Scope, name: bytes) -> bytes | None:
    """Remove a header, whose name is in lower case; return its value."""
    kept: list[tuple[bytes, bytes]] = []
    values: list[bytes] = []
    for header in scope["headers"]:
        if header[0] == name:
            values.append(header[1])
        else:
            kept.append(header)
    if not values:
        return None
    scope["headers"] = kept
    return values[0].strip(b" \t") if len(values) == 1 else None


def take_credentials(scope: Scope, scheme: bytes) -> bytes | None:
    """Remove `Authorization`; return its credentials if it has the scheme."""
    value = take_header(scope, b"authorization")
    if value is None:
        return None
    given, _, credentials = value.partition(b" ")
    return credentials.lstrip(b" ") if given.lower() == scheme else None


def take_query(scope: Scope, name: bytes) -> bytes | None:
    """Remove a query parameter; return its decoded value."""
    query: bytes = scope.get("query_string", b"")
    if not query:
        return None
    pairs = [(pair, *_decoded(pair)) for pair in query.split(b"&")]
    values = [value for _, key, value in pairs if key == name]
    if not values:
        return None
    scope["query_string"] = b"&".join(pair for pair, key, _ in pairs if key != name)
    return values[0] if len(values) == 1 else None


def take_cookie(scope: Scope, name: bytes) -> bytes | None:
    """Remove a cookie; return its value."""
    headers = scope["headers"]
    fields = [value for field, value in headers if field == b"cookie"]
    cookies = [one.strip(b" \t") for field in fields for one in field.split(b";")]
    pairs = [cookie.partition(b"=") for cookie in cookies]
    values = [value for key, _, value in pairs if key == name]
    if not values:
        return None
    others = b"; ".join(b"".join(pair) for pair in pairs if pair[0] != name)
    kept = [header for header in headers if header[0] != b"cookie"]
    scope["headers"] = [*kept, (b"cookie", others)] if others else kept
    return values[0] if len(values) == 1 else None


def _decoded(pair: bytes) -> tuple[bytes, bytes]:
    name, _, value = pair.replace(b"+", b" ").partition(b"=")
    return unquote_to_bytes(name), unquote_to_bytes(value)
