"""The text of a spec during edits, the offsets of its nodes, and blocks of brackets."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Entry, Mapping, Sequence, walk_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Node

_BOM = "\ufeff"
_END = re.compile(r"^\.\.\.(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Edit:
    """The replacement of a range of characters by another text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Text:
    """The text of a spec without a byte order mark, and its syntax tree as typed."""

    characters: str
    root: Mapping
    mark: str = ""

    @classmethod
    def of(cls, content: bytes, root: Mapping) -> Text:
        """Return the text of a file with its syntax tree."""
        text = content.decode()
        bare = text.removeprefix(_BOM)
        return cls(bare, root, text[: len(text) - len(bare)])

    def apply(self, edits: Iterable[Edit]) -> bytes | None:
        """Return the file after edits, or None if two of them overlap."""
        pieces = [self.mark]
        at = 0
        for edit in sorted(edits):
            if edit.start < at:
                return None
            pieces += (self.characters[at : edit.start], edit.text)
            at = edit.end
        new = "".join((*pieces, self.characters[at:]))
        # A file without a newline at its end keeps that style if the last line goes.
        is_ended = self.characters.endswith("\n")
        return (new if is_ended else new.rstrip("\r\n")).encode()

    def replace(self, span: Span, new: str) -> Edit:
        """Return the replacement of the characters of a span."""
        start = self.offset(span)
        return Edit(start, start + len(self.raw(span)), new)

    # --- places ---

    def offset(self, span: Span) -> int:
        """Return the offset of a span."""
        return self._line_starts[span.line - 1] + span.column - 1

    def end(self, node: Node) -> int:
        """Return the offset behind a node that is on one line."""
        return self.offset(node.span) + node.span.length

    def end_of_key(self, entry: Entry) -> int:
        """Return the offset behind the colon of an entry."""
        end = self.offset(entry.span) + entry.span.length
        return self.characters.index(":", end) + 1

    def raw(self, span: Span) -> str:
        """Return the characters of a span."""
        start = self.offset(span)
        return self.characters[start : start + span.length]

    def line_start(self, line: int) -> int:
        """Return the offset of a line; lines count from 1."""
        starts = self._line_starts
        return starts[line - 1] if line <= len(starts) else len(self.characters)

    def is_flow(self, node: Node) -> bool:
        """Return whether a list or mapping is in brackets."""
        return self.characters[self.offset(node.span)] in "{["

    def last_line(self, node: Node, column: int) -> int:
        """Return the last line of a node in a block that starts at that column.

        Blank lines behind the node don't belong to it, nor do comments with less
        indentation.
        """
        last = max(map(self.offset, walk_spans(node)))
        following = bisect_right(self._starts, last)
        line = self._last_line
        if following < len(self._starts):
            line = bisect_right(self._line_starts, self._starts[following]) - 1
        while line > node.span.line and self._is_between(line, column):
            line -= 1
        return line

    def before(self, span: Span) -> str:
        """Return the characters of a line before a span."""
        return self.line(span.line)[: span.column - 1]

    def on_lines(self, lines: Iterable[str], indentation: int) -> str:
        """Return lines with an indentation, each behind a newline."""
        begin = self.newline + " " * indentation
        return "".join(begin + line if line else self.newline for line in lines)

    def delete_lines(self, first: int, last: int) -> Edit:
        """Return the deletion of whole lines."""
        return Edit(self.line_start(first), self.line_start(last + 1), "")

    def line_end(self, line: int) -> int:
        """Return the offset of a line's end, before its newline."""
        start = self.line_start(line)
        text = self.characters[start : self.line_start(line + 1)]
        return start + len(text.rstrip("\r\n"))

    @cached_property
    def newline(self) -> str:
        """Return the newline of this file."""
        return "\r\n" if "\r\n" in self.characters else "\n"

    @cached_property
    def _line_starts(self) -> list[int]:
        newlines = re.finditer("\n", self.characters)
        return [0, *(newline.end() for newline in newlines)]

    @cached_property
    def _last_line(self) -> int:
        """Return the last line of the document, before an end marker (`...`)."""
        mark = _END.search(self.characters)
        return (
            self.characters.count("\n", 0, mark.start())
            if mark
            else len(self._line_starts)
        )

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(map(self.offset, walk_spans(self.root)))

    def line(self, line: int) -> str:
        """Return the characters of a line, without its newline."""
        return self.characters[self.line_start(line) : self.line_end(line)]

    def _is_between(self, line: int, column: int) -> bool:
        text = self.line(line)
        bare = text.lstrip(" ")
        indentation = len(text) - len(bare)
        return not bare or (bare.startswith("#") and indentation < column)


