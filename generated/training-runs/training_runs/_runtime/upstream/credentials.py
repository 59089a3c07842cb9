"""Credentials that requests carry: passwords, keys, cookies and digests."""

import base64
import re
from collections.abc import Awaitable, Sequence
from functools import partial
from urllib.parse import quote

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    DigestAuthMiddleware,
    hdrs,
)
from aiohttp.client_middleware_digest_auth import DigestFunctions, parse_header_pairs
from yarl import URL

from ..errors import CallError, SettingsError
from ..transport import Credential, Headers, Reply, Transport
from .pool import Pool

COOKIE = "Cookie"

Alternative = tuple[Sequence[str], Credential | None]
"""A credential and its variables; None and no variables stand for no credential."""

# Text without control characters and without bytes that aren't UTF-8.
CHALLENGE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


def basic(username: str, password: str) -> str:
    """Return the `Authorization` header of a user with a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


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


class FirstSet:
    """The first of several credentials that is set.

    If none is set, requests are refused, and the refusal names the variables.
    """

    def __init__(self, unset: frozenset[str], *alternatives: Alternative) -> None:
        self._unset = unset
        self._alternatives = alternatives

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        for names, credential in self._alternatives:
            if self._unset.isdisjoint(names):
                return credential.over(exchange) if credential else exchange
        named = (" and ".join(names) for names, _ in self._alternatives)
        said = ", or ".join(named)
        detail = f"this operation is off: set the environment variable {said}"

        async def refuse(_: str, __: str, ___: Headers, ____: bytes | None) -> Reply:
            raise CallError(503, "Service Unavailable", detail)

        return refuse


class Digest:
    """The credential of a user; raises SettingsError for an invalid user name.

    A challenge means that the upstream refused the request, so a request of any method
    is sent again with the credential. Later requests carry it from the start.
    """

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise SettingsError("the user name of HTTP Digest can't contain a colon")
        self._pair = username, password

    def over(self, exchange: Transport) -> Transport:
        """Return a transport over the pool that responds to challenges.

        A transport other than the pool is returned unchanged: it authenticates itself.
        """
        if not isinstance(exchange, Pool):
            return exchange
        # Each upstream needs a middleware of its own, which keeps the last challenge.
        # The middleware keeps a challenge before it parses it, so the function inside
        # it raises an error for a challenge that it can't respond to.
        answering = DigestAuthMiddleware(*self._pair), _refuse_unanswerable
        return partial(exchange, middlewares=answering)


async def _refuse_unanswerable(
    request: ClientRequest, handler: ClientHandlerType
) -> ClientResponse:
    response = await handler(request)
    challenge = response.headers.get(hdrs.WWW_AUTHENTICATE, "")
    if response.status == 401 and not _is_answerable(challenge):
        response.close()
        raise _unanswerable()
    return response


def _is_answerable(challenge: str) -> bool:
    """Return whether aiohttp can respond to a challenge; True for other schemes."""
    scheme, _, parameters = challenge.partition(" ")
    if scheme.lower() != "digest":
        return True
    said = parse_header_pairs(parameters)
    protection = said.get("qop", "")
    known = {"auth", "auth-int"} & {one.strip() for one in protection.split(",")}
    return (
        CHALLENGE.fullmatch(challenge) is not None
        and "realm" in said
        and said.get("nonce", "") != ""
        and (protection == "" or known != set())
        and said.get("algorithm", "MD5").upper() in DigestFunctions
        and all(map(_is_place, said.get("domain", "").split()))
    )


def _is_place(text: str) -> bool:
    try:
        return str(URL(text.strip('"'))) != ""
    except ValueError:
        return False


def _unanswerable() -> CallError:
    detail = "the upstream API asks for HTTP Digest in a way that can't be answered"
    return CallError(502, "Bad Gateway", detail)
