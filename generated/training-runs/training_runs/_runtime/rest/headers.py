"""Selects the headers of the upstream that clients get."""

import re

from ..http.responses import RawHeaders
from ..reply import Reply

KEPT_OF_SUCCESS = frozenset(
    (
        b"content-type",
        b"location",
        b"link",
        b"etag",
        b"last-modified",
        b"cache-control",
        b"content-disposition",
    )
)
KEPT_OF_ERROR = frozenset(
    (b"content-type", b"retry-after", b"etag", b"www-authenticate", b"cache-control")
)
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
RATE_LIMITS = (b"ratelimit", b"x-ratelimit", b"x-rate-limit")


def kept_fields(reply: Reply) -> RawHeaders:
    """Return the headers that a client gets, but for the length of the body."""
    means = KEPT_OF_SUCCESS.__contains__ if reply.ok else _is_kept_of_error
    return [
        (name, value)
        for field, value in reply.raw_headers
        if means(name := field.lower()) and not CONTROL.search(value)
    ]


def kept_headers(reply: Reply, method: str) -> RawHeaders:
    """Return the headers of the upstream's response that a client gets."""
    kept = kept_fields(reply)
    if method == "HEAD" and not reply.body:
        kept += _announced(reply)
    elif reply.status not in (204, 304):
        kept.append((b"content-length", b"%d" % len(reply.body)))
    return kept


def _announced(reply: Reply) -> RawHeaders:
    """Return the upstream's Content-Length for HEAD, unless its body is compressed."""
    fields = {name.lower(): value for name, value in reply.raw_headers}
    if b"content-length" not in fields or b"content-encoding" in fields:
        return []
    return [(b"content-length", fields[b"content-length"])]


def _is_kept_of_error(name: bytes) -> bool:
    return name in KEPT_OF_ERROR or name.startswith(RATE_LIMITS)
