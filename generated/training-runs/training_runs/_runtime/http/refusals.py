"""Responses that refuse a request before an application sees it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from .responses import SAFE

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response to an invalid or excessive request, which ends the connection."""

    status: HTTPStatus
    detail: str
    headers: tuple[Header, ...] = ()

    @property
    def all_headers(self) -> tuple[Header, ...]:
        """Return all headers of the response."""
        length = b"%d" % len(self.body)
        return (
            (b"content-type", b"application/problem+json"),
            (b"content-length", length),
            (b"connection", b"close"),
            *SAFE,
            *self.headers,
        )

    @property
    def body(self) -> bytes:
        """Return an RFC 9457 problem document."""
        title = self.status.phrase
        document = {"title": title, "status": self.status, "detail": self.detail}
        return json.dumps(document).encode()

    def response(self, headers: Iterable[Header]) -> bytes:
        """Return the bytes of the HTTP/1.1 response, with these additional headers."""
        lines = [
            b"HTTP/1.1 %d %s" % (self.status, self.status.phrase.encode()),
            *(b"%s: %s" % header for header in (*headers, *self.all_headers)),
        ]
        return b"\r\n".join((*lines, b"", self.body))


MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "the request is not valid HTTP/1.1")
LONG_HEAD = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "a request may have 100 headers and 64 KiB before its body",
)
LONG_TARGET = Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "a URL may have 16 KiB")
SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "the request came too slowly: send at least 1 KiB of the body a second",
)
ENCODED = Refusal(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "send the body without Content-Encoding",
    ((b"accept-encoding", b"identity"),),
)
BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too many requests at once; try again later",
    ((b"retry-after", b"1"),),
)
STOPPING = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "the server stops; the upstream may have accepted the request",
)


def malformed(detail: str) -> Refusal:
    """Return the refusal of a request that breaks a rule of HTTP/1.1."""
    return Refusal(HTTPStatus.BAD_REQUEST, detail)
