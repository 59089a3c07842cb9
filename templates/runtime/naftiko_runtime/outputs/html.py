"""HTML documents as JSON: the elements that selectors choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from lxml import etree

from ..transport import Reply, utf8
from ..values import Room
from .mismatches import UnreadableError, reads
from .shapes import Read

Test = tuple[str, str, str]
"""The name of an attribute, an operator of CSS (maybe none), and a value."""

DEEPEST = 256
DEEPEST_TABLES = 10
# Larger documents would delay all other calls for a second.
MOST = 100_000
MOST_CELLS = 1_000_000
# Beyond 10 MB, libxml2 reads the rest of a document again for each unclosed comment.
MOST_BYTES = 5_000_000
BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div"),
        *("dl", "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
        *("section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
"""Elements whose text stands apart from the text around them."""
HIDDEN = frozenset(("script", "style", "template"))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a selector: which elements it matches, and how they are found.

    `combinator` is that of CSS between this part and the one before.
    """

    name: str = ""
    tests: tuple[Test, ...] = ()
    combinator: str = " "
    child: int | None = None
    """The position among the children of the parent, from 1."""
    of_type: int | None = None
    """The position among those of the same name."""


Selector = Sequence[Part]


@dataclass(slots=True)
class Match:
    """An open element: which parts of the selectors it completes.

    In each set of bits, a bit is a part of a selector that is completed, together with
    all parts of the selector before it.
    """

    own: int = 0
    above: int = 0
    """The parts that the element or one around it completes."""
    last: int = 0
    """Those of its last child."""
    earlier: int = 0
    """Those of all its children so far."""
    children: int = 0
    names: dict[str, int] = field(default_factory=dict)


