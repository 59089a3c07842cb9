"""Lays out statements that don't fit on a row, if only their brackets have to be split.

Most long statements are calls and tables. Black needs milliseconds for a row of them,
and each has other widths, so its results can't be kept. These are its rules for them:

- The content of a bracket goes on rows of its own, below the text before the bracket.
- Arguments stay together if they fit on one row. Otherwise, and in lists, tuples and
  dictionaries, each item has its own row, with a comma.
- A trailing comma in a bracket demands a row for each item.
- Adjacent strings stay together if they fit on one row.

Black lays out entries of any other form, each by itself, as no layout depends on the
entries around it. Statements of any other form are left to Black as a whole.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.black_layout import layout_of_black
from naftiko_gen.emit.code.bracket_tree import (
    Group,
    Item,
    UnknownLayoutError,
    Word,
    parse,
)
from naftiko_gen.emit.code.rows import row_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MARGIN = "    "
_NAMES = r"(?P<called>(?:\w+(?:\.\w+)*)?)"
_TARGETS = r"\w+(?:\.\w+)*(?:, \w+)*"
_ANNOTATION = r"\w+(?:\[[\w, |]+\])?(?: \| None)?"
_COMPARED = r"\w+(?:\.\w+)*|\[[\w. ]+\]|\([\w.]+(?:\(\))?, [\w.]+(?:\(\))?\)"
_STATEMENT = re.compile(
    rf"(?:return |yield |{_TARGETS}(?:: {_ANNOTATION})? = "
    rf"|assert (?:(?:{_COMPARED}) == )?)?(?:await )?{_NAMES}"
)
"""The text before the last bracket of a statement that is split there."""
_BLOCK = re.compile(rf"class \w+|(?:async )?with {_NAMES}")
"""The text before the only bracket of a block's header."""
_BLOCK_END = re.compile(r"(?: as \w+)?:")
_IMPORT = re.compile(r"from [\w.]+ import ")
_SIGNATURE = re.compile(r"(?:async )?def \w+")
_RESULT = re.compile(r"(?: -> [\w.\[\], |]+)?:")
_LABEL = re.compile(rf"(?:\w+=|\*\*?)?{_NAMES}")
"""The text before the last bracket of an item, if no string is before it."""
_EXPRESSION = re.compile(rf"(?:await|lambda \w+:) {_NAMES}")
"""The same, if an operator is before it."""
_AFTER_KEY = re.compile(rf": {_NAMES}")
"""The text between a key and the bracket of its value."""
_UNBREAKABLE = re.compile(r"(?:\w+=)?-?\w*(?:\.\w+)?")
_TYPE = re.compile(r"[A-Za-z_]\w*")
_TABLE_STARTS = {"(": "f(", "[": "[", "{": "{"}
"""The beginnings of statements that have the entries of a bracket, by the bracket."""
_SPLIT_BEFORE_COMMAS = frozenset(("for", "lambda", "yield"))


def lay_out(statement: str, width: int) -> str | None:
    """Return the rows of a statement; None if it fits, or only Black knows them."""
    try:
        item = parse(statement)
        if item.row is not None and row_width(item.row) <= width:
            return None
        return "\n".join(_rows(item, width))
    except UnknownLayoutError:
        return None


def _rows(statement: Item, width: int) -> Iterator[str]:
    match statement.pieces:
        case [Word(text="def"), *_] | [Word(text="async"), _, Word(text="def"), *_]:
            return _header_rows(statement, width)
        case [Word(text="class" | "async" | "with"), *_]:
            return _block_rows(statement, width)
        case [Word(text="from"), *_]:
            return _import_rows(statement)
        case _:
            return _statement_rows(statement, width)


def _header_rows(header: Item, width: int) -> Iterator[str]:
    """Yield the rows of a function's header."""
    signature, parameters, result = _around_first_group(header)
    if not _SIGNATURE.fullmatch(signature) or not _RESULT.fullmatch(result):
        raise UnknownLayoutError
    if not parameters.items:
        raise UnknownLayoutError
    yield _fitting(f"{signature}(", width)
    yield from _indent(_parameter_rows(parameters, width - len(_MARGIN)))
    yield _fitting(f"){result}", width)


