"""The documentation as a site: it builds, and all its links lead somewhere."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from naftiko_gen.diagnostics.codes import Code

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs"
INDEXES = {"adr", "diagnostics"}
"""Folders whose pages are reached by a list, and not by the navigation."""


class Links(HTMLParser):
    """The addresses in a page, the parts that it loads, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.addresses: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.anchors.update(values.get(name, "") for name in ("id", "name"))
        if tag == "a":
            self.addresses.add(values.get("href", ""))
        elif tag in {"script", "img", "iframe"}:
            self.loaded.add(values.get("src", ""))
        elif tag == "link" and values.get("rel") != "canonical":
            self.loaded.add(values.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built strictly from a copy of the pages."""
    project = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "mkdocs.yml", project)
    shutil.copytree(PAGES, project / "docs")
    (project / "templates").symlink_to(ROOT / "templates")
    program = Path(sys.executable).with_name("zensical")
    subprocess.run([program, "build", "--strict"], check=True, cwd=project)
    return project / ".cache" / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {page: Links(page) for page in site.rglob("*.html")}


def missing(site: Path, pages: dict[Path, Links]) -> Iterator[str]:
    for page, links in pages.items():
        for address in links.addresses | links.loaded:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or page.name == "404.html":
                continue
            path = unquote(parts.path)
            target = (page.parent / path).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else set()
            if not target.exists() or (
                parts.fragment and unquote(parts.fragment) not in anchors
            ):
                yield f"{page.relative_to(site)}: {address}"


def test_every_link_leads_to_a_page_and_its_anchor(
    site: Path, pages: dict[Path, Links]
) -> None:
    assert len(pages) > len(Code)
    assert list(missing(site, pages)) == []


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Links]) -> None:
    addresses = {address for links in pages.values() for address in links.loaded}

    assert {address for address in addresses if urlsplit(address).netloc} == set()


def test_every_code_has_a_page(site: Path) -> None:
    for code in Code:
        assert (site / "diagnostics" / code.slug / "index.html").is_file()


def test_the_navigation_has_every_page() -> None:
    navigation = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    paths = {page.relative_to(PAGES) for page in PAGES.rglob("*.md")}

    wanted = {path.as_posix() for path in paths if path.parts[0] not in INDEXES}
    targets = set(entries(navigation))
    assert targets - wanted == {"adr/index.md", "diagnostics/README.md"}
    assert wanted - targets == set()


Entry = str | list["Entry"] | dict[str, "Entry"]


def entries(navigation: Entry) -> Iterator[str]:
    if isinstance(navigation, str):
        yield navigation
        return
    below = navigation.values() if isinstance(navigation, dict) else navigation
    for entry in below:
        yield from entries(entry)
