"""The credential of a user with HTTP Digest (RFC 7616)."""

import re
from functools import partial

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
from ..transport import Transport
from .pool import Pool

# Text without control characters and without bytes that aren't UTF-8.
CHALLENGE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


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
