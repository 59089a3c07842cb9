"""A TOML file: its parsed content, and its text for messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from naftiko_gen.configuration.refusal import refusal
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax import files
from naftiko_gen.syntax.misspelt_paths import question

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.diagnostics.span import Plain

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_LONGEST_KEY = 100
_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?>[\w-]+|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')[ \t]*\.[ \t]*)"""
    rf"{{{_LONGEST_KEY}}}"
)
"""A key with too many parts: parsing takes time by the square of their number."""


@dataclass(frozen=True)
class Document:
    """A TOML file; dates and times are text."""

    file: Path
    text: str
    content: dict[str, Plain]


@overload
def document(file: Path) -> Document: ...
@overload
def document(file: Path, unless_without: bytes) -> Document | None: ...
def document(file: Path, unless_without: bytes = b"") -> Document | None:
    """Read a file, or return None if it lacks the required bytes.

    Raises:
        ConfigurationError: It can't be read, or is no TOML.
    """
    content = _read(file)
    if unless_without not in content:
        # Most such files configure only other tools, and the parser is slow to import.
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(Code.UNUSABLE_CONFIGURATION, "it isn't UTF-8", file) from None
    return _parsed(file, text)


def _read(file: Path) -> bytes:
    try:
        content = files.content(file)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or "its path is impossible"
        message = f"it can't be read: {why}"
        hint = question(file) if isinstance(failure, FileNotFoundError) else None
        raise refusal(
            Code.UNUSABLE_CONFIGURATION, message, file, hint=hint
        ) from failure
    if len(content) > files.SIZE_LIMIT:
        raise refusal(Code.UNUSABLE_CONFIGURATION, "it is larger than 4 MiB", file)
    return content


def _parsed(file: Path, text: str) -> Document:
    import tomllib

    if _LONG_KEY.search(text):
        message = f"a key has more than {_LONGEST_KEY} parts"
        raise refusal(Code.TOML_SYNTAX, message, file)
    try:
        return Document(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message, span = _complaint(str(error), text)
        raise refusal(Code.TOML_SYNTAX, message, file, span, text) from None
    except ValueError:
        # Python limits the digits of numbers, and its error has no line or column.
        message = "a number has too many digits"
        raise refusal(Code.TOML_SYNTAX, message, file) from None
    except RecursionError:
        message = "lists and tables are nested too deep"
        raise refusal(Code.TOML_SYNTAX, message, file) from None


def _complaint(message: str, text: str) -> tuple[str, Span]:
    """Split the parser's message into text and place."""
    place = _PLACE.search(message)
    text_of_message = message[: place.start()] if place else message
    if place and place[1]:
        return _sentence(text_of_message), Span(int(place[1]), int(place[2]))
    lines = text.rstrip("\n").split("\n")
    return _sentence(text_of_message), Span(len(lines), len(lines[-1]) + 1)


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
