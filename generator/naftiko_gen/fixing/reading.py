"""A document as a rule sees it: as typed, as understood, and how to change it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.fixing.places import Place, Places, own, point, texts
from naftiko_gen.fixing.text import Edit, Text, is_block, is_whole, requoted, spelled
from naftiko_gen.fixing.unfolding import unfolded
from naftiko_gen.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence as ListABC

    from naftiko_gen.codes import Code
    from naftiko_gen.diagnostics import Diagnostic
    from naftiko_gen.fixing.places import Point
    from naftiko_gen.fixing.unfolding import Unfolded
    from naftiko_gen.pipeline import Meaning
    from naftiko_gen.tree import Entry, Node, Span

_COMMENT = re.compile(r"(?:^|\s)#")
"""How a comment begins, and perhaps something in quotes."""
_FLOW_END = re.compile(r" *[,}]")
"""What stands behind a value in braces."""

Proposal = tuple[Edit, ...]
"""Edits that belong together."""
Fields = dict[str, "str | bool | int | Fields"]
"""A mapping that is to be written."""


@dataclass(frozen=True)
class Reading:
    """A document, its text, its meaning, and what there is to say about it."""

    text: Text
    meaning: Meaning
    findings: tuple[Diagnostic, ...]

    @cached_property
    def places(self) -> Places:
        """Return the places of the document as typed."""
        return Places.of(self.text.root)

    @cached_property
    def values(self) -> dict[Point, set[object]]:
        """Return what scalars are read as, by where they were typed."""
        found: dict[Point, set[object]] = defaultdict(set)
        for place, value in texts(self.meaning.document.node):
            found[place].add(value)
        return found

    @cached_property
    def keys(self) -> dict[Point, set[str]]:
        """Return what keys are read as, by where they were typed."""
        found: dict[Point, set[str]] = defaultdict(set)
        for place, key, _ in own(self.meaning.document.node):
            found[place].add(key)
        return found

    def found(self, code: Code) -> list[Span]:
        """Return the places in the document itself that a code was found at."""
        spans = (each.span for each in self.findings if each.code is code)
        return [span for span in spans if span and span.origin is None]

    def canonical(self, typed: Mapping) -> Mapping | None:
        """Return what a mapping is read as."""
        return self._canonical.get(point(typed.span))

    def typed(self, meant: Mapping) -> Mapping | None:
        """Return the mapping that is read as this one, if it stands in the document."""
        place = self.places.mappings.get(point(meant.span))
        node = place.node if place and meant.span.origin is None else None
        return node if isinstance(node, Mapping) else None

    @cached_property
    def _canonical(self) -> dict[Point, Mapping]:
        found = Places.of(self.meaning.document.node).mappings
        return {
            at: place.node
            for at, place in found.items()
            if isinstance(place.node, Mapping)
        }

    # --- edits; None where the way that something is typed leaves no safe one ---

    def replaced(self, place: Place, value: str | bool | int) -> Proposal | None:
        """Give a scalar another value, in the same quotes."""
        scalar = place.node
        raw = self.text.raw(scalar.span)
        start = self.text.offset(scalar.span)
        in_flow = any(map(self.text.is_flow, place.around))
        if _is_nothing(scalar) and not in_flow:
            return (Edit(start, start, f" {spelled(value)}"),)
        if not isinstance(scalar, Scalar) or not is_whole(scalar.typed, raw):
            return None
        return (Edit(start, start + len(raw), requoted(value, raw, in_flow=in_flow)),)

    def respelt(self, span: Span, value: str) -> Proposal | None:
        """Give the scalar at a place another value, in the same quotes."""
        place = self.places.scalars.get(point(span))
        return self.replaced(place, value) if place else None

    def with_text(self, holder: Mapping, entry: Entry, text: str) -> Proposal | None:
        """Give an entry another text, in a block of lines if it has several."""
        start = self.text.offset(entry.value.span)
        place = Place((holder,), entry.value, entry)
        if self.text.is_flow(holder) or not is_block(text):
            return self.replaced(place, text)
        last = self.text.last_line(entry.value, entry.span.column)
        end = self.text.line_end(last)
        typed = self.text.characters[start:end]
        is_all = self.replaced(place, text) and typed == self.text.raw(entry.value.span)
        if not is_all and not _is_block_alone(typed, entry.value):
            return None
        begin = self.text.newline + " " * (holder.span.column + 1)
        lines = (
            begin + line if line else self.text.newline for line in text.split("\n")
        )
        return (Edit(start, end, "|-" + "".join(lines)),)

    def quoted(self, scalar: Scalar) -> Proposal | None:
        """Make a text of a number or boolean."""
        raw = self.text.raw(scalar.span)
        start = self.text.offset(scalar.span)
        is_bare = raw == scalar.typed and raw[:1] not in "'\""
        return (Edit(start, start + len(raw), f"'{raw}'"),) if is_bare else None

    def unquoted(self, scalar: Scalar) -> Proposal | None:
        """Make a number of a text in quotes."""
        raw = self.text.raw(scalar.span)
        if scalar.typed is None or raw[:1] not in "'\"" or raw[1:-1] != scalar.typed:
            return None
        start = self.text.offset(scalar.span)
        return (Edit(start, start + len(raw), scalar.typed),)

    def renamed(self, entry: Entry, key: str) -> Proposal | None:
        """Spell a key differently, in the same quotes."""
        raw = self.text.raw(entry.span)
        if not is_whole(entry.key, raw):
            return None
        start = self.text.offset(entry.span)
        return (Edit(start, start + len(raw), requoted(key, raw, in_flow=True)),)

    def with_entry_behind(
        self, holder: Mapping, entry: Entry, key: str, value: str | bool | int
    ) -> Proposal | None:
        """Write a key behind an entry whose value is on the entry's line."""
        return self.with_entries_behind(holder, entry, {key: value})

    def with_entries_behind(
        self, holder: Mapping, entry: Entry, new: Fields
    ) -> Proposal | None:
        """Write keys behind an entry whose value is on the entry's line."""
        node = entry.value
        if not isinstance(node, Scalar):
            return None
        raw = self.text.raw(node.span)
        if not is_whole(node.typed, raw) or node.span.line != entry.span.line:
            return None
        if self.text.is_flow(holder):
            at = self.text.offset(node.span) + len(raw)
            return (Edit(at, at, f", {_flow(new)[1:-1]}"),)
        at = self.text.line_end(node.span.line)
        begin = self.text.newline + " " * (holder.span.column - 1)
        return (Edit(at, at, "".join(f"{begin}{line}" for line in _lines(new))),)

    def with_fields(self, holder: Mapping, fields: Fields) -> Proposal | None:
        """Write entries at the end of a mapping."""
        if not holder.entries:
            at = self.text.offset(holder.span) + 1
            return (Edit(at, at, _flow(fields)[1:-1]),)
        return self.with_entries_behind(holder, holder.entries[-1], fields)

    def with_list_before(
        self, holder: Mapping, entry: Entry, key: str, items: Collection[Fields]
    ) -> Proposal:
        """Write a key with a list of mappings in front of an entry.

        A mapping in brackets gets lines of its own, if that is safe.
        """
        lines = _list(key, items)
        if not self.text.is_flow(holder):
            return self.with_lines_before(holder, entry, lines)
        at = self.text.offset(entry.span)
        found = self._unfolded(holder) if items else None
        if found is None:
            return (Edit(at, at, f"{key}: [{', '.join(map(_flow, items))}], "),)
        end = self.text.newline + " " * found.indentation
        return (*found.edits, Edit(at, at, "".join(f"{line}{end}" for line in lines)))

    def with_list(
        self, holder: Mapping, key: str, items: Collection[Fields]
    ) -> Proposal | None:
        """Write a key with a list of mappings at the end of a mapping."""
        last = holder.entries[-1]
        if not self.text.is_flow(holder):
            column = holder.span.column
            at = self.text.line_end(self.text.last_line(last.value, column))
            return (Edit(at, at, self._begun_lines(_list(key, items), column - 1)),)
        found = self._unfolded(holder)
        if found is None:
            return self.with_list_before(holder, last, key, items)
        new = self._begun_lines(_list(key, items), found.indentation)
        return found.ending(new)

    def _unfolded(self, holder: Mapping) -> Unfolded | None:
        around = self.places.mappings[point(holder.span)].around
        return unfolded(self.text, around, holder)

    def _begun_lines(self, lines: Collection[str], indentation: int) -> str:
        begin = self.text.newline + " " * indentation
        return "".join(f"{begin}{line}" for line in lines)

    def with_mapping_before(
        self, holder: Mapping, entry: Entry, key: str, fields: Fields
    ) -> Proposal:
        """Write a key with a mapping in front of an entry."""
        if self.text.is_flow(holder):
            at = self.text.offset(entry.span)
            return (Edit(at, at, f"{key}: {_flow(fields)}, "),)
        return self.with_lines_before(holder, entry, _lines({key: fields}))

    def with_arguments(self, unit: Mapping, fields: Fields) -> Proposal | None:
        """Write entries of the `with` of a route or tool."""
        call, held = unit.entry("call"), unit.entry("with")
        if held is not None:
            given = held.value
            return (
                self.with_fields(given, fields) if isinstance(given, Mapping) else None
            )
        return self.with_mapping_before(unit, call, "with", fields) if call else None

    def with_lines_before(
        self, holder: Mapping, entry: Entry, lines: list[str]
    ) -> Proposal:
        """Write lines in front of an entry and the comment that is right above it."""
        indentation = " " * (holder.span.column - 1)
        if self.text.line(entry.span.line)[: entry.span.column - 1].strip():
            at = self.text.offset(entry.span)
            later = [indentation + line if line else line for line in lines[1:]]
            new = self.text.newline.join((lines[0], *later, indentation))
            return (Edit(at, at, new),)
        return self._with_lines(self.first_comment(entry.span), indentation, lines)

    def with_lines_before_items(
        self, entry: Entry, lines: list[str]
    ) -> Proposal | None:
        """Write lines in front of the items of a list."""
        held = entry.value
        if not isinstance(held, Sequence) or self.text.is_flow(held):
            return None
        line = self.first_comment(held.items[0].span)
        return self._with_lines(line, " " * (held.span.column - 1), lines)

    def with_items_first(
        self, entry: Entry, items: Collection[Fields]
    ) -> Proposal | None:
        """Write mappings in front of the items of a list."""
        held = entry.value
        if not isinstance(held, Sequence) or not held.items:
            return None
        if self.text.is_flow(held):
            at = self.text.offset(held.items[0].span)
            return (Edit(at, at, "".join(f"{_flow(item)}, " for item in items)),)
        lines = [line for item in items for line in item_lines(item)]
        return self.with_lines_before_items(entry, lines)

    def _with_lines(
        self, before: int, indentation: str, lines: ListABC[str]
    ) -> Proposal:
        at, newline = self.text.line_start(before), self.text.newline
        indented = (indentation + line if line else line for line in lines)
        return (Edit(at, at, "".join(f"{line}{newline}" for line in indented)),)

    def put_into(self, entry: Entry, lines: ListABC[str], indentation: str) -> Proposal:
        """Put an entry at the end of other lines, indented like those of a list.

        The first of them is a key, and the others are an item of its list.
        """
        start, at = self.text.offset(entry.span), " " * (entry.span.column - 1)
        is_block = isinstance(entry.value, Sequence) and not self.text.is_flow(
            entry.value
        )
        depth = entry.value.span.column - entry.span.column if is_block else 0
        inner = " " * depth
        key, *items = lines
        begun = [key, *(f"{at}{inner}{line}" for line in (*items, indentation))]
        last = self.text.last_line(entry.value, entry.span.column)
        numbers = range(entry.span.line + 1, last + 1)
        starts = [self.text.line_start(n) for n in numbers if self.text.line(n).strip()]
        shift = inner + indentation
        return (
            Edit(start, start, self.text.newline.join(begun)),
            *(Edit(each, each, shift) for each in starts),
        )

    def gathered(
        self, holder: Mapping, entries: ListABC[Entry], key: str, more: Fields
    ) -> Proposal | None:
        """Put entries of a mapping under a key, and more of them behind."""
        first, last = map(holder.entries.index, (entries[0], entries[-1]))
        run = holder.entries[first : last + 1]
        if self.text.is_flow(holder):
            is_run = len(run) == len(entries)
            return self._gathered_in_braces(run, key, more) if is_run else None
        inside: list[str] = []
        outside: list[str] = []
        start = line = self.first_comment(run[0].span)
        for each in run:
            end = self.text.last_line(each.value, each.span.column)
            typed = map(self.text.line, range(line, end + 1))
            (inside if each in entries else outside).extend(typed)
            line = end + 1
        indentation = " " * (holder.span.column - 1)
        new = [
            *outside,
            f"{indentation}{spelled(key)}:",
            *(f"  {each}" if each else each for each in inside),
            *(f"{indentation}  {each}" for each in _lines(more)),
        ]
        place = self.text.line_start(start), self.text.line_end(line - 1)
        return (Edit(*place, self.text.newline.join(new)),)

    def _gathered_in_braces(
        self, run: ListABC[Entry], key: str, more: Fields
    ) -> Proposal | None:
        start, end = self.text.offset(run[0].span), self.text.end(run[-1].value)
        if not _FLOW_END.match(self.text.characters, end):
            return None
        others = f", {_flow(more)[1:-1]}" if more else ""
        begin = f"{spelled(key, in_flow=True)}: {{"
        return (Edit(start, start, begin), Edit(end, end, f"{others}}}"))

    def without_lines(self, entry: Entry) -> Proposal | None:
        """Delete an entry with the comment above it, and a blank line too many."""
        first = self.first_comment(entry.span)
        last = self.text.last_line(entry.value, entry.span.column)
        if self.text.line(entry.span.line)[: entry.span.column - 1].strip():
            return None
        is_apart = first == 1 or not self.text.line(first - 1).strip()
        if is_apart and not self.text.line(last + 1).strip():
            last += 1
        start, end = self.text.line_start(first), self.text.line_start(last + 1)
        return (Edit(start, end, ""),)

    def with_items(self, entry: Entry, items: Collection[Fields]) -> Proposal | None:
        """Write mappings at the end of a list."""
        held = entry.value
        if not isinstance(held, Sequence):
            return None
        start = self.text.offset(held.span)
        if self.text.is_flow(held):
            return self._with_unfolded_items(entry, held, items)
        if self.text.characters[start] != "-":
            return None
        at = self.text.line_end(self.text.last_line(held, held.span.column))
        lines = [line for item in items for line in item_lines(item)]
        return (Edit(at, at, self._begun_lines(lines, held.span.column - 1)),)

    def _with_unfolded_items(
        self, entry: Entry, held: Sequence, items: Collection[Fields]
    ) -> Proposal | None:
        place = self.places.keys[point(entry.span)]
        found = unfolded(self.text, place.around, held)
        if found is not None:
            lines = [line for item in items for line in item_lines(item)]
            return found.ending(self._begun_lines(lines, found.indentation))
        end = self.text.offset(held.span) + held.span.length - 1
        if self.text.characters[end] != "]":
            return None
        comma = ", " if held.items else ""
        return (Edit(end, end, comma + ", ".join(map(_flow, items))),)

    def without(self, holder: Mapping, keys: Collection[str]) -> Proposal | None:
        """Delete entries, but neither all of them nor a comment."""
        if all(entry.key in keys for entry in holder.entries):
            return None
        cut = (
            self._flow_cut(holder, keys)
            if self.text.is_flow(holder)
            else self._block_cut(holder, keys)
        )
        if cut is None or any(
            _COMMENT.search(self.text.characters[edit.start : edit.end]) for edit in cut
        ):
            return None
        return cut

    def _flow_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal | None:
        """Cut from one key to the next, and from the last kept value to the end."""
        kept = [entry for entry in holder.entries if entry.key not in keys]
        behind = holder.entries.index(kept[-1]) + 1
        pairs = zip(holder.entries[:behind], holder.entries[1:behind], strict=False)
        cut = tuple(
            Edit(self.text.offset(entry.span), self.text.offset(following.span), "")
            for entry, following in pairs
            if entry.key in keys
        )
        if behind == len(holder.entries):
            return cut
        end = self._flow_end(holder.entries[-1], self._comma(holder.entries[behind]))
        return (*cut, end) if end else None

    def _comma(self, entry: Entry) -> int:
        """Return where the comma in front of an entry in braces stands."""
        return self.text.characters.rindex(",", 0, self.text.offset(entry.span))

    def _flow_end(self, last: Entry, start: int) -> Edit | None:
        """Cut to the end of the last value, if that is known."""
        scalar, raw = last.value, self.text.raw(last.value.span)
        if not isinstance(scalar, Scalar) or not is_whole(scalar.typed, raw):
            return None
        return Edit(start, self.text.offset(scalar.span) + len(raw), "")

    def _block_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal:
        kept = next(entry for entry in holder.entries if entry.key not in keys)
        start = self.text.offset(holder.entries[0].span)
        first = Edit(start, self.text.offset(kept.span), "")
        behind = holder.entries[holder.entries.index(kept) :]
        lines = (self._lines(entry) for entry in behind if entry.key in keys)
        return (*((first,) if first.end > first.start else ()), *lines)

    def _lines(self, entry: Entry) -> Edit:
        last = self.text.last_line(entry.value, entry.span.column)
        start = self.text.line_start(entry.span.line)
        return Edit(start, self.text.line_start(last + 1), "")

    def commented(self, holder: Mapping, entry: Entry) -> Proposal | None:
        """Make a comment of an entry; of what holds it if there is no other one."""
        if len(holder.entries) == 1:
            place = self.places.mappings[point(holder.span)]
            if place.entry is None or place.mapping is None:
                return None
            return self.commented(place.mapping, place.entry)
        if self.text.is_flow(holder):
            return self._commented_out_of_brackets(holder, entry)
        last = self.text.last_line(entry.value, entry.span.column)
        lines = range(entry.span.line, last + 1)
        return self._commented(lines, entry.span.column - 1)

    def _commented_out_of_brackets(
        self, holder: Mapping, entry: Entry
    ) -> Proposal | None:
        """Put a mapping on lines of its own; behind a dash its first key stays."""
        place, found = self.places.mappings[point(holder.span)], self._unfolded(holder)
        is_behind_dash = place.entry is None and holder.entries[0] is entry
        if found is None or is_behind_dash:
            return None
        at = self.text.offset(entry.span)
        return (*found.edits, Edit(at, at, "# "))

    def commented_items(
        self, holder: Mapping, entry: Entry, items: Collection[Node]
    ) -> Proposal | None:
        """Make comments of items of a list; of the entry if they are all of it."""
        held = entry.value
        if not isinstance(held, Sequence):
            return None
        if len(items) == len(held.items):
            return self.commented(holder, entry)
        if self.text.is_flow(held):
            return self._commented_items_out_of_brackets(holder, held, items)
        column = held.span.column
        parts = [
            self._commented(
                range(each.span.line, self.text.last_line(each, column) + 1), column - 1
            )
            for each in items
        ]
        edits = tuple(edit for part in parts if part for edit in part)
        return edits if all(parts) else None

    def _commented_items_out_of_brackets(
        self, holder: Mapping, held: Sequence, items: Collection[Node]
    ) -> Proposal | None:
        """Put a list on lines of its own, some of which are comments."""
        around = (*self.places.mappings[point(holder.span)].around, holder)
        found = unfolded(self.text, around, held)
        if found is None:
            return None
        starts = {self.text.offset(each.span) for each in items}
        marked = (
            (
                replace(edit, text=edit.text.removesuffix("- ") + "# - ")
                if edit.end in starts
                else edit
            )
            for edit in found.edits
        )
        return tuple(marked)

    def _commented(self, numbers: range, column: int) -> Proposal | None:
        """Make comments of lines on which nothing stands in front of a column."""
        typed = {number: self.text.line(number) for number in numbers}
        if any(line[:column].strip() for line in typed.values()):
            return None
        return tuple(
            Edit(at, at, "# ")
            for number, line in typed.items()
            if line.strip() and not line.lstrip().startswith("#")
            for at in (self.text.line_start(number) + column,)
        )

    def with_comment_above(self, line: int, comment: str) -> Proposal:
        """Write a comment that starts in the column in which the line does."""
        at, typed = self.text.line_start(line), self.text.line(line)
        indentation = typed[: len(typed) - len(typed.lstrip(" "))]
        return (Edit(at, at, f"{indentation}{comment}{self.text.newline}"),)

    def reordered(self, held: Sequence, items: ListABC[Node]) -> Proposal | None:
        """Put the items of a list in another order, each with the comment above it.

        A comment that stands between two of them alone could be about any of them.
        """
        spans = [
            (self.first_comment(each.span), self.text.last_line(each, held.span.column))
            for each in held.items
        ]
        starts = [self.text.line_start(first) for first, _ in spans]
        ends = [self.text.line_end(last) for _, last in spans]
        pairs = zip(ends, starts[1:], strict=False)
        between = [self.text.characters[end:start] for end, start in pairs]
        is_simple = all(map(self.is_item, held.items)) and not self.text.is_flow(held)
        if not is_simple or "".join(between).strip():
            return None
        typed = {
            each.span: self.text.characters[start:end]
            for each, start, end in zip(held.items, starts, ends, strict=True)
        }
        moved = zip((typed[each.span] for each in items), (*between, ""), strict=True)
        new = "".join(part for pair in moved for part in pair)
        return (Edit(starts[0], ends[-1], new),)

    def is_item(self, node: Node) -> bool:
        """Say whether an item of a list starts on the line of its dash."""
        typed = self.text.line(node.span.line)[: node.span.column - 1]
        return typed.strip() == "-"

    def begun(
        self, like: Mapping, fields: Fields, key: str, items: Collection[Fields]
    ) -> list[str]:
        """Return lines that begin a mapping beside another one in a list.

        It has these fields, and under the key a list if there is anything in it.
        """
        dash = self.text.line(like.span.line)[: like.span.column - 1]
        lines = [*_lines(fields), *(_list(key, items) if items else ())]
        return [
            f"{' ' * len(dash) if index else dash}{line}"
            for index, line in enumerate(lines)
        ]

    def first_comment(self, span: Span) -> int:
        """Return the line of a key, or of the comment that is right above it.

        In front of the first key of an item, that comment is above the dash.
        """
        line = span.line
        before = self.text.line(line)[: span.column - 1]
        comment = before.split("-", maxsplit=1)[0] + "#"
        while line > 1 and self.text.line(line - 1).startswith(comment):
            line -= 1
        return line


