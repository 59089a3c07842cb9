"""Answers that aren't JSON: shaped, or refused."""

from pathlib import Path

import httpx2
import pytest
from exchanges import Exchange, exchanges
from mcp import Client
from service import Service

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("formats.yaml")
REST = "formats-rest"
LAUGHS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
MANY_ATTRIBUTES = b" ".join(b"a%d=''" % number for number in range(200_000))
DEFAULT = "<!DOCTYPE rss [<!ATTLIST rss a CDATA 'ha'>]><rss><a/></rss>"


@exchanges("formats")
async def test_an_exchange_keeps_its_answer(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE a [<!ENTITY a0 "ha">{LAUGHS}]><a>&a9;</a>'.encode(),
        DEFAULT.encode("utf-16"),
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<rss %b><channel/></rss>" % MANY_ATTRIBUTES,
    ],
    ids=["laughs", "utf-16", "depth", "attributes"],
)
async def test_hostile_xml_is_refused(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body, (("Content-Type", "application/rss+xml"),))
    answer = await rest.get("/news")
    assert answer.status_code == 502
    assert "can't be read as XML" in answer.json()["detail"]


@pytest.mark.parametrize("body", ["name\n" * 200_001, "name" + "," * 1_000_001])
async def test_tables_that_are_too_large_are_refused(
    tools: Client, upstream: RecordingUpstream, body: str
) -> None:
    upstream.answer = Answer(body.encode())
    result = await tools.call_tool("prices", {})
    assert result.is_error
    assert "can't be read as CSV" in str(result.content)
