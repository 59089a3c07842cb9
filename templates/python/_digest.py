"""HTTP Digest: challenges of the upstream are answered (RFC 7616)."""

from functools import partial

from aiohttp import DigestAuthMiddleware

from ._settings import SettingsError
from ._upstream import Pool, Transport


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
        # Each upstream has challenges of its own.
        return partial(exchange, middlewares=(DigestAuthMiddleware(*self._pair),))
