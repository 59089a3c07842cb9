"""Decoding, and the characters that a file mustn't contain unescaped."""

from __future__ import annotations

import re
from dataclasses import dataclass

from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.reader.places import span_at
from naftiko_gen.syntax.reader.refusal import RefusedError

_UTF16_OR_32 = re.compile(
    rb"\xff\xfe|\xfe\xff|\0\0\xfe\xff|\0\0\0[^\0]|\0[^\0]|[^\0]\0", re.DOTALL
)
"""The start of a file in UTF-16 or UTF-32 whose first character is ASCII."""


@dataclass(frozen=True)
class _Kind:
    """A kind of forbidden characters; `members` is a character class of regexes."""

    name: str
    members: str
    hint: str


_DELETE = "delete it"
_ESCAPE = "delete it, or write it as an escape in a double-quoted string"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}"
    for plane in range(0, 0x110000, 0x10000)
)
_KINDS = (
    _Kind("NUL", "\0", "is this a text file?"),
    _Kind("control character", "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f", _ESCAPE),
    _Kind("carriage return without a line feed", "\r", "end lines with LF or CRLF"),
    _Kind("line separator", "\x85\u2028\u2029", _ESCAPE),
    _Kind(
        "bidirectional control character",
        "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
        _ESCAPE,
    ),
    _Kind("zero-width character", "\u200b\u2060", _DELETE),
    _Kind("byte order mark inside the text", "\ufeff", _DELETE),
    _Kind("tag character", "\U000e0000-\U000e007f", _DELETE),
    _Kind("noncharacter", _NONCHARACTERS, _DELETE),
)
_MEMBERS = "".join(kind.members for kind in _KINDS)
# The first class skips plain ASCII quickly; only other characters are looked up.
FORBIDDEN = re.compile(f"[^\t\n -~](?<=[{_MEMBERS}])(?<!\r(?=\n))")
"""Characters that a file may contain only as escapes."""


def decode(content: bytes) -> str:
    """Return the text, without a byte order mark at its start.

    Raises:
        RefusedError: if the bytes aren't UTF-8, or at the first forbidden character.
    """
    text = _decode(content).removeprefix("\ufeff")
    match = FORBIDDEN.search(text)
    if match:
        raise _refusal(text, match)
    return text


def decode_json(content: bytes) -> str:
    """Return the text of JSON, whose strings may hold any characters.

    Raises:
        RefusedError: if the bytes aren't UTF-8.
    """
    return _decode(content).removeprefix("\ufeff")


def _decode(content: bytes) -> str:
    if _UTF16_OR_32.match(content):
        raise _not_utf8("the file is UTF-16 or UTF-32, not UTF-8", Span(1, 1))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode().removeprefix("\ufeff")
        message = f"byte 0x{content[error.start]:02x} isn't UTF-8"
        raise _not_utf8(message, span_at(before, len(before))) from None


def _not_utf8(message: str, span: Span) -> RefusedError:
    return RefusedError(Code.NOT_UTF8, message, span, "save the file as UTF-8")


def _refusal(text: str, match: re.Match[str]) -> RefusedError:
    character = match[0]
    kind = next(k for k in _KINDS if re.match(f"[{k.members}]", character))
    return RefusedError(
        Code.FORBIDDEN_CHARACTER,
        f"the text contains U+{ord(character):04X}, a {kind.name}",
        span_at(text, match.start()),
        kind.hint,
    )
