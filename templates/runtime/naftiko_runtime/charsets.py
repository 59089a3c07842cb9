"""Decodes responses by their charsets."""

from .reply import CHARSET, Reply


def text(reply: Reply) -> str:
    """Decode a body in its charset, UTF-8 by default; raises ValueError."""
    charset = reply.charset or "utf-8"
    if charset != "utf-8" and not CHARSET.fullmatch(charset):
        raise ValueError("an unknown charset")
    try:
        return reply.body.decode(charset)
    except LookupError as error:
        raise ValueError("an unknown charset") from error


def utf8(reply: Reply) -> bytes:
    """Return a body in UTF-8, or unchanged if it isn't text in its charset."""
    if reply.charset in (None, "utf-8", "utf8"):
        return reply.body
    try:
        return text(reply).removeprefix("\ufeff").encode()
    except ValueError:
        return reply.body
