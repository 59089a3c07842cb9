"""The answers of tools: their declared form, and how much of a long one is shown.

A long answer has selected members, whole leading items, and the way to read on. One
that says more than the API has the members `next` (the arguments of the call that reads
on), `returned` and `total` (numbers of items), and `notice`. They stand first, beside
the list; a bare array becomes the member `result`. Where the API's answer has or
declares such a member of its own, ours has another name.
"""

import os
import re
import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import accumulate, chain, count, islice
from typing import Any, NamedTuple, Protocol, TypeVar

from ..errors import InvalidInputError
from ..names import listing
from ..outputs.shapes import typed_reply
from ..settings import Environment, whole_number
from ..transport import Reply, utf8
from ..upstream.requests import Exchange, watched_exchanges
from ..values import JsonObject, json_bytes, parse, read_table, without_none
from .offers import OCTETS, Binary, content_of
from .paging import NAME, PAGINGS, Page, Paging, PagingError, Path, Places, at, split
from .tools import (
    FIELDS,
    JSON,
    Answers,
    Argument,
    BodyArguments,
    ConstantArgument,
    Operation,
    Tool,
)

C = TypeVar("C")
Perform = Callable[..., Awaitable[Reply]]

# --- tools with a schema of their output, which no answer breaks ---

Check = Callable[[Any], bool]
WHOLE = "result"
UNEXPECTED = "unexpected"
NULL = b"null"
PARTED = (dict, list)
# A larger integer is infinite to clients that read numbers as floats.
LARGEST = sys.float_info.max


@dataclass(frozen=True)
class AnsweringTool(Tool[C]):
    """A tool whose answers are of a declared form.

    A client refuses an output that breaks its schema, `output`: an answer that does is
    the member `result` or `unexpected` of the structured output. Pictures and sounds
    are of the type `media_type` if the upstream doesn't tell one.
    """

    media_type: str | None = field(default=None, kw_only=True)

    @cached_property
    def _accepts(self) -> Check:
        return accepts(self.output or {"type": "object"})

    async def call(self, client: C, arguments: JsonObject) -> Reply:
        """Perform the operation, and give its reply the declared form."""
        reply = await super().call(client, arguments)
        if self.media_type:
            content = content_of("", reply)
            if isinstance(content, Binary) and content.media_type.lower() == OCTETS:
                reply = typed_reply(reply, self.media_type)
        return with_output(reply, self.output, self._accepts) if self.output else reply


def with_output(reply: Reply, schema: JsonObject, accepts: Check) -> Reply:
    """Return a successful reply with its body as the structured output.

    The output is the body itself if it is an object that `accepts` takes. Otherwise it
    is the member `result`, a value of JSON or a text, or the member `unexpected` if the
    schema has another `result`, with a number if it has another `unexpected` as well.
    Members that the schema lists are left out if they are null, because no schema
    accepts null.
    """
    if not reply.ok:
        return reply
    value, body = _value(reply)
    if not isinstance(value, dict) or not accepts(value):
        further = (f"{UNEXPECTED}_{number}" for number in count(2))
        names = chain((WHOLE, UNEXPECTED), further)
        name = next(name for name in names if accepts({name: value}))
        value, body = {name: value}, b'{"%s":%s}' % (name.encode(), body)
    if NULL in body and drop_nulls(schema, value):
        body = json_bytes(value)
    return reply._replace(structured=body)


def _value(reply: Reply) -> tuple[Any, bytes]:
    """Return the value of a body, and its JSON.

    A body that isn't JSON is a text; bytes are their media type and size.
    """
    if not reply.body or reply.status == 304:
        return None, NULL
    body = utf8(reply)
    try:
        return parse(body), body
    except ValueError:
        words = str(content_of("", reply))
        return words, json_bytes(words)


def accepts(schema: JsonObject) -> Check:
    """Return the check of values by a schema of types, members and items.

    A member may be null, because `drop_nulls` leaves it out then.
    """
    match schema["type"]:
        case "object":
            return _object(schema.get("properties", {}))
        case "array":
            check = accepts(schema["items"])
            return lambda value: type(value) is list and all(map(check, value))
        case scalar:
            return _CHECKS[scalar]


def _object(properties: JsonObject) -> Check:
    members = [(name, accepts(inner)) for name, inner in properties.items()]

    # Responses are checked at every call: loops are faster than generators.
    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, is_accepted in members:
            item = value.get(name)
            if item is not None and not is_accepted(item):
                return False
        return True

    return check


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is float or (kind is int and -LARGEST <= value <= LARGEST)


