"""Cookies: inputs of routes, parameters of operations, and credentials beside them."""

from pathlib import Path

import httpx2
import pytest
from mcp import Client
from service import Service
from tool_results import text

from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("clubs.yaml")
VARIABLES = {"CLUB_KEY": "k3y", "CLIENTS_KEY": "c", "LANGUAGE": "de"}
VALUES = ["a", "", "a=b", "!#$%&'()*+-./:<=>?@[]^_`{|}~", "%20", "a" * 4000]
UNUSABLE = ["a b", "a;b=c", "a,b", '"a"', "a\\b", "a\tb", "é", "a\r\nSet: b", "\x7f"]


async def get(
    service: Service, path: str, *cookies: str, adapter: str = "members"
) -> httpx2.Response:
    async with service.client(adapter) as client:
        headers = [("Cookie", cookie) for cookie in cookies]
        return await client.get(path, headers=headers)


SENT: list[tuple[str, list[str], str | None]] = [
    (
        "/members",
        ["seen=all; Page=2; page=x; other=y"],
        "site=north; lang=de; view=all; Page=2; sid=k3y",
    ),
    (
        "/members",
        ["a=b;Page=1", "seen = some ;c"],
        "site=north; lang=de; view=some; Page=1; sid=k3y",
    ),
    ("/members", ["Page=2"], "site=north; lang=de; Page=2; sid=k3y"),
    ("/plain", [], None),
    ("/sorted", [], "view=all"),
    # A forwarded request has the cookies of the API.
    ("/all/members", ["site=mine; view=a; sid=mine"], "site=north; lang=de; sid=k3y"),
    *(("/plain", [f"view={value}"], f"view={value}") for value in VALUES),
]


@pytest.mark.parametrize(("path", "cookies", "cookie"), SENT)
async def test_cookies_are_one_header(
    service: Service,
    upstream: RecordingUpstream,
    path: str,
    cookies: list[str],
    cookie: str | None,
) -> None:
    response = await get(service, path, *cookies)
    assert response.status_code == 200
    assert upstream.only.field("Cookie") == cookie
    if path == "/members":
        assert response.headers["Cache-Control"] == "private"


async def test_a_guard_s_cookie_goes_no_further(
    service: Service, upstream: RecordingUpstream
) -> None:
    refusal = await get(service, "/members", "view=a", adapter="guarded")
    response = await get(service, "/members", "view=a; key=c", adapter="guarded")
    assert (refusal.status_code, response.status_code) == (401, 200)
    assert upstream.only.field("Cookie") == "view=a"


@pytest.mark.parametrize(
    ("cookies", "fault"),
    [
        (["seen=a"], "Page is required"),
        (["Page=x"], "Page must be an integer"),
        (["Page=1; Page=2"], "Page must be given once"),
        (["Page=1", "Page=1"], "Page must be given once"),
        (["page=1"], "Page is required"),
        (["Page"], "Page must be an integer"),
        ([""], "Page is required"),
    ],
)
async def test_a_wrong_cookie_is_named(
    service: Service, upstream: RecordingUpstream, cookies: list[str], fault: str
) -> None:
    response = await get(service, "/members", *cookies)
    assert (response.status_code, response.json()["detail"]) == (400, fault)
    assert (await get(service, "/sorted", "view=some")).status_code == 400
    assert upstream.requests == []


@pytest.mark.parametrize("value", [value for value in UNUSABLE if "\r" not in value])
async def test_a_value_that_no_cookie_can_have_is_refused(
    service: Service, upstream: RecordingUpstream, value: str
) -> None:
    async with Client(service.url("tools")) as client:
        result = await client.call_tool("see", {"view": value})
    assert result.is_error
    assert "view must be visible ASCII text without quotes" in text(result)
    assert upstream.requests == []


async def test_the_document_has_cookies(service: Service) -> None:
    document = (await get(service, "/openapi.json")).json()
    parameters = document["paths"]["/members"]["get"]["parameters"]
    assert [
        (parameter["name"], parameter["in"], parameter["required"])
        for parameter in parameters
    ] == [("seen", "cookie", False), ("Page", "cookie", True)]
