"""The exchanges with upstreams within a call, for a caller that reads on from one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ..transport import Reply


class Exchange(NamedTuple):
    """The URL of a request, and its response before a shape changes it."""

    url: str
    reply: Reply


EXCHANGES: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


def note_exchange(url: str, reply: Reply) -> Reply:
    """Remember an exchange if the call is watched; return its response."""
    exchanges = EXCHANGES.get()
    if exchanges is not None:
        exchanges.append(Exchange(url, reply))
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
