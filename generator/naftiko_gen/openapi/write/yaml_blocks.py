"""YAML in block style, as a person would write it, with comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Self, TypeAlias, Union

from naftiko_gen.syntax.pragmas import EXTENSION
from naftiko_gen.syntax.quoted import double_quoted
from naftiko_gen.syntax.readable import is_readable, shown
from naftiko_gen.syntax.reader.scalars import core_value, is_other_number

Value: TypeAlias = Union[str, int, float, bool, Sequence["Value"], "Block", None]

MEANT = EXTENSION.removeprefix("# ")
"""A comment that acknowledges an extension."""
_WIDTH = 88
_COMMENT_LIMIT = 400
# Text that needs no quotes in any version of YAML.
_PLAIN = re.compile(r"[A-Za-z/$(][^\x00-\x1f:#]*(?:(?::(?! )|(?<! )#)[^\x00-\x1f:#]+)*")
_RELEASE = re.compile(r"\d+\.\d+\.\d+-[a-z]+\d*")
_MARKS = re.compile(r"[{}\[\],&*!|>'\"%@`\\]")
_OLD_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)


@dataclass(frozen=True)
class _Entry:
    key: str
    value: Value
    comments: tuple[str, ...]


@dataclass
class Block:
    """A mapping whose entries have comments above them."""

    entries: list[_Entry] = field(default_factory=list)
    comments: tuple[str, ...] = ()
    """Above the mapping, where it is an item of a list."""

    def put(self, key: str, value: Value, *comments: str) -> Self:
        """Add an entry; one without a value is left out."""
        if value is not None and value != [] and value != Block():
            self.entries.append(_Entry(key, value, comments))
        return self


def yaml_text(root: Block) -> str:
    """Return the document's text."""
    return "".join(f"{line}\n" for line in _mapping(root, ""))


def comment(text: str) -> Iterator[str]:
    """Yield a text as comment lines, with unreadable characters escaped, and cut."""
    for line in text[:_COMMENT_LIMIT].splitlines():
        for piece in _folded(shown(line)) or [""]:
            yield f"# {piece}".rstrip()


def _mapping(block: Block, indent: str) -> Iterator[str]:
    for entry in block.entries:
        for text in entry.comments:
            yield from (f"{indent}{line}" for line in comment(text))
        yield from _entry(entry, indent)


def _entry(entry: _Entry, indent: str) -> Iterator[str]:
    key = f"{indent}{_quoted(entry.key)}:"
    match entry.value:
        case Block() as block:
            yield key
            yield from _mapping(block, f"{indent}  ")
        case str() as text:
            head, *rest = _text(text, len(key) + 1)
            yield f"{key} {head}"
            yield from (f"{indent}  {line}" if line else "" for line in rest)
        case Sequence() as items:
            yield key
            for item in items:
                yield from _item(item, indent)
        case scalar:
            yield f"{key} {_scalar(scalar)}"


def _item(item: Value, indent: str) -> Iterator[str]:
    """Yield an item of a list: its dash stands where its key does."""
    match item:
        case Block() as block:
            for text in block.comments:
                yield from (f"{indent}{line}" for line in comment(text))
            first, *rest = _mapping(block, f"{indent}  ")
            yield f"{indent}- {first.removeprefix(indent).lstrip()}"
            yield from rest
        case str() as text:
            yield f"{indent}- {_quoted(text)}"
        case Sequence():
            raise TypeError("no list of the language holds lists")
        case scalar:
            yield f"{indent}- {_scalar(scalar)}"


def _scalar(value: int | float | bool | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _text(text: str, column: int) -> list[str]:
    """Return a text as the first line of a value and those below it."""
    lines = text.split("\n")
    if len(lines) > 1 and _can_be_literal(lines):
        return ["|-", *lines]
    quoted = _quoted(text)
    if column + len(quoted) > _WIDTH and _can_fold(text):
        return [">-", *_folded(text)]
    return [quoted]


def _can_be_literal(lines: Sequence[str]) -> bool:
    """Say whether a literal block says the same; its first line indents it."""
    is_framed = bool(lines[0] and lines[-1]) and not lines[0].startswith(" ")
    return is_framed and all(
        line == line.rstrip() and all(map(is_readable, line)) for line in lines
    )


def _folded(text: str) -> list[str]:
    return wrap(text, _WIDTH - 8, break_long_words=False, break_on_hyphens=False)


def _can_fold(text: str) -> bool:
    """Say whether the text can be broken at its spaces, and nowhere else."""
    is_single_spaced = " " in text and text == " ".join(text.split())
    return is_single_spaced and all(map(is_readable, text))


def _quoted(text: str) -> str:
    """Return a text as it is, in single quotes, or else in double quotes."""
    if not all(map(is_readable, text)):
        return double_quoted(text)
    if _is_plain(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str) -> bool:
    if _RELEASE.fullmatch(text):
        return True
    if not _PLAIN.fullmatch(text) or text != text.strip() or text.endswith(":"):
        return False
    if core_value(text) != text or is_other_number(text) or _OLD_WORDS.fullmatch(text):
        return False
    return not _MARKS.search(text[0])
