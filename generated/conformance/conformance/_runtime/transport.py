"""The way to the network: a function that sends a request and returns the response."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from .reply import Reply

Headers = tuple[tuple[str, str], ...]
Transport = Callable[[str, str, Headers, bytes | None], Awaitable[Reply]]
"""A function that sends a request and returns the upstream's response.

Its arguments are method, URL, headers and body. It raises NotSentError, NoAnswerError,
or CallError if too many calls are in flight. A call that raised NotSentError or
ConnectionLostError may be repeated.
"""
TransportMiddleware = Callable[[Transport], Transport]
"""A function that wraps a transport, for example to log or to trace requests.

It is called once for each upstream. The transport that it returns is called for each
request, and again if the request is repeated.
"""


class Credential(Protocol):
    """A credential of requests to an upstream."""

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        ...


def wrap(transport: Transport, middleware: Iterable[TransportMiddleware]) -> Transport:
    """Return the transport inside the middleware, of which the first is outermost."""
    for one in reversed(tuple(middleware)):
        transport = one(transport)
    return transport
