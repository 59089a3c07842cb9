"""Rewriting imports in their official form: entries of `consumes`."""

from __future__ import annotations

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import expect, need, point, require
from naftiko_gen.syntax.tree import Entry, Mapping, Sequence
from naftiko_gen.tools.fix.context import FixContext
from naftiko_gen.tools.fix.differences import NodeWriter, keeps_comments


def write_location(context: FixContext, span: Span) -> Proposal:
    """Write the key `location` for another key, or before a bare path."""
    if point(span) in context.places.keys:
        return context.rename_key(context.entry(span)[1], "location")
    place = context.scalar(span)
    start = context.text.offset(span)
    if place.entry is None and not context.text.is_flow(place.around[-1]):
        return (Edit(start, start, "location: "),)
    end = context.text.end(place.node)
    return (Edit(start, start, "{location: "), Edit(end, end, "}"))


def rename_import(context: FixContext, span: Span) -> Proposal:
    """Write the key `import`."""
    return context.rename_key(context.entry(span)[1], "import")


def write_own_name(context: FixContext, span: Span) -> Proposal:
    """Write an API's namespace in its file as `import`, and the local one as `as`."""
    holder, entry = context.scalar(span).pair
    name = need(context.meaning.imported_names.get(entry.value.span))
    namespace = expect(str, entry.value.plain())
    parts = [context.rename_key(entry, "import"), context.replace_value(span, name)]
    if "as" not in holder:
        parts.append(context.with_entries_behind(holder, entry, {"as": namespace}))
    return combine(*parts)


def move_import_list(context: FixContext, span: Span) -> Proposal:
    """Move a list of imports to the start of `consumes` of the capability."""
    holder, entry = context.entry(span)
    capability = expect(Mapping, context.text.root.get("capability"))
    consumes = capability.get("consumes")
    if holder is capability and consumes is None and isinstance(entry.value, Sequence):
        return context.rename_key(entry, "consumes")
    removal = context.without_lines(entry)
    lines = _lines(context, entry, removal[0])
    require(not context.text.is_flow(capability))
    if consumes is not None:
        insertion = context.with_lines_before_items(expect(Sequence, consumes), lines)
    else:
        first, lines = capability.entries[0], ["consumes:", *lines]
        insertion = context.with_lines_before(capability, first, lines)
    return combine(removal, insertion)


def _lines(context: FixContext, entry: Entry, removal: Edit) -> list[str]:
    """Return the lines of imports as items, unless a comment would be lost."""
    value = entry.value
    imports = value.items if isinstance(value, Sequence) else (value,)
    above = range(context.first_comment(entry.span), entry.span.line)
    writer = NodeWriter(context, set(above))
    lines = [context.text.line(number).strip() for number in above]
    lines += writer.items(Sequence(imports, value.span))
    old = context.text.characters[removal.start : removal.end]
    require(lines, keeps_comments(old, "\n".join(lines)))
    return lines
