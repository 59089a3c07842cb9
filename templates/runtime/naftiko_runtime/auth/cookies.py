"""A credential in a cookie, beside other cookies of a request."""

from collections.abc import Awaitable

from ..reply import Reply
from ..transport import Credential, Headers, Transport

COOKIE = "Cookie"


class OneCookieHeader:
    """A credential whose cookie is in the same header as the others (RFC 6265, 5.4)."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential, and joins all cookies."""

        def send(
            method: str, url: str, headers: Headers, body: bytes | None
        ) -> Awaitable[Reply]:
            return exchange(method, url, _joined(headers), body)

        return self._credential.over(send)


def _joined(headers: Headers) -> Headers:
    cookies = [value for name, value in headers if name == COOKIE]
    if len(cookies) < 2:
        return headers
    kept = (field for field in headers if field[0] != COOKIE)
    return (*kept, (COOKIE, "; ".join(cookies)))