def _around_first_group(header: Item) -> tuple[str, Group, str]:
    """Return the first bracket of a header, and the text before and after it."""
    for place, piece in enumerate(header.pieces):
        if isinstance(piece, Group):
            before, after = header.pieces[:place], header.pieces[place + 1 :]
            return _text(before), piece, _text(after)
    raise UnknownLayoutError


def _block_rows(header: Item, width: int) -> Iterator[str]:
    """Yield the rows of the header of a class, or of a `with` of one call."""
    start, group, end = _around_first_group(header)
    match = _BLOCK.fullmatch(start)
    if not match or iskeyword(match["called"] or "") or not _BLOCK_END.fullmatch(end):
        raise UnknownLayoutError
    if not group.is_after_word or group.opening != "(":
        raise UnknownLayoutError
    yield from _group_rows(start, group, end, width)


def _import_rows(statement: Item) -> Iterator[str]:
    """Yield the rows of names, whose last comma demands a row each, wide or not."""
    start, names, end = _around_first_group(statement)
    if not _IMPORT.fullmatch(start) or end or not names.has_trailing_comma:
        raise UnknownLayoutError
    yield f"{start}("
    yield from _indent(f"{item.row}," for item in names.items)
    yield ")"


def _parameter_rows(parameters: Group, width: int) -> Iterator[str]:
    """Yield the rows of parameters; a single one has a comma in any case."""
    inner = parameters.inner_row
    if len(parameters.items) > 1 and inner is not None and row_width(inner) <= width:
        yield inner
        return
    for item in parameters.items:
        if item.row is None:
            raise UnknownLayoutError
        yield _fitting(f"{item.row},", width)


def _statement_rows(statement: Item, width: int) -> Iterator[str]:
    *before, group = statement.pieces
    start = _text(before)
    match = _STATEMENT.fullmatch(start)
    if not isinstance(group, Group) or not match or iskeyword(match["called"]):
        raise UnknownLayoutError
    if group.opening == "(" and not match["called"] and len(group.items) == 1:
        raise UnknownLayoutError  # redundant parentheses
    yield from _group_rows(start, group, "", width)


def _item_rows(item: Item, comma: str, width: int) -> Iterator[str]:
    """Yield the rows of an item of a bracket, which has rows of its own."""
    if item.row is not None and row_width(item.row) + len(comma) <= width:
        yield f"{item.row}{comma}"
        return
    match item.pieces:
        case [*before, Group() as group]:
            yield from _group_rows(_label(before, group), group, comma, width)
        case [*before, Word(is_string=True)] if _is_unbreakable(before):
            yield f"{item.row}{comma}"
        case pieces if _is_unbreakable(pieces):
            yield f"{item.row}{comma}"
        case _:
            raise UnknownLayoutError


def _label(pieces: Sequence[Word | Group], group: Group) -> str:
    """Return the text before the bracket of an item."""
    match pieces:
        case [Word(text=key, is_string=True), *others]:
            label, pattern = _text(others), _AFTER_KEY
        case [Word(text="await" | "lambda"), *_]:
            key, label, pattern = "", _text(pieces), _EXPRESSION
        case _:
            key, label, pattern = "", _text(pieces), _LABEL
    match = pattern.fullmatch(label)
    if not match or iskeyword(match["called"]):
        raise UnknownLayoutError
    if pattern is _EXPRESSION and group.opening == "(" and not match["called"]:
        raise UnknownLayoutError  # redundant parentheses
    return f"{key}{label}"


def _is_unbreakable(pieces: Sequence[Word | Group]) -> bool:
    """Return whether an item without a bracket stays on one row, too wide as it is."""
    match pieces:
        case [Word(is_string=True), *others]:
            return _text(others) == ": "
        case _:
            return _UNBREAKABLE.fullmatch(_text(pieces)) is not None


