"""The parts of a capability: its text, divided into entries and named items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from naftiko_gen.diagnostics.span import Plain, Span
from naftiko_gen.openapi.write.capability import key_of
from naftiko_gen.openapi.write.stable_names import (
    calls_by_function,
    path_of,
    written_operations,
)
from naftiko_gen.syntax.editing.document_text import Text
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, walk_mappings

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """An entry of a mapping, or an item of a list, with its lines.

    Attributes:
        key: The key of an entry, or the identity of an item.
        node: The value.
        above: Comments and blank lines above. Like all lines, without the indentation
            of the part.
        head: The line of the key; all lines, if there are no smaller parts.
        parts: The entries or items of the value. None if it is a scalar, or written in
            a way that can only be kept or replaced as a whole.
        below: Comments behind the last of the smaller parts.
        indentation: How much further right the smaller parts are.
        is_item: Whether it is an item of a list.
        conflict: Why the part isn't as the API has it.
    """

    key: str
    node: Node
    above: Lines = ()
    head: Lines = ()
    parts: tuple[Part, ...] | None = None
    below: Lines = ()
    indentation: int = 0
    is_item: bool = False
    conflict: str | None = None

    def plain(self) -> Plain:
        """Return the value of the part."""
        if self.parts is None:
            return self.node.plain()
        if isinstance(self.node, Sequence):
            return [part.plain() for part in self.parts]
        return {part.key: part.plain() for part in self.parts}


@dataclass(frozen=True)
class Line:
    """A line of a capability, and the conflict about the part that starts there."""

    text: str
    conflict: str | None = None

    @property
    def column(self) -> int:
        """Return the column of the first character."""
        return len(self.text) - len(self.text.lstrip(" ")) + 1

    def behind(self, prefix: str) -> Line:
        """Return the line behind a prefix; a blank line stays as it is."""
        return Line(prefix + self.text, self.conflict) if self.text else self


# --- writing ---------------------------------------------------------------------


def lines_of(part: Part) -> Iterator[Line]:
    """Yield the lines of a part."""
    yield from map(Line, part.above)
    lines = _own_lines(part)
    if (first := next(lines, None)) is None:
        return
    dash, space = ("- ", "  ") if part.is_item else ("", "")
    yield Line(dash + first.text, part.conflict or first.conflict)
    yield from (line.behind(space) for line in lines)


def _own_lines(part: Part) -> Iterator[Line]:
    yield from map(Line, part.head)
    indentation = " " * part.indentation
    for smaller in part.parts or ():
        yield from (line.behind(indentation) for line in lines_of(smaller))
    yield from map(Line, part.below)


# --- reading ---------------------------------------------------------------------


def parts_of(content: bytes, root: Mapping) -> Part:
    """Return a whole capability as a part."""
    reader = _Reader(Text.of(content, root), operations_of(root))
    last = reader.text.characters.rstrip("\r\n").count("\n") + 1
    return reader.divide(Part("", root), root, 1, last)


@dataclass(frozen=True)
class _Place:
    """A key or an item, and the place of its first character."""

    key: str
    node: Node
    line: int
    column: int
    is_item: bool


@dataclass(frozen=True)
class _Reader:
    text: Text
    operations: Operations

    def divide(self, part: Part, node: Node, first: int, last: int) -> Part:
        """Return a part with the smaller parts in a range of lines, if it has some."""
        parts: list[Part] = []
        for place in self._places(node):
            above = self._lines(first, place.line - 1, place.column)
            end = self.text.last_line(place.node, place.column)
            parts.append(self._part(place, above, end))
            first = end + 1
        below = self._lines(first, last, node.span.column)
        between = [*below, *(line for smaller in parts for line in smaller.above)]
        if not parts or not all(map(_is_between, between)):
            return part
        return Part(part.key, node, part.above, (), tuple(parts), below)

    def _part(self, place: _Place, above: Lines, last: int) -> Part:
        node = place.node
        head = self._lines(place.line, last, place.column)
        part = Part(place.key, node, above, head, is_item=place.is_item)
        if isinstance(node, Scalar) or self.text.is_flow(node):
            return part
        heads = 0 if place.is_item else 1
        division = self.divide(part, node, place.line + heads, last)
        if division.parts is None:
            return part
        return Part(
            place.key,
            node,
            above,
            head[:heads],
            division.parts,
            division.below,
            0 if place.is_item else node.span.column - place.column,
            place.is_item,
        )

    def _places(self, node: Node) -> Iterable[_Place]:
        match node:
            case Mapping():
                return [
                    _Place(entry.key, entry.value, *_start(entry.span), is_item=False)
                    for entry in node.entries
                ]
            case Sequence():
                return self._items(node)
            case Scalar():
                return ()

    def _items(self, node: Sequence) -> list[_Place]:
        """Return the items of a list whose dashes are right before their values."""
        names = identities(node, self.operations)
        if names is None or not all(map(self._has_dash, node)):
            return []
        return [
            _Place(name, item, *_start(item.span), is_item=True)
            for name, item in zip(names, node, strict=True)
        ]

    def _has_dash(self, item: Node) -> bool:
        before = self.text.line(item.span.line)[: item.span.column - 1]
        return before.endswith("- ") and not before[:-2].strip()

    def _lines(self, first: int, last: int, column: int) -> Lines:
        return tuple(
            _without_indentation(self.text.line(line), column - 1)
            for line in range(first, last + 1)
        )


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _without_indentation(line: str, width: int) -> str:
    """Return a line without its indentation, of which a dash is a part."""
    if line[:width].strip(" -"):
        return line.lstrip(" ")
    return line[width:]


def _is_between(line: str) -> bool:
    """Return whether a line is blank, a comment, or a mark around a document."""
    bare = line.strip()
    return not bare or bare.startswith("#") or bare in {"---", "..."}


# --- names of items -------------------------------------------------------------


Operations = dict[str, str]
"""Methods and paths of operations, by `namespace.name` of those, and of functions."""


def operations_of(root: Mapping) -> Operations:
    """Return the operations that a capability consumes, also by their functions."""
    operations = {
        f"{operation.namespace}.{operation.name}": operation.key
        for operation in written_operations(root)
    }
    functions = calls_by_function(root)
    return operations | {
        reference: operations.get(call, call) for reference, call in functions.items()
    }


def calls_of(root: Mapping) -> set[str]:
    """Return the operations and functions to which a capability refers."""
    texts = (m.text(key) for m in walk_mappings(root) for key in ("call", "ref"))
    return {text for text in texts if text}


def identities(items: Sequence, operations: Operations) -> list[str] | None:
    """Return a name for each item of a list; None if an item has nothing like a name.

    Functions, routes and tools are known by the operation that they call: it keeps its
    method and path if somebody renames it, or the tool.
    """
    counts: Counter[str] = Counter()
    names: list[str] = []
    for item in items:
        if (name := _identity(item, operations)) is None:
            return None
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return names


def _identity(item: Node, operations: Operations) -> str | None:
    match item:
        case Scalar():
            return repr(item.value)
        case Sequence():
            return None
        case Mapping():
            return _identity_of_mapping(item, operations)


def _identity_of_mapping(item: Mapping, operations: Operations) -> str | None:
    if namespace := item.text("namespace"):
        return namespace
    if item.text("path"):
        return key_of("", path_of(item)).strip()
    if method := item.text("method"):
        return method
    if target := item.text("call") or item.text("ref"):
        return operations.get(target, target)
    if name := item.text("name"):
        place = item.text("in")
        return f"{name} in {place}" if place else name
    return None
