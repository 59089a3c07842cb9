"""Rewriting imports in their official form: entries of `consumes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.context import combine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.document_text import Text
    from naftiko_gen.syntax.tree import Entry, Node
    from naftiko_gen.tools.fix.context import FixContext, Proposal

# --- the keys of an import -------------------------------------------------------


def write_location(context: FixContext, span: Span) -> Proposal | None:
    """Write the key `location` for another key, or before a bare path."""
    key = context.places.keys.get(point(span))
    if key is not None and key.entry is not None:
        return context.rename_key(key.entry, "location")
    place = context.places.scalars.get(point(span))
    if place is None or not isinstance(place.node, Scalar):
        return None
    start = context.text.offset(place.node.span)
    end = start + len(context.text.raw(place.node.span))
    is_block_item = place.entry is None and not context.text.is_flow(place.around[-1])
    if is_block_item:
        return (Edit(start, start, "location: "),)
    return (Edit(start, start, "{location: "), Edit(end, end, "}"))


def rename_import(context: FixContext, span: Span) -> Proposal | None:
    """Write the key `import`."""
    place = context.places.keys.get(point(span))
    return context.rename_key(place.entry, "import") if place and place.entry else None


def write_own_name(context: FixContext, span: Span) -> Proposal | None:
    """Write an API's namespace in its file as `import`, and the local one as `as`."""
    place = context.places.scalars.get(point(span))
    if place is None or place.entry is None or place.mapping is None:
        return None
    entry, value = place.entry, place.entry.value
    namespace, name = value.plain(), context.meaning.imported_names.get(value.span)
    if name is None or not isinstance(namespace, str):
        return None
    parts = [context.rename_key(entry, "import"), context.replace_value(place, name)]
    if "as" not in place.mapping:
        parts.append(
            context.with_entries_behind(place.mapping, entry, {"as": namespace})
        )
    return combine(*parts)


# --- the place of imports --------------------------------------------------------


def move_import_list(context: FixContext, span: Span) -> Proposal | None:
    """Move a list of imports to the start of `consumes` of the capability."""
    place = context.places.keys.get(point(span))
    capability = context.text.root.get("capability")
    if place is None or place.entry is None or not isinstance(capability, Mapping):
        return None
    entry, consumes = place.entry, capability.entry("consumes")
    if place.mapping is capability and consumes is None and _is_list(entry.value):
        return context.rename_key(entry, "consumes")
    comments, items = _comments(context, entry), list(_items(context, entry))
    if not items or context.text.is_flow(capability):
        return None
    removal = context.without_lines(entry)
    lines = [*comments, *items]
    insertion = (
        context.with_lines_before_items(consumes, lines)
        if consumes
        else _new_list(context, capability, entry, lines)
    )
    return (*removal, *insertion) if removal and insertion else None


def _is_list(value: Node) -> bool:
    return isinstance(value, Sequence)


def _new_list(
    context: FixContext, capability: Mapping, entry: Entry, lines: list[str]
) -> Proposal | None:
    """Write a list as the first key of the capability, with its old indentation."""
    value = entry.value
    is_deeper = _is_list(value) and not context.text.is_flow(value)
    depth = value.span.column - entry.span.column if is_deeper else 0
    indented_lines = [" " * depth + line if line else line for line in lines]
    return context.with_lines_before(
        capability, capability.entries[0], ["consumes:", *indented_lines]
    )


def _comments(context: FixContext, entry: Entry) -> list[str]:
    """Return the comment directly above an entry."""
    first = context.first_comment(entry.span)
    return [context.text.line(n).strip() for n in range(first, entry.span.line)]


def _items(context: FixContext, entry: Entry) -> Iterator[str]:
    """Yield the lines of imports as items of a list; none if that is impossible."""
    if isinstance(entry.value, Scalar) or context.text.is_flow(entry.value):
        return _items_of_line(context.text, entry)
    return _items_of_block(context.text, entry)


def _items_of_line(text: Text, entry: Entry) -> Iterator[str]:
    value, last = entry.value, text.last_line(entry.value, entry.span.column)
    rest = text.line(last)[value.span.column - 1 :]
    if last == entry.span.line and rest.rstrip() == text.raw(value.span):
        for item in value.items if isinstance(value, Sequence) else (value,):
            yield f"- {text.raw(item.span)}"


def _items_of_block(text: Text, entry: Entry) -> Iterator[str]:
    value, first = entry.value, entry.span.line + 1
    last = text.last_line(value, entry.span.column)
    lines = [text.line(number) for number in range(first, last + 1)]
    column = value.span.column - 1
    is_alone = text.line(entry.span.line).rstrip().endswith(":")
    if not is_alone or any(line[:column].strip() for line in lines):
        return
    bare = [line[column:] for line in lines]
    if isinstance(value, Sequence):
        yield from bare
    else:
        yield from _as_item(bare, value.span.line - first)


def _as_item(lines: list[str], start: int) -> Iterator[str]:
    """Yield the lines of a mapping as an item, whose dash is on the line `start`."""
    for number, line in enumerate(lines):
        yield line and f"{'- ' if number == start else '  '}{line}"
