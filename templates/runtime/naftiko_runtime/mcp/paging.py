"""Paging of upstream APIs: the arguments of the call that reads on."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from ..errors import InvalidInputError, NaftikoError
from ..inputs import ANYTHING, INTEGER, STRING, JsonType, kinds_of
from ..transport import Reply
from ..values import JsonObject
from .tools import Argument

D = TypeVar("D")
Path = tuple[str, ...]
NAME = re.compile(r"(?:[^.\\]|\\.)+")
ESCAPED = re.compile(r"\\(.)")

REPEATED = "the API repeats the place of this page, so this is taken for the end"
ELSEWHERE = "the API's next page is at another address, which this tool doesn't read"
UNDECLARED = "the API's next page needs a parameter that this tool doesn't have"
UNREAD = "the API's links are too long, so the next page is unknown"
PART = r';\s*([\w*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*))'
LINKS = re.compile(rf"<([^<>]*)>((?:\s*{PART})*)")
PARTS = re.compile(PART)
LONGEST = 8_000
"""The most characters of a header `Link`."""
COUNT = re.compile("[0-9]{1,15}")
NUMBER = re.compile("[0-9]{1,40}")
PORTS = {"http": 80, "https": 443}


def split(path: str) -> Path:
    """Return the names of a dotted path."""
    return tuple(ESCAPED.sub(r"\1", name) for name in NAME.findall(path))


def at(document: Any, path: Path) -> Any:
    """Return the value at a path of names, None if there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


class PagingError(NaftikoError):
    """A next page that can't be read by arguments; the message is for the client."""


class Page(NamedTuple):
    """A page of a list.

    `values` are the arguments of the call by name, as they were read, and `types` those
    of all arguments. `document` is the response of the upstream, and `url` the address
    that it is from.
    """

    values: JsonObject
    types: Mapping[str, JsonType]
    document: Any
    items: Sequence[Any]
    reply: Reply
    url: str

    def at(self, path: str | None) -> Any:
        """Return the value at a path of names in the response, None if it has none."""
        return None if path is None else at(self.document, split(path))

    def number(self, path: str | None) -> int | None:
        """Return the count at a path, which some APIs write as a text."""
        value = self.at(path)
        if isinstance(value, str) and COUNT.fullmatch(value):
            return int(value)
        is_count = isinstance(value, int) and not isinstance(value, bool)
        return value if is_count and value >= 0 else None

    def argument(self, name: str | None, usual: D) -> int | D:
        """Return an argument that is a number, else its default."""
        value = self.values.get(name) if name else None
        return int(value) if isinstance(value, int | float) else usual


@dataclass(frozen=True, kw_only=True)
class Paging(ABC):
    """A way by which an API splits a list into pages.

    `size` is the argument that limits the items of a page, `usual_size` their number
    without it, if it is known, and `least_size` its least value. `total` is the path of
    the number of all items.
    """

    size: str | None = None
    total: str | None = None
    usual_size: int | None = None
    least_size: int = 1

    @abstractmethod
    def following(self, page: Page, /) -> JsonObject | None:
        """Return the changed arguments of the next page; raises PagingError."""

    def after(self, _: Page, __: int, /) -> tuple[int, JsonObject] | None:
        """Return how many items to keep, at most so many, and the changed arguments.

        Return None if pages begin only in other places.
        """
        return None

    def keeps_place(self, _: Page, /) -> bool:
        """Return whether a page of another size begins with the same item."""
        return True

    def _size(self, page: Page) -> int | None:
        return page.argument(self.size, self.usual_size)

    def _smaller_pages(
        self, page: Page, argument: str, first: int, count: int
    ) -> tuple[int, JsonObject] | None:
        """Return how many items to keep, and the arguments of the page behind them.

        Pages are so small that one of them begins there; None if none does.
        """
        before, size = page.argument(argument, first) - first, self._size(page)
        if self.size is None or before < 0 or (before and not self._is_of(size, page)):
            return None
        start = before * (size or 0)
        for smaller in range(count, max(self.least_size, 1) - 1, -1):
            if start % smaller == 0:
                following = first + start // smaller + 1
                return smaller, {argument: following, self.size: smaller}
        return None

    def _is_of(self, size: int | None, page: Page) -> bool:
        """Return whether pages have so many items: an API may limit their size."""
        count = len(page.items)
        is_last = size is not None and count < size and self.following(page) is None
        return count == size or is_last