class Matcher:
    """Matches the elements of one document against alternative selectors."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._parts = [
            (part, place == 0)
            for selector in selectors
            for place, part in enumerate(selector)
        ]
        ends = accumulate(map(len, selectors))
        self._ends = sum(1 << (end - 1) for end in ends)

    def enter(
        self, parent: Match, name: str, attributes: Mapping[str, str]
    ) -> tuple[Match, bool]:
        """Return the match of a further child, and whether a selector selects it."""
        parent.children += 1
        parent.names[name] = parent.names.get(name, 0) + 1
        own = 0
        for index, (part, is_first) in enumerate(self._parts):
            is_possible = is_first or _before(part, parent) >> (index - 1) & 1
            if is_possible and _is_matched(part, parent, name, attributes):
                own |= 1 << index
        parent.last, parent.earlier = own, parent.earlier | own
        return Match(own, parent.above | own), bool(own & self._ends)


def _before(part: Part, parent: Match) -> int:
    """Return the parts that elements complete which may stand before another part."""
    match part.combinator:
        case ">":
            return parent.own
        case "+":
            return parent.last
        case "~":
            return parent.earlier
        case _:
            return parent.above


def _is_matched(
    part: Part, parent: Match, name: str, attributes: Mapping[str, str]
) -> bool:
    return (
        part.name in ("", name)
        and part.child in (None, parent.children)
        and part.of_type in (None, parent.names[name])
        and all(_holds(test, attributes) for test in part.tests)
    )


def _holds(test: Test, attributes: Mapping[str, str]) -> bool:
    name, operator, wanted = test
    value = attributes.get(name)
    if value is None:
        return False
    match operator:
        case "":
            return True
        case "=":
            return value == wanted
        case "~=":
            return wanted in value.split()
        case "|=":
            return value == wanted or value.startswith(f"{wanted}-")
        case "^=":
            return wanted != "" and value.startswith(wanted)
        case "$=":
            return wanted != "" and value.endswith(wanted)
        case _:
            return wanted != "" and wanted in value


EVERY: tuple[Selector, ...] = ((Part("table"),),)


@reads("HTML")
def html_document(reply: Reply) -> dict[str, Any]:
    """Return the tables of a document; raises ValueError for too large a one.

    A table is an array of objects, with names from its first row of headers: that of
    its head, else its first row. Tables without headers are left out, and so are other
    rows with headers. Every value is text.
    """
    return _tables(reply, EVERY)


def html_tables(*selectors: Selector) -> Read:
    """Return a function that parses the tables that selectors select, or inside."""
    return reads("HTML")(lambda reply: _tables(reply, selectors))


def _tables(reply: Reply, selectors: Sequence[Selector]) -> dict[str, Any]:
    if len(reply.body) > MOST_BYTES:
        raise UnreadableError("too long a document")
    tables = _Tables(selectors)
    parser = etree.HTMLParser(target=tables, encoding=_encoding(reply), no_network=True)
    parser.feed(utf8(reply))
    parser.close()
    return {"tables": tables.found}


def _encoding(reply: Reply) -> str | None:
    """Return the encoding of a body; None if the document declares it."""
    if reply.charset is not None:
        return "utf-8"
    try:
        reply.body.decode()
    except ValueError:
        return None
    return "utf-8"


@dataclass(slots=True)
class _Table:
    is_selected: bool
    rows: list[list[tuple[str, bool]]] = field(default_factory=list)
    """The texts of cells, and whether they are headers."""
    head: int | None = None
    """The index of the first row in the head."""

    def records(self, room: Room) -> list[dict[str, str]] | None:
        """Return an object for each row, None for a table without headers.

        Raises ValueError if there is no room for its cells.
        """
        header = self.rows[self.head or 0] if self.rows else []
        names = [text for text, is_header in header if is_header]
        rows = [
            [text for text, _ in row]
            for row in self.rows
            if row and not any(is_header for _, is_header in row)
        ]
        if not names:
            return None
        room.take(len(names) * len(rows))
        return [
            dict(zip(names, [*row, *([""] * (len(names) - len(row)))], strict=False))
            for row in rows
        ]


@dataclass(slots=True)
class _Open:
    """An open element."""

    name: str
    match: Match
    is_selected: bool


class _Tables:
    """Collects tables from the events of a parser, without a tree of the document."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self.found: list[list[dict[str, str]]] = []
        self._matcher = Matcher(selectors)
        self._open = [_Open("", Match(), is_selected=False)]
        self._tables: list[tuple[_Table, int]] = []
        """The open tables, each with its place among those found."""
        self._cells: list[int] = []
        """For each open cell, the number of texts before it."""
        self._texts: list[str] = []
        self._elements = Room(MOST, lambda: UnreadableError("too many elements"))
        self._cell_room = Room(MOST_CELLS, lambda: UnreadableError("too many cells"))

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:
        """Open an element."""
        name, parent = str(tag), self._open[-1]
        self._elements.take(1)
        if len(self._open) > DEEPEST:
            raise UnreadableError("elements nested too deeply")
        match, is_selected = self._matcher.enter(parent.match, name, attrib)
        is_selected = is_selected or parent.is_selected
        self._open.append(_Open(name, match, is_selected))
        self._separate(name)
        match name:
            case "table":
                self._start_table(is_selected=is_selected)
            case "tr" if self._tables:
                self._start_row(parent.name)
            case "td" | "th" if self._tables:
                self._start_cell()
            case _:
                pass

    def end(self, tag: str | bytes) -> None:
        """Close the innermost element."""
        name = str(tag)
        self._open.pop()
        match name:
            case "table":
                self._end_table()
            case "td" | "th" if self._cells and self._tables:
                self._end_cell(is_header=name == "th")
            case _:
                pass
        self._separate(name)

    def data(self, data: str | bytes) -> None:
        """Add a text to the open cells."""
        if self._cells and self._open[-1].name not in HIDDEN:
            self._texts.append(str(data))

    def comment(self, text: str | bytes) -> None:
        """Ignore a comment."""

    def close(self) -> Any:
        """Return nothing: the tables are in `found`."""

    def _separate(self, name: str) -> None:
        if self._cells and name in BLOCKS:
            self._texts.append(" ")

    def _start_table(self, *, is_selected: bool) -> None:
        if len(self._tables) == DEEPEST_TABLES:
            raise UnreadableError("tables nested too deeply")
        self._tables.append((_Table(is_selected), len(self.found)))

    def _start_row(self, parent: str) -> None:
        table, _ = self._tables[-1]
        if parent == "thead" and table.head is None:
            table.head = len(table.rows)
        table.rows.append([])

    def _start_cell(self) -> None:
        # The text of a cell is joined again for each one around it.
        if len(self._cells) == DEEPEST_TABLES:
            raise UnreadableError("cells nested too deeply")
        self._cells.append(len(self._texts))

    def _end_cell(self, *, is_header: bool) -> None:
        start = self._cells.pop()
        text = " ".join("".join(self._texts[start:]).split())
        if not self._cells:
            self._texts.clear()
        table, _ = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        table.rows[-1].append((text, is_header))

    def _end_table(self) -> None:
        table, place = self._tables.pop()
        records = table.records(self._cell_room) if table.is_selected else None
        if records is not None:
            # A table stands before those inside it.
            self.found.insert(place, records)
