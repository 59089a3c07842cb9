"""The connection pool of a client, which its upstreams share."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..configuration import BaseSettings, secrets_of
from ..transport import Credential, Transport, TransportMiddleware
from .client import PrivateUpstream, Upstream
from .decoding import ANSWER_LIMIT
from .masking import Mask
from .pool import Pool, open_transport
from .unset import exchange_unless


@dataclass(frozen=True, slots=True)
class ClientPool:
    """Builds the upstreams of a client; middleware wraps the requests to each."""

    user_agent: str
    settings: BaseSettings
    transport: Transport
    middleware: Sequence[TransportMiddleware]
    mask: Mask

    def upstream(self, base_uri: str) -> Upstream:
        """Build an upstream that gets no credential."""
        return Upstream(
            self.transport,
            self.settings.limits,
            base_uri,
            user_agent=self.user_agent,
            middleware=self.middleware,
        )

    def private_upstream(
        self,
        base_uri: str,
        credential: Credential | None = None,
        *,
        needs: Iterable[str] = (),
    ) -> PrivateUpstream:
        """Build an upstream that gets a credential.

        Without `credential`, requests contain it already, or the transport adds it. If
        a variable of `needs` is missing, all requests are refused.
        """
        way = credential.over(self.transport) if credential else self.transport
        return PrivateUpstream(
            exchange_unless(self.settings.unset.intersection(needs), way),
            self.settings.limits,
            base_uri,
            self.mask,
            user_agent=self.user_agent,
            middleware=self.middleware,
        )


@asynccontextmanager
async def open_pool(
    user_agent: str,
    settings: BaseSettings,
    transport: Transport | None,
    middleware: Sequence[TransportMiddleware],
    kind: type[Pool] = Pool,
    *,
    answer_limit: int = ANSWER_LIMIT,
) -> AsyncIterator[ClientPool]:
    """Open the connection pool, closed at exit, unless a transport replaces it.

    `answer_limit` is the most bytes of a response.
    """
    limits = settings.limits
    async with open_transport(limits, transport, kind, answer_limit) as exchange:
        mask = Mask(secrets_of(settings))
        yield ClientPool(user_agent, settings, exchange, middleware, mask)