def _is_block_alone(typed: str, node: Node) -> bool:
    """Say whether a text is in a block of lines, and no comment at its head or end."""
    has_comment = typed.count("#") != str(node.plain()).count("#")
    return typed[:1] in "|>" and not has_comment


def _is_nothing(node: Node) -> bool:
    """Say whether a key has no value at all."""
    return isinstance(node, Scalar) and node.value is None and node.typed == ""


def _list(key: str, items: Collection[Fields]) -> list[str]:
    if not items:
        return [f"{key}: []"]
    return [f"{key}:", *(line for item in items for line in item_lines(item))]


def item_lines(fields: Fields) -> list[str]:
    """Return the lines of a mapping in a list."""
    lines = _lines(fields)
    return [f"{'  ' if index else '- '}{line}" for index, line in enumerate(lines)]


def _lines(fields: Fields) -> list[str]:
    lines: list[str] = []
    for key, value in fields.items():
        if isinstance(value, dict):
            lines += [f"{spelled(key)}:", *(f"  {line}" for line in _lines(value))]
        else:
            lines.append(f"{spelled(key)}: {spelled(value)}")
    return lines


def _flow(fields: Fields) -> str:
    held = (_flow_entry(key, value) for key, value in fields.items())
    return "{" + ", ".join(held) + "}"


def _flow_entry(key: str, value: str | bool | int | Fields) -> str:
    held = _flow(value) if isinstance(value, dict) else spelled(value, in_flow=True)
    return f"{spelled(key, in_flow=True)}: {held}"
