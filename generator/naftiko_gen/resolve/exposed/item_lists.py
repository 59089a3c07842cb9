"""The list in a tool's answers, and its paging."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.exposed.paging import Request, find_paging
from naftiko_gen.resolve.exposed.response_lists import (
    fields_of,
    find_list,
    list_at,
    read_type,
    shape_type,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.exposed.response_lists import FoundList


def item_list(tool: ir.Tool) -> ir.ItemList | None:
    """Return the list in the answers of a tool that reads, None if it has none."""
    if tool.effect is not ir.Effect.READ:
        return None
    projection = tool.output
    kind = ir.answer_type(tool.implementation) or shape_type(projection)
    found = find_list(kind)
    if found is None:
        return None
    paging = _paging(tool.implementation, found.path)
    is_listing = found.is_listing or paging is not None
    return ir.ItemList(
        found.path,
        paging,
        kind if is_listing and _has_fields(found, tool) else None,
        replaces_next=_is_next(projection, kind, paging),
    )


def note_paging(paging: ir.Paging, model: models.Tool, report: Report) -> None:
    """Report paging that is inferred, and the parts of the API that show it."""
    place = quote(".".join(paging.next or ()))
    ways = {
        ir.PagingKind.OFFSET: f"the argument {quote(paging.argument)}",
        ir.PagingKind.PAGE: f"the argument {quote(paging.argument)}",
        ir.PagingKind.CURSOR: f"{place}, which {quote(paging.argument)} takes",
        ir.PagingKind.LAST_ITEM: f"the last item's id, as {quote(paging.argument)}",
        ir.PagingKind.NEXT_URL: f"the URL {place}",
        ir.PagingKind.LINK: "the header 'Link'",
    }
    message = f"the list continues by {ways[paging.kind]}"
    report.add(Code.PAGING_FOUND, message, model.node.value_span("name"))


def _has_fields(found: FoundList, tool: ir.Tool) -> bool:
    """Return whether members of a list can be selected by the argument `fields`.

    The API's own argument of that name stays.
    """
    names = (re.sub(r"\W|_", "", source.name).lower() for source in tool.inputs)
    return found.has_fields and "fields" not in names


def _is_next(
    projection: ir.Projection, kind: ir.Type, paging: ir.Paging | None
) -> bool:
    """Return whether the answer's own member `next` leads to the next page."""
    if paging is None or paging.next is None or "next" not in dict(fields_of(kind)):
        return False
    return source_of(projection, ("next",)) == paging.next


def _paging(implementation: ir.Implementation, path: ir.MemberPath) -> ir.Paging | None:
    """Return the paging of a single call that gets a list."""
    match implementation:
        case ir.ProjectedCall(call=call, output=output):
            source = source_of(output, path)
            response = call.operation.answer or read_type(output)
            found = None if source is None else list_at(response, source)
            if found is None or call.operation.method != "GET":
                return None
            request = Request(dict(_query_inputs(call)))
            return find_paging(request, response, found.items, is_list=not source)
        case ir.Flow() | ir.Forward():
            return None
        case _:
            assert_never(implementation)


def _query_inputs(call: ir.Call) -> Iterator[tuple[str, ir.Input]]:
    """Yield the inputs that are parameters of the query, by their names there."""
    arguments = dict(call.arguments)
    for wire, template in call.operation.query:
        source = _source(template)
        passed = arguments.get(source) if isinstance(source, ir.Parameter) else None
        origin = _source(passed) if passed else None
        if isinstance(origin, ir.Input):
            yield wire, origin


def _source(template: ir.Template | None) -> ir.Parameter | ir.Input | None:
    return template.source if isinstance(template, ir.Argument) else None