_CHECKS: dict[str, Check] = {
    "string": lambda value: type(value) is str,
    "integer": lambda v: _is_number(v) and (type(v) is int or v.is_integer()),
    "number": _is_number,
    "boolean": lambda value: type(value) is bool,
}


def drop_nulls(schema: JsonObject, value: Any) -> int:
    """Remove the null members that a schema lists; return how many there were."""
    if schema["type"] == "array":
        items = schema["items"]
        return sum(drop_nulls(items, item) for item in value if type(item) in PARTED)
    number = 0
    for name, inner in schema.get("properties", {}).items():
        item = value.get(name, value)
        if item is None:
            del value[name]
            number += 1
        elif item is not value and type(item) in PARTED:
            number += drop_nulls(inner, item)
    return number


# --- tools in the JSON file of their module ---

ARGUMENTS = (Argument, BodyArguments, ConstantArgument)


class Types(Protocol):
    """The types in the JSON file of a package."""

    def inputs(
        self, rows: Iterable[JsonObject], kinds: Iterable[type[Argument]], /
    ) -> list[Argument]:
        """Return the inputs of a tool: a row has a kind and its arguments."""


class ToolTable:
    """The tools in the JSON file of a module: the arguments of `Tool` by name."""

    def __init__(self, module: str, kinds: Types) -> None:
        self._tools = read_table(module)
        self._types = kinds

    def tool(self, kind: type[Tool[C]], name: str, operation: Operation[C]) -> Tool[C]:
        """Return the tool of a name."""
        row = {"description": "", **self._tools[name]}
        row["inputs"] = self._types.inputs(row.get("inputs", ()), ARGUMENTS)
        if "items" in row:
            row["items"] = read_item_list(row["items"])
        return kind(name=name, operation=operation, **row)


# --- selected members ---

Selection = dict[str, "Selection | None"]
"""The selected names, each with those in it; None selects all of them."""
Members = Mapping[str, "Members | None"]
"""The declared names, each with those in it; None if there are none.

`*` is any other name; None behind it means that its members are unknown.
"""
ANY = "*"
UNKNOWN: Members = {ANY: None}
MOST = 100
LONGEST = 500
SIMILAR = 3
"""The most paths that a message proposes."""
COMPARED = 1000


