"""Readable text in emitted files: escapes, quotes, and marks that agent hosts obey.

`yaml_writer` has all other spellings of strings. This module is apart from it because
runs that compile nothing import it, and must not import the reader of YAML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path

_RANGES = Path(__file__).with_name("readable_characters.txt")
"""The printable characters of Unicode 14.0 (`str.isprintable` of Python 3.11), without
invisible ones: fillers, variation selectors, the combining grapheme joiner, the blank
braille pattern, the null note head, and the object and replacement characters. They are
written out because `str.isprintable` depends on the version of Python, and the output
mustn't.
"""


def _bounds() -> list[int]:
    """Return the starts of ranges: alternately of readable and other characters."""
    bounds = []
    for span in _RANGES.read_text("ascii").split():
        first, _, last = span.partition("-")
        bounds += [int(first, 16), int(last or first, 16) + 1]
    return bounds


_BOUNDS = _bounds()


def is_readable(character: str) -> bool:
    """Return whether a reader can recognise the character."""
    return bisect_right(_BOUNDS, ord(character)) % 2 == 1


def is_all_readable(text: str) -> bool:
    """Return whether a reader can recognise every character of the text."""
    return is_plain(text) or all(map(is_readable, set(text)))


def is_plain(text: str) -> bool:
    """Return whether the text is printable ASCII, a quick test of readability."""
    return text.isascii() and text.isprintable()


def escape(character: str) -> str:
    """Return the character's escape sequence in Python."""
    code_point = ord(character)
    if code_point <= 0xFF:
        return f"\\x{code_point:02x}"
    if code_point <= 0xFFFF:
        return f"\\u{code_point:04x}"
    return f"\\U{code_point:08x}"


def escape_unreadable(text: str) -> str:
    """Return the text with unreadable characters escaped."""
    if is_plain(text):
        return text
    escapes = {ord(c): escape(c) for c in set(text) if not is_readable(c)}
    return text.translate(escapes)


_COMMAND = re.compile(r"!`|(?:(?<!`)`{3,}|(?<!~)~{3,})[ \t]*!")
"""A command in a code span or fence, which runs when the skill is loaded."""
_SUBSTITUTION = re.compile(r"\$(?=[A-Z0-9{])|(?<![A-Za-z0-9])@(?=[^\s<])")
"""Placeholders for the user's arguments (`$ARGUMENTS`, `$1`) and files (`@file`)."""

_MARK = re.compile("[`~$@]")


def has_command(text: str) -> bool:
    """Return whether a host would run a command in the text."""
    return _COMMAND.search(text) is not None


def is_obeyed(text: str) -> bool:
    """Return whether a host would run a command or substitute a placeholder."""
    return has_command(text) or _SUBSTITUTION.search(text) is not None


def disarm_markdown(text: str) -> str:
    """Return Markdown in which hosts obey nothing, and that has no hidden characters.

    The marks become character references; all other text stays as it is.
    """
    shown_text = "".join(c for c in text if c in "\n\t" or is_readable(c))
    quiet_text = _COMMAND.sub(lambda mark: mark[0].replace("!", "&#33;"), shown_text)
    return _SUBSTITUTION.sub(lambda mark: f"&#{ord(mark[0])};", quiet_text)


def disarm(literals: str) -> str:
    """Escape the marks in double-quoted strings, if a host would obey them.

    The escapes are valid in Python and in YAML.
    """
    return _MARK.sub(_escape, literals) if is_obeyed(literals) else literals


def _escape(mark: re.Match[str]) -> str:
    return f"\\x{ord(mark[0]):02x}"


def is_substituted(text: str, position: int) -> bool:
    """Return whether a host would substitute the placeholder at a position."""
    return _SUBSTITUTION.match(text, position) is not None


_UNESCAPED = re.compile(r"[ !#-\[\]-~]*")
"""Printable ASCII without quotation marks and backslashes, like most texts."""
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def double_quoted(text: str) -> str:
    """Return `quoted_text`, with the marks escaped that hosts of agents obey."""
    return disarm(quoted_text(text))


def quoted_text(text: str) -> str:
    """Return a double-quoted string: valid TOML 1.0, YAML 1.1 and YAML 1.2.

    None of them can contain a lone surrogate, which becomes U+FFFD.
    """
    if _UNESCAPED.fullmatch(text):
        return f'"{text}"'
    pieces = (
        _SHORT.get(c) or (c if is_readable(c) else _universal_escape(c)) for c in text
    )
    return f'"{"".join(pieces)}"'


def _universal_escape(character: str) -> str:
    """Return an escape that is valid in TOML and YAML."""
    scalar = 0xFFFD if "\ud800" <= character <= "\udfff" else ord(character)
    return f"\\u{scalar:04x}" if scalar <= 0xFFFF else f"\\U{scalar:08x}"
