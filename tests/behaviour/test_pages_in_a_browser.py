"""The pages of a REST adapter in a browser: their content and their requests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Browser, browsing
from service import Package, Service, compile_spec, compile_text, running

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


def test_the_reference_sends_requests(url: str, browser: Browser) -> None:
    browser.open(f"{url}/docs")

    browser.click(f"{CREATE} .opblock-summary-control")
    browser.click(f"{CREATE} .try-out__btn")
    browser.click(f"{CREATE} .execute")

    status = browser.element(
        f"{CREATE} .live-responses-table tbody .response-col_status"
    )
    assert status.text.startswith("200")
    assert browser.messages() == []
    assert browser.origins() == {urlsplit(url).netloc}


def test_the_reference_fills_in_parameters(url: str, browser: Browser) -> None:
    browser.open(f"{url}/docs")

    browser.click(f"{DELETE} .opblock-summary-control")
    browser.click(f"{DELETE} .try-out__btn")
    browser.element(f"{DELETE} .parameters input").send_keys("a/b")
    browser.click(f"{DELETE} .execute")

    status = browser.element(
        f"{DELETE} .live-responses-table tbody .response-col_status"
    )
    assert status.text.startswith("200")
    assert f"{url}/v1/api/v1/training/runs/a%2Fb" in browser.text
    assert browser.messages() == []


def test_the_address_of_an_mcp_server_can_be_read(
    documented_package: Package, services: Callable[..., Service], browser: Browser
) -> None:
    service = services(documented_package, "serve", "--mock")

    browser.open(service.url("mcp"))

    assert "This is the address of an MCP server" in browser.text
    assert (
        "The page for browsers, with the tools of the server, is at /" in browser.text
    )


@pytest.fixture(scope="module")
async def files(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    package = compile_text(UPSTREAM, tmp_path_factory.mktemp("files"), "files")
    with running(package, FILES_BASE_URI=f"http://{address}") as service:
        yield service


@pytest.mark.anyio
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


@pytest.mark.anyio
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
