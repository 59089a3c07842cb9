"""Paging that is found where the request and the response of an operation agree.

One side without the other promises nothing: `page`, `after` or `next` mean many other
things. Names are compared as whole words, ignoring case, `_`, `-` and `$`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, assert_never

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.response_lists import fields_of, plain_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OFFSETS = ("offset", "skip", "startat", "startposition", "startindex", "start", "from")
_PAGES = ("page", "pagenumber", "page[number]", "pagenum", "pageno")
_CURSORS = (
    *("cursor", "page[cursor]", "pagetoken", "nextpagetoken", "nexttoken"),
    *("startcursor", "continuation", "continuationtoken", "marker", "bookmark"),
    *("iterator", "after", "page[after]", "startingafter"),
)
_TIMED_CURSORS = ("before", "after")
"""Numbers that may be times: only a URL in the response says how they go on."""
_SIZES = (
    *("limit", "perpage", "pagesize", "page[size]", "page[limit]", "maxresults"),
    *("top", "count", "size", "rows", "pagelen", "hitsperpage", "maxitems"),
)
_ENDS = ("end", "endat", "to", "until", "before", "stop")
"""The names of ends beside which a start is a time, or a place in something else."""
_ROOTS = ("data.", "result.", "response.")
_META = (
    *("meta.", "metadata.", "pagination.", "paging.", "pageinfo."),
    "meta.pagination.",
)

_NEXT_CURSORS = (
    *("nextcursor", "nextpagetoken", "nexttoken", "nextmarker", "cursor", "bookmark"),
    *("iterator", "continuation", "nextcontinuationtoken", "meta.aftercursor"),
    *("meta.nextcursor", "meta.nexttoken", "meta.page.after", "metadata.nextcursor"),
    *("paging.next.after", "paging.cursors.after", "pagination.nextcursor"),
    *("pagination.cursor", "pagination.nextpagetoken", "listmetadata.after"),
    *("responsemetadata.nextcursor", "pageinfo.endcursor", "cursors.after"),
)
_OWN_CURSORS = {"offset": "nextpage.offset", "page": "nextpage"}
"""Texts that look like numbers: each with the only value that may feed it."""
_NEXT_URLS = (
    *("next", "nexturl", "nexturi", "nextlink", "@odata.nextlink", "nextrecordsurl"),
    *("nextpageuri", "nextpageurl", "links.next", "links.next.href"),
    "links.pages.next",
    *("meta.nextpageurl", "paging.next.link", "paging.next", "metadata.next"),
    *("pagination.next", "pagination.nexturl", "nextpage"),
)
_NEXT_PAGES = ("nextpage", *(f"{meta}nextpage" for meta in _META))
_PAGE_COUNTS = tuple(
    f"{meta}{name}"
    for meta in ("", *_META)
    for name in ("totalpages", "pages", "lastpage", "pagecount", "numpages")
)
_TOTALS = (
    *("totalelements", "page.totalelements", "@odata.count", "totalitems"),
    *(
        f"{meta}{name}"
        for meta in ("", *_META, "page.", "meta.page.")
        for name in ("total", "totalcount", "totalsize", "totalhits", "totalresults")
    ),
)
_MORE = (
    *("hasmore", "hasnextpage", "more", "meta.page.hasmore"),
    *(f"{meta}{name}" for meta in _META for name in ("hasmore", "hasnextpage")),
)
_TIMES = frozenset({"date", "date-time", "time", "timestamp", "unix-time"})
_DEEPEST = 4


def asks_for_page(wire: str) -> bool:
    """Return whether a parameter of a query has the name of a place in a list."""
    return _key(wire) in (*_OFFSETS, *_PAGES, *_CURSORS)


def is_number(source: ir.Input) -> bool:
    """Return whether an input is a number that counts."""
    return _is_plain(source.type, (ir.Primitive.INTEGER, ir.Primitive.NUMBER))


_Part = TypeVar("_Part")


class _Parts(ABC, Generic[_Part]):
    """Parts of a request or a response, which are found by their names and types."""

    @property
    @abstractmethod
    def by_key(self) -> Mapping[str, tuple[_Part, ir.Type]]:
        """Return the parts with their types, by their names as whole words."""

    def number(self, names: Iterable[str]) -> _Part | None:
        """Return the first part with one of the names that is a number."""
        return self._first(names, ir.Primitive.INTEGER, ir.Primitive.NUMBER)

    def text(self, names: Iterable[str]) -> _Part | None:
        """Return the first part with one of the names that is a text, and no time."""
        return self._first(names, ir.Primitive.STRING)

    def flag(self, names: Iterable[str]) -> _Part | None:
        """Return the first part with one of the names that is a flag."""
        return self._first(names, ir.Primitive.BOOLEAN)

    def _first(self, names: Iterable[str], *kinds: ir.Primitive) -> _Part | None:
        parts = (self.by_key[name] for name in names if name in self.by_key)
        return next((part for part, kind in parts if _is_plain(kind, kinds)), None)


@dataclass(frozen=True)
class Request(_Parts[ir.Input]):
    """The arguments of a tool that are parameters of a query, by their names there."""

    query: Mapping[str, ir.Input]

    @cached_property
    def by_key(self) -> dict[str, tuple[ir.Input, ir.Type]]:
        """Return the arguments with their types, by the names of parameters."""
        return {_key(wire): (i, i.type) for wire, i in self.query.items()}

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return the arguments of a paging by numbers, which cursors don't go with."""
        inputs = (self.number(names) for names in (_OFFSETS, _PAGES))
        return tuple(source.name for source in inputs if source)


