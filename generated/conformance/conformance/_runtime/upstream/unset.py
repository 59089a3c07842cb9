"""Turns off operations whose credentials are missing."""

from collections.abc import Iterable

from ..errors import CallError
from ..reply import Reply
from ..transport import Headers, Transport


def exchange_unless(unset: Iterable[str], exchange: Transport) -> Transport:
    """Return the transport, or one that refuses all requests if variables are unset."""
    names = sorted(unset)
    if not names:
        return exchange
    detail = f"this operation is off: {_said(names)} not set"

    async def refuse(_: str, __: str, ___: Headers, ____: bytes | None) -> Reply:
        raise CallError(503, "Service Unavailable", detail)

    return refuse


def _said(names: list[str]) -> str:
    *others, last = names
    if not others:
        return f"the environment variable {last} is"
    return f"the environment variables {', '.join(others)} and {last} are"
