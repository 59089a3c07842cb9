"""Calls that read on behind a cut answer, and places that hostile APIs name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from case_tables import in_table
from naftiko_runtime.inputs import INTEGER, STRING
from naftiko_runtime.mcp.answers import ItemList
from naftiko_runtime.mcp.paging import (
    Cursor,
    LastItem,
    NextLink,
    NextUrl,
    PageNumber,
    Paging,
)
from naftiko_runtime.mcp.tools import Argument, Tool
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.requests import EXCHANGES, Exchange

COUNT, USUAL = 60, 20
URL = "https://store.example.com/books"
JSON = (b"content-type", b"application/json")
INPUTS = [
    Argument("page", INTEGER, required=False),
    Argument("size", INTEGER, required=False),
    Argument("cursor", STRING, required=False),
    Argument("number", INTEGER, required=False),
]
LINKS: dict[str, Any] = {"query": ["page", "size"], "argument": "page", "size": "size"}


def observe(url: str, reply: Reply) -> Reply:
    """Return a reply, as the response to a request that the call has sent."""
    task: Any = None
    exchanges = EXCHANGES.get()
    if exchanges is not None:
        exchanges.append(Exchange("GET", url, 0, {}, task, 0, None, reply=reply))
    return reply


async def read_page(_: object, **values: Any) -> Reply:
    """Return a page of at most 30 items, which links to the next one."""
    page, size = values["page"] or 1, min(values["size"] or USUAL, 30)
    items = [{"id": n} for n in range((page - 1) * size, min(page * size, COUNT))]
    url = f"{URL}?page={page + 1}&size={size}"
    has_more = page * size < COUNT
    link = ((b"link", f'<{url}>; rel="next"'.encode()),) if has_more else ()
    document = {"items": items, "more": has_more, "next": url if has_more else None}
    reply = Reply(200, (JSON, *link), json.dumps(document).encode())
    return observe(URL, reply)


@pytest.mark.parametrize("usual_size", [None, USUAL])
@pytest.mark.parametrize("kind", ["PageNumber", "NextLink", "NextUrl"])
@pytest.mark.parametrize("size", [None, 7, 20, 30, 50])
@pytest.mark.parametrize("first", [None, 1, 2, 3])
async def test_a_cut_page_begins_where_the_api_begins_it_and_misses_no_item(
    kind: str, size: int | None, first: int | None, usual_size: int | None
) -> None:
    paging: Paging = {
        "PageNumber": PageNumber(
            argument="page", size="size", usual_size=usual_size, more="more"
        ),
        "NextLink": NextLink(**LINKS, usual_size=usual_size),
        "NextUrl": NextUrl(next="next", **LINKS, usual_size=usual_size),
    }[kind]
    tool = Tool("t", "", read_page, INPUTS, items=ItemList("items", paging, limit=670))
    start = ((first or 1) - 1) * min(size or USUAL, 30)
    arguments: Any = {"page": first, "size": size}
    numbers, is_told = [], False
    while arguments is not None and not is_told:
        document = json.loads((await tool.call(None, arguments)).body)
        numbers += [item["id"] for item in document["items"]]
        is_told = "notice" in document
        arguments = document.get("next_call") or document.get("next")
        if isinstance(arguments, str):
            break
    items = range(start, COUNT)
    assert numbers == [*items[: len(numbers)]]
    assert is_told or len(numbers) == len(items)
    is_size_unknown = size == 50 or (size is None and usual_size is None)
    assert not is_told or (is_size_unknown and start)


async def test_a_size_that_the_api_ignores_is_no_measure() -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), body)

    body = json.dumps([{"id": 10}] * 90).encode()
    tool = Tool("t", "", read, INPUTS, items=ItemList("", NextLink(**LINKS), limit=850))
    for size in (0, 5):
        reply = await tool.call(None, {"page": 2, "size": size})
        document = json.loads(reply.body)
        assert "more items don't fit" in document["notice"]
        assert "next" not in document


@pytest.mark.parametrize(("count", "number"), [(50, 50), (90, 34)])
async def test_blanks_of_an_answer_take_no_room(count: int, number: int) -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), body)

    body = json.dumps([{"id": 10}] * count, indent=40).encode()
    tool = Tool("t", "", read, items=ItemList(limit=850))
    document = json.loads((await tool.call(None, {})).body)
    items = document if isinstance(document, list) else document["result"]
    assert len(items) == number


async def test_a_declared_member_keeps_its_name_where_it_is_absent() -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), b'{"items": [{"id": 1}, {"id": 2}], "place": "b"}')

    members = {"items": {"id": None}, "next": None, "returned": None}
    cursor = Cursor(argument="cursor", next="place")
    items = ItemList("items", cursor, members=members)
    document = json.loads(
        (await Tool("t", "", read, INPUTS, items=items).call(None, {})).body
    )
    assert document["next_call"] == {"cursor": "b"}
    assert "next" not in document


HOSTILE: list[Any] = [
    *("http://[", "http://[x]:99999/", "http://h:abc/", "//user:secret@h/", "\r\nA: b"),
    *("\u0663", "9" * 5000, "abc", True, False, 0, 1.5, 10**30, None, [], {}, "\0"),
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
async def test_a_hostile_place_is_an_argument_that_the_tool_takes_or_a_notice(
    value: Any,
) -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), body)

    body = json.dumps({"items": [{"id": value}], "place": value, "more": True}).encode()
    for paging in (
        NextUrl(next="place", query=["page"]),
        Cursor(argument="cursor", next="place"),
        Cursor(argument="number", next="place"),
        LastItem(argument="number", more="more"),
        PageNumber(argument="page", next="place", total="place"),
    ):
        tool = Tool("t", "", read, INPUTS, items=ItemList("items", paging))
        document = json.loads((await tool.call(None, {})).body)
        assert document["items"] == [{"id": value}]
        following = document.get("next", {})
        for argument in INPUTS:
            if argument.name in following:
                argument.type.check(argument.name, following[argument.name])


@in_table
async def test_a_full_page_without_links_goes_on_by_its_number(
    sizes: Any, query: Any, expected: Any
) -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), b"[1, 2, 3]")

    paging = NextLink(**{**LINKS, **sizes})
    tool = Tool("t", "", read, INPUTS, items=ItemList("", paging))
    document = json.loads((await tool.call(None, query)).body)
    assert document == (
        {"next": expected, "result": [1, 2, 3]} if expected else [1, 2, 3]
    )


@pytest.mark.parametrize("limit", [400, 800, 1600, 3200])
async def test_several_lists_share_the_room(limit: int) -> None:
    async def read(_: object, **__: Any) -> Reply:
        return Reply(200, (JSON,), json.dumps(document, indent=9).encode())

    document: dict[str, Any] = {
        "notice": "ours",
        "a": ["x" * 5] * 20,
        "b": [],
        "c": {"d": [[1] * 9] * 50},
        "e.f": ["y" * 900],
        "deep": {"g": {"h": {"i": {"j": {"k": [0]}}}}},
    }
    reply = await Tool("t", "", read, items=ItemList(limit=limit)).call(None, {})
    answer = json.loads(reply.body)
    notice = answer.pop("server_notice", "")
    for name, part, total in (
        ("a", answer["a"], document["a"]),
        ("c.d", answer["c"]["d"], document["c"]["d"]),
    ):
        assert part == total[: len(part)]
        assert part
        is_told = f"{name} has {len(part)} of {len(total)}" in notice
        assert is_told == (len(part) < len(total))
    assert len(reply.body) <= max(limit, 1400)
    others = ("notice", "b", "e.f", "deep")
    assert [answer[name] for name in others] == [document[name] for name in others]


SECOND = {"page": 2}
HEADERS = {
    '<?page=2>; title="x, <y>; rel=\\"prev\\""; rel="last next"': SECOND,
    "<?page=1>; rel=prev, <?page=2>;REL=NEXT; rel=prev": SECOND,
    f'<?page=1>; rel="prev"; title="{"x" * 7000}", <?page=2>; rel="next"': SECOND,
    f'<?page=1>; rel="prev"; title="{"x" * 9000}", <?page=2>; rel="next"': "too long",
    "<?page=token&size=5>; rel=next": "a parameter that this tool doesn't have",
    "<?page=2&size=>; rel=next": SECOND,
    "<//user:secret@other.example/books?page=2>; rel=next": "another address",
    "<?page=2>; rel=prev": None,
}


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[:40])
async def test_a_link_is_read_or_told(header: str) -> None:
    async def read(_: object, **__: Any) -> Reply:
        reply = Reply(200, (JSON, link), b'[{"a": 1}]')
        return observe(f"{URL}?page=1", reply)

    link = (b"link", header.encode())
    tool = Tool("t", "", read, INPUTS, items=ItemList("", NextLink(**LINKS)))
    document = json.loads((await tool.call(None, {"page": 1})).body)
    expected = HEADERS[header]
    if isinstance(expected, str):
        assert expected in document["notice"]
    elif expected:
        assert document["next"] == expected
    else:
        assert document == [{"a": 1}]
