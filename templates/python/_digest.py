"""HTTP Digest: challenges of the upstream are answered (RFC 7616)."""

from functools import partial

from aiohttp import DigestAuthMiddleware

from ._settings import SettingsError
from ._upstream import Pool, Transport


def digest(exchange: Transport, username: str, password: str) -> Transport:
    """Return the pool for a user; another transport authenticates by itself.

    A request that is challenged was refused, so it is sent once more, whatever its
    method; later ones carry the answer from the start. Raises SettingsError.
    """
    if ":" in username:
        raise SettingsError("the user name of HTTP Digest can't contain a colon")
    if not isinstance(exchange, Pool):
        return exchange
    return partial(exchange, middlewares=(DigestAuthMiddleware(username, password),))
