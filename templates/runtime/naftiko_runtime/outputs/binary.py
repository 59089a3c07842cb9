"""Responses whose media type or size the spec declares."""

from ..errors import CallError
from ..reply import Reply
from ..upstream.failures import log_failure

CONTENT_TYPE = b"content-type"
UNITS = ("bytes", "KiB", "MiB", "GiB")


def typed_reply(reply: Reply, media_type: str) -> Reply:
    """Return a response whose media type is the declared one, if it is a success."""
    if not reply.ok:
        return reply
    declared = (b"Content-Type", media_type.encode())
    others = (one for one in reply.raw_headers if one[0].lower() != CONTENT_TYPE)
    return reply._replace(raw_headers=(*others, declared))


def binary_reply(reply: Reply, limit: int, media_type: str | None = None) -> Reply:
    """Return a response as bytes; raises CallError if it has more than the limit."""
    if not reply.ok:
        return reply
    if len(reply.body) > limit:
        detail = f"the upstream API answered with more than {_size(limit)}"
        error = CallError(502, "Bad Gateway", detail)
        log_failure(error)
        raise error
    typed = typed_reply(reply, media_type) if media_type else reply
    return typed._replace(is_binary=True)


def _size(limit: int) -> str:
    unit = 0
    while limit % 1024 == 0 and limit and unit < len(UNITS) - 1:
        limit, unit = limit // 1024, unit + 1
    return f"{limit} {UNITS[unit]}"