@dataclass(frozen=True, kw_only=True)
class Numbered(Paging):
    """Paging by a number: of the first item, or of the page."""

    argument: str
    first: int = 0
    pages: str | None = None
    more: str | None = None

    def _is_over(self, page: Page, end: int) -> bool:
        """Return whether no items follow the first `end` ones.

        A total that is no more than the items of a full page may be that page's own.
        """
        if not page.items or page.at(self.more) is False:
            return True
        total = page.number(self.total)
        if total is None or total <= len(page.items) == self._size(page):
            return False
        return end >= total


@dataclass(frozen=True, kw_only=True)
class Offset(Numbered):
    """Paging by the number of items to skip."""

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the number of items up to the end of this page."""
        start, count = self._start(page), len(page.items)
        end = start - self.first + count
        return None if self._is_over(page, end) else {self.argument: start + count}

    def after(self, page: Page, count: int, /) -> tuple[int, JsonObject] | None:
        """Continue after any item."""
        return count, {self.argument: self._start(page) + count}

    def _start(self, page: Page) -> int:
        return page.argument(self.argument, None) or self.first


@dataclass(frozen=True, kw_only=True)
class PageNumber(Numbered):
    """Paging by the number of the page; `next` is the path of the next number."""

    first: int = 1
    next: str | None = None

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the next number, unless this page is the last one."""
        number = page.argument(self.argument, self.first)
        if isinstance(page.document, dict) and self.next is not None:
            following = page.number(self.next) or 0
            return {self.argument: following} if following > number else None
        before, pages = number - self.first, page.number(self.pages)
        end = before * (self._size(page) or len(page.items)) + len(page.items)
        is_last = pages is not None and before + 1 >= pages
        is_over = self._is_over(page, end)
        return None if is_last or is_over else {self.argument: number + 1}

    def after(self, page: Page, count: int, /) -> tuple[int, JsonObject] | None:
        """Continue by smaller pages, one of which begins behind the kept items."""
        return self._smaller_pages(page, self.argument, self.first, count)

    def keeps_place(self, page: Page, /) -> bool:
        """Return whether it is the first page, because others begin elsewhere then."""
        return page.argument(self.argument, self.first) == self.first


@dataclass(frozen=True, kw_only=True)
class Continued(Paging):
    """Paging by a value that the API tells.

    `rivals` are arguments of another paging, which the API refuses beside this one.
    """

    argument: str
    more: str | None = None
    rivals: Sequence[str] = ()

    def _changes(self, page: Page, value: Any) -> JsonObject:
        """Return the changed arguments; raises PagingError for another type."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise PagingError(UNDECLARED)
        text = str(value)
        if str(page.values.get(self.argument)) == text:
            raise PagingError(REPEATED)
        forms = (value, int(text) if NUMBER.fullmatch(text) else value, text)
        for form in filter(page.types[self.argument].accepts, forms):
            return {**dict.fromkeys(self.rivals), self.argument: form}
        raise PagingError(UNDECLARED)


@dataclass(frozen=True, kw_only=True)
class Cursor(Continued):
    """Paging by a text of the API; `next` is its path in the response."""

    next: str

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the text, unless it is absent, null or empty."""
        value = page.at(self.next)
        if page.at(self.more) is False or value is None or value in ("", False):
            return None
        return self._changes(page, value)


