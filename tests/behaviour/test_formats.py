"""Answers that aren't JSON: passed on as they are, or shaped."""

from pathlib import Path

import httpx2
import pytest
from mcp import Client

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("formats.yaml")
REST = "formats-rest"
XML = (("Content-Type", "application/rss+xml"),)
CSV = (("Content-Type", "text/csv"),)


def feed(*titles: str) -> bytes:
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    head = '<rss version="2.0" xmlns:a="urn:a"><channel><a:title>T &amp; U</a:title>'
    return f"{head}{items}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("titles", "items"),
    [
        ((), None),
        (("A",), ["A"]),
        (("A", "B"), ["A", "B"]),
        (("A", "<![CDATA[<C>]]>"), ["A", "<C>"]),
    ],
)
async def test_xml_is_shaped(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    titles: tuple[str, ...],
    items: list[str] | None,
) -> None:
    upstream.answer = Answer(feed(*titles), XML)
    answer = await rest.get("/news")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"title": "T & U", "version": "2.0", "items": items}


MANY_ATTRIBUTES = (b"a%d=''" % number for number in range(200_000))
LAUGHS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))

DEFAULT = "<!DOCTYPE rss [<!ATTLIST rss a CDATA 'ha'>]><rss><a/></rss>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no XML",
        b"<rss>",
        b"<rss/>more",
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="unheard-of"?><rss/>',
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        f'<!DOCTYPE a [<!ENTITY a0 "ha">{LAUGHS}]><a>&a9;</a>'.encode(),
        DEFAULT.encode(),
        DEFAULT.encode("utf-16"),
        b"<a>" * 5000 + b"</a>" * 5000,
        feed("A").replace(b"</rss>", b"<a/>" * 200_000 + b"</rss>"),
        feed("A").replace(b"<rss", b"<rss " + b" ".join(MANY_ATTRIBUTES)),
    ],
    ids=lambda body: body[:20].decode(errors="replace"),
)
async def test_bodies_that_cannot_be_read_are_handed_on(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body, XML)
    answer = await rest.get("/news")
    assert (answer.status_code, answer.content) == (200, body)


MANY_ROWS = b"name\n" * 200_001
MANY_CELLS = b"name" + b"," * 1_000_001


async def test_rows_are_shaped(tools: Client, upstream: RecordingUpstream) -> None:
    rows = b'\xef\xbb\xbfname, price ,more\r\n"a, ""b""",1,x\r\n\r\n"c\nd"\r\n'
    upstream.answer = Answer(rows, CSV)
    result = await tools.call_tool("prices", {})
    table = await tools.call_tool("table", {})
    expected = [{"name": 'a, "b"', "price": "1"}, {"name": "c\nd"}]
    assert result.structured_content == {"result": expected}
    records = [{"name": 'a, "b"', "price": "1", "more": "x"}, {"name": "c\nd"}]
    parts = {"rows": records, "first": 'a, "b"', "number": 2}
    assert table.structured_content == parts


@pytest.mark.parametrize(
    ("tool", "body", "content"),
    [
        ("prices", b"a,b\r\n1,2,3\r\n", {"unexpected": "a,b\r\n1,2,3\r\n"}),
        ("prices", b"", {}),
        ("channels", b"<a>text</a>", {"unexpected": "<a>text</a>"}),
        ("prices", MANY_ROWS, {"unexpected": MANY_ROWS.decode()}),
        ("prices", MANY_CELLS, {"unexpected": MANY_CELLS.decode()}),
        ("count", b"no JSON", {"unexpected": "no JSON"}),
        ("count", b'{"count": "seven"}', {"unexpected": "seven"}),
        ("counts", b"no JSON", {"unexpected": "no JSON"}),
        ("counts", b'{"counts": 7}', {"counts": 7}),
        ("counts", b'[{"n": "seven"}]', {"unexpected": [{"n": "seven"}]}),
        ("counts", b'{"source": "s"}', {"source": "s"}),
        (
            "counts",
            b'{"counts": [{"n": "seven"}, 8]}',
            {"unexpected": {"result": ["seven", None], "source": None}},
        ),
    ],
)
async def test_clients_take_bodies_of_another_shape(
    tools: Client, upstream: RecordingUpstream, tool: str, body: bytes, content: object
) -> None:
    upstream.answer = Answer(body)
    result = await tools.call_tool(tool, {})
    assert result.structured_content == content
    assert not result.is_error
