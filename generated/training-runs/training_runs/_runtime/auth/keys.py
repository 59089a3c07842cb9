"""Credentials that are added to each request unchanged."""

from collections.abc import Awaitable
from urllib.parse import quote

from ..reply import Reply
from ..transport import Headers, Transport


class HeaderKeys:
    """Credentials in headers."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self._fields: Headers = fields

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the headers to each request."""
        fields = self._fields

        def send(
            method: str, url: str, headers: Headers, body: bytes | None
        ) -> Awaitable[Reply]:
            return exchange(method, url, (*headers, *fields), body)

        return send


class QueryKeys:
    """Credentials in the query."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        parts = (
            f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs
        )
        self._query = "&".join(parts)

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the parameters to each request."""
        query = self._query

        def send(
            method: str, url: str, headers: Headers, body: bytes | None
        ) -> Awaitable[Reply]:
            separator = "&" if "?" in url else "?"
            return exchange(method, f"{url}{separator}{query}", headers, body)

        return send