@dataclass(frozen=True)
class Response(_Parts[ir.MemberPath]):
    """The members of a response outside of its list, by their paths.

    Those beside the list, which is at `path`, are found as if they were at the root.
    Without a name, the response is the list itself.
    """

    kind: ir.Type
    path: ir.MemberPath

    @cached_property
    def by_key(self) -> dict[str, tuple[ir.MemberPath, ir.Type]]:
        """Return the paths of members with their types."""
        members = {
            ".".join(map(_key, path)): (path, kind)
            for path, kind in _members(self.kind)
        }
        parent = "".join(f"{_key(name)}." for name in self.path[:-1])
        for root in (*_ROOTS, *([parent] if parent else ())):
            pairs = [pair for pair in members.items() if pair[0].startswith(root)]
            members = {**{key.removeprefix(root): m for key, m in pairs}, **members}
        return members


def _members(
    kind: ir.Type, before: ir.MemberPath = ()
) -> Iterator[tuple[ir.MemberPath, ir.Type]]:
    for name, inner in fields_of(kind) if len(before) < _DEEPEST else ():
        yield (*before, name), inner
        yield from _members(inner, (*before, name))


def _key(name: str) -> str:
    return re.sub(r"[_$-]", "", name).lower()


def _is_plain(kind: ir.Type, kinds: tuple[ir.Primitive, ...]) -> bool:
    """Return whether a type is a scalar, neither one of few values nor a time."""
    match kind:
        case ir.Nullable(base=base):
            return _is_plain(base, kinds)
        case ir.Refined(base=base, format=form):
            return form not in _TIMES and _is_plain(base, kinds)
        case _:
            return plain_type(kind) in kinds


@dataclass(frozen=True)
class PagingFinder:
    """Finder of the paging of an operation that reads a list of items."""

    request: Request
    response: Response
    items: ir.Type

    def find(self) -> ir.Paging | None:
        """Return the first paging that fits, None unless both sides agree."""
        by_number = self._offset() or self._page()
        by_key = self._cursor() or self._last_item()
        # A cursor beside numbers often needs a switch: a total says that numbers do.
        if by_number and (by_number.total or by_number.pages or by_number.next):
            return by_number
        return by_key or self._url() or by_number or self._link()

    def _paging(
        self,
        kind: ir.PagingKind,
        argument: ir.Input | None,
        following: ir.MemberPath | None = None,
        pages: ir.MemberPath | None = None,
    ) -> ir.Paging:
        paging = ir.Paging(
            kind,
            next=following,
            total=self.response.number(_TOTALS),
            pages=pages,
            more=self.response.flag(_MORE),
        )
        return with_inputs(paging, self.request, argument, self._size)

    @cached_property
    def _size(self) -> ir.Input | None:
        return self.request.number(_SIZES)

    @property
    def _is_list(self) -> bool:
        return not self.response.path

    def _offset(self) -> ir.Paging | None:
        offset = self.request.number(_OFFSETS)
        if offset is None or self._size is None:
            return None
        is_time = _key(offset.name) in ("start", "from")
        if is_time and not self.request.by_key.keys().isdisjoint(_ENDS):
            return None
        return self._paging(ir.PagingKind.OFFSET, offset)

    def _page(self) -> ir.Paging | None:
        page = self.request.number(_PAGES)
        following = self.response.number(_NEXT_PAGES)
        pages = self.response.number(_PAGE_COUNTS)
        if page is None or not (following or pages or self._size) or self._is_list:
            return None
        return self._paging(ir.PagingKind.PAGE, page, following, pages)

    def _cursor(self) -> ir.Paging | None:
        cursor, path = self.request.text(_CURSORS), self.response.text(_NEXT_CURSORS)
        for name, value in _OWN_CURSORS.items():
            if not (cursor and path):
                cursor, path = self.request.text((name,)), self.response.text((value,))
        is_paged = cursor is not None and path is not None
        return self._paging(ir.PagingKind.CURSOR, cursor, path) if is_paged else None

    def _last_item(self) -> ir.Paging | None:
        after = self.request.text(("startingafter", "after"))
        is_paged = after is not None and self.response.flag(_MORE) is not None
        has_keys = dict(fields_of(self.items)).get("id") is ir.Primitive.STRING
        is_paged = is_paged and has_keys
        return self._paging(ir.PagingKind.LAST_ITEM, after) if is_paged else None

    def _url(self) -> ir.Paging | None:
        path = self.response.text(_NEXT_URLS)
        # A parameter has to say which page the request is for.
        number = self.request.number((*_OFFSETS, *_PAGES, *_TIMED_CURSORS))
        place = number or self.request.text((*_CURSORS, *_OFFSETS, *_PAGES))
        is_paged = path is not None and place is not None
        return self._paging(ir.PagingKind.NEXT_URL, None, path) if is_paged else None

    def _link(self) -> ir.Paging | None:
        page = self.request.number(_PAGES) if self._size else None
        is_paged = self._is_list and (self.request.text(_CURSORS) or page)
        return self._paging(ir.PagingKind.LINK, None) if is_paged else None


