"""Removes credentials from responses of upstreams that repeat them."""

import base64
import json
import logging
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, urlsplit

from ..reply import Reply

SHORTEST = 6
"""The characters from which a text is searched for; shorter ones are often words."""
MASK = b"***"
# Characters that programs leave unencoded in the parts of a URL.
PLAIN = ("", "/", ":", "/:", "!$&'()*+,;=:@/", "!$&'()*+,;=:@/?")
LOG = logging.getLogger(__name__)


class Mask:
    """The texts of credentials, as responses may repeat them.

    They are plain, escaped in JSON, percent-encoded, or a part of a text in base64.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        forms = {
            form for text in texts if len(text) >= SHORTEST for form in _forms(text)
        }
        # A longer form may contain a shorter one.
        self._forms = sorted((form.encode() for form in forms), key=len, reverse=True)

    def applied(self, reply: Reply, url: str) -> Reply:
        """Return a response of a URL without the credentials.

        A header with one is dropped, and in a body that isn't passed on in pieces,
        `***` stands in its place.
        """
        body = reply.body
        head = b"\n".join(part for field in reply.raw_headers for part in field)
        if not (self._is_in(body) or self._is_in(head)):
            return reply
        host = urlsplit(url).netloc
        LOG.warning("a response of %s repeated a credential, which is removed", host)
        headers = tuple(
            field for field in reply.raw_headers if not any(map(self._is_in, field))
        )
        masked = self._masked(body) if self._is_in(body) else body
        return reply._replace(raw_headers=headers, body=masked)

    def _is_in(self, content: bytes) -> bool:
        return any(form in content for form in self._forms)

    def _masked(self, body: bytes) -> bytes:
        for form in self._forms:
            body = body.replace(form, MASK)
        return body


def _forms(text: str) -> Iterator[str]:
    yield text
    escaped = json.dumps(text)[1:-1]
    yield from (escaped, escaped.replace("/", "\\/"))
    for encoded in (quote_plus(text), *(quote(text, safe=plain) for plain in PLAIN)):
        yield from (encoded, _with_small_digits(encoded))
    for offset in range(3):
        piece = _base64_piece(text.encode(), offset)
        yield from (piece, piece.translate(str.maketrans("+/", "-_")))


def _with_small_digits(encoded: str) -> str:
    first, *others = encoded.split("%")
    return "%".join((first, *(part[:2].lower() + part[2:] for part in others)))


def _base64_piece(content: bytes, offset: int) -> str:
    """Return the characters that bytes have in base64 after others.

    `offset` is the number of the others beyond a multiple of three. Characters that
    depend on them, or on the bytes after the end, are left out.
    """
    whole = base64.b64encode(bytes(offset) + content).decode()
    first = (offset * 8 + 5) // 6
    return whole[first : (offset + len(content)) * 8 // 6]
