"""HTTP Digest: challenges of the upstream are answered (RFC 7616)."""

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

from ._pool import Pool
from ._settings import SettingsError
from ._upstream import CallError, Transport

# No control characters, and nothing that isn't UTF-8.
CHALLENGE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


class Digest:
    """Answers challenges for a user; raises SettingsError.

    A request that is challenged was refused, so it is sent once more, whatever its
    method; later ones carry the answer from the start.
    """

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise SettingsError("the user name of HTTP Digest can't contain a colon")
        self._pair = username, password

    def over(self, exchange: Transport) -> Transport:
        """Return the pool for the user; another transport authenticates by itself."""
        if not isinstance(exchange, Pool):
            return exchange
        # Each upstream has challenges of its own. The middleware keeps one for later
        # requests before it reads it, so it mustn't see what it can't answer.
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
    """Say whether a challenge can be answered; those of other schemes aren't."""
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
