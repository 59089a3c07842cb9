"""Paging is found where request and response agree, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.frontend import read
from naftiko_gen.resolve.exposed.paging import PagingFinder, Request, Response
from naftiko_gen.resolve.exposed.response_lists import find_list

INT, TEXT, FLAG = (ir.Primitive.INTEGER, ir.Primitive.STRING, ir.Primitive.BOOLEAN)
TIME = ir.Refined(TEXT, format="date-time")
FORMAT = ir.OneOf(TEXT, ("4x6", "6x9"))
ITEM = {"id": TEXT, "name": TEXT}
LIST = [ITEM]
LINKS = {"links": {"next": TEXT}}


def type_of(value: Any) -> ir.Type:
    """Return the type of a response, from an outline of it."""
    match value:
        case [item]:
            return ir.Array(type_of(item))
        case dict():
            fields = (ir.Field(k, type_of(v), required=False) for k, v in value.items())
            return ir.Object(tuple(fields))
        case kind:
            return ir.Nullable(kind)


def find(query: dict[str, ir.Type], outline: Any) -> ir.Paging | None:
    inputs = {
        wire: ir.Input(wire, ir.InArguments(), kind, required=False)
        for wire, kind in query.items()
    }
    kind = type_of(outline)
    place = find_list(kind)
    if place is None:
        return None
    response = Response(kind, place.path)
    return PagingFinder(Request(inputs), response, place.items).find()


FAMILIES: dict[str, tuple[dict[str, ir.Type], Any, str]] = {
    "GitHub": ({"page": INT, "per_page": INT}, LIST, "NextLink page"),
    "GitHub search": (
        {"page": INT, "per_page": INT},
        {"total_count": INT, "items": LIST},
        "PageNumber page",
    ),
    "Okta": ({"after": TEXT, "limit": INT}, LIST, "NextLink"),
    "Stripe": (
        {"limit": INT, "starting_after": TEXT, "ending_before": TEXT},
        {"object": TEXT, "data": LIST, "has_more": FLAG, "url": TEXT},
        "LastItem starting_after",
    ),
    "Stripe search": (
        {"limit": INT, "page": TEXT},
        {"data": LIST, "has_more": FLAG, "next_page": TEXT},
        "Cursor page next_page",
    ),
    "Slack": (
        {"cursor": TEXT, "limit": INT},
        {"channels": LIST, "response_metadata": {"next_cursor": TEXT}},
        "Cursor cursor response_metadata.next_cursor",
    ),
    "Google": (
        {"pageSize": INT, "pageToken": TEXT},
        {"books": LIST, "nextPageToken": TEXT, "totalSize": INT},
        "Cursor pageToken nextPageToken",
    ),
    "Microsoft Graph": (
        {"$top": INT, "$skip": INT, "$skiptoken": TEXT},
        {"value": LIST, "@odata.nextLink": TEXT},
        "NextUrl @odata.nextLink",
    ),
    "OData without numbers": (
        {"$top": INT, "$skip": TEXT},
        {"value": LIST, "@odata.nextLink": TEXT},
        "NextUrl @odata.nextLink",
    ),
    "Jira": (
        {"startAt": INT, "maxResults": INT},
        {"total": INT, "isLast": FLAG, "values": LIST},
        "Offset startAt",
    ),
    "Jira, new": (
        {"nextPageToken": TEXT, "maxResults": INT},
        {"issues": LIST, "nextPageToken": TEXT},
        "Cursor nextPageToken nextPageToken",
    ),
    "Confluence": (
        {"cursor": TEXT, "limit": INT},
        {"results": LIST, "_links": {"next": TEXT}},
        "NextUrl _links.next",
    ),
    "Bitbucket": (
        {"page": INT, "pagelen": INT},
        {"values": LIST, "next": TEXT, "size": INT},
        "NextUrl page next",
    ),
    "Twilio": (
        {"PageSize": INT, "Page": INT, "PageToken": TEXT},
        {"calls": LIST, "next_page_uri": TEXT},
        "NextUrl Page next_page_uri",
    ),
    "Notion": (
        {"start_cursor": TEXT, "page_size": INT},
        {"results": LIST, "next_cursor": TEXT, "has_more": FLAG},
        "Cursor start_cursor next_cursor",
    ),
    "DigitalOcean": (
        {"page": INT, "per_page": INT},
        {"droplets": LIST, "links": {"pages": {"next": TEXT}}, "meta": {"total": INT}},
        "PageNumber page",
    ),
    "Datadog": (
        {"page[cursor]": TEXT, "page[limit]": INT},
        {"data": LIST, "meta": {"page": {"after": TEXT}}, **LINKS},
        "Cursor page[cursor] meta.page.after",
    ),
    "PagerDuty": (
        {"offset": INT, "limit": INT, "total": FLAG},
        {"users": LIST, "more": FLAG, "total": INT},
        "Offset offset",
    ),
    "Zendesk": (
        {"page[size]": INT, "page[after]": TEXT},
        {"tickets": LIST, "meta": {"has_more": FLAG, "after_cursor": TEXT}, **LINKS},
        "Cursor page[after] meta.after_cursor",
    ),
    "HubSpot": (
        {"limit": INT, "after": TEXT},
        {"results": LIST, "paging": {"next": {"after": TEXT, "link": TEXT}}},
        "Cursor after paging.next.after",
    ),
    "Square": (
        {"cursor": TEXT, "limit": INT},
        {"payments": LIST, "cursor": TEXT},
        "Cursor cursor cursor",
    ),
    "Asana": (
        {"limit": INT, "offset": TEXT},
        {"data": LIST, "next_page": {"offset": TEXT, "path": TEXT, "uri": TEXT}},
        "Cursor offset next_page.offset",
    ),
    "Box, whose cursor needs a switch": (
        {"offset": INT, "limit": INT, "usemarker": FLAG, "marker": TEXT},
        {"entries": LIST, "total_count": INT, "next_marker": TEXT},
        "Offset offset",
    ),
    "Klaviyo": (
        {"page[cursor]": TEXT, "page[size]": INT},
        {"data": LIST, **LINKS},
        "NextUrl links.next",
    ),
    "Lago": (
        {"page": INT, "per_page": INT},
        {"customers": LIST, "meta": {"next_page": INT, "total_pages": INT}},
        "PageNumber page meta.next_page",
    ),
    "OpenAI": (
        {"after": TEXT, "limit": INT},
        {"data": LIST, "has_more": FLAG, "last_id": TEXT},
        "LastItem after",
    ),
    "WorkOS": (
        {"after": TEXT, "before": TEXT, "limit": INT},
        {"data": LIST, "list_metadata": {"after": TEXT, "before": TEXT}},
        "Cursor after list_metadata.after",
    ),
    "Pinterest": (
        {"bookmark": TEXT, "page_size": INT},
        {"items": LIST, "bookmark": TEXT},
        "Cursor bookmark bookmark",
    ),
    "Svix": (
        {"iterator": TEXT, "limit": INT},
        {"data": LIST, "iterator": TEXT, "done": FLAG},
        "Cursor iterator iterator",
    ),
    "DocuSign, whose numbers are texts": (
        {"start_position": TEXT, "count": TEXT},
        {"envelopes": LIST, "nextUri": TEXT, "totalSetSize": TEXT},
        "NextUrl nextUri",
    ),
    "Spotify": (
        {"offset": INT, "limit": INT},
        {"items": LIST, "next": TEXT, "total": INT},
        "Offset offset",
    ),
    "Spotify, followed artists": (
        {"type": TEXT, "after": TEXT, "limit": INT},
        {"artists": {"items": LIST, "next": TEXT, "cursors": {"after": TEXT}}},
        "Cursor after artists.cursors.after",
    ),
    "Spotify, played tracks": (
        {"limit": INT, "after": INT, "before": INT},
        {"items": LIST, "next": TEXT, "cursors": {"after": TEXT, "before": TEXT}},
        "NextUrl next",
    ),
    "a list in an envelope": (
        {"cursor": TEXT},
        {"ok": FLAG, "data": {"items": LIST, "next_cursor": TEXT}},
        "Cursor cursor data.next_cursor",
    ),
    "a list in the only member": (
        {"offset": INT, "limit": INT},
        {"albums": {"items": LIST, "total": INT}},
        "Offset offset",
    ),
}
TRAPS: dict[str, tuple[dict[str, ir.Type], Any]] = {
    "one side: the request": ({"cursor": TEXT}, {"items": LIST}),
    "one side: the response": ({"q": TEXT}, {"items": LIST, "next_cursor": TEXT}),
    "an opaque offset": ({"offset": TEXT, "limit": INT}, {"data": LIST}),
    "a cursor that is a number": ({"cursor": INT}, {"data": LIST, "next_cursor": TEXT}),
    "times": ({"after": TIME, "before": TIME}, {"data": LIST, "next_cursor": TEXT}),
    "times of a list": ({"after": TIME, "limit": INT}, LIST),
    "times that are numbers": (
        {"start": INT, "end": INT, "limit": INT},
        {"data": LIST},
    ),
    "ids": ({"before": TEXT, "around": TEXT, "limit": INT}, LIST),
    "count is a flag": ({"offset": INT, "count": FLAG}, {"data": LIST}),
    "size is a format": ({"page": INT, "size": FORMAT}, {"data": LIST}),
    "page is an id": ({"page": TEXT}, {"data": LIST}),
    "limit is money": ({"limit": INT}, {"data": LIST, "total": INT}),
    "names that look alike": (
        {"after": TEXT},
        {
            "data": LIST,
            "shared_link": TEXT,
            "previous_response_id": TEXT,
            "max_output_tokens": INT,
            "meta": {"agent_hints": TEXT},
        },
    ),
    "next of a state machine": ({"state": TEXT}, {"steps": LIST, "next": TEXT}),
    "streams that never end": (
        {"stream_position": TEXT, "limit": INT},
        {"entries": LIST, "next_stream_position": TEXT},
    ),
    "tokens of a sync": (
        {"syncToken": TEXT, "maxResults": INT},
        {"items": LIST, "nextSyncToken": TEXT},
    ),
    "no list": ({"offset": INT, "limit": INT}, {"id": TEXT, "next": TEXT}),
    "two lists": (
        {"offset": INT, "limit": INT},
        {"albums": [ITEM], "artists": [ITEM], "total": INT},
    ),
    "items without an id": (
        {"starting_after": TEXT},
        {"data": [{"name": TEXT}], "has_more": FLAG},
    ),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_paging_is_found_where_both_sides_agree(name: str) -> None:
    query, response, expected = FAMILIES[name]
    paging = find(query, response)
    assert paging
    parts = (paging.kind.value, paging.argument, ".".join(paging.next or ()))
    assert " ".join(filter(None, parts)) == expected


@pytest.mark.parametrize("name", TRAPS)
def test_no_paging_is_found_where_names_mean_something_else(name: str) -> None:
    assert find(*TRAPS[name]) is None


SPEC = """\
naftiko: 1.0.0-alpha2
info: {{label: Store, version: "1"}}
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://store.example.com
    resources:
    - name: books
      path: /books
      operations:
      - name: list-books
        method: {method}
        inputParameters:
        - {{name: position, in: query, type: {type}}}
        - {{name: most, in: query, type: integer}}
        {operation}
        outputSchema:
          properties:
            rest: {{type: string}}
            books: {{items: {{properties: {{id: {{type: string}}}}}}}}
  exposes:
  - type: mcp
    namespace: shop
    port: 9090
    tools:
    - {{name: list-books, call: store.list-books, hints: {{readOnly: true}}{tool}}}
