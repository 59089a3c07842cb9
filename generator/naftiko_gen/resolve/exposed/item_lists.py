"""The list in a tool's answers, and its paging."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.language.expressions import json_path
from naftiko_gen.resolve.exposed.paging import (
    Request,
    find_paging,
    least_number,
    link_paging,
    usual_number,
)
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
    from naftiko_gen.resolve.units import Unit


_KINDS = {
    "cursor": ir.PagingKind.CURSOR,
    "offset": ir.PagingKind.OFFSET,
    "page-number": ir.PagingKind.PAGE,
    "keyset": ir.PagingKind.LAST_ITEM,
    "link-body": ir.PagingKind.NEXT_URL,
    "link-header": ir.PagingKind.LINK,
}
TYPES = {kind: type_ for type_, kind in _KINDS.items()}
"""The kinds of paging as the language names them."""
_NEEDED = {
    ir.PagingKind.CURSOR: ("cursorParam", "nextCursorPath"),
    ir.PagingKind.OFFSET: ("cursorParam",),
    ir.PagingKind.PAGE: ("cursorParam",),
    ir.PagingKind.LAST_ITEM: ("cursorParam",),
    ir.PagingKind.NEXT_URL: ("nextCursorPath",),
    ir.PagingKind.LINK: (),
}
"""The keys of `request` and `response` that a kind of paging needs."""


def item_list(
    tool: ir.Tool, model: models.Tool, unit: Unit, report: Report
) -> ir.ItemList | None:
    """Return the list in the answers of a tool that reads, None if it has none."""
    holder = _holder_of_pagination(model, unit)
    pagination = holder.pagination if holder else None
    if holder is not None:
        span = holder.node.key_span("pagination")
        report.add(Code.PAGINATION, "the official language has no pagination", span)
        if tool.effect is not ir.Effect.READ:
            message = f"{quote(model.name)} isn't read-only, so its list has no pages"
            hint = "write `hints: {readOnly: true}` if it changes nothing"
            report.add(Code.UNUSABLE_PAGINATION, message, span, hint)
    if tool.effect is not ir.Effect.READ:
        return None
    return _Reader(tool, model, pagination, report).read()


def _holder_of_pagination(
    model: models.Tool, unit: Unit
) -> models.Tool | models.ConsumedOperation | None:
    """Return the tool, or its operation, if it states the paging."""
    declaration = unit.first_declared
    candidates = (model, declaration.operation if declaration else None)
    return next(
        (candidate for candidate in candidates if candidate and candidate.pagination),
        None,
    )


@dataclass(frozen=True)
class _Reader:
    """Reader of the list in a tool's answers, and of its paging."""

    tool: ir.Tool
    model: models.Tool
    pagination: models.Pagination | None
    report: Report

    def read(self) -> ir.ItemList | None:
        projection = self.tool.output
        kind = ir.answer_type(self.tool.implementation) or shape_type(projection)
        item_list = self._list(kind)
        if item_list is None:
            return None
        paging = self._paging(item_list.path)
        is_listing = item_list.is_listing or paging is not None
        return ir.ItemList(
            item_list.path,
            paging,
            kind if is_listing and _has_fields(item_list, self.tool) else None,
            replaces_next=_is_next(projection, kind, paging),
        )

    def _list(self, kind: ir.Type) -> FoundList | None:
        """Return the list at the declared path, or the one that is found."""
        response = self.pagination.response if self.pagination else None
        is_whole = isinstance(self.tool.output, ir.Identity)
        path = self._path("dataPath", response.data) if response else None
        if path is None or not is_whole:
            return find_list(kind)
        return list_at(kind, path)

    def _paging(self, path: ir.MemberPath) -> ir.Paging | None:
        """Return the paging of a single call that gets a list."""
        match self.tool.implementation:
            case ir.ProjectedCall(call=call, output=output):
                source = source_of(output, path)
                if source is None:
                    return None
                if self.pagination is not None:
                    return self._read_pagination(self.pagination, call)
                return self._find_paging(call, output, source)
            case ir.Flow() | ir.Forward():
                return None
            case _:
                assert_never(self.tool.implementation)

    def _find_paging(
        self, call: ir.Call, output: ir.Projection, source: ir.MemberPath
    ) -> ir.Paging | None:
        response = call.operation.answer or read_type(output)
        item_list = list_at(response, source)
        if item_list is None or call.operation.method != "GET":
            return None
        request = Request(dict(_query_inputs(call)))
        paging = find_paging(request, response, item_list.items, source)
        if paging is not None:
            _note_paging(paging, self.model, self.report)
        return paging

    # --- declared paging ---

    def _read_pagination(
        self, pagination: models.Pagination, call: ir.Call
    ) -> ir.Paging | None:
        """Return the paging that the spec states; report faults."""
        kind = _KINDS.get(pagination.type)
        if kind is None or not self._is_complete(pagination, kind):
            return None
        request, response = pagination.request, pagination.response
        argument = self._input("cursorParam", request.page, call) if request else None
        size = self._input("limitParam", request.limit, call) if request else None
        paging = ir.Paging(
            kind, argument.name if argument else None, size.name if size else None
        )
        if response is not None:
            paging = replace(
                paging,
                next=self._path("nextCursorPath", response.following),
                total=self._path("totalPath", response.total),
                pages=self._path("pagesPath", response.pages),
                more=self._path("hasMorePath", response.more),
            )
        return _complete_paging(paging, call, argument, size)

    def _is_complete(self, pagination: models.Pagination, kind: ir.PagingKind) -> bool:
        """Return whether a paging has the keys that its kind needs."""
        for key in _NEEDED[kind]:
            part = "request" if key.endswith("Param") else "response"
            holder = self._holder(key)
            if holder is None or key not in holder.node:
                message = (
                    f"{quote(pagination.type)} needs {quote(key)} in {quote(part)}"
                )
                span = pagination.node.value_span("type")
                self.report.add(Code.UNUSABLE_PAGINATION, message, span)
                return False
        return True

    def _holder(
        self, key: str
    ) -> models.PaginationRequest | models.PaginationResponse | None:
        """Return the part of the paging that has a key."""
        if self.pagination is None:
            return None
        is_parameter = key.endswith("Param")
        return self.pagination.request if is_parameter else self.pagination.response

    def _input(self, key: str, name: str | None, call: ir.Call) -> ir.Input | None:
        """Return the input that feeds a parameter."""
        if name is None:
            return None
        inputs = {**dict(_passed_inputs(call)), **dict(_query_inputs(call))}
        if name not in inputs:
            near = nearest(name, inputs)
            hint = f"did you mean {quote(near)}?" if near else None
            message = f"no input of {quote(self.model.name)} feeds {quote(name)}"
            self._refuse(key, message, hint)
        return inputs.get(name)

    def _path(self, key: str, text: str | None) -> ir.MemberPath | None:
        """Return the names of a JSONPath."""
        if text is None:
            return None
        steps = json_path(text)
        names = tuple(step for step in steps or () if isinstance(step, str))
        if steps is None or len(names) < len(steps):
            message = f"{quote(text)} is no JSONPath of names"
            self._refuse(key, message)
        return names

    def _refuse(self, key: str, message: str, hint: str | None = None) -> None:
        holder = self._holder(key)
        span = holder.node.value_span(key) if holder else None
        self.report.add(Code.UNUSABLE_PAGINATION, message, span, hint)