def dotted_path(names: Iterable[str]) -> str:
    """Return the dotted path of names."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in names)


def select(paths: Sequence[str], members: Members, start: Path) -> Selection:
    """Return the selection of dotted paths of declared members.

    Arrays are crossed silently, parents are kept, and a parent selects all that is in
    it. The name `*` is any name, and a backslash stands before a dot inside of a name.
    `start` leads to the list in the answer: a path that begins in its items is unknown,
    but the message has the right one. Raises InvalidInputError for an unknown path.
    """
    if len(paths) > MOST:
        raise InvalidInputError(FIELDS, f"must have at most {MOST} paths")
    selection: Selection = {}
    for path in paths:
        names = split(path)
        if not names or len(path) > LONGEST or ".".join(NAME.findall(path)) != path:
            raise InvalidInputError(FIELDS, "must be paths such as items.name")
        if not _leads(members, names):
            advice = _advice(names, members, start)
            raise InvalidInputError(FIELDS, f"has the unknown path {path}: {advice}")
        _add(selection, names)
    return selection


def _add(selection: Selection, names: Path) -> None:
    *parents, last = names
    for name in parents:
        inner = selection.setdefault(name, {})
        if inner is None:  # all of it is selected already
            return
        selection = inner
    selection[last] = None


def _leads(members: Members | None, names: Path) -> bool:
    """Return whether a path leads to a member."""
    inside = _inside(members, names[0]) if names else ()
    return not names or any(_leads(inner, names[1:]) for inner in inside)


def _inside(members: Members | None, name: str) -> Iterator[Members | None]:
    """Yield the members in those of a name; those in an unknown value are unknown."""
    if members is None:
        return
    if name == ANY:
        yield from members.values()
    elif name in members:
        yield members[name]
    elif ANY in members:
        yield members[ANY] or UNKNOWN


def _advice(names: Path, members: Members, start: Path) -> str:
    """Return the nearest paths to one that leads nowhere."""
    if start and _leads(members, (*start, *names)):
        return f"write {dotted_path((*start, *names))}"
    near = [*islice(_paths_to(names, members), SIMILAR)]
    at = next(n for n in range(len(names)) if not _leads(members, names[: n + 1]))
    before, inner = names[:at], [members]
    for name in before:
        inner = [more for node in inner for more in _inside(node, name) if more]
    choices = list(dict.fromkeys(name for node in inner for name in node))[:COMPARED]
    if not near:
        similar = get_close_matches(names[at][:100], choices, SIMILAR, 0.6)
        near = [(*before, name) for name in similar]
    if near:
        return f"did you mean {' or '.join(map(dotted_path, near))}?"
    place = dotted_path(before) or "the answer"
    return f"{place} has {listing(choices) or 'no members'}"


def _paths_to(names: Path, members: Members) -> Iterator[Path]:
    """Yield the paths that end with these names, the shortest ones first."""
    waiting: deque[tuple[Path, Members]] = deque([((), members)])
    for _ in range(COMPARED):
        if not waiting:
            return
        before, inner = waiting.popleft()
        if before and names[0] in inner and _leads(inner, names):
            yield (*before, *names)
        waiting.extend(((*before, name), more) for name, more in inner.items() if more)


def project(value: Any, selection: Selection | None) -> Any:
    """Return a value only with its selected members, in their order."""
    if selection is None:
        return value
    if isinstance(value, list):
        return [project(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    # A name that is selected itself is selected by `*`, too.
    others = selection.get(ANY, {})
    return {
        name: project(member, _both(selection.get(name, {}), others))
        for name, member in value.items()
        if name in selection or ANY in selection
    }


def _both(left: Selection | None, right: Selection | None) -> Selection | None:
    """Return the selection of everything that either of two selects."""
    if left is None or right is None:
        return None
    if not left or not right:
        return left or right
    return {k: _both(left.get(k, {}), right.get(k, {})) for k in left | right}


# --- long answers ---

LIMIT = 100_000
"""The default limit of an answer, in bytes of its text."""
LEAST, GREATEST = 1_000, 9_999_999
"""The limits that a user may set."""
NEXT = "next"
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


@dataclass(frozen=True, slots=True)
class ItemList:
    """The list in the answers of a tool that reads.

    `path` leads to it; it is empty if the answer is the list, or an object with several
    lists of which none is the one. `members` are those that the argument `fields`
    selects, if the tool has it. `replaces_next` is whether the member `next` of the
    API's answer is replaced, because it says the same. `skip` is the argument that
    leaves out leading items, if the tool has it, and `call` the number of the call that
    gets the list, by default the last. `inside` has the members of a body that ask for
    a page: their paths from the argument that is the body, each with its path in the
    arguments of clients. An answer of more than `limit` bytes is cut.
    """

    path: str = ""
    paging: Paging | None = None
    members: Members | None = field(default=None, kw_only=True)
    replaces_next: bool = field(default=False, kw_only=True)
    skip: str | None = field(default=None, kw_only=True)
    call: int = field(default=-1, kw_only=True)
    inside: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    limit: int = field(default=LIMIT, kw_only=True)

    def answers(self, inputs: Iterable[Argument]) -> Answers:
        """Return the answers of a tool with these arguments."""
        return LongAnswers(self, inputs).perform


def read_item_list(row: JsonObject) -> ItemList:
    """Return the list that a row of a JSON file describes."""
    facts = dict(row)
    if paging := facts.pop("paging", None):
        kinds: Mapping[str, Any] = {kind.__name__: kind for kind in PAGINGS}
        options = {key: value for key, value in paging.items() if key != "kind"}
        facts["paging"] = kinds[paging["kind"]](**options)
    return ItemList(**facts)


def with_limit(
    tools: Sequence[Tool[C]],
    variable: str,
    usual: int = LIMIT,
    env: Environment = os.environ,
) -> list[Tool[C]]:
    """Return tools whose lists are cut where answers would have more bytes.

    The environment variable overrides the default limit; raises SettingsError.
    """
    limit = whole_number(env, variable, usual, LEAST, GREATEST)
    return [
        (
            replace(tool, items=replace(tool.items, limit=limit))
            if isinstance(tool.items, ItemList)
            else tool
        )
        for tool in tools
    ]


class Response(NamedTuple):
    """A response: its document, the selected part of it, and the page of its list.

    `arguments` are those of the client, `skip` is the number of leading items that
    aren't shown, and `notice` says which other lists were cut.
    """

    reply: Reply
    document: Any
    part: Any
    page: Page | None
    arguments: JsonObject
    skip: int = 0
    notice: str = ""


Answer = tuple[Reply, int | None]
"""An answer, and the number of its items if the others can't be reached."""


