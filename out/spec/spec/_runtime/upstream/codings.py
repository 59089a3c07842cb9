"""The content codings of responses, in which a bomb of any size stays small."""

import zlib

from ..errors import Failure, NoAnswerError

MEBIBYTE = 1024 * 1024
MEMBERS = 1000
# A decoder copies the input after the end of a gzip member, so it gets small pieces.
PIECE = 64 * 1024


def too_large(limit: int) -> NoAnswerError:
    """Return the failure of a response with too long a body."""
    fault = f"answered with more than {limit // MEBIBYTE} MiB"
    return NoAnswerError(fault, kind=Failure.RESPONSE_TOO_LARGE)


def _malformed(fault: str) -> NoAnswerError:
    return NoAnswerError(fault, kind=Failure.MALFORMED_RESPONSE)


def decoded(body: bytes, coding: bytes, limit: int) -> bytes:
    """Decompress a body, of which at most `limit` bytes may come."""
    if not body or coding in (b"", b"identity"):
        return body
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        raise _malformed("answered in a content coding that was not asked for")
    try:
        return _inflated(body, limit)
    except zlib.error:
        raise _malformed("answered with damaged compressed data") from None


def _inflated(body: bytes, limit: int) -> bytes:
    """Decompress deflate, or gzip of one or more members; raises zlib.error."""
    plain, at = bytearray(), 0
    for _ in range(MEMBERS):
        decoder = zlib.decompressobj(47)
        while at < len(body) and not decoder.eof:
            piece = body[at : at + PIECE]
            plain += decoder.decompress(piece, limit + 1 - len(plain))
            if len(plain) > limit:
                raise too_large(limit)
            at += len(piece) - len(decoder.unused_data)
        if decoder.eof and at == len(body):
            return bytes(plain)
    raise zlib.error("cut short, or in too many members")
