"""Reads responses, decompressed and of bounded size."""

import zlib

import aiohttp
from aiohttp import hdrs

from ..errors import NoAnswerError
from ..reply import Reply

MEBIBYTE = 1024 * 1024
ANSWER_LIMIT = 16 * MEBIBYTE
MEMBERS = 1000
# A decoder copies the input after the end of a gzip member, so it gets small pieces.
PIECE = 64 * 1024


async def read_response(
    response: aiohttp.ClientResponse, limit: int = ANSWER_LIMIT
) -> Reply:
    """Read a whole response, up to the limit in bytes, and decompress it."""
    # The Content-Length of a response to HEAD is about a body that isn't sent.
    announced = 0 if response.method == hdrs.METH_HEAD else response.content_length
    if announced is not None and announced > limit:
        raise _too_large(limit)
    if response.content.is_eof():
        body = response.content.read_nowait()  # the body arrived with the head
    elif announced is not None:
        body = await response.read()
    else:
        body = await _counted(response, limit)
    if body and hdrs.CONTENT_ENCODING in response.headers:
        codings = response.headers.getall(hdrs.CONTENT_ENCODING)
        body = _decompressed(body, ",".join(codings).strip().lower(), limit)
    return Reply(response.status, response.raw_headers, body)


def _too_large(limit: int) -> NoAnswerError:
    return NoAnswerError(f"answered with more than {limit // MEBIBYTE} MiB")


async def _counted(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body whose length isn't known, up to the limit."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _decompressed(body: bytes, coding: str, limit: int) -> bytes:
    if coding == "identity":
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NoAnswerError("answered in a content coding that was not asked for")
    try:
        return _inflated(body, limit)
    except zlib.error:
        raise NoAnswerError("answered with damaged compressed data") from None


def _inflated(body: bytes, limit: int) -> bytes:
    """Decompress deflate, or gzip of one or more members; raises zlib.error."""
    plain, at = bytearray(), 0
    for _ in range(MEMBERS):
        decoder = zlib.decompressobj(47)
        while at < len(body) and not decoder.eof:
            piece = body[at : at + PIECE]
            plain += decoder.decompress(piece, limit + 1 - len(plain))
            if len(plain) > limit:
                raise _too_large(limit)
            at += len(piece) - len(decoder.unused_data)
        if decoder.eof and at == len(body):
            return bytes(plain)
    raise zlib.error("cut short, or in too many members")