@dataclass(frozen=True, kw_only=True)
class LastItem(Continued):
    """Paging by the last item: the next page begins behind the item with that key."""

    key: str = "id"

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the key of the last item, unless there are no more."""
        if not page.items or (self.more and page.at(self.more) is not True):
            return None
        return self._behind(page, len(page.items))

    def after(self, page: Page, count: int, /) -> tuple[int, JsonObject] | None:
        """Continue after any item."""
        return count, self._behind(page, count)

    def _behind(self, page: Page, count: int) -> JsonObject:
        return self._changes(page, at(page.items[count - 1], split(self.key)))


@dataclass(frozen=True, kw_only=True)
class Linked(Paging):
    """Paging by a URL, whose parameters become arguments.

    `query` are the declared parameters of the query, `named` the arguments that have
    other names than these, and `argument` the one that numbers pages, if there is one.
    """

    query: Sequence[str]
    named: Mapping[str, str] = field(default_factory=dict)
    argument: str | None = None
    first: int = 1

    def after(self, page: Page, count: int, /) -> tuple[int, JsonObject] | None:
        """Continue by smaller pages, if the API's own link only counts pages."""
        if self.argument is None:
            return None
        changes = self.following(page)
        is_last = changes is None and page.argument(self.argument, None) is not None
        if is_last or (changes and self._counts(page, changes)):
            return self._smaller_pages(page, self.argument, self.first, count)
        return None

    def keeps_place(self, page: Page, /) -> bool:
        """Return whether no number tells the page."""
        return self.argument is None or page.values.get(self.argument) is None

    def _counts(self, page: Page, changes: JsonObject) -> bool:
        """Return whether only the page's number changes, and to the next one."""
        others = _differing(page, changes) - {self.argument, self.size}
        if self.argument is None or others:
            return False
        following = page.argument(self.argument, self.first) + 1
        return bool(changes[self.argument] == following)

    def _arguments(self, page: Page, url: str) -> JsonObject:
        """Return the arguments of a URL; those that it leaves out are None."""
        here = urlsplit(page.url)
        try:
            target = urlsplit(urljoin(page.url, url))
            is_near = _origin(target) == _origin(here)
            pairs = parse_qsl(target.query, keep_blank_values=True, max_num_fields=200)
        except ValueError:
            raise PagingError(ELSEWHERE) from None
        changes: JsonObject = {}
        for wire in self.query:
            name = self.named.get(wire, wire)
            texts = [text for key, text in pairs if key == wire]
            changes[name] = _value(page, name, texts)
        is_same = unquote(target.path).rstrip("/") == unquote(here.path).rstrip("/")
        # Some APIs link to another address of the same list.
        if not is_near or not (is_same or self._counts(page, changes)):
            raise PagingError(ELSEWHERE)
        if not _differing(page, changes):
            is_declared = all(key in self.query for key, _ in pairs)
            raise PagingError(REPEATED if is_declared else UNDECLARED)
        return changes


def _differing(page: Page, changes: JsonObject) -> set[str]:
    return {k for k, value in changes.items() if value != page.values.get(k)}


def _origin(url: Any) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or PORTS.get(url.scheme)


def _value(page: Page, name: str, texts: list[str]) -> Any:
    """Return the value of an argument in a URL; a list is that of this call."""
    if not texts:
        return None
    value = page.values.get(name)
    if isinstance(value, list | dict):
        return value
    try:
        return page.types[name].read_list(name, texts)
    except InvalidInputError:
        # The API may write a flag or a text of this call in another way.
        is_other = value is None or type(value) in (int, float)
        if is_other and any(texts):
            raise PagingError(UNDECLARED) from None
        return value


