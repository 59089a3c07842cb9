"""Responses that an adapter builds without its upstream."""

import json

from starlette.types import Receive, Scope, Send

from ..errors import CallError, UnauthorizedError

RawHeaders = list[tuple[bytes, bytes]]
PROBLEM = (b"content-type", b"application/problem+json")
POLICY = b"content-security-policy"
PAGE: RawHeaders = [
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""Headers of an adapter's own pages, each of which has a policy of its own."""
SAFE: RawHeaders = [*PAGE, (POLICY, b"default-src 'none'; sandbox")]
"""Headers of every other response, which may have the HTML or SVG of an upstream.

No browser takes it for another type, runs it, or lets it act as the adapter's site.
"""


class Document:
    """A constant response to GET and HEAD."""

    def __init__(self, media_type: str, body: bytes, headers: RawHeaders) -> None:
        self._body = body
        self._headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ]
        has_policy = any(name == POLICY for name, _ in headers)
        self._safety = PAGE if has_policy else SAFE

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the document, or refuse other methods."""
        if scope["method"] in ("GET", "HEAD"):
            await send_response(send, 200, self._headers, self._body, self._safety)
        else:
            await send_response(send, *method_not_allowed("GET, HEAD"))


async def send_response(
    send: Send, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders = SAFE
) -> None:
    """Send a whole response, with the headers that make it safe in a browser."""
    headers = [*headers, *safety]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem(error: CallError) -> tuple[int, RawHeaders, bytes]:
    """Build an RFC 9457 problem document for an error."""
    document = {"title": error.title, "status": error.status, "detail": error.detail}
    body = json.dumps(document).encode()
    headers = [PROBLEM, (b"content-length", b"%d" % len(body))]
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after))
    if isinstance(error, UnauthorizedError):
        headers += challenges(error)
    return error.status, headers, body


def challenges(error: UnauthorizedError) -> RawHeaders:
    """Return the headers that name the schemes of credentials."""
    return [(b"www-authenticate", one.encode()) for one in error.challenges]


def method_not_allowed(allow: str) -> tuple[int, RawHeaders, bytes]:
    """Build the problem document of a path that has only the methods in `allow`."""
    status, headers, body = problem(
        CallError(405, "Method Not Allowed", f"this path answers {allow}")
    )
    return status, [*headers, (b"allow", allow.encode())], body