def _complete_paging(
    paging: ir.Paging,
    call: ir.Call,
    argument: ir.Input | None,
    size: ir.Input | None,
) -> ir.Paging:
    """Return a stated paging with the facts that its inputs declare."""
    match paging.kind:
        case ir.PagingKind.OFFSET | ir.PagingKind.PAGE:
            usual = 0 if paging.kind is ir.PagingKind.OFFSET else 1
            first = usual_number(argument) if argument else None
            return replace(
                paging,
                first=first if first in (0, 1) and first != usual else None,
                usual_size=usual_number(size) if size else None,
                least_size=least_number(size) if size else None,
            )
        case ir.PagingKind.NEXT_URL | ir.PagingKind.LINK:
            request = Request(dict(_query_inputs(call)))
            paging = replace(paging, more=None, pages=None)
            return link_paging(paging, request, size)
        case ir.PagingKind.LAST_ITEM:
            rivals = Request(dict(_query_inputs(call))).rivals
            return replace(paging, next=None, key=paging.next, rivals=rivals)
        case ir.PagingKind.CURSOR:
            rivals = Request(dict(_query_inputs(call))).rivals
            return replace(paging, pages=None, rivals=rivals)
        case _:
            assert_never(paging.kind)


def _note_paging(paging: ir.Paging, model: models.Tool, report: Report) -> None:
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


def _has_fields(item_list: FoundList, tool: ir.Tool) -> bool:
    """Return whether members of a list can be selected by the argument `fields`.

    The API's own argument of that name stays.
    """
    names = (re.sub(r"\W|_", "", source.name).lower() for source in tool.inputs)
    return item_list.has_fields and "fields" not in names


def _is_next(
    projection: ir.Projection, kind: ir.Type, paging: ir.Paging | None
) -> bool:
    """Return whether the answer's own member `next` leads to the next page."""
    if paging is None or paging.next is None or "next" not in dict(fields_of(kind)):
        return False
    return source_of(projection, ("next",)) == paging.next


def _query_inputs(call: ir.Call) -> Iterator[tuple[str, ir.Input]]:
    """Yield the inputs that are parameters of the query, by their names there."""
    arguments = dict(call.arguments)
    for wire, template in call.operation.query:
        source = _source(template)
        argument = arguments.get(source) if isinstance(source, ir.Parameter) else None
        origin = _source(argument) if argument else None
        if isinstance(origin, ir.Input):
            yield wire, origin


def _passed_inputs(call: ir.Call) -> Iterator[tuple[str, ir.Input]]:
    """Yield the inputs that are parameters of any place, by their names."""
    for parameter, template in call.arguments:
        origin = _source(template)
        if isinstance(origin, ir.Input):
            yield parameter.name, origin


def _source(template: ir.Template | None) -> ir.Parameter | ir.Input | None:
    return template.source if isinstance(template, ir.Argument) else None
