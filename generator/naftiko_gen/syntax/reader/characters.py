r"""The text of a file: its decoding, refused characters and escapes, and places in it.

A refusal ends reading, as the rest of the text has no meaning. All escapes but invalid
ones and those of NUL are allowed: a reviewer sees `"\u202e"`, but not the character
itself. A catalogue may cut a document off, and mark it by a comment at its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span

if TYPE_CHECKING:
    from yaml.events import Event


class Mark(Protocol):
    """A position from either parser; all attributes count characters from zero."""

    index: int
    line: int
    column: int


def span_at(text: str, offset: int, length: int = 1) -> Span:
    """Return the span of `length` characters that starts at that offset."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Span(line, column, length)


def start_of(event: Event) -> Mark:
    """Return the mark at which the event starts."""
    if event.start_mark is None:
        raise AssertionError("the parser marks every event")
    return event.start_mark


def end_of(event: Event) -> Mark:
    """Return the mark behind the event's last character."""
    if event.end_mark is None:
        raise AssertionError("the parser marks every event")
    return event.end_mark


def span_between(text: str, start: Mark, end: Mark) -> Span:
    """Return the span between the marks, cut at the end of the first line."""
    if start.line == end.line:
        length = end.column - start.column
    else:
        first_line = text[start.index : text.index("\n", start.index)]
        length = len(first_line.rstrip())
    return Span(start.line + 1, start.column + 1, length or 1)


def span_of(text: str, event: Event) -> Span:
    """Return the span of an event."""
    return span_between(text, start_of(event), end_of(event))


class RefusedError(Exception):
    """An error in a text, which `load` reports; it never leaves the package."""

    def __init__(
        self, code: Code, message: str, span: Span, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint


def several_documents(span: Span) -> RefusedError:
    """Return the error about a second document."""
    return RefusedError(
        Code.SEVERAL_DOCUMENTS,
        "a second document starts here",
        span,
        "put each document into a file of its own",
    )


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


UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that a string mustn't contain, not even escaped."""

_BACKSLASH = re.compile(
    r"\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})"
    r"|(?P<letter>.?))",
    re.DOTALL,
)
_LETTERS = frozenset('0abt\tnvfre "/\\N_LP\r\n')


def refusal_of_escape(text: str, quote: int) -> RefusedError:
    """Return the error about the first invalid escape behind the quote at an offset.

    The string must have an invalid escape.
    """
    faults = ((_fault(escape), escape) for escape in _BACKSLASH.finditer(text, quote))
    fault, escape = next((fault, escape) for fault, escape in faults if fault)
    code, message, hint = fault
    return RefusedError(
        code, message, span_at(text, escape.start(), len(escape[0])), hint
    )


def _fault(escape: re.Match[str]) -> tuple[Code, str, str] | None:
    letter, digits = escape["letter"], escape["x"] or escape["u"] or escape["U"] or "0"
    number = int(digits, 16)
    if letter is not None and letter not in _LETTERS:
        message = "a backslash in double quotes starts an escape, but this isn't one"
        hint = "write the backslash twice, or use single quotes"
        return Code.YAML_SYNTAX, message, hint
    if letter not in (None, "0"):
        return None
    if number == 0:
        return Code.FORBIDDEN_CHARACTER, "a string can't contain NUL", "delete it"
    if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
        message = "this escape isn't the code of a character"
        hint = "write the character itself, or \\U and its eight hexadecimal digits"
        return Code.FORBIDDEN_CHARACTER, message, hint
    return None


_MARKER = re.compile(rb"^# --- truncated at \d+ ?KB[^\r\n]*", re.MULTILINE)
_ORIGIN = re.compile(rb"^# Full source: (\S+)", re.MULTILINE)


def refuse_truncated(content: bytes) -> None:
    """Refuse a document with the catalogue's marker, even if the rest is valid.

    Raises:
        RefusedError: The hint has the address of the full document.
    """
    marker = _MARKER.search(content)
    if not marker:
        return
    origin = _ORIGIN.search(content)
    raise RefusedError(
        Code.TRUNCATED_DOCUMENT,
        "the document is incomplete: a catalogue cut it off here",
        Span(content.count(b"\n", 0, marker.start()) + 1, 1, len(marker[0])),
        (
            f"fetch the full document from {origin[1].decode(errors='replace')}"
            if origin
            else "fetch the full document from the catalogue's source"
        ),
    )
