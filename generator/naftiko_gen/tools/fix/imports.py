"""Rewriting imports in their official form: entries of `consumes`."""

from __future__ import annotations

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.context import FixContext, Proposal, combine
from naftiko_gen.tools.fix.differences import NodeWriter, keeps_comments

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
    is_list = isinstance(entry.value, Sequence)
    if place.mapping is capability and consumes is None and is_list:
        return context.rename_key(entry, "consumes")
    removal = context.without_lines(entry)
    lines = _lines(context, entry, removal[0]) if removal else []
    if not lines or context.text.is_flow(capability):
        return None
    if consumes is not None:
        insertion = context.with_lines_before_items(consumes, lines)
    else:
        lines = ["consumes:", *lines]
        first = capability.entries[0]
        insertion = context.with_lines_before(capability, first, lines)
    return combine(removal, insertion)


def _lines(context: FixContext, entry: Entry, removal: Edit) -> list[str]:
    """Return the lines of imports as items; none if a comment would be lost."""
    value = entry.value
    imports = value.items if isinstance(value, Sequence) else (value,)
    writer = NodeWriter(context, set(), {})
    first = context.first_comment(entry.span)
    lines = [context.text.line(n).strip() for n in range(first, entry.span.line)]
    writer.said.update(range(first, entry.span.line))
    lines += writer.items(Sequence(imports, value.span))
    old = context.text.characters[removal.start : removal.end]
    return lines if keeps_comments(old, "\n".join(lines)) else []
