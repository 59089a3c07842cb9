"""Signers: credentials that depend on the whole request."""

from abc import ABC, abstractmethod
from functools import partial

from ..reply import Reply
from ..transport import Headers, Transport


class Signer(ABC):
    """A credential that signs each request, and anew when it is repeated."""

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that signs each request before it passes it on."""
        return partial(self._send, exchange)

    @abstractmethod
    def signature(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Headers:
        """Return the headers that sign a request."""

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        added = self.signature(method, url, headers, body)
        return await exchange(method, url, (*headers, *added), body)
