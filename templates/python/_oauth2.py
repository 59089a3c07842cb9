"""OAuth 2.0 client credentials: tokens are fetched, kept and renewed (RFC 6749)."""

import asyncio
import time
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from ._upstream import (
    HEADER_VALUE,
    CallError,
    Headers,
    NoAnswerError,
    NotSentError,
    Reply,
    Transport,
    basic,
    parse,
)

EARLY = 30.0
"""Seconds before its end at which a token isn't used any more."""


class Token(NamedTuple):
    """What requests carry, and until when by the monotonic clock."""

    value: str
    end: float


class OAuth2:
    """A transport whose requests carry an access token.

    An answer 401 says that nothing was done: the token is renewed, and the request
    sent once more, whatever its method.
    """

    def __init__(
        self,
        exchange: Transport,
        token_endpoint: str,
        client_id: str,
        client_secret: str,
        **parameters: str,
    ) -> None:
        self._exchange = exchange
        self._endpoint = token_endpoint
        # RFC 6749, 2.3.1: both are encoded like fields of a form first.
        pair = quote_plus(client_id), quote_plus(client_secret)
        self._headers: Headers = (
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", basic(*pair)),
        )
        grant = {"grant_type": "client_credentials", **parameters}
        self._grant = urlencode(grant).encode()
        self._token: Token | None = None
        self._fetching = asyncio.Lock()

    async def __call__(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        """Perform an exchange with a token."""
        token = await self._valid(None)
        reply = await self._exchange(method, url, _with(headers, token), body)
        if reply.status != 401:
            return reply
        token = await self._valid(token)
        return await self._exchange(method, url, _with(headers, token), body)

    async def _valid(self, refused: Token | None) -> Token:
        """Return a token that isn't the refused one; one fetch serves all who wait."""
        async with self._fetching:
            held = self._token
            if held is None or held is refused or time.monotonic() >= held.end:
                # One that was refused must not be used should the fetch fail.
                self._token = None
                held = self._token = await self._fetched()
            return held

    async def _fetched(self) -> Token:
        asked = time.monotonic()
        try:
            reply = await self._exchange(
                "POST", self._endpoint, self._headers, self._grant
            )
        except (NotSentError, NoAnswerError):
            raise _failure("could not be reached") from None
        if reply.status != 200:
            raise _failure(f"answered with the status {reply.status}")
        try:
            return _token(parse(reply.body), asked)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _failure("answered without a bearer token") from None


def _token(answer: Any, asked: float) -> Token:
    """Read a token; one that doesn't say its end is kept until it is refused."""
    value, kind = answer["access_token"], answer.get("token_type", "bearer")
    if not value or not HEADER_VALUE.fullmatch(value) or kind.lower() != "bearer":
        raise ValueError
    lifetime = answer.get("expires_in")
    if lifetime is None:
        return Token(value, float("inf"))
    seconds = float(lifetime)
    return Token(value, asked + max(seconds - EARLY, seconds / 2))


def _with(headers: Headers, token: Token) -> Headers:
    return (*headers, ("Authorization", f"Bearer {token.value}"))


def _failure(fault: str) -> CallError:
    detail = f"the authorization server of the upstream API {fault}"
    return CallError(502, "Bad Gateway", detail)