class LongAnswers:
    """The answers of a tool whose list may be long."""

    def __init__(self, items: ItemList, inputs: Iterable[Argument]) -> None:
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
        members, selection = self._items.members, None
        if members is not None and (paths := values.pop(FIELDS, None)):
            if not self._path and WHOLE not in members:
                # In the schema of the output, the list is a member.
                paths = [path.removeprefix(f"{WHOLE}.") for path in paths]
            selection = select(paths, members, self._path)
        arguments = self._places.parse(arguments, values)
        reply, count = await self._answer(perform, arguments, values, selection)
        size = self._paging.size if self._paging else None
        if count and size:
            # A smaller page ends with the last item that fits, and the API leads on.
            values = self._places.with_value(values, size, count)
            arguments = self._places.change(arguments, {size: count})
            smaller, _ = await self._answer(perform, arguments, values, selection)
            reply = smaller if smaller.ok else reply
        return reply

    async def _answer(
        self,
        perform: Perform,
        arguments: JsonObject,
        values: JsonObject,
        selection: Selection | None,
    ) -> Answer:
        values = dict(values)
        skip = values.pop(self._items.skip, None) if self._items.skip else None
        with watched_exchanges() as exchanges:
            reply = await perform(**values)
        is_short = len(reply.body) <= self._limit
        is_whole = selection is None and not skip
        is_unchanged = is_whole and self._paging is None and is_short
        if is_unchanged or not reply.ok or reply.is_binary:
            return reply, None
        document = _document(reply)
        exchange = exchanges[self._items.call] if exchanges else None
        page = self._page(values, exchange, reply, document)
        part = project(document, selection)
        if skip and page:
            part = _with_items(part, self._path, slice(skip, None))
        return self._fit(Response(reply, document, part, page, arguments, skip or 0))

    def _page(
        self,
        values: JsonObject,
        exchange: Exchange | None,
        reply: Reply,
        document: Any,
    ) -> Page | None:
        items = at(document, self._path)
        if not isinstance(items, list):
            return None
        source = (exchange and exchange.reply) or reply
        # The document may be a shape of the response.
        original = document if source.body is reply.body else _document(source)
        by_name, types = self._places.read(values), self._places.types
        url = exchange.url if exchange else ""
        return Page(by_name, types, original, items, source, url)

    def _fit(self, response: Response) -> Answer:
        """Return a response with whole leading items, and the way to the others."""
        page = response.page
        members = self._following(response, page) if page else {}
        reply = self._reply(response, members)
        if len(reply.body) > self._limit:
            response = self._with_shorter_lists(response)
            reply = self._reply(response, members)
        items = at(response.part, self._path)
        is_list = isinstance(items, list) and len(items) > 1
        if len(reply.body) <= self._limit or page is None or not is_list:
            return reply, None
        sizes = [len(json_bytes(item)) + 1 for item in items]
        # The bytes of the API may have many blanks, which a new document hasn't.
        rest = len(self._reply(response, members, 0).body)
        if rest + sum(sizes) <= self._limit:
            return self._reply(response, members, len(items)), None
        room = self._limit - rest - len(json_bytes(response.arguments)) - ROOM
        fitting = sum(end <= room for end in accumulate(sizes))
        # One item is shown in any case.
        return self._cut(response, page, max(fitting, 1))

    def _with_shorter_lists(self, response: Response) -> Response:
        """Return a response whose other lists leave room for the tool's own one."""
        if not isinstance(response.part, dict):
            return response
        room = self._limit - ROOM - len(json_bytes(response.arguments))
        own = self._path if response.page else None
        document, words = shorten(response.part, own, room)
        if words and self._items.members is not None:
            words = f"{words}; {FEWER}"
        notice = NOT_ALL.format(words) if words else ""
        return response._replace(part=document, notice=notice)

    def _cut(self, response: Response, page: Page, count: int) -> Answer:
        """Return a response with so many items at most, and the way to the others."""
        paging, changes = self._paging, None
        if self._items.skip:
            changes = {self._items.skip: response.skip + count}
        elif paging:
            with suppress(PagingError):
                count, changes = paging.after(page, count) or (count, None)
        total = page.number(paging.total) if paging else len(page.items)
        members = without_none(returned=count, total=total)
        members |= self._lead(response, changes)
        if changes is None:
            members["notice"] = LEFT_OUT.format(len(page.items) - count)
        reply = self._reply(response, members, count)
        # A page of another size has the same items only where its place doesn't change.
        is_same = paging is not None and paging.keeps_place(page)
        return reply, count if changes is None and is_same else None

    def _following(self, response: Response, page: Page) -> JsonObject:
        """Return the member that leads to the next page, or says why none does."""
        try:
            changes = self._paging.following(page) if self._paging else None
        except PagingError as error:
            return {"notice": str(error)}
        if changes is not None and self._items.skip:
            changes = {**changes, self._items.skip: None}
        return self._lead(response, changes)

    def _lead(self, response: Response, changes: JsonObject | None) -> JsonObject:
        if changes is None:
            return {}
        return {NEXT: self._places.change(response.arguments, changes)}

    def _reply(
        self, response: Response, members: JsonObject, count: int | None = None
    ) -> Reply:
        """Return the reply of a response with members beside its list."""
        reply, document, part = response.reply, response.document, response.part
        if count is not None:
            part = _with_items(part, self._path, slice(count))
        notices = filter(None, (response.notice, members.get("notice")))
        if notice := "; ".join(notices):
            members = {**members, "notice": notice}
        own: JsonObject = document if isinstance(document, dict) else {}
        hides_next = self._items.replaces_next and NEXT in own
        if part is document and not members and not hides_next:
            return reply
        further = {
            OTHER_NAMES[name] if self._is_taken(name, own) else name: value
            for name, value in members.items()
            if own.get(name) != value
        }
        if isinstance(part, dict):
            others = {k: v for k, v in part.items() if k != NEXT or not hides_next}
            part = {**further, **others}
        elif further:
            part = {**further, WHOLE: part}
        fields = (pair for pair in reply.raw_headers if pair[0].lower() != JSON[0][0])
        headers, body = (*fields, *JSON), json_bytes(part)
        return reply._replace(raw_headers=headers, body=body, structured=None)

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


