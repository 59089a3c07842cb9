"""Cookies: inputs of routes, parameters of operations, and credentials beside them."""

from pathlib import Path

import httpx2
from exchanges import Exchange, exchanges
from service import Service

from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("clubs.yaml")
REST = "members"
VARIABLES = {"CLUB_KEY": "k3y", "CLIENTS_KEY": "c", "LANGUAGE": "de"}


@exchanges("cookies")
async def test_an_exchange_has_its_cookies(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_a_long_cookie_is_kept(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    cookie = f"view={'a' * 4000}"
    await rest.get("/plain", headers={"Cookie": cookie})
    assert upstream.only.field("Cookie") == cookie


async def test_the_document_has_cookies(rest: httpx2.AsyncClient) -> None:
    document = (await rest.get("/openapi.json")).json()
    parameters = document["paths"]["/members"]["get"]["parameters"]
    assert [
        (parameter["name"], parameter["in"], parameter["required"])
        for parameter in parameters
    ] == [("seen", "cookie", False), ("Page", "cookie", True)]
