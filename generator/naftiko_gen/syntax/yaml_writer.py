"""YAML as the compiler writes it: scalars, and whole documents in block style."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from textwrap import wrap
from typing import Self, TypeAlias, Union

from naftiko_gen.syntax.quoted import double_quoted
from naftiko_gen.syntax.readable import escape_unreadable, is_all_readable
from naftiko_gen.syntax.reader.characters import FORBIDDEN
from naftiko_gen.syntax.reader.scalars import core_value, is_other_number

Value: TypeAlias = Union[str, int, float, bool, Sequence["Value"], "Block", None]

_WIDTH = 88
_COMMENT_LIMIT = 400

# --- scalars ---------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How a text is written: plain if it can be, or else in quotes.

    Attributes:
        is_plain: Whether a readable text needs no quotes.
        is_readable: Whether a text can be shown as it is. Single quotes hold it then.
        in_double_quotes: Writes any other text, with escapes.
    """

    is_plain: Callable[[str], bool]
    is_readable: Callable[[str], bool]
    in_double_quotes: Callable[[str], str]


def write_scalar(value: str | int | float | bool | None, style: Style) -> str:
    """Return a value as YAML on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str() if not style.is_readable(value):
            return style.in_double_quotes(value)
        case str() if style.is_plain(value):
            return value
        case str():
            return single_quoted(value)
        case _:
            return str(value)


def single_quoted(text: str) -> str:
    """Return a text on one line in single quotes, which know no escapes."""
    return "'" + text.replace("'", "''") + "'"


# --- scalars in new documents ----------------------------------------------------

# Text that needs no quotes in any version of YAML.
_PLAIN = re.compile(r"[A-Za-z/$(][^\x00-\x1f:#]*(?:(?::(?! )|(?<! )#)[^\x00-\x1f:#]+)*")
_RELEASE = re.compile(r"\d+\.\d+\.\d+-[a-z]+\d*")
_MARKS = re.compile(r"[{}\[\],&*!|>'\"%@`\\]")
_OLD_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)


def _is_plain(text: str) -> bool:
    if _RELEASE.fullmatch(text):
        return True
    if not _PLAIN.fullmatch(text) or text != text.strip() or text.endswith(":"):
        return False
    if core_value(text) != text or is_other_number(text) or _OLD_WORDS.fullmatch(text):
        return False
    return not _MARKS.search(text[0])


NEW = Style(_is_plain, is_all_readable, double_quoted)
"""For a document that the compiler writes as a whole, from texts of strangers."""

# --- scalars among an author's own -----------------------------------------------

_PLAIN_IN_BLOCK = re.compile(
    r"[A-Za-z_/](?:[^:#\n]*[^:#\s])?|[0-9]+\.[0-9]+\.[0-9]+(?:-[a-z0-9]+)?"
)
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_/][A-Za-z0-9_./ -]*(?<! )")
_OTHER_VALUES = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that some reader of YAML takes for something else than a text."""


def _is_plain_in_block(text: str) -> bool:
    is_plain = _PLAIN_IN_BLOCK.fullmatch(text)
    return bool(is_plain) and text.lower() not in _OTHER_VALUES


def _is_plain_in_flow(text: str) -> bool:
    is_plain = _PLAIN_IN_FLOW.fullmatch(text)
    return bool(is_plain) and text.lower() not in _OTHER_VALUES


def _escape(text: str) -> str:
    """Return a text in double quotes, with the escapes alone that a spec must have."""

    def escape(character: re.Match[str]) -> str:
        code = ord(character[0])
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return FORBIDDEN.sub(escape, json.dumps(text, ensure_ascii=False))


EDIT_IN_BLOCK = Style(_is_plain_in_block, str.isprintable, _escape)
"""For an edit of a spec, outside of brackets.

An edit keeps the author's characters, where a new document escapes those that can't be
seen; and it quotes any text with a colon or a number sign, also where YAML needs none.
"""
EDIT_IN_FLOW = Style(_is_plain_in_flow, str.isprintable, _escape)
"""For an edit inside of brackets, where commas need quotes as well."""


def spell(value: str | bool | int, *, in_flow: bool = False) -> str:
    """Return a value for an edit of a spec, with quotes only where it needs them."""
    return write_scalar(value, EDIT_IN_FLOW if in_flow else EDIT_IN_BLOCK)


def respell(value: str | bool | int, typed_text: str, *, in_flow: bool) -> str:
    """Return a value for an edit; a text keeps the kind of quotes that it replaces."""
    match typed_text[:1], value:
        case "'", str() if value.isprintable():
            return single_quoted(value)
        case '"', str():
            return _escape(value)
        case _:
            return spell(value, in_flow=in_flow)


# --- documents -------------------------------------------------------------------


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


_KNOWN = 1_024
"""How many texts to keep: keys, and texts of parameters, are written many times."""


_KEY_LIMIT = 1_024
"""The bytes of a key that YAML allows without a question mark in front of it."""


def yaml_text(root: Block) -> str:
    """Return the document's text."""
    return "".join(f"{line}\n" for line in _mapping(root, ""))


def comment(text: str) -> Iterator[str]:
    """Yield a text as comment lines, with unreadable characters escaped, and cut."""
    for line in text[:_COMMENT_LIMIT].splitlines():
        for piece in _fold(escape_unreadable(line)) or [""]:
            yield f"# {piece}".rstrip()


def _mapping(block: Block, indent: str) -> Iterator[str]:
    for entry in block.entries:
        for text in entry.comments:
            yield from (f"{indent}{line}" for line in comment(text))
        yield from _entry(entry, indent)


def _entry(entry: _Entry, indent: str) -> Iterator[str]:
    name = _new_scalar(entry.key)
    key = f"{indent}{name}:"
    if len(name.encode()) > _KEY_LIMIT:
        yield f"{indent}? {name}"
        key = f"{indent}:"
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
            yield f"{key} {write_scalar(scalar, NEW)}"


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
            yield f"{indent}- {_new_scalar(text)}"
        case Sequence():
            raise TypeError("no list of the language holds lists")
        case scalar:
            yield f"{indent}- {write_scalar(scalar, NEW)}"


@lru_cache(_KNOWN)
def _new_scalar(text: str) -> str:
    return write_scalar(text, NEW)


def _text(text: str, column: int) -> Sequence[str]:
    """Return a text as the first line of a value and those below it."""
    lines = text.split("\n")
    if len(lines) > 1 and _can_be_literal(lines):
        return ["|-", *lines]
    scalar = _new_scalar(text)
    is_wide = column + len(scalar) > _WIDTH
    return (_folded_lines(text) if is_wide else None) or [scalar]


@lru_cache(_KNOWN)
def _folded_lines(text: str) -> tuple[str, ...] | None:
    """Return the lines of a text that can be broken at its spaces, and nowhere else."""
    return (">-", *_fold(text)) if _can_fold(text) else None


def _can_be_literal(lines: Sequence[str]) -> bool:
    """Return whether a literal block says the same; its first line indents it."""
    is_framed = bool(lines[0] and lines[-1]) and not lines[0].startswith(" ")
    return is_framed and all(
        line == line.rstrip() and is_all_readable(line) for line in lines
    )


def _fold(text: str) -> list[str]:
    return wrap(text, _WIDTH - 8, break_long_words=False, break_on_hyphens=False)


def _can_fold(text: str) -> bool:
    """Return whether the text can be broken at its spaces, and nowhere else."""
    is_single_spaced = " " in text and text == " ".join(text.split())
    return is_single_spaced and is_all_readable(text)