def with_inputs(
    paging: ir.Paging,
    request: Request,
    argument: ir.Input | None,
    size: ir.Input | None,
) -> ir.Paging:
    """Return a paging with its arguments, and the facts that these declare."""
    kind, names = paging.kind, [i.name if i else None for i in (argument, size)]
    paging = replace(paging, argument=names[0], size=names[1])
    match kind:
        case ir.PagingKind.LAST_ITEM:
            return replace(paging, next=None, key=paging.next, rivals=request.rivals)
        case ir.PagingKind.CURSOR:
            return replace(paging, pages=None, rivals=request.rivals)
        case ir.PagingKind.OFFSET | ir.PagingKind.PAGE:
            paging = replace(paging, first=_first_number(kind, argument))
        case ir.PagingKind.NEXT_URL | ir.PagingKind.LINK:
            paging = _by_link(paging, request, size)
        case _:
            assert_never(kind)
    return replace(
        paging, usual_size=usual_number(size), least_size=_limit(size, _LEAST)
    )


def _by_link(paging: ir.Paging, request: Request, size: ir.Input | None) -> ir.Paging:
    query = request.query.items()
    page = request.number(_PAGES) or request.text(_PAGES)
    is_counted = paging.kind is ir.PagingKind.LINK and page
    return replace(
        paging,
        argument=page.name if page else None,
        pages=None,
        more=None,
        query=tuple(wire for wire, _ in query),
        named=tuple((wire, i.name) for wire, i in query if wire != i.name),
        first=_first_number(ir.PagingKind.PAGE, page),
        most_size=(
            _limit(size, ir.Limit.MAXIMUM)
            if is_counted and usual_number(size) is None
            else None
        ),
    )


def _first_number(kind: ir.PagingKind, argument: ir.Input | None) -> int | None:
    """Return the number of the first page or item, if it is an unusual one."""
    usual = usual_number(argument)
    if kind is ir.PagingKind.OFFSET:
        return 1 if usual == 1 else None
    first = usual if usual in (0, 1) else _limit(argument, _LEAST)
    return 0 if first == 0 else None


def usual_number(source: ir.Input | None) -> int | None:
    """Return the value that the API assumes without an argument, if it is a number."""
    if source is None:
        return None
    default = source.default
    kind = source.type
    while default is None and isinstance(kind, ir.Refined | ir.Nullable):
        default = kind.default if isinstance(kind, ir.Refined) else None
        kind = kind.base
    value = default.value if default else None
    return int(value) if isinstance(value, int | float) else None


_LEAST = ir.Limit.MINIMUM


def _limit(source: ir.Input | None, limit: ir.Limit) -> int | None:
    kind = source.type if source else None
    while isinstance(kind, ir.Refined | ir.Nullable):
        limits = dict(kind.limits) if isinstance(kind, ir.Refined) else {}
        if limit in limits:
            return int(limits[limit])
        kind = kind.base
    return None
