"""Passes requests of clients on to an upstream."""

import asyncio
import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from aiohttp import hdrs

from ..errors import (
    CallError,
    ConnectionLostError,
    InvalidInputError,
    NoAnswerError,
    NotSentError,
)
from ..reply import Reply
from .client import REPEATABLE, Upstream, late
from .passage import Passage
from .request import Pairs, Request, query_text, target_text
from .urls import UNSAFE

# Characters that a path or query of RFC 3986 has, and those that browsers leave in one.
PATH = "/%!$&'()*+,;=:@~"
# A semicolon separates pairs for some servers, who would find a hidden name behind it.
QUERY = f'{PATH.replace(";", "")}?[]{{}}|\\^`"<>'


class Forwarded(NamedTuple):
    """A request to pass on.

    `path` is the path below the base URI, and `query` the query without its question
    mark, both as the client has encoded them. A path is empty or starts with a slash.
    """

    method: str
    path: str
    query: str
    headers: Pairs
    body: Passage


async def forward(
    upstream: Upstream,
    request: Forwarded,
    *,
    query: Pairs = (),
    headers: Pairs = (),
    without: Collection[str] = (),
    whole: bool = False,
) -> Reply:
    """Pass a request on and return the response, whose body may be a `Download`.

    `query` and `headers` override those of the client, and `without` names further
    parameters of the query that aren't passed on. With `whole`, the body is received
    before it is sent, as signers need it. Raises CallError if there is no response.
    """
    hidden = {*without, *(name for name, _ in query)}
    target = target_text(_path(request.path), _query(request.query, hidden, query))
    fields = upstream.headers.extended(_headers(request.headers, headers), None)
    request.body.patience.limit(upstream.timeout)
    body = await request.body.whole() if whole else request.body
    sent = request.method, upstream.base_uri + target, fields, body
    try:
        reply = await _exchanged(upstream, sent, has_upload=body.upload is not None)
        request.body.patience.renew()
        return upstream.checked(reply, request.method)
    except (NotSentError, NoAnswerError, CallError) as error:
        raise upstream.report(error, request.method) from None
    except asyncio.CancelledError:
        if request.body.patience.is_over:
            upstream.report(late(request.method), request.method)
        raise


async def _exchanged(
    upstream: Upstream, request: Request, *, has_upload: bool
) -> Reply:
    """Send a request, and repeat it once if that is allowed and may help."""
    upstream.budget.add_call()
    try:
        return await upstream.transport(*request)
    except (NotSentError, ConnectionLostError):
        is_repeatable = request[0] in REPEATABLE and not has_upload
        if not is_repeatable or not upstream.budget.take():
            raise
    return await upstream.transport(*request)


def _path(path: str) -> str:
    """Return a path; raises InvalidInputError for one that could leave the base URI."""
    decoded = unquote(unquote(path))
    if UNSAFE.search(decoded):
        raise InvalidInputError("path", "must not contain CR, LF or NUL")
    for piece in re.split(r"[/\\]", decoded):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError("path", "must not contain a relative path segment")
    return quote(path, safe=PATH)


def _query(query: str, hidden: Collection[str], own: Pairs) -> str:
    """Return the query of a client without the hidden parameters, and with own ones."""
    pairs = [
        pair
        for pair in query.split("&")
        if unquote_plus(pair.partition("=")[0]) not in hidden
    ]
    kept = quote("&".join(pairs), safe=QUERY)
    added = query_text(own)
    if not kept:
        return added
    return f"?{kept}&{added[1:]}" if added else f"?{kept}"


def _headers(given: Pairs, own: Pairs) -> Pairs:
    """Return the headers of a client and the own ones, which override them."""
    # A response in another coding could be read by no client that hasn't asked for it.
    names = {name.lower() for name, _ in own}
    kept = [(name, value) for name, value in given if name.lower() not in names]
    asked = {name.lower() for name, _ in (*kept, *own)}
    plain = hdrs.ACCEPT_ENCODING.lower() not in asked
    coding = [(hdrs.ACCEPT_ENCODING, "identity")] if plain else []
    return (*coding, *kept, *own)
