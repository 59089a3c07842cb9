"""OAuth 2.0 client credentials: fetches, caches and renews tokens (RFC 6749)."""

import asyncio
import math
import re
import time
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

from ..bodies import FORM
from ..errors import CallError, NoAnswerError, NotSentError
from ..observing.calls import FETCHES_CREDENTIAL, HOSTS
from ..settings import Limits, endpoint
from ..transport import Headers, Reply, Transport
from ..values import HEADER_VALUE, parse
from .client import Mask, reason_of
from .connection import phase
from .deadlines import IS_OVER, WAIT, log_failure
from .pool import ConcurrencyLimit
from .requests import basic

EARLY = 30.0
"""Seconds before its expiry at which a token isn't used any more."""
RENEWAL = 10.0
"""Seconds in which responses 401 renew a token at most once."""
LIFETIME = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")


class Token(NamedTuple):
    """An access token, and its expiry by the monotonic clock.

    `mask` removes it from responses that repeat it.
    """

    value: str
    end: float
    mask: Mask


class OAuth2:
    """A source of access tokens, which adds the same token to all requests.

    A response 401 means that the upstream did nothing. So the token is renewed, and a
    request of any method is sent again. Within 10 seconds of such a renewal, clients
    get the response 401 instead. Raises SettingsError, which names the variable `name`,
    unless the endpoint is a URL.
    """

    def __init__(
        self,
        name: str,
        token_endpoint: str,
        client_id: str,
        client_secret: str,
        *,
        limits: Limits,
        **parameters: str,
    ) -> None:
        self._timeout = limits.timeout
        self._room = ConcurrencyLimit(limits)
        self._endpoint = endpoint(name, token_endpoint)
        HOSTS.add(urlsplit(self._endpoint).hostname or "")
        # RFC 6749, 2.3.1: both are first encoded like the fields of a form.
        pair = quote_plus(client_id), quote_plus(client_secret)
        self._headers: Headers = (
            ("Accept", "application/json"),
            ("Content-Type", FORM),
            ("User-Agent", "naftiko-runtime"),
            ("Authorization", basic(*pair)),
        )
        grant = {"grant_type": "client_credentials", **parameters}
        self._grant = urlencode(grant).encode()
        self._token: Token | None = None
        self._next_renewal = 0.0
        self._fetch: asyncio.Task[Token | CallError] | None = None

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds a token to each request and passes it on."""
        return partial(self._send, exchange)

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        token = await self._valid(exchange)
        reply = await exchange(method, url, _with(headers, token), body)
        if reply.status == 401 and self._may_repeat(token):
            token = await self._valid(exchange)
            reply = await exchange(method, url, _with(headers, token), body)
        return token.mask.applied(reply, url)

    def _may_repeat(self, refused: Token) -> bool:
        """Give a refused token up; return False if the call can't be sent again."""
        wait = WAIT.get()
        if (wait and wait.is_repeated) or not self._give_up(refused):
            return False
        if wait:
            wait.is_repeated = True
        return True

    def _give_up(self, refused: Token) -> bool:
        """Discard a refused token; return False if one was renewed a short time ago."""
        # If the tokens differ, another call has already discarded the refused one.
        if self._token is refused:
            now = time.monotonic()
            if now < self._next_renewal:
                return False
            self._next_renewal = now + RENEWAL
            # The refused token mustn't be used again if the fetch fails.
            self._token = None
        return True

    async def _valid(self, exchange: Transport) -> Token:
        """Return a token that hasn't expired, fetched if necessary."""
        token = self._token
        if token and time.monotonic() < token.end:
            return token
        self._token = None
        outcome = await self._awaited(exchange)
        if isinstance(outcome, Token):
            return outcome
        # Waiting calls share the outcome, and each raise would extend its traceback.
        raise CallError(
            outcome.status, outcome.title, outcome.detail, outcome.retry_after
        )

    async def _awaited(self, exchange: Transport) -> Token | CallError:
        """Wait for a fetch, whose token or failure all waiting calls share."""
        if not self._room.enter():
            await self._room.refuse()
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._fetched(exchange))
        try:
            return await asyncio.shield(self._fetch)
        except asyncio.CancelledError:
            wait = WAIT.get()
            if wait is None or not wait.is_over:
                raise
            # The deadline came before the call was sent, so report the fetch.
            return _late()
        finally:
            self._room.leave()

    async def _fetched(self, exchange: Transport) -> Token | CallError:
        """Fetch a token in the time limit of a call; waiting calls may end earlier."""
        FETCHES_CREDENTIAL.set(True)
        try:
            async with asyncio.timeout(self._timeout) as timeout:
                IS_OVER.set(timeout.expired)
                self._token = await self._granted(exchange)
        except TimeoutError:
            return self._logged(_late(), phase())
        except CallError as error:
            return self._logged(error, "")
        except (NotSentError, NoAnswerError) as error:
            return self._logged(_failure(502, "could not be reached"), reason_of(error))
        return self._token

    def _logged(self, error: CallError, reason: str) -> CallError:
        log_failure(error, (urlsplit(self._endpoint).netloc,), reason)
        return error

    async def _granted(self, exchange: Transport) -> Token:
        asked = time.monotonic()
        reply = await exchange("POST", self._endpoint, self._headers, self._grant)
        if reply.status != 200:
            raise _failure(502, f"answered with the status {reply.status}")
        try:
            return _token(parse(reply.body), asked)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _failure(502, "answered without a bearer token") from None


def _token(answer: Any, asked: float) -> Token:
    """Parse a token; without a valid lifetime, it is used until it is refused."""
    value, kind = answer["access_token"], answer.get("token_type", "bearer")
    if not value or not HEADER_VALUE.fullmatch(value) or kind.lower() != "bearer":
        raise ValueError
    said = str(answer.get("expires_in"))
    seconds = float(said) if LIFETIME.fullmatch(said) else math.inf
    return Token(value, asked + max(seconds - EARLY, seconds / 2), Mask((value,)))


def _with(headers: Headers, token: Token) -> Headers:
    return (*headers, ("Authorization", f"Bearer {token.value}"))


def _late() -> CallError:
    return _failure(504, "did not answer in time")


def _failure(status: int, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the authorization server of the upstream API {fault}"
    return CallError(status, title, detail)
