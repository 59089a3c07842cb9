"""Paging that is found where the request and the response of an operation agree.

One side without the other promises nothing: `page`, `after` or `next` mean many other
things. Names are compared as whole words, ignoring case, `_`, `-` and `$`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

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


@dataclass(frozen=True)
class Request:
    """The arguments of a tool that are parameters of a query, by their names there."""

    query: Mapping[str, ir.Input]

    @cached_property
    def _by_key(self) -> dict[str, ir.Input]:
        return {_key(wire): source for wire, source in self.query.items()}

    def number(self, names: Iterable[str]) -> ir.Input | None:
        """Return the first input with one of the names that is an integer."""
        return self._first(names, ir.Primitive.INTEGER, ir.Primitive.NUMBER)

    def text(self, names: Iterable[str]) -> ir.Input | None:
        """Return the first input with one of the names that is a text, and no time."""
        return self._first(names, ir.Primitive.STRING)

    def _first(self, names: Iterable[str], *kinds: ir.Primitive) -> ir.Input | None:
        inputs = (self._by_key.get(name) for name in names)
        return next((i for i in inputs if i and _is_plain(i.type, kinds)), None)

    def has(self, names: Iterable[str]) -> bool:
        """Return whether an input has one of the names."""
        return any(name in self._by_key for name in names)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return the arguments of a paging by numbers, which cursors don't go with."""
        inputs = (self.number(names) for names in (_OFFSETS, _PAGES))
        return tuple(source.name for source in inputs if source)

    @property
    def links(self) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Return the parameters of the query, and those with other argument names."""
        aliases = tuple((w, i.name) for w, i in self.query.items() if w != i.name)
        return tuple(self.query), aliases


@dataclass(frozen=True)
class Response:
    """The members of a response outside of its list, by their paths.

    Those beside the list, which is at `path`, are found as if they were at the root.
    """

    kind: ir.Type
    path: ir.MemberPath

    @cached_property
    def _by_key(self) -> dict[str, tuple[ir.MemberPath, ir.Type]]:
        members = {
            ".".join(map(_key, path)): (path, kind)
            for path, kind in _members(self.kind)
        }
        parent = "".join(f"{_key(name)}." for name in self.path[:-1])
        for root in (*_ROOTS, *([parent] if parent else ())):
            pairs = [pair for pair in members.items() if pair[0].startswith(root)]
            members = {**{key.removeprefix(root): m for key, m in pairs}, **members}
        return members

    def text(self, names: Iterable[str]) -> ir.MemberPath | None:
        """Return the first path of a text among these."""
        return self._first(names, ir.Primitive.STRING)

    def number(self, names: Iterable[str]) -> ir.MemberPath | None:
        """Return the first path of a number among these."""
        return self._first(names, ir.Primitive.INTEGER, ir.Primitive.NUMBER)

    def flag(self, names: Iterable[str]) -> ir.MemberPath | None:
        """Return the first path of a flag among these."""
        return self._first(names, ir.Primitive.BOOLEAN)

    def _first(
        self, names: Iterable[str], *kinds: ir.Primitive
    ) -> ir.MemberPath | None:
        members = (self._by_key.get(name) for name in names)
        return next((m[0] for m in members if m and _is_plain(m[1], kinds)), None)


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


def find_paging(
    request: Request, response: ir.Type, items: ir.Type, path: ir.MemberPath
) -> ir.Paging | None:
    """Return the paging of an operation that reads a list, None unless both agree.

    `path` leads to the list; without a name, the response is the list itself.
    """
    return _Finder(request, Response(response, path), items, not path).find()


@dataclass(frozen=True)
class _Finder:
    """Finds the paging of an operation; the first kind that fits is taken."""

    request: Request
    response: Response
    items: ir.Type
    is_list: bool

    def find(self) -> ir.Paging | None:
        by_number = self._offset() or self._page()
        by_key = self._cursor() or self._last_item()
        # A cursor beside numbers often needs a switch: a total says that numbers do.
        if by_number and (by_number.total or by_number.pages or by_number.next):
            return by_number
        paging = by_key or self._url() or by_number or self._link()
        return None if paging is None else replace(paging, size=self._size)

    @property
    def _size(self) -> str | None:
        size = self.request.number(_SIZES)
        return size.name if size else None

    def _count_paging(self, kind: ir.PagingKind, argument: ir.Input) -> ir.Paging:
        size = self.request.number(_SIZES)
        return ir.Paging(
            kind,
            argument.name,
            self._size,
            total=self.response.number(_TOTALS),
            more=self.response.flag(_MORE),
            usual_size=usual_number(size) if size else None,
            least_size=least_number(size) if size else None,
        )

    def _offset(self) -> ir.Paging | None:
        offset = self.request.number(_OFFSETS)
        is_time = offset and _key(offset.name) in ("start", "from")
        if offset is None or self._size is None:
            return None
        if is_time and self.request.has(_ENDS):
            return None
        first = usual_number(offset)
        paging = self._count_paging(ir.PagingKind.OFFSET, offset)
        return replace(paging, first=first if first == 1 else None)

    def _page(self) -> ir.Paging | None:
        page = self.request.number(_PAGES)
        following = self.response.number(_NEXT_PAGES)
        pages = self.response.number(_PAGE_COUNTS)
        if page is None or not (following or pages or self._size) or self.is_list:
            return None
        paging = self._count_paging(ir.PagingKind.PAGE, page)
        first = 0 if _first_page(page) == 0 else None
        return replace(paging, next=following, pages=pages, first=first)

    def _cursor(self) -> ir.Paging | None:
        cursor, path = self.request.text(_CURSORS), self.response.text(_NEXT_CURSORS)
        for name, value in _OWN_CURSORS.items():
            if not (cursor and path):
                cursor, path = self.request.text((name,)), self.response.text((value,))
        if cursor is None or path is None:
            return None
        return replace(self._cursor_paging(ir.PagingKind.CURSOR, cursor), next=path)

    def _last_item(self) -> ir.Paging | None:
        after = self.request.text(("startingafter", "after"))
        more = self.response.flag(_MORE)
        kind = dict(fields_of(self.items)).get("id")
        if after is None or more is None or kind is not ir.Primitive.STRING:
            return None
        return self._cursor_paging(ir.PagingKind.LAST_ITEM, after)

    def _cursor_paging(self, kind: ir.PagingKind, argument: ir.Input) -> ir.Paging:
        return ir.Paging(
            kind,
            argument.name,
            more=self.response.flag(_MORE),
            total=self.response.number(_TOTALS),
            rivals=self.request.rivals,
        )

    def _url(self) -> ir.Paging | None:
        path = self.response.text(_NEXT_URLS)
        # A parameter has to say which page the request is for.
        number = self.request.number((*_OFFSETS, *_PAGES, *_TIMED_CURSORS))
        place = number or self.request.text((*_CURSORS, *_OFFSETS, *_PAGES))
        is_paged = path is not None and place is not None
        return self._link_paging(ir.PagingKind.NEXT_URL, path) if is_paged else None

    def _link(self) -> ir.Paging | None:
        page = self.request.number(_PAGES) if self._size else None
        is_paged = self.is_list and (self.request.text(_CURSORS) or page)
        return self._link_paging(ir.PagingKind.LINK, None) if is_paged else None

    def _link_paging(
        self, kind: ir.PagingKind, path: ir.MemberPath | None
    ) -> ir.Paging:
        paging = ir.Paging(kind, next=path, total=self.response.number(_TOTALS))
        return link_paging(paging, self.request, self.request.number(_SIZES))


def link_paging(
    paging: ir.Paging, request: Request, size: ir.Input | None
) -> ir.Paging:
    """Return a paging by URLs with the facts that its inputs declare."""
    query, aliases = request.links
    page = request.number(_PAGES) or request.text(_PAGES)
    usual_size = usual_number(size) if size else None
    is_counted = paging.kind is ir.PagingKind.LINK and page and usual_size is None
    return replace(
        paging,
        argument=page.name if page else None,
        query=query,
        named=aliases,
        first=0 if page and _first_page(page) == 0 else None,
        usual_size=usual_size,
        least_size=least_number(size) if size else None,
        most_size=_limit(size, ir.Limit.MAXIMUM) if size and is_counted else None,
    )


def _first_page(page: ir.Input) -> int | None:
    """Return the number of the first page, if the API says it."""
    first = usual_number(page)
    return first if first in (0, 1) else least_number(page)


def usual_number(source: ir.Input) -> int | None:
    """Return the value that the API assumes without an argument, if it is a number."""
    default = source.default
    kind = source.type
    while default is None and isinstance(kind, ir.Refined | ir.Nullable):
        default = kind.default if isinstance(kind, ir.Refined) else None
        kind = kind.base
    value = default.value if default else None
    return int(value) if isinstance(value, int | float) else None


def least_number(source: ir.Input) -> int | None:
    """Return the least value of an argument, if it has one."""
    return _limit(source, ir.Limit.MINIMUM)


def _limit(source: ir.Input, limit: ir.Limit) -> int | None:
    kind = source.type
    while isinstance(kind, ir.Refined | ir.Nullable):
        limits = dict(kind.limits) if isinstance(kind, ir.Refined) else {}
        if limit in limits:
            return int(limits[limit])
        kind = kind.base
    return None
