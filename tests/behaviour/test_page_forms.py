"""The pages of both adapters in a browser: forms, search, and who can read them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe import axe, violations
from browser import Browser, browsing
from service import Service, compile_spec, running

from naftiko_gen.cli.main import main

MUSEUM = Path(__file__).parents[1] / "openapi" / "documents" / "museum.yaml"
CREDENTIAL = "of clients"
VARIABLES = {
    "HARBOUR_MUSEUM_API_REST_TOKEN": CREDENTIAL,
    "HARBOUR_MUSEUM_API_REST_PAGES": "open",
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


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


def test_a_picture_is_shown_as_one(rest: str, browser: Browser) -> None:
    browser.open(rest)
    browser.element(".keys input").send_keys(CREDENTIAL)
    attempt(browser, "get-tickets-ticketid-qr")

    picture = browser.element("#get-tickets-ticketid-qr .sent img")
    assert picture.size["width"] > 0
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


def test_a_body_is_made_of_fields(rest: str, browser: Browser) -> None:
    browser.open(rest)
    browser.element(".keys input").send_keys(CREDENTIAL)
    attempt(browser, "post-special-events")

    result = outcome(browser, "post-special-events")
    assert '"price": 12.5' in result
    assert "201" in result or "200" in result


def test_a_tool_is_tried(mcp: str, browser: Browser) -> None:
    browser.open(mcp)
    attempt(browser, "get-museum-hours")

    result = outcome(browser, "get-museum-hours")
    assert f"POST {mcp}/mcp" in result
    assert '"method": "tools/call"' in result
    assert "200" in result
    assert '"result"' in result
    assert browser.messages() == []


def test_the_search_leaves_the_entries_with_all_words(
    mcp: str, browser: Browser
) -> None:
    browser.open(mcp)
    browser.element(".search").send_keys("ticket picture")

    script = "return [...document.querySelectorAll('.entry:not([hidden])')].length"
    assert browser.run(script) == 1
    assert browser.element(".toc li:not([hidden])").text == "get-ticket-code"


def test_a_missing_input_is_named(mcp: str, browser: Browser) -> None:
    browser.open(mcp)
    browser.click("#create-special-event .tried > button")
    field = browser.element("#create-special-event .try label:nth-of-type(5) input")
    field.clear()
    field.send_keys("much")
    browser.click("#create-special-event .try button.main")

    assert browser.element(".fault").text == "price must be a number"


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
