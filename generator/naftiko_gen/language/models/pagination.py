"""The paging of an API, where a spec states it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naftiko_gen.language.models.base import Model

__all__ = ["Pagination", "PaginationRequest", "PaginationResponse"]


class PaginationRequest(Model):
    """The parameters of a request for a page."""

    page: str | None = Field(
        default=None,
        alias="cursorParam",
        description="The parameter that is the cursor, the offset or the page.",
    )
    limit: str | None = Field(
        default=None,
        alias="limitParam",
        description="The parameter that limits the items of a page.",
    )


class PaginationResponse(Model):
    """The members of a response, each by a JSONPath of names."""

    data: str | None = Field(
        default=None,
        alias="dataPath",
        description="The list; without it, the only list of objects.",
    )
    following: str | None = Field(
        default=None,
        alias="nextCursorPath",
        description=(
            "The next cursor, the URL or number of the next page, or for keyset the key"
            " in an item, by default its id."
        ),
    )
    total: str | None = Field(
        default=None, alias="totalPath", description="The number of all items."
    )
    pages: str | None = Field(
        default=None, alias="pagesPath", description="The number of pages."
    )
    more: str | None = Field(
        default=None,
        alias="hasMorePath",
        description="A flag: whether there are more items.",
    )


class Pagination(Model):
    """How an API splits a list into pages, or `none` if it doesn't."""

    type: Literal[
        "cursor", "offset", "page-number", "link-header", "link-body", "keyset", "none"
    ] = Field(description="The way to ask for the next page.")
    request: PaginationRequest | None = Field(
        default=None, description="The parameters of requests."
    )
    response: PaginationResponse | None = Field(
        default=None, description="The members of responses."
    )
