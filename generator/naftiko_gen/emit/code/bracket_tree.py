"""Parses a statement into its brackets, their items, and the text between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.string_literals import STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    rf"""
      (?P<string> {STRING} )
    | (?P<open> [(\[{{] ) | (?P<close> [)\]}}] ) | (?P<comma> , ) | (?P<space> \s+ )
    | (?P<text> [\w.]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class UnknownLayoutError(Exception):
    """A statement of a form whose layout only Black knows."""


@dataclass(frozen=True, slots=True)
class Word:
    """A string literal, or other text without brackets, commas and strings."""

    text: str
    is_string: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A pair of brackets and the items between its commas.

    Attributes:
        row: Its text on one row; None if a trailing comma in it demands several.
        is_after_word: Whether it belongs to the name before it, as in calls.
    """

    opening: str
    items: tuple[Item, ...]
    has_trailing_comma: bool
    is_after_word: bool
    row: str | None

    @property
    def closing(self) -> str:
        """Return the closing bracket."""
        return _CLOSING[self.opening]

    @property
    def text(self) -> str:
        """Return its text without line breaks."""
        comma = "," if self.has_trailing_comma else ""
        texts = ", ".join(item.text for item in self.items)
        return f"{self.opening}{texts}{comma}{self.closing}"

    @property
    def inner_row(self) -> str | None:
        """Return the text between the brackets on one row, if it may be on one."""
        return None if self.row is None else self.row[1:-1]


@dataclass(frozen=True, slots=True)
class Item:
    """The words and groups between two commas; `row` is its text on one row."""

    pieces: tuple[Word | Group, ...]
    row: str | None

    @property
    def text(self) -> str:
        """Return its text without line breaks."""
        return "".join(piece.text for piece in self.pieces)


def parse(statement: str) -> Item:
    """Parse a statement, whose commas outside of brackets are words.

    Raises:
        UnknownLayoutError: It has a comment, or brackets that aren't balanced, or a
            string that spans several rows or has other quotation marks in Black's
            style.
    """
    parser = _Parser()
    for kind, text in _tokens(statement):
        parser.add(kind, text)
    return parser.finish()


def _tokens(statement: str) -> Iterator[tuple[str, str]]:
    for token in _TOKEN.finditer(statement):
        yield token.lastgroup or "text", token[0]


@dataclass(slots=True)
class _OpenGroup:
    """A group whose closing bracket has not been reached."""

    opening: str
    is_after_word: bool
    items: list[Item] = field(default_factory=list)
    pieces: list[Word | Group] = field(default_factory=list)
    is_after_comma: bool = False
    has_space: bool = False

    def add(self, piece: Word | Group) -> None:
        if self.has_space and self.pieces:
            self.pieces.append(Word(" "))
        self.has_space = self.is_after_comma = False
        self.pieces.append(piece)

    def end_item(self) -> None:
        if not self.pieces:
            raise UnknownLayoutError
        self.items.append(_item(tuple(self.pieces)))
        self.pieces = []
        self.is_after_comma, self.has_space = True, False

    @property
    def ends_with_word(self) -> bool:
        """Return whether a bracket would belong to the text before it."""
        if self.has_space or not self.pieces:
            return False
        match self.pieces[-1]:
            case Word(text=text, is_string=is_string):
                return is_string or text[-1].isalnum() or text[-1] == "_"
            case Group():
                return True


class _Parser:
    def __init__(self) -> None:
        self._groups = [_OpenGroup("", is_after_word=False)]

    def add(self, kind: str, text: str) -> None:
        group = self._groups[-1]
        match kind:
            case "space":
                group.has_space = True
            case "open":
                self._groups.append(_OpenGroup(text, group.ends_with_word))
            case "close":
                self._close(text)
            case "comma" if len(self._groups) == 1:
                group.add(Word(","))
            case "comma":
                group.end_item()
            case "string" if "\n" in text or _is_rewritten(text):
                raise UnknownLayoutError
            case "text" if text == "#":
                raise UnknownLayoutError
            case _:
                group.add(Word(text, is_string=kind == "string"))

    def finish(self) -> Item:
        if len(self._groups) != 1 or self._groups[0].items:
            raise UnknownLayoutError
        return _item(tuple(self._groups[0].pieces))

    def _close(self, bracket: str) -> None:
        group = self._groups.pop()
        if not self._groups or _CLOSING[group.opening] != bracket:
            raise UnknownLayoutError
        has_trailing_comma = group.is_after_comma
        if group.pieces:
            group.end_item()
        items = tuple(group.items)
        if bracket == "]" and len(items) == 1 and _is_parenthesised(items[0]):
            raise UnknownLayoutError
        row = _row(group, items, has_trailing_comma=has_trailing_comma)
        closed_group = Group(
            group.opening, items, has_trailing_comma, group.is_after_word, row
        )
        self._groups[-1].add(closed_group)


def _is_parenthesised(item: Item) -> bool:
    """Return whether an item is in parentheses, which Black removes in a short list."""
    match item.pieces:
        case [Group(opening="(", items=(_,), is_after_word=False) as group]:
            return not group.has_trailing_comma
        case _:
            return False


def _is_rewritten(string: str) -> bool:
    """Return whether Black may replace the quotation marks of a string."""
    return string.endswith("'") and '"' not in string


def _item(pieces: tuple[Word | Group, ...]) -> Item:
    rows = [piece.text if isinstance(piece, Word) else piece.row for piece in pieces]
    texts = [row for row in rows if row is not None]
    return Item(pieces, "".join(texts) if len(texts) == len(rows) else None)


def _row(
    group: _OpenGroup, items: tuple[Item, ...], *, has_trailing_comma: bool
) -> str | None:
    rows = [item.row for item in items if item.row is not None]
    is_tuple = group.opening == "(" and not group.is_after_word
    # The comma after the only item of a tuple demands no rows.
    is_tuple_of_one = is_tuple and len(items) == 1 and has_trailing_comma
    if len(rows) < len(items) or (has_trailing_comma and not is_tuple_of_one):
        return None
    comma = "," if is_tuple_of_one else ""
    return f"{group.opening}{', '.join(rows)}{comma}{_CLOSING[group.opening]}"