def _group_rows(start: str, group: Group, end: str, width: int) -> Iterator[str]:
    """Yield the rows of a bracket with the text before and after it."""
    if not group.items or (_is_index(group) and not _is_known_index(group)):
        raise UnknownLayoutError
    yield _fitting(f"{start}{group.opening}", width)
    yield from _indent(_content_rows(group, width - len(_MARGIN)))
    yield f"{group.closing}{end}"


def _is_index(group: Group) -> bool:
    return group.is_after_word and group.opening != "("


def _is_known_index(group: Group) -> bool:
    """Return whether an index is a single string or type, or several items."""
    if group.has_trailing_comma:
        return False
    match group.items:
        case [Item(pieces=[Word(is_string=True)])]:
            return True
        case [Item(pieces=[Word(text=name)])]:
            return _TYPE.fullmatch(name) is not None
        case [_]:
            return False
        case _:
            return True


def _content_rows(group: Group, width: int) -> Iterator[str]:
    if len(group.items) == 1 and not group.has_trailing_comma:
        yield from _only_item_rows(group, width)
        return
    inner = group.inner_row
    if group.is_after_word and inner is not None and row_width(inner) <= width:
        yield inner
        return
    if len(group.items) == 1 and not group.is_after_word and group.opening == "(":
        raise UnknownLayoutError  # a tuple, whose comma says nothing about its layout
    for item in group.items:
        _check_commas_split_first(item)
    for item in group.items:
        yield from _entry_rows(group, item, width)


def _entry_rows(group: Group, item: Item, width: int) -> Iterator[str]:
    """Yield the rows of an item that has a comma after it."""
    try:
        yield from [*_item_rows(item, ",", width)]
    except UnknownLayoutError:
        yield from _rows_of_black(group, item, width)


def _rows_of_black(group: Group, item: Item, width: int) -> Iterator[str]:
    """Yield the rows that Black gives an item in a table of this item alone."""
    start = _TABLE_STARTS[group.opening]
    table = f"{start}{item.text},{group.closing}"
    first, *rows, last = layout_of_black(table, width + len(_MARGIN)).split("\n")
    if (first, last) != (start, group.closing):
        raise UnknownLayoutError
    yield from (row.removeprefix(_MARGIN) for row in rows)


def _only_item_rows(group: Group, width: int) -> Iterator[str]:
    (item,) = group.items
    match item.pieces:
        case [Group(opening="("), *_] if not group.is_after_word:
            raise UnknownLayoutError  # redundant parentheses
        case [Word(is_string=True), Word(text=" "), Word(is_string=True), *_]:
            yield from _string_rows(item, width)
        case _:
            yield from _item_rows(item, "", width)


def _string_rows(strings: Item, width: int) -> Iterator[str]:
    """Yield the rows of adjacent strings."""
    if strings.row is not None and row_width(strings.row) <= width:
        yield strings.row
        return
    for piece in strings.pieces:
        if not isinstance(piece, Word) or not (piece.is_string or piece.text == " "):
            raise UnknownLayoutError
        if piece.is_string:
            yield piece.text


def _check_commas_split_first(item: Item) -> None:
    """Check that nothing in an item is split before the commas around it."""
    match item.pieces:
        case [Word(text="lambda"), Word(" "), Word(), Word(":"), *others]:
            pieces: Sequence[Word | Group] = others
        case others:
            pieces = others
    for piece in pieces:
        if isinstance(piece, Word) and piece.text in _SPLIT_BEFORE_COMMAS:
            raise UnknownLayoutError


def _text(pieces: Sequence[Word | Group]) -> str:
    """Return the text of pieces without strings, on one row."""
    texts = []
    for piece in pieces:
        text = piece.row if isinstance(piece, Group) else piece.text
        if text is None or (isinstance(piece, Word) and piece.is_string):
            raise UnknownLayoutError
        texts.append(text)
    return "".join(texts)


def _indent(rows: Iterator[str]) -> Iterator[str]:
    return (f"{_MARGIN}{row}" for row in rows)


def _fitting(row: str, width: int) -> str:
    if row_width(row) > width:
        raise UnknownLayoutError
    return row
