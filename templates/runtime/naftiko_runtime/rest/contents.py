"""Reads request bodies of routes that aren't JSON: text or any bytes."""

from typing import Any

from ..errors import InvalidInputError
from ..inputs import STRING
from ..reply import Content
from .request import Call

BODY = "the request body"


async def required_content(call: Call[Any], media_type: str) -> Content:
    """Return the request body with its media type; `media_type` is the default."""
    content = await optional_content(call, media_type)
    if content is None:
        raise InvalidInputError(BODY, "is required")
    return content


async def optional_content(call: Call[Any], media_type: str) -> Content | None:
    """Return the request body, or None if it has neither bytes nor a media type."""
    body, given = await call.content(), call.header("Content-Type", STRING)
    if not body and given is None:
        return None
    return Content(body, given or media_type)


async def required_text(call: Call[Any]) -> str:
    """Return the request body, which must be text."""
    text = await optional_text(call)
    if text is None:
        raise InvalidInputError(BODY, "is required")
    return text


async def optional_text(call: Call[Any]) -> str | None:
    """Return the request body, which must be UTF-8 text, or None if it is empty."""
    body = await call.content()
    try:
        return body.decode() if body else None
    except UnicodeDecodeError:
        raise InvalidInputError(BODY, "must be text in UTF-8") from None
