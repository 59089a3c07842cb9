"""A section of an MCP server's page, below the sections of another page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ..http.page import Contents


@dataclass(frozen=True, slots=True)
class ContentPage:
    """A page with a further section: a row of a title and a description each."""

    page: Contents
    key: str
    heading: str
    rows: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        """Return the name of the adapter."""
        return self.page.name

    @property
    def description(self) -> str:
        """Return the description of the adapter."""
        return self.page.description

    def index(self, root: str) -> dict[str, Any]:
        """Return the index of the other page, and the rows."""
        rows = [{"name": name, "description": about} for name, about in self.rows]
        return {**self.page.index(root), self.key: rows}

    def lines(self, root: str) -> Iterator[str]:
        """Yield the HTML of the other page, then the section."""
        yield from self.page.lines(root)
        yield f"<h2>{escape(self.heading)}</h2>"
        for name, about in self.rows:
            yield f"<h3>{escape(name)}</h3>"
            yield f"<p>{escape(about)}</p>"