@dataclass(frozen=True, kw_only=True)
class NextUrl(Linked):
    """Paging by a URL in the response; `next` is its path."""

    next: str

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the arguments of the URL, unless it is absent, null or empty."""
        url = page.at(self.next)
        if isinstance(url, str) and url:
            return self._arguments(page, url)
        return None


@dataclass(frozen=True, kw_only=True)
class NextLink(Linked):
    """Paging by the header `Link` (RFC 8288).

    An API without this header has a next page behind a full one, by its number.
    `most_size` is the greatest value of the argument `size`.
    """

    most_size: int | None = None

    def following(self, page: Page, /) -> JsonObject | None:
        """Return the arguments of the link to the next page, if there is one."""
        header = page.reply.headers.get("link", "")
        links = (match.group(1, 2) for match in LINKS.finditer(header[:LONGEST]))
        url = next((url for url, about in links if _is_next(about)), None)
        if url is None and len(header) > LONGEST:
            raise PagingError(UNREAD)
        if not header:
            return self._next_number(page)
        return None if url is None else self._arguments(page, url)

    def _next_number(self, page: Page) -> JsonObject | None:
        """Return the number of the page behind a full one, if pages have numbers."""
        usual_size = self.usual_size or self.most_size
        name, size = self.argument, page.argument(self.size, usual_size)
        if name is None or not page.items or len(page.items) != size:
            return None
        following = page.argument(name, self.first) + 1
        return {name: following} if page.types[name].accepts(following) else None


def _is_next(about: str) -> bool:
    """Return whether the first `rel` of a link has the relation `next`."""
    relations = (
        quotation or token
        for name, quotation, token in PARTS.findall(about)
        if name.lower() == "rel"
    )
    return "next" in next(relations, "").lower().split()


PAGINGS = (Offset, PageNumber, Cursor, LastItem, NextUrl, NextLink)

# --- the places of arguments ---


class Places:
    """The places of arguments, some of which are members of a body.

    `inside` has the paths of these from the body, each with that of clients.
    """

    def __init__(self, inputs: Iterable[Argument], inside: Mapping[str, str]) -> None:
        inputs = list(inputs)
        self.types = {part.name: part.type for part in inputs}
        self._values: dict[str, Path] = {
            part.name: (part.keyword or part.name,) for part in inputs
        }
        self._arguments: dict[str, Path] = {name: (name,) for name in self.types}
        for name, path in inside.items():
            body, *inner = split(name)
            self.types[name] = _type_at(self.types[body].schema, inner)
            self._values[name] = (*self._values[body], *inner)
            self._arguments[name] = split(path)

    def read(self, values: JsonObject) -> JsonObject:
        """Return the values of arguments by name."""
        return {name: at(values, path) for name, path in self._values.items()}

    def with_value(self, values: JsonObject, name: str, value: Any) -> JsonObject:
        """Return values of which one is another."""
        return _with_member(values, self._values[name], value)

    def parse(self, arguments: JsonObject, values: JsonObject) -> JsonObject:
        """Return arguments with objects in place of texts that are read as such."""
        arguments = dict(arguments)
        for name, (top, *inner) in self._arguments.items():
            path = self._values[name]
            if inner and isinstance(arguments.get(top), str):
                arguments[top] = at(values, path[: len(path) - len(inner)])
        return arguments

    def change(self, arguments: JsonObject, changes: JsonObject) -> JsonObject:
        """Return arguments with changes; None leaves out."""
        for name, value in changes.items():
            path = self._arguments.get(name, (name,))
            arguments = _with_member(arguments, path, value)
        return {name: value for name, value in arguments.items() if value is not None}


def _type_at(schema: JsonObject, path: Iterable[str]) -> JsonType:
    """Return the type of a member: a text, a whole number, or any value."""
    for name in path:
        schema = schema.get("properties", {}).get(name, {})
    kinds = kinds_of(schema)
    if len(kinds - {"null"}) > 1:
        return ANYTHING
    return STRING if "string" in kinds else INTEGER


def _with_member(document: JsonObject, path: Path, value: Any) -> JsonObject:
    """Return an object with another value at a path; None leaves it out."""
    name, *inner = path
    if inner:
        part = document.get(name)
        value = _with_member(part or {}, tuple(inner), value) or part
    others = {key: item for key, item in document.items() if key != name}
    return others if value is None else {**others, name: value}
