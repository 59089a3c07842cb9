"""The list in a tool's answers, and its paging."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, quote, suggestion
from naftiko_gen.language.expressions import name_path
from naftiko_gen.resolve.exposed.page_arguments import (
    SEARCHING,
    page_arguments,
    with_added,
)
from naftiko_gen.resolve.exposed.paging import (
    PagingFinder,
    Request,
    Response,
    with_inputs,
)
from naftiko_gen.resolve.exposed.response_lists import (
    answer_kind,
    fields_of,
    find_list,
    find_source,
    has_lists,
    list_at,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report, Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.exposed.page_arguments import PageArguments
    from naftiko_gen.resolve.exposed.response_lists import FoundList, Source
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
_BY_URL = (ir.PagingKind.NEXT_URL, ir.PagingKind.LINK)
_NEEDED = {
    ir.PagingKind.CURSOR: ("cursorParam", "nextCursorPath"),
    ir.PagingKind.NEXT_URL: ("nextCursorPath",),
    ir.PagingKind.LINK: (),
}
_ARGUMENT = ("cursorParam",)
"""The keys of `request` and `response` that most kinds of paging need."""


NEXT = "next"
SKIP = "skip_items"
"""The argument that leaves out leading items of a list."""


@dataclass(frozen=True)
class ItemListReader:
    """Reader of the list in a tool's answers, and of its paging."""

    tool: ir.Tool
    model: models.Tool
    unit: Unit
    report: Report

    @property
    def _reads(self) -> bool:
        return self.tool.effect is ir.Effect.READ

    def _check_statement(self) -> None:
        """Report paging that the spec states, and that of a tool that changes state."""
        holder = self._holder
        if holder is None:
            return
        span = holder.node.key_span("pagination")
        message = "the official language has no pagination"
        self.report.add(Code.PAGINATION, message, span)
        if not (self._reads or self._has_steps):
            name = quote(self.model.name)
            message = f"{name} isn't read-only, so its list has no pages"
            hint = "write `hints: {readOnly: true}` if it changes nothing"
            self.report.add(Code.UNUSABLE_PAGINATION, message, span, hint)

    @cached_property
    def _holder(self) -> models.Tool | models.ConsumedOperation | None:
        """Return the tool, or its operation, if it states the paging.

        Of steps, it is the operation of the one that the list is from.
        """
        if self.model.pagination:
            return self.model
        operations = (
            caller.declared.operation
            for caller in self.unit.callers
            if caller.step is None or caller.step.name == self._step
        )
        return next((o for o in operations if o.pagination), None)

    @property
    def pagination(self) -> models.Pagination | None:
        """Return the paging that the spec states."""
        return self._holder.pagination if self._holder else None

    @cached_property
    def _kind(self) -> ir.Type:
        return answer_kind(self.tool.implementation)

    @cached_property
    def _step(self) -> str | None:
        """Return the step that the found list is from."""
        found_list = find_list(self._kind)
        path = found_list.path if found_list else ()
        source = find_source(self.tool.implementation, path)
        return source.step if source else None

    def read(self) -> ir.Tool:
        """Return the tool with its list, and with further inputs to read on.

        Only tools that read have one.
        """
        self._check_statement()
        item_list = self._list()
        if item_list is None and self._reads and has_lists(self._kind):
            return replace(self.tool, items=ir.ItemList(()))
        if item_list is None or not (self._reads or self._has_steps):
            return self.tool
        source = find_source(self.tool.implementation, item_list.path)
        arguments = page_arguments(self.tool, source.call) if source else None
        paging = self._paging(source, arguments) if source and arguments else None
        if self.model.pagination and source is None:
            message = "the list isn't the response of a call, so it has no pages"
            span = self.model.node.key_span("pagination")
            self.report.add(Code.UNUSABLE_PAGINATION, message, span)
        if not self._reads:
            if paging:
                self._note_unpaged("another page would repeat the tool's changes")
            return self.tool
        tool = self.tool
        if paging and source and arguments:
            tool = with_added(tool, source.step, arguments.additions(paging))
        return replace(tool, items=self._items(item_list, source, paging, tool))

    @property
    def _has_steps(self) -> bool:
        return bool(self.tool.implementation.steps)

    def _items(
        self,
        item_list: FoundList,
        source: Source | None,
        paging: ir.Paging | None,
        tool: ir.Tool,
    ) -> ir.ItemList:
        calls = ir.of_kind(ir.CallStep, self.tool.implementation.steps)
        numbers = {call.name: number for number, call in enumerate(calls)}
        is_listing = item_list.is_listing or paging is not None
        has_fields = is_listing and _has_fields(item_list, tool)
        return ir.ItemList(
            item_list.path,
            paging,
            self._kind if has_fields else None,
            replaces_next=self._replaces_next(source, paging),
            skip=_free_name(SKIP, tool) if self._has_steps else None,
            call=numbers.get(source.step or "") if paging and source else None,
        )

    def _replaces_next(self, source: Source | None, paging: ir.Paging | None) -> bool:
        """Return whether the answer's own member `next` leads to the next page."""
        if paging is None or paging.next is None or source is None:
            return False
        own = find_source(self.tool.implementation, (NEXT,))
        is_declared = NEXT in dict(fields_of(self._kind))
        return (
            is_declared
            and own is not None
            and (own.step, own.path) == (source.step, paging.next)
        )

    def _list(self) -> FoundList | None:
        """Return the list at the declared path, or the one that is found."""
        response = self.pagination.response if self.pagination else None
        is_whole = isinstance(self.tool.output, ir.Identity)
        path = self._path("dataPath", response.data) if response else None
        if path is None or not is_whole:
            return find_list(self._kind)
        return list_at(self._kind, path)

    def _paging(self, source: Source, arguments: PageArguments) -> ir.Paging | None:
        """Return the paging of the call that gets the list, in terms of arguments."""
        if self.pagination is not None:
            paging = self._read_pagination(self.pagination, arguments)
        else:
            paging = self._find_paging(source, arguments)
        obstacle = arguments.obstacle(paging) if paging else None
        if paging and obstacle:
            wire = quote(arguments.wire(paging.argument))
            self._note_unpaged(f"another page is asked for by {wire}, {obstacle}")
            return None
        if paging and self.pagination is None and self._reads:
            _note_paging(paging, self.model, self.report)
        return paging and arguments.in_arguments(paging)

    def _find_paging(
        self, source: Source, arguments: PageArguments
    ) -> ir.Paging | None:
        response = source.response
        item_list = list_at(response, source.path)
        is_search = source.call.operation.method in {"GET", *SEARCHING}
        if item_list is None or not is_search:
            return None
        request = Request(arguments.candidates)
        members = Response(response, source.path)
        paging = PagingFinder(request, members, item_list.items).find()
        # The page at a URL is read by GET.
        is_by_url = paging is not None and paging.kind in _BY_URL
        return None if is_by_url and source.call.operation.method != "GET" else paging

    def _note_unpaged(self, reason: str) -> None:
        message = f"the tool doesn't read on: {reason}"
        self.report.add(Code.UNPAGED_LIST, message, self.model.at("name"))

    # --- declared paging ---

    def _read_pagination(
        self, pagination: models.Pagination, arguments: PageArguments
    ) -> ir.Paging | None:
        """Return the paging that the spec states; report faults."""
        kind = _KINDS.get(pagination.type)
        if kind is None or not self._is_complete(pagination, kind):
            return None
        request, response = pagination.request, pagination.response
        page, limit = (request.page, request.limit) if request else (None, None)
        argument = self._input("cursorParam", page, arguments)
        size = self._input("limitParam", limit, arguments)
        if argument and not arguments.fits(argument, kind):
            message = f"{quote(page)} isn't declared as a number"
            self._refuse("cursorParam", message)
            return None
        paging = ir.Paging(kind)
        if response is not None:
            paging = ir.Paging(
                kind,
                next=self._path("nextCursorPath", response.following),
                total=self._path("totalPath", response.total),
                pages=self._path("pagesPath", response.pages),
                more=self._path("hasMorePath", response.more),
            )
        return with_inputs(paging, Request(arguments.candidates), argument, size)

    def _is_complete(self, pagination: models.Pagination, kind: ir.PagingKind) -> bool:
        """Return whether a paging has the keys that its kind needs."""
        keys = _NEEDED.get(kind, _ARGUMENT)
        key = next((key for key in keys if key not in self._spans), None)
        if key is not None:
            part = "request" if key.endswith("Param") else "response"
            message = f"{quote(pagination.type)} needs {quote(key)} in {quote(part)}"
            span = pagination.at("type")
            self.report.add(Code.UNUSABLE_PAGINATION, message, span)
        return key is None

    @cached_property
    def _spans(self) -> dict[str, Span]:
        """Return the spans of the values in a stated paging, by their keys."""
        nodes = [self.pagination.node] if self.pagination else []
        parts = (node.members(key) for node in nodes for key in ("request", "response"))
        return {entry.key: entry.value.span for entry in chain.from_iterable(parts)}

    def _input(
        self, key: str, name: str | None, arguments: PageArguments
    ) -> ir.Input | None:
        """Return the input that feeds a parameter."""
        if name is None:
            return None
        inputs = arguments.named
        if name not in inputs:
            message = f"no input of {quote(self.model.name)} feeds {quote(name)}"
            self._refuse(key, message, suggestion(name, inputs))
        return inputs.get(name)

    def _path(self, key: str, text: str | None) -> ir.MemberPath | None:
        """Return the names of a JSONPath."""
        if text is None:
            return None
        names = name_path(text)
        if names is None:
            self._refuse(key, f"{quote(text)} is no JSONPath of names")
        return names

    def _refuse(self, key: str, message: str, hint: str | None = None) -> None:
        self.report.add(Code.UNUSABLE_PAGINATION, message, self._spans[key], hint)


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
    report.add(Code.PAGING_FOUND, message, model.at("name"))


def _has_fields(item_list: FoundList, tool: ir.Tool) -> bool:
    """Return whether members of a list can be selected by the argument `fields`.

    The API's own argument of that name stays.
    """
    names = (re.sub(r"\W|_", "", source.name).lower() for source in tool.inputs)
    return item_list.has_fields and "fields" not in names


def _free_name(name: str, tool: ir.Tool) -> str:
    """Return a name that no input of a tool has."""
    names = {source.name for source in tool.inputs}
    candidates = chain((name,), (f"{name}_{number}" for number in count(2)))
    return next(candidate for candidate in candidates if candidate not in names)
