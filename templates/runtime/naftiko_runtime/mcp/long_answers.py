"""Answers that fit: selected members, whole leading items, and how to read on.

An answer that says more than the API has the members `next` (the arguments of the call
that reads on), `returned` and `total` (numbers of items), and `notice`. They stand
first, beside the list; a bare array becomes the member `result`. Where the API's answer
has or declares such a member of its own, ours has another name.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from ..transport import Reply, utf8
from ..upstream.exchanges import Exchange, watched_exchanges
from ..values import JsonObject, json_bytes, parse
from .arguments import FIELDS
from .fields import Members, Path, Selection, project, selected, split
from .paging import PAGINGS, Page, Paging, PagingError
from .places import Input, Places, at
from .several_lists import shortened

Perform = Callable[..., Awaitable[Reply]]

LIMIT = 100_000
"""The usual limit of an answer, in bytes of its text."""
RESULT, NEXT = "result", "next"
OTHER_NAMES = {
    NEXT: "next_call",
    "returned": "returned_items",
    "total": "total_items",
    "notice": "server_notice",
}
"""The names of members if the answers of the API have such members."""
ROOM = 500
"""Bytes that the members beside a list may take."""
FEWER = "ask for fewer of them, or for fewer fields"
LEFT_OUT = f"{{}} more items don't fit: {FEWER}"
NOT_ALL = "not all items fit: {}"
JSON = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class ItemList:
    """The list in the answers of a tool that reads.

    `path` leads to it; it is empty if the answer is the list, or an object with several
    lists of which none is the one. `members` are those that the argument `fields`
    selects, if the tool has it. `replaces_next` is whether the member `next` of the
    API's answer is replaced, because it says the same. `skip` is
    the argument that leaves out leading items, if the tool has it, and `call` the
    number of the call that gets the list, by default the last. `inside` has the members
    of a body that ask for a page: their paths from the argument that is the body, each
    with its path in the arguments of clients. An answer of more than `limit` bytes is
    cut.
    """

    path: str = ""
    paging: Paging | None = None
    members: Members | None = field(default=None, kw_only=True)
    replaces_next: bool = field(default=False, kw_only=True)
    skip: str | None = field(default=None, kw_only=True)
    call: int = field(default=-1, kw_only=True)
    inside: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    limit: int = field(default=LIMIT, kw_only=True)

    def answers(self, inputs: "Iterable[Input]") -> "LongAnswers":
        """Return the answers of a tool with these arguments."""
        return LongAnswers(self, inputs)


def read_item_list(row: JsonObject) -> ItemList:
    """Return the list that a row of a JSON file describes."""
    facts = dict(row)
    paging = facts.pop("paging", None)
    if paging:
        kinds: Mapping[str, Any] = {kind.__name__: kind for kind in PAGINGS}
        options = {key: value for key, value in paging.items() if key != "kind"}
        facts["paging"] = kinds[paging["kind"]](**options)
    return ItemList(**facts)


class Response(NamedTuple):
    """A response: its document, the shown part of it, and the page of its list.

    `skipped` is the number of leading items that aren't shown, and `notice` says which
    other lists were cut.
    """

    reply: Reply
    document: Any
    shown: Any
    page: Page | None
    skipped: int = 0
    notice: str = ""


class Answer(NamedTuple):
    """An answer; `kept` is the number of its items if the others can't be reached."""

    reply: Reply
    kept: int | None = None


