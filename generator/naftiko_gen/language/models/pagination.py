"""The paging of an API, where a spec states it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naftiko_gen.language.models.base import Model

__all__ = ["Pagination", "PaginationRequest", "PaginationResponse"]


class PaginationRequest(Model):
    """The parameters of a request for a page."""

    page: str | None = Field(default=None, alias="cursorParam")
    """The parameter that is the cursor, the offset or the page."""
    limit: str | None = Field(default=None, alias="limitParam")
    """The parameter that limits the items of a page."""


class PaginationResponse(Model):
    """The members of a response, each by a JSONPath of names."""

    data: str | None = Field(default=None, alias="dataPath")
    """The list; without it, the only list of objects."""
    following: str | None = Field(default=None, alias="nextCursorPath")
    """The next cursor, the URL or number of the next page, or for keyset the key in an
    item, by default its id."""
    total: str | None = Field(default=None, alias="totalPath")
    """The number of all items."""
    pages: str | None = Field(default=None, alias="pagesPath")
    """The number of pages."""
    more: str | None = Field(default=None, alias="hasMorePath")
    """A flag: whether there are more items."""


class Pagination(Model):
    """How an API splits a list into pages, or `none` if it doesn't."""

    type: Literal[
        "cursor", "offset", "page-number", "link-header", "link-body", "keyset", "none"
    ]
    """The way to ask for the next page."""
    request: PaginationRequest | None = None
    """The parameters of requests."""
    response: PaginationResponse | None = None
    """The members of responses."""