def _with_items(document: Any, path: Path, part: slice) -> Any:
    """Return a document with only a part of its list, if that is shown."""
    if not path:
        return document[part]
    name, *others = path
    if name not in document:
        return document
    return {**document, name: _with_items(document[name], tuple(others), part)}


# --- several lists ---

DEEPEST = 5
"""The most names that lead to a list."""
Ends = Mapping[Path, Sequence[int]]
"""The bytes of each list up to the ends of its items."""


def shorten(document: Any, own: Path | None, room: int) -> tuple[Any, str]:
    """Return a document whose lists take so much room, and the words that say so.

    The longest lists are cut first, and each of them keeps an item. The list at `own`
    stays: its caller cuts it. Others are cut only if they leave it no room.
    """
    ends = {
        path: [*accumulate(len(json_bytes(item)) + 1 for item in items)]
        for path, items in _lists_in(document)
        if items
    }
    room -= len(json_bytes(document)) - sum(end for *_, end in ends.values())
    counts = {path: len(sizes) for path, sizes in ends.items()}
    smallest = {**counts, own: 1} if own in counts else counts
    if _size(ends, smallest) > room:
        counts = _cut_evenly(ends, room)
    counts = {path: count for path, count in counts.items() if path != own}
    texts = [
        f"{dotted_path(path)} has {count} of {len(ends[path])}"
        for path, count in counts.items()
        if count < len(ends[path])
    ]
    return _with_lists(document, counts), listing(texts, 10)


def _cut_evenly(ends: Ends, room: int) -> dict[Path, int]:
    """Return how many items to keep if no list takes more than a share of the room."""
    shares = sorted({0, *chain.from_iterable(ends.values())})
    fitting = bisect_right(
        shares, room, key=lambda share: _size(ends, _up_to(ends, share))
    )
    return _up_to(ends, shares[max(fitting - 1, 0)])


def _up_to(ends: Ends, share: int) -> dict[Path, int]:
    return {path: max(bisect_right(sizes, share), 1) for path, sizes in ends.items()}


def _size(ends: Ends, counts: Mapping[Path, int]) -> int:
    return sum(ends[path][count - 1] for path, count in counts.items())


def _lists_in(document: Any, before: Path = ()) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Yield the lists in objects, but none in other lists, with their paths."""
    if not isinstance(document, dict) or len(before) == DEEPEST:
        return
    for name, value in document.items():
        if isinstance(value, list):
            yield (*before, name), value
        else:
            yield from _lists_in(value, (*before, name))


def _with_lists(document: Any, counts: Mapping[Path, int], before: Path = ()) -> Any:
    """Return a document with so many leading items of its lists."""
    if isinstance(document, list) and before in counts:
        return document[: counts[before]]
    if not isinstance(document, dict) or len(before) == DEEPEST:
        return document
    return {
        name: _with_lists(value, counts, (*before, name))
        for name, value in document.items()
    }