def _unescape(raw: str) -> str | None:
    """Return the value of a double-quoted text; None if it has escapes only of YAML."""
    try:
        return str(json.loads(raw))
    except ValueError:
        return None


def is_whole(value: object, raw: str) -> bool:
    """Return whether the characters of a span are a whole scalar, on one line."""
    match raw[:1]:
        case "'":
            return raw.endswith("'") and raw[1:-1].replace("''", "'") == value
        case '"':
            return raw.endswith('"') and value in (raw[1:-1], _unescape(raw))
        case _:
            return raw == value


# --- blocks of brackets -------------------------------------------------------

_BETWEEN = re.compile(r" *, *")
_CLOSING = re.compile(r" *,? *[\]}]")


@dataclass(frozen=True)
class BlockForm:
    """A list or mapping that was converted to a block.

    Attributes:
        edits: The edits that remove its brackets, and those around it.
        indentation: The indentation of its dashes or keys.
    """

    edits: tuple[Edit, ...]
    indentation: int

    def ending(self, lines: str) -> tuple[Edit, ...]:
        """Return the edits, with these lines at the end of the block."""
        *others, last = self.edits
        return (*others, replace(last, text=lines))


def flow_to_block(
    text: Text, around: tuple[Mapping | Sequence, ...], node: Mapping | Sequence
) -> BlockForm | None:
    """Convert a node and the flow nodes around it to blocks.

    Return None if that isn't safe: each of the nodes must be on one line.
    """
    nodes = (*around, node)
    first = next((at for at, part in enumerate(nodes) if text.is_flow(part)), None)
    if not first:
        return None
    all_edits: list[Edit] = []
    indentation = nodes[first - 1].span.column - 1
    for holder, child in pairwise(nodes[first - 1 :]):
        entry = _entry(holder, child)
        if isinstance(child, Mapping) and (entry or not text.is_flow(holder)):
            indentation = indentation + 2 if entry else child.span.column - 1
        elif isinstance(child, Mapping):
            indentation += 2
        elif entry is None:
            return None
        edits = _on_lines(text, child, entry, indentation)
        if edits is None:
            return None
        all_edits += edits
    return BlockForm(tuple(all_edits), indentation)


def _entry(holder: Node, node: Node) -> Entry | None:
    """Return the entry whose value a node is, None for an item of a list."""
    entries = holder.entries if isinstance(holder, Mapping) else ()
    return next((entry for entry in entries if entry.value is node), None)


def _on_lines(
    text: Text, node: Mapping | Sequence, entry: Entry | None, indentation: int
) -> list[Edit] | None:
    """Return edits that put the parts of a node on lines; the last one is its end."""
    start = text.offset(node.span)
    begin = text.newline + " " * indentation
    begin += "- " if isinstance(node, Sequence) else ""
    # The first key of an item stays on the line of its dash.
    behind = start if entry is None else text.end_of_key(entry)
    if not (parts := _parts(text, node)):
        return [Edit(behind, text.end(node), "")]
    edits = [Edit(behind, parts[0][0], "" if entry is None else begin)]
    for (_, end), (following, _) in pairwise(parts):
        if not _BETWEEN.fullmatch(text.characters, end, following):
            return None
        edits.append(Edit(end, following, begin))
    closing = _CLOSING.match(text.characters, parts[-1][1])
    return [*edits, Edit(*closing.span(), "")] if closing else None


def _parts(text: Text, node: Mapping | Sequence) -> list[tuple[int, int]]:
    """Return the start and end of each entry or item."""
    parts = node.entries if isinstance(node, Mapping) else node.items
    values = (part.value if isinstance(part, Entry) else part for part in parts)
    starts = (text.offset(part.span) for part in parts)
    return list(zip(starts, map(text.end, values), strict=True))
