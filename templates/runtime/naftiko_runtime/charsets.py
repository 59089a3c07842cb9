"""Charsets of responses."""

import re

from .reply import Reply

NAMED_CHARSET = re.compile(r';\s*charset="?([^\s;"]*)')
# Python has more codecs, but some aren't charsets, and some are very slow.
CHARSET = re.compile(
    r"utf-?(8|16|32)(le|be)?|(us-)?ascii|latin1|iso-8859-\d+|windows-125\d|koi8-[ru]|"
    r"shift_jis|euc-(jp|kr)|gbk|gb2312|gb18030|big5"
)


def named_charset(reply: Reply) -> str | None:
    """Return the charset that Content-Type names, in lower case, or None."""
    content_type = (reply.header(b"content-type") or "").lower()
    named = NAMED_CHARSET.search(content_type)
    return named[1] if named else None


def text(reply: Reply) -> str:
    """Decode a body in its charset, UTF-8 by default; raises ValueError."""
    charset = named_charset(reply)
    if charset is not None and not CHARSET.fullmatch(charset):
        raise ValueError("an unknown charset")
    try:
        return reply.body.decode("utf-8" if charset is None else charset)
    except LookupError as error:
        raise ValueError("an unknown charset") from error


def utf8(reply: Reply) -> bytes:
    """Return a body in UTF-8, or unchanged if it isn't text in its charset."""
    if named_charset(reply) in (None, "utf-8", "utf8"):
        return reply.body
    try:
        return text(reply).removeprefix("\ufeff").encode()
    except ValueError:
        return reply.body
