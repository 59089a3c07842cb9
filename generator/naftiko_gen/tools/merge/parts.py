"""The parts of a capability: its text, divided into entries and named items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

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


def parts_of(text: Text) -> Part:
    """Return a whole capability as a part."""
    last = text.characters.rstrip("\r\n").count("\n") + 1
    root = Part("", text.root)
    return _Reader(text, operations_of(text.root)).divide(root, Span(1, 1), last)


@dataclass(frozen=True)
class _Reader:
    text: Text
    operations: Operations

    def divide(self, part: Part, start: Span, last: int) -> Part:
        """Return a part with the smaller parts until a line, if it can be divided."""
        parts: list[Part] = []
        head = () if part.is_item else part.head[:1]
        first = start.line + len(head)
        for key, node, span in self._places(part.node):
            above = self._lines(first, span.line - 1, span.column)
            first = self.text.last_line(node, span.column) + 1
            lines = self._lines(span.line, first - 1, span.column)
            is_item = isinstance(part.node, Sequence)
            smaller = Part(key, node, above, lines, is_item=is_item)
            is_whole = isinstance(node, Scalar) or self.text.is_flow(node)
            parts.append(smaller if is_whole else self.divide(smaller, span, first - 1))
        column = part.node.span.column
        below = self._lines(first, last, column)
        between = (*below, *(line for smaller in parts for line in smaller.above))
        if not parts or not all(map(_is_between, between)):
            return part
        width = 0 if part.is_item else column - start.column
        inner = tuple(parts)
        return replace(part, head=head, parts=inner, below=below, indentation=width)

    def _places(self, node: Node) -> Iterator[tuple[str, Node, Span]]:
        """Yield the keys, values and starts of entries or items.

        The dash of an item has to be right before its value.
        """
        match node:
            case Mapping(entries=entries):
                yield from ((entry.key, entry.value, entry.span) for entry in entries)
            case Sequence(items=items) if all(map(self._has_dash, items)):
                names = identities(node, self.operations) or ()
                for name, item in zip(names, items, strict=False):
                    yield name, item, item.span
            case _:
                pass

    def _has_dash(self, item: Node) -> bool:
        before = self.text.before(item.span)
        return before.endswith("- ") and not before[:-2].strip()

    def _lines(self, first: int, last: int, column: int) -> Lines:
        """Return lines without their indentation, of which a dash is a part."""
        lines = map(self.text.line, range(first, last + 1))
        return tuple(
            line.lstrip(" ") if line[: column - 1].strip(" -") else line[column - 1 :]
            for line in lines
        )


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
    if not isinstance(item, Mapping):
        return repr(item.value) if isinstance(item, Scalar) else None
    if namespace := item.text("namespace"):
        return namespace
    if item.text("path"):
        return key_of("", path_of(item)).strip()
    if method := item.text("method"):
        return method
    if target := item.text("call") or item.text("ref"):
        return operations.get(target, target)
    name, place = item.text("name"), item.text("in")
    return f"{name} in {place}" if name and place else name or None
