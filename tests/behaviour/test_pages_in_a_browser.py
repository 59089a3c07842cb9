"""The pages of both adapters in a browser: content, requests, forms, and readers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe import axe, violations
from browser import Browser, browsing
from service import Package, Service, compile_spec, compile_text, running

from naftiko_gen.cli.main import main
from recording_upstream import Answer, RecordingUpstream

UPSTREAM = Path(__file__).with_name("pages_in_a_browser.yaml").read_text("utf-8")
RUN = "fetch('/secret'); document.title = 'taken over'"
HTML = f"<title>harmless</title><body><p>a file</p><script>{RUN}</script>"
SVG = f"""\
<svg xmlns="http://www.w3.org/2000/svg"><title>harmless</title><text>a file</text>
<script>{RUN}</script></svg>"""
SPEC = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
CREATE = ".opblock-post"
DELETE = ".opblock-delete"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def documented_package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compile_spec(SPEC, tmp_path_factory.mktemp("documented"), api_docs=True)


@pytest.fixture(scope="module")
def url(documented_package: Package, services: Callable[..., Service]) -> str:
    """Return the address of a REST adapter that has an API reference."""
    return services(documented_package, "serve", "--mock").url("rest")


def test_the_page_shows_the_routes(url: str, browser: Browser) -> None:
    browser.open(url)

    assert "Prime Intellect Training API" in browser.text
    assert "POST\n/v1/api/v1/training/runs\n" in browser.text
    assert "Cancel and delete a training run." in browser.text
    assert f"curl -X POST '{url}/v1/api/v1/training/runs" in browser.text
    assert browser.element("body").value_of_css_property("margin") == "0px"
    assert browser.messages() == []
    assert browser.origins() == {urlsplit(url).netloc}


def test_the_links_of_the_page_work(url: str, browser: Browser) -> None:
    browser.open(url)
    browser.click('a[href="openapi.json"]')
    browser.arrive(f"{url}/openapi.json")
    assert '"openapi":' in browser.text.replace(" ", "")

    browser.open(url)
    browser.click('a[href="docs"]')
    browser.arrive(f"{url}/docs")
    assert "POST" in browser.element(CREATE).text
    assert browser.element(".models h4").text == "Schemas"
    assert "PathSegment" not in browser.text
    # JSON names no icon, so the browser may have asked for one of the host.
    icon = f"{url}/favicon.ico "
    assert [
        message for message in browser.messages() if not message.startswith(icon)
    ] == []


@pytest.mark.parametrize(("route", "path"), [(CREATE, ""), (DELETE, "/a%2Fb")])
def test_the_reference_sends_requests(
    url: str, browser: Browser, route: str, path: str
) -> None:
    browser.open(f"{url}/docs")
    browser.click(f"{route} .opblock-summary-control")
    browser.click(f"{route} .try-out__btn")
    if path:
        browser.element(f"{route} .parameters input").send_keys("a/b")
    browser.click(f"{route} .execute")
    cell = f"{route} .live-responses-table tbody .response-col_status"
    assert browser.element(cell).text.startswith("200")
    assert f"{url}/v1/api/v1/training/runs{path}" in browser.text
    assert browser.messages() == []
    assert browser.origins() == {urlsplit(url).netloc}


@pytest.fixture(scope="module")
async def files(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    package = compile_text(UPSTREAM, tmp_path_factory.mktemp("files"), "files")
    with running(package, FILES_BASE_URI=f"http://{address}") as service:
        yield service


@pytest.mark.parametrize("path", ["/file", "/all/file"])
@pytest.mark.parametrize(
    ("media_type", "body"), [("text/html", HTML), ("image/svg+xml", SVG)]
)
async def test_the_file_of_an_upstream_runs_nothing(
    files: Service,
    upstream: RecordingUpstream,
    browser: Browser,
    path: str,
    media_type: str,
    body: str,
) -> None:
    upstream.answer = Answer(body.encode(), (("Content-Type", media_type),))

    await asyncio.to_thread(browser.open, files.url("rest") + path)
    messages = await asyncio.to_thread(browser.messages)

    assert browser.title == "harmless"
    assert any("sandboxed" in message for message in messages)
    assert {request.target for request in upstream.requests} <= {
        "/file",
        "/favicon.ico",
    }


async def test_another_site_can_t_have_a_route_called(
    files: Service, upstream: RecordingUpstream, browser: Browser, tmp_path: Path
) -> None:
    rest = files.url("rest")
    page = tmp_path / "page.html"
    page.write_text(
        f"<a id=index href={rest}/>index</a> <a id=route href={rest}/file>route</a>"
        f"<img src={rest}/file><iframe src={rest}/file></iframe>",
        encoding="utf-8",
    )

    await asyncio.to_thread(browser.open, page.as_uri())
    await asyncio.to_thread(browser.click, "#route")
    await asyncio.to_thread(browser.arrive, f"{rest}/file")
    assert "requests of other sites need an Origin" in browser.text
    assert upstream.requests == []

    await asyncio.to_thread(browser.open, page.as_uri())
    await asyncio.to_thread(browser.click, "#index")
    await asyncio.to_thread(browser.arrive, f"{rest}/")
    assert "GET\n/file" in browser.text


# --- forms, and who can use the pages -----------------------------------------

MUSEUM = Path(__file__).parents[1] / "openapi" / "documents" / "museum.yaml"
CREDENTIAL = "of clients"
VARIABLES = {
    "HARBOUR_MUSEUM_API_REST_TOKEN": CREDENTIAL,
    "HARBOUR_MUSEUM_API_REST_PAGES": "open",
}


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("museum")
    spec = directory / "museum.yaml"
    assert main(["import", str(MUSEUM), "-q", "-o", str(spec)]) == 0
    package = compile_spec(spec, directory, api_docs=True)
    with running(package, "serve", "--mock", **VARIABLES) as service:
        yield service


@pytest.fixture
def rest(museum: Service) -> str:
    return museum.url("rest")


@pytest.fixture
def mcp(museum: Service) -> str:
    return museum.url("mcp").removesuffix("/mcp")


def attempt(browser: Browser, entry: str) -> None:
    """Open the form of an entry, and send it with the values that it has."""
    browser.click(f"#{entry} .tried > button")
    browser.click(f"#{entry} .try button.main")


def outcome(browser: Browser, entry: str) -> str:
    """Return the text of the request and the answer of an entry, when it is there."""
    browser.element(f"#{entry} .sent .ok, #{entry} .sent .failed")
    return browser.element(f"#{entry} .sent").text


def test_a_route_is_tried_with_the_token_that_is_typed_in(
    rest: str, browser: Browser
) -> None:
    browser.open(rest)
    attempt(browser, "get-special-events")
    assert "401 Unauthorized" in outcome(browser, "get-special-events")

    browser.element(".keys input").send_keys(CREDENTIAL)
    browser.element("#get-special-events .try label:nth-of-type(4) input").send_keys(
        "3"
    )
    browser.click("#get-special-events .try button.main")
    browser.element("#get-special-events .sent .ok")
    result = outcome(browser, "get-special-events")

    assert f"GET {rest}/special-events?limit=3" in result
    assert "Authorization: ***" in result
    assert CREDENTIAL not in browser.text
    assert "200" in result
    assert " ms" in result
    assert browser.run("return localStorage.length + sessionStorage.length") == 0
    assert browser.run("return document.cookie") == ""
    assert browser.origins() == {urlsplit(rest).netloc}
    # The browser says of the first answer that it is 401, and nothing of the policy.
    assert all("401" in message for message in browser.messages())


def test_a_destructive_route_asks_first(rest: str, browser: Browser) -> None:
    entry = "delete-special-events-eventid"
    browser.open(rest)
    browser.element(".keys input").send_keys(CREDENTIAL)
    attempt(browser, entry)
    assert "may overwrite or delete" in browser.element("dialog").text
    browser.click("dialog button:not(.main)")
    count = f"return document.querySelector('#{entry} .sent').childElementCount"
    assert browser.run(count) == 0

    browser.click(f"#{entry} .try button.main")
    browser.click("dialog button.main")

    assert "DELETE" in outcome(browser, entry)
    assert browser.messages() == []


def test_a_body_is_made_of_fields_and_a_picture_is_shown_as_one(
    rest: str, browser: Browser
) -> None:
    browser.open(rest)
    browser.element(".keys input").send_keys(CREDENTIAL)
    attempt(browser, "get-tickets-ticketid-qr")
    picture = browser.element("#get-tickets-ticketid-qr .sent img")
    assert picture.size["width"] > 0
    attempt(browser, "post-special-events")
    result = outcome(browser, "post-special-events")
    assert '"price": 12.5' in result
    assert "201" in result or "200" in result
    assert browser.messages() == []


def test_the_path_of_a_route_stays_its_own(rest: str, browser: Browser) -> None:
    browser.open(rest)
    browser.click("#get-special-events-eventid .tried > button")
    field = browser.element("#get-special-events-eventid .try input")
    for text in ("..", "."):
        field.clear()
        field.send_keys(text)
        browser.click("#get-special-events-eventid .try button.main")
        assert browser.element(".fault").text == "eventId must be a segment of the path"

    field.clear()
    field.send_keys("a/../b?c")
    browser.click("#get-special-events-eventid .try button.main")
    result = outcome(browser, "get-special-events-eventid")
    assert f"GET {rest}/special-events/a%2F..%2Fb%3Fc\n" in result


def test_a_tool_is_tried(mcp: str, browser: Browser) -> None:
    browser.open(mcp)
    attempt(browser, "get-museum-hours")

    result = outcome(browser, "get-museum-hours")
    assert f"POST {mcp}/mcp" in result
    assert '"method": "tools/call"' in result
    assert "200" in result
    assert '"result"' in result
    assert browser.messages() == []


def test_the_search_leaves_the_entries_with_all_words_and_a_wrong_input_is_named(
    mcp: str, browser: Browser
) -> None:
    browser.open(mcp)
    browser.click("#create-special-event .tried > button")
    field = browser.element("#create-special-event .try label:nth-of-type(5) input")
    field.clear()
    field.send_keys("much")
    browser.click("#create-special-event .try button.main")
    assert browser.element(".fault").text == "price must be a number"
    browser.element(".search").send_keys("ticket picture")
    script = "return [...document.querySelectorAll('.entry:not([hidden])')].length"
    assert browser.run(script) == 1
    assert browser.element(".toc li:not([hidden])").text == "get-ticket-code"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1400])
def test_everybody_can_read_and_use_the_pages(
    width: int, scheme: str, rest: str, mcp: str, common: Path, browser: Browser
) -> None:
    script = axe(common)
    browser.show(width, scheme)
    for url in (rest, mcp):
        browser.open(url)
        browser.click(".tried > button")
        assert violations(browser, script) == []
        wide = "return document.documentElement.scrollWidth"
        assert browser.run(wide) <= width


def test_the_reference_follows_the_colour_scheme(rest: str, browser: Browser) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        browser.show(1400, scheme)
        browser.open(f"{rest}/docs")
        browser.element(".opblock")
        colour = "return getComputedStyle(document.documentElement).backgroundColor"
        dark = "return document.documentElement.className"
        backgrounds.append((browser.run(dark), browser.run(colour)))

    assert backgrounds[0][0] == ""
    assert backgrounds[1][0] == "dark-mode"
    assert backgrounds[0][1] != backgrounds[1][1]