"""
CURSOR = (
    "pagination: {type: cursor, request: {cursorParam: position, limitParam: most},"
    " response: {dataPath: $.books, nextCursorPath: $.rest}}"
)
STATED = {
    CURSOR: ("Cursor", "string", ("rest",)),
    CURSOR.replace("cursor, req", "link-body, req"): ("NextUrl", "string", ("rest",)),
    "pagination: {type: offset, request: {cursorParam: position}}": (
        "Offset",
        "integer",
        None,
    ),
    "pagination: {type: page-number, request: {cursorParam: position}}": (
        "PageNumber",
        "integer",
        None,
    ),
    "pagination: {type: keyset, request: {cursorParam: position}}": (
        "LastItem",
        "string",
        None,
    ),
    "pagination: {type: link-header}": ("NextLink", "string", None),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("statement", STATED)
@pytest.mark.parametrize("place", ["operation", "tool"])
def test_a_spec_states_the_paging(
    tmp_path: Path, statement: str, method: str, place: str
) -> None:
    name, kind, path = STATED[statement]
    parts = {"operation": "description: Lists.", "tool": ""}
    parts[place] = statement if place == "operation" else f", {statement}"
    spec = tmp_path / "store.yaml"
    spec.write_text(SPEC.format(method=method, type=kind, **parts), "utf-8")
    meaning = read(spec, Options(tmp_path / "out")).meaning
    assert meaning
    [tool] = meaning.capability.mcp[0].tools
    assert tool.items
    assert tool.items.path == ("books",)
    paging = tool.items.paging
    assert paging
    assert (paging.kind.value, paging.next) == (name, path)
    assert paging.argument in ("position", None)


def test_a_configuration_sets_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = SPEC.format(method="GET", type="string", operation=CURSOR, tool="")
    Path("store.yaml").write_text(text, "utf-8")
    Path("naftiko-gen.toml").write_text("max-result = 5000\n", "utf-8")
    main(["store.yaml", "-q"])
    [module] = Path("generated").glob("**/mcp_server.py")
    assert 'with_limit(TOOLS, "SHOP_MAX_RESULT", 5000)' in module.read_text("utf-8")
