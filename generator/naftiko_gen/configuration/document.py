"""A TOML file: its content, and its text for messages."""

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
"""More parts than any key needs; parsing takes quadratic time in them."""


@dataclass(frozen=True)
class Document:
    """A parsed TOML file."""

    file: Path
    text: str
    content: dict[str, Plain]


@overload
def document(file: Path) -> Document: ...
@overload
def document(file: Path, unless_without: bytes) -> Document | None: ...
def document(file: Path, unless_without: bytes = b"") -> Document | None:
    """Read a file; return None if it doesn't hold certain bytes.

    Raises:
        ConfigurationError: It can't be read, or is no TOML.
    """
    content = _read(file)
    if unless_without not in content:
        # Most files are about other tools, and tomllib takes time to import.
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(Code.UNUSABLE_CONFIGURATION, "it isn't UTF-8", file) from None
    return _parse(file, text)


def _read(file: Path) -> bytes:
    try:
        content = files.content(file, files.SIZE_LIMIT)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or "its path isn't valid"
        message = f"it can't be read: {why}"
        hint = question(file) if isinstance(failure, FileNotFoundError) else None
        raise refusal(
            Code.UNUSABLE_CONFIGURATION, message, file, hint=hint
        ) from failure
    if len(content) > files.SIZE_LIMIT:
        raise refusal(Code.UNUSABLE_CONFIGURATION, "it is larger than 4 MiB", file)
    return content


def _parse(file: Path, text: str) -> Document:
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
        # Python limits the digits of numbers, and its error has no place.
        message = "a number has too many digits"
        raise refusal(Code.TOML_SYNTAX, message, file) from None
    except RecursionError:
        message = "lists and tables are nested too deep"
        raise refusal(Code.TOML_SYNTAX, message, file) from None


def _complaint(message: str, text: str) -> tuple[str, Span]:
    """Split the parser's message into the complaint and its place."""
    position = _PLACE.search(message)
    complaint = message[: position.start()] if position else message
    if position and position[1]:
        return _sentence(complaint), Span(int(position[1]), int(position[2]))
    lines = text.rstrip("\n").split("\n")
    return _sentence(complaint), Span(len(lines), len(lines[-1]) + 1)


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
