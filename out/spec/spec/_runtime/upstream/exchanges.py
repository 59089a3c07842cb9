"""The exchanges with upstreams within a call, for a caller that reads on from one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ..transport import Reply


@dataclass(slots=True)
class Exchange:
    """The URL of a request, and its response before a shape changes it."""

    url: str
    reply: Reply | None = None


EXCHANGES: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


def open_exchange(url: str) -> Exchange | None:
    """Return an exchange that begins if the call is watched.

    Exchanges side by side are in the order in which they begin.
    """
    exchanges = EXCHANGES.get()
    if exchanges is None:
        return None
    exchange = Exchange(url)
    exchanges.append(exchange)
    return exchange


def close_exchange(exchange: Exchange | None, reply: Reply) -> Reply:
    """Return the response of a request, which a watched call remembers."""
    if exchange is not None:
        exchange.reply = reply
    return reply


@contextmanager
def watched_exchanges() -> Iterator[list[Exchange]]:
    """Collect the exchanges within the context, also those of its tasks."""
    exchanges: list[Exchange] = []
    token = EXCHANGES.set(exchanges)
    try:
        yield exchanges
    finally:
        EXCHANGES.reset(token)
