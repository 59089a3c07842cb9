"""Adds several credentials to each request."""

from collections.abc import Awaitable
from urllib.parse import quote

from ..reply import Reply
from ..transport import Headers, Transport


class HeaderKeys:
    """A transport that adds credentials in headers."""

    def __init__(self, exchange: Transport, *fields: tuple[str, str]) -> None:
        self._exchange = exchange
        self._fields: Headers = fields

    def __call__(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Awaitable[Reply]:
        """Send a request with the credentials."""
        return self._exchange(method, url, (*headers, *self._fields), body)


class QueryKeys:
    """A transport that adds credentials in the query."""

    def __init__(self, exchange: Transport, *pairs: tuple[str, str]) -> None:
        self._exchange = exchange
        parts = (
            f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs
        )
        self._query = "&".join(parts)

    def __call__(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Awaitable[Reply]:
        """Send a request with the credentials."""
        separator = "&" if "?" in url else "?"
        return self._exchange(method, f"{url}{separator}{self._query}", headers, body)
