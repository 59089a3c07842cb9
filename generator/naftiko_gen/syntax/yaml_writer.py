"""YAML as the compiler writes it: scalars, new parts of a spec, and whole documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from textwrap import wrap
from typing import Self, TypeAlias, Union

from naftiko_gen.syntax.readable import (
    double_quoted,
    escape_unreadable,
    is_all_readable,
)
from naftiko_gen.syntax.reader.composer import core_value, is_other_number

Value: TypeAlias = Union[str, int, float, bool, Sequence["Value"], "Block", None]

_WIDTH = 88
_COMMENT_LIMIT = 400

_KNOWN = 1_024
"""How many texts to keep: keys, and texts of parameters, are written many times."""
_KEY_LIMIT = 1_024
"""The bytes of a key that YAML allows without a question mark in front of it."""

# --- scalars ---------------------------------------------------------------------

# Text that needs no quotes in any version of YAML.
_PLAIN = re.compile(
    r"[A-Za-z_/$(][^\x00-\x1f:#]*(?:(?::(?! )|(?<! )#)[^\x00-\x1f:#]+)*"
    r"|\d+\.\d+\.\d+(?:-[a-z]+\d*)?"
)
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_/][A-Za-z0-9_./ -]*")
_OLD_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)


def _is_plain(text: str, *, in_flow: bool) -> bool:
    if not (_PLAIN_IN_FLOW if in_flow else _PLAIN).fullmatch(text):
        return False
    if text != text.strip() or text.endswith(":") or _OLD_WORDS.fullmatch(text):
        return False
    return core_value(text) == text and not is_other_number(text)


@lru_cache(_KNOWN, typed=True)
def spell(value: str | int | float | bool | None, *, in_flow: bool = False) -> str:
    """Return a value as YAML on one line, with quotes only where it needs them.

    In brackets, commas need quotes as well.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str() if not is_all_readable(value):
            return double_quoted(value)
        case str() if _is_plain(value, in_flow=in_flow):
            return value
        case str():
            return single_quoted(value)
        case _:
            return str(value)


def respell(value: str | bool | int, typed_text: str, *, in_flow: bool) -> str:
    """Return a value for an edit; a text keeps the kind of quotes that it replaces."""
    match typed_text[:1], value:
        case "'", str() if is_all_readable(value):
            return single_quoted(value)
        case '"', str():
            return double_quoted(value)
        case _:
            return spell(value, in_flow=in_flow)


def single_quoted(text: str) -> str:
    """Return a text on one line in single quotes, which know no escapes."""
    return "'" + text.replace("'", "''") + "'"


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
        """Add an entry; one without a value is left out, unless it is `EMPTY`."""
        is_filled = value is not None and value != [] and value != Block()
        if is_filled or value is EMPTY:
            self.entries.append(_Entry(key, value, comments))
        return self


EMPTY = Block()
"""A mapping that says by having no entries that nothing is declared."""

Fields = dict[str, "FieldValue"]
"""A new mapping of an edit."""
FieldValue: TypeAlias = str | bool | int | Fields | list[Fields]


def field_lines(fields: Fields) -> list[str]:
    """Return the lines of the entries of a mapping."""
    return list(_mapping(_block(fields), ""))


def item_lines(fields: Fields) -> list[str]:
    """Return the lines of a mapping in a list."""
    return list(_item(_block(fields), ""))


def _block(fields: Fields) -> Block:
    return Block([_Entry(key, _value(value), ()) for key, value in fields.items()])


def _value(value: FieldValue) -> Value:
    if isinstance(value, list):
        return list(map(_block, value))
    return _block(value) if isinstance(value, dict) else value


def in_braces(value: FieldValue) -> str:
    """Return a mapping or a list in brackets, or a scalar, on one line."""
    match value:
        case dict():
            entries = (
                f"{spell(k, in_flow=True)}: {in_braces(v)}" for k, v in value.items()
            )
            return f"{{{', '.join(entries)}}}"
        case list():
            return f"[{', '.join(map(in_braces, value))}]"
        case _:
            return spell(value, in_flow=True)


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
    name = spell(entry.key)
    key = f"{indent}{name}:"
    if len(name.encode()) > _KEY_LIMIT:
        yield f"{indent}? {name}"
        key = f"{indent}:"
    match entry.value:
        case Block() as block:
            yield key if block.entries else f"{key} {{}}"
            yield from _mapping(block, f"{indent}  ")
        case str() as text:
            head, *rest = _text(text, len(key) + 1)
            yield f"{key} {head}"
            yield from (f"{indent}  {line}" if line else "" for line in rest)
        case Sequence() as items:
            yield key if items else f"{key} []"
            for item in items:
                yield from _item(item, indent)
        case scalar:
            yield f"{key} {spell(scalar)}"


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
            yield f"{indent}- {spell(text)}"
        case Sequence():
            raise TypeError("no list of the language holds lists")
        case scalar:
            yield f"{indent}- {spell(scalar)}"


def _text(text: str, column: int) -> Sequence[str]:
    """Return a text as the first line of a value and those below it."""
    if lines := literal_lines(text):
        return lines
    scalar = spell(text)
    is_wide = column + len(scalar) > _WIDTH
    return (_folded_lines(text) if is_wide else None) or [scalar]


def literal_lines(text: str) -> list[str] | None:
    """Return the lines of a literal block that says the same, if there is one."""
    lines = text.split("\n")
    # The first line indents the block.
    is_framed = bool(lines[0] and lines[-1]) and not lines[0].startswith(" ")
    is_kept = all(line == line.rstrip() and is_all_readable(line) for line in lines)
    return ["|-", *lines] if is_framed and is_kept and len(lines) > 1 else None


@lru_cache(_KNOWN)
def _folded_lines(text: str) -> tuple[str, ...] | None:
    """Return the lines of a text that can be broken at its spaces, and nowhere else."""
    is_single_spaced = " " in text and text == " ".join(text.split())
    can_fold = is_single_spaced and is_all_readable(text)
    return (">-", *_fold(text)) if can_fold else None


def _fold(text: str) -> list[str]:
    return wrap(text, _WIDTH - 8, break_long_words=False, break_on_hyphens=False)
