"""Builds requests to an upstream: the URL, the headers and the body."""

from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import hdrs

from ..json import json_bytes
from ..reply import Content
from ..sizes import HeadRoom, target_room
from ..styles import Deep, deep_pairs
from ..transport import Headers
from ..values import header_value, quoted

Pairs = Iterable[tuple[str, Any]]
"""Names and values; None is omitted, and each item of a list or value in a `Deep` is
a pair of its own."""
Request = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they are sent."""


class RequestHeaders:
    """The headers of all requests to an upstream, without its credential."""

    def __init__(self, user_agent: str) -> None:
        self._constant: Headers = (
            (hdrs.ACCEPT, "*/*"),
            (hdrs.ACCEPT_ENCODING, "gzip"),
            (hdrs.USER_AGENT, user_agent),
        )
        self._constant_with_json: Headers = (
            *self._constant,
            (hdrs.CONTENT_TYPE, "application/json"),
        )

    def extended(self, pairs: Pairs, body: object) -> Headers:
        """Return the constant headers and the given ones, which override them.

        Raises InvalidInputError for a value that no header can have, and for too many.
        """
        fixed = self._constant if body is None else self._constant_with_json
        if isinstance(body, Content):
            media_type = header_value(hdrs.CONTENT_TYPE, body.media_type)
            fixed = (*self._constant, (hdrs.CONTENT_TYPE, media_type))
        given = list(_header_fields(pairs)) if pairs else []
        if not given:
            return fixed
        if isinstance(body, Content):
            given = [field for field in given if not _lacks_boundary(field, body)]
        names = {name.lower() for name, _ in given}
        kept = (field for field in fixed if field[0].lower() not in names)
        return (*kept, *given)


def _lacks_boundary(field: tuple[str, str], body: Content) -> bool:
    """Return whether a header is the type of a multipart body without its boundary."""
    name, value = field
    kind, has_boundary, _ = body.media_type.partition("; boundary=")
    is_type = name.lower() == hdrs.CONTENT_TYPE.lower()
    return bool(has_boundary) and is_type and value.strip().lower() == kind


def _header_fields(pairs: Pairs) -> Iterator[tuple[str, str]]:
    room = HeadRoom("the headers of the request to the upstream API")
    for name, value in _present(pairs):
        text = header_value(name, value)
        room.take(len(name) + len(text))
        yield name, text


def query_text(pairs: Pairs) -> str:
    """Return the query of a URL with its question mark, or "" without pairs.

    Raises InvalidInputError if it is too long.
    """
    parts = (f"{quoted(name)}={quoted(value)}" for name, value in _present(pairs))
    text = "&".join(target_room().counted(parts))
    return f"?{text}" if text else ""


def target_text(path: str, query: str) -> str:
    """Join a path and a query; raises InvalidInputError if they are too long."""
    target_room().take(len(path) + len(query))
    return path + query


def body_bytes(body: object) -> bytes | None:
    """Return the bytes of a body: of Content its data, of other values JSON."""
    if body is None:
        return None
    return body.data if isinstance(body, Content) else json_bytes(body)


def _present(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    names = target_room()
    for name, value in pairs:
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif isinstance(value, Deep):
            deep = deep_pairs(name, value.value, names)
            yield from ((key, item) for key, item in deep if item is not None)
        elif value is not None:
            yield name, value