class LongAnswers:
    """The answers of a tool whose list may be long."""

    def __init__(
        self,
        items: ItemList,
        inputs: Iterable[Input],
    ) -> None:
        self._items = items
        self._paging = items.paging
        self._places = Places(inputs, items.inside)
        self._path = split(items.path)
        self._limit = items.limit

    async def perform(
        self, perform: Perform, arguments: JsonObject, values: JsonObject
    ) -> Reply:
        """Perform a call, and return its answer as far as it fits.

        `arguments` are those that the client sent, `values` those that `perform` takes.
        """
        values = dict(values)
        members = self._items.members
        paths = None if members is None else values.pop(FIELDS, None)
        selection = self._selection(paths, members) if paths and members else None
        arguments = self._places.parsed(arguments, values)
        answer = await self._answer(perform, arguments, values, selection)
        size = self._paging.size if self._paging else None
        if answer.kept and size:
            # A smaller page ends with the last item that fits, and the API leads on.
            values = self._places.with_value(values, size, answer.kept)
            arguments = self._places.changed(arguments, {size: answer.kept})
            smaller = await self._answer(perform, arguments, values, selection)
            answer = smaller if smaller.reply.ok else answer
        return answer.reply

    def _selection(self, paths: Sequence[str], members: Members) -> Selection:
        if not self._path and RESULT not in members:
            # In the schema of the output, the list is a member.
            paths = [path.removeprefix(f"{RESULT}.") for path in paths]
        return selected(paths, members, self._path)

    async def _answer(
        self,
        perform: Perform,
        arguments: JsonObject,
        values: JsonObject,
        selection: Selection | None,
    ) -> Answer:
        values = dict(values)
        skipped = values.pop(self._items.skip, None) if self._items.skip else None
        with watched_exchanges() as exchanges:
            reply = await perform(**values)
        is_short = len(reply.body) <= self._limit
        is_whole = selection is None and not skipped
        is_unchanged = is_whole and self._paging is None and is_short
        if is_unchanged or not reply.ok or reply.is_binary:
            return Answer(reply)
        document = _document(reply)
        page = self._page(values, exchanges, reply, document)
        shown = project(document, selection)
        if skipped and page:
            shown = _with_items(shown, self._path, slice(skipped, None))
        response = Response(reply, document, shown, page, skipped or 0)
        return self._fitted(response, arguments)

    def _page(
        self,
        values: JsonObject,
        exchanges: Sequence[Exchange],
        reply: Reply,
        document: Any,
    ) -> Page | None:
        items = at(document, self._path)
        if not isinstance(items, list):
            return None
        exchange = exchanges[self._items.call] if exchanges else Exchange("")
        received = exchange.reply or reply
        # The document may be a shape of the response.
        source = document if received.body is reply.body else _document(received)
        by_name, types = self._places.read(values), self._places.types
        return Page(by_name, types, source, items, received, exchange.url)

    def _fitted(self, response: Response, arguments: JsonObject) -> Answer:
        """Return a response with whole leading items, and the way to the others."""
        page = response.page
        members = self._following(page, arguments) if page else {}
        reply = self._reply(response, members)
        if len(reply.body) > self._limit:
            response = self._with_shorter_lists(response, arguments)
            reply = self._reply(response, members)
        items = at(response.shown, self._path)
        is_list = isinstance(items, list) and len(items) > 1
        if len(reply.body) <= self._limit or page is None or not is_list:
            return Answer(reply)
        sizes = [len(json_bytes(item)) + 1 for item in items]
        # The bytes of the API may have many blanks, which a new document hasn't.
        rest = len(self._reply(response, members, 0).body)
        if rest + sum(sizes) <= self._limit:
            return Answer(self._reply(response, members, len(items)))
        around = rest + len(json_bytes(arguments)) + ROOM
        fitting = sum(end <= self._limit - around for end in accumulate(sizes))
        # One item is shown in any case.
        return self._cut(response, page, arguments, max(fitting, 1))

    def _with_shorter_lists(
        self, response: Response, arguments: JsonObject
    ) -> Response:
        """Return a response whose other lists leave room for the tool's own one."""
        if not isinstance(response.shown, dict):
            return response
        room = self._limit - ROOM - len(json_bytes(arguments))
        spared = self._path if response.page else None
        document, words = shortened(response.shown, spared, room)
        if words and self._items.members is not None:
            words = f"{words}; {FEWER}"
        notice = NOT_ALL.format(words) if words else ""
        return response._replace(shown=document, notice=notice)

    def _cut(
        self, response: Response, page: Page, arguments: JsonObject, count: int
    ) -> Answer:
        count, members = self._after(response, page, arguments, count)
        is_lost = NEXT not in members
        total = page.number(self._paging.total) if self._paging else len(page.items)
        if is_lost:
            members = {"notice": LEFT_OUT.format(len(page.items) - count)}
        numbers = {"returned": count} | ({} if total is None else {"total": total})
        reply = self._reply(response, {**numbers, **members}, count)
        # A page of another size has the same items only where its place doesn't change.
        is_same = self._paging is not None and self._paging.keeps_place(page)
        return Answer(reply, count if is_lost and is_same else None)

    def _following(self, page: Page, arguments: JsonObject) -> JsonObject:
        """Return the member that leads to the next page, or says why none does."""
        try:
            changes = self._paging.following(page) if self._paging else None
        except PagingError as error:
            return {"notice": str(error)}
        if changes is None:
            return {}
        if self._items.skip:
            changes = {**changes, self._items.skip: None}
        return {NEXT: self._places.changed(arguments, changes)}

    def _after(
        self, response: Response, page: Page, arguments: JsonObject, count: int
    ) -> tuple[int, JsonObject]:
        """Return how many items to keep, and the member that leads on behind them."""
        if self._items.skip:
            changes = {self._items.skip: response.skipped + count}
            return count, {NEXT: self._places.changed(arguments, changes)}
        try:
            place = self._paging.after(page, count) if self._paging else None
        except PagingError:
            place = None
        if place is None:
            return count, {}
        kept, changes = place
        return kept, {NEXT: self._places.changed(arguments, changes)}

    def _reply(
        self, response: Response, members: JsonObject, count: int | None = None
    ) -> Reply:
        """Return the reply of a response with members beside its list."""
        reply, document, shown, *_ = response
        if count is not None:
            shown = _with_items(shown, self._path, slice(count))
        notices = filter(None, (response.notice, members.get("notice")))
        if notice := "; ".join(notices):
            members = {**members, "notice": notice}
        own: JsonObject = document if isinstance(document, dict) else {}
        replaced = (NEXT,) if self._items.replaces_next and NEXT in own else ()
        if shown is document and not members and not replaced:
            return reply
        named = {
            OTHER_NAMES[name] if self._is_taken(name, own) else name: value
            for name, value in members.items()
            if own.get(name) != value
        }
        if isinstance(shown, dict):
            others = {k: v for k, v in shown.items() if k not in replaced}
            return _with_document(reply, {**named, **others})
        return _with_document(reply, {**named, RESULT: shown} if named else shown)

    def _is_taken(self, name: str, own: JsonObject) -> bool:
        """Return whether the API's answers have a member, perhaps of another type."""
        if name == NEXT and self._items.replaces_next:
            return False
        return name in own or bool(self._path and name in (self._items.members or ()))


def _document(reply: Reply) -> Any:
    """Return the document of a reply, None unless it is JSON."""
    try:
        return parse(utf8(reply)) if reply.body else None
    except ValueError:
        return None


def _with_document(reply: Reply, document: Any) -> Reply:
    """Return a reply with another document, from which its output is made."""
    others = (pair for pair in reply.raw_headers if pair[0].lower() != JSON[0])
    body = json_bytes(document)
    return reply._replace(raw_headers=(*others, JSON), body=body, structured=None)


def _with_items(document: Any, path: Path, part: slice) -> Any:
    """Return a document with a part of its list alone, if that is shown."""
    if not path:
        return document[part]
    name, *others = path
    if name not in document:
        return document
    return {**document, name: _with_items(document[name], tuple(others), part)}
