"""Chromium without a window, and all that it says of the pages it opens."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from waiting import PATIENCE

NETWORK = frozenset({"http", "https", "ws", "wss"})
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,1400",
)


class Browser:
    """A browser with one page at a time."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver

    @property
    def text(self) -> str:
        """Return the text that a person sees."""
        return self._driver.find_element(By.TAG_NAME, "body").text

    @property
    def title(self) -> str:
        """Return the title of the page."""
        return self._driver.title

    def open(self, url: str) -> None:
        """Open a page, and forget the messages and requests of earlier ones."""
        self.messages()
        self.origins()
        self._driver.get(url)

    def element(self, selector: str) -> WebElement:
        """Wait until a CSS selector has an element that is shown; return the first."""

        def find_visible(driver: Chrome) -> WebElement | None:
            some = driver.find_elements(By.CSS_SELECTOR, selector)
            return next(
                (candidate for candidate in some if candidate.is_displayed()), None
            )

        element = WebDriverWait(self._driver, PATIENCE).until(find_visible)
        assert element is not None
        return element

    def arrive(self, url: str) -> None:
        """Wait until a page is loaded: a click on a link doesn't."""

        def is_loaded(driver: Chrome) -> bool:
            state = driver.execute_script("return document.readyState")
            return driver.current_url == url and state == "complete"

        WebDriverWait(self._driver, PATIENCE).until(is_loaded)

    def click(self, selector: str) -> None:
        """Scroll to the first element of a CSS selector and click on it."""
        element = self.element(selector)
        self._driver.execute_script("arguments[0].scrollIntoView()", element)
        element.click()

    def run(self, script: str) -> Any:
        """Run a script in the page; return the value that it returns."""
        return self._driver.execute_script(script)

    def finish(self, script: str, *arguments: object) -> Any:
        """Run a script that calls its last argument at the end, with its value."""
        return self._driver.execute_async_script(script, *arguments)

    def show(self, width: int, scheme: str) -> None:
        """Show pages at this width, in a light or a dark scheme."""
        size = {"width": width, "height": 1400, "deviceScaleFactor": 1}
        command = "Emulation.setDeviceMetricsOverride"
        self._driver.execute_cdp_cmd(command, {**size, "mobile": False})
        feature = {"name": "prefers-color-scheme", "value": scheme}
        media = {"features": [feature]}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def messages(self) -> list[str]:
        """Return the new messages of the console; a broken policy makes one.

        The browser asks for an icon by itself, at a time of its own.
        """
        messages = [entry["message"] for entry in self._log("browser")]
        return [message for message in messages if "/favicon.ico" not in message]

    def origins(self) -> set[str]:
        """Return the hosts and ports of all new requests."""
        entries = self._log("performance")
        events = [json.loads(entry["message"])["message"] for entry in entries]
        urls = [
            urlsplit(event["params"]["request"]["url"])
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return {url.netloc for url in urls if url.scheme in NETWORK}

    def _log(self, kind: str) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = self._driver.execute("getLog", {"type": kind})[
            "value"
        ]
        return entries

    def save_screenshot(self, file: Path) -> None:
        """Write a screenshot of the window as a PNG."""
        assert self._driver.save_screenshot(str(file))


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """Run a browser with a new profile until the end of the block."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = ChromeOptions()
    options.binary_location = program
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    chrome = Chrome(options, Driver(driver))
    try:
        yield Browser(chrome)
    finally:
        chrome.quit()
