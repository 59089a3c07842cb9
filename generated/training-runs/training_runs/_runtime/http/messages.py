"""HTTP messages: heads that the parser leaves open, responses and problems."""

import json
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import CallError, UnauthorizedError
from ..observing.calls import Call, CalledOperation, note_reason, observe_call

# Characters that RFC 3986 allows in a path segment without encoding.
PLAIN_MARKS = "!$&'()*+,;=:@"

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

Header = tuple[bytes, bytes]
CONTROLS = bytes((*range(9), *range(10, 32), 127))
"""Characters that no header may have."""

HEAD_BYTES = 64 * 1024
HEADERS = 100
TARGET_BYTES = 16 * 1024
PATH_LIMIT = 100
SCHEME = b"http://"
CODINGS = frozenset((b"transfer-encoding", b"content-encoding"))
CHECKED = "naftiko.heads_checked"
"""A key of ASGI scopes: the server has checked the head by the rules below."""
STREAMED = "naftiko.body_is_streamed"
"""A key of ASGI scopes: the application keeps no bytes of the request's body."""


def own_path(scope: Mapping[str, Any]) -> str:
    """Return the path of a request without the prefix, which is ASGI's `root_path`."""
    path: str = scope["path"]
    root = scope.get("root_path")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def encoded_prefix(scope: Scope) -> str:
    """Encode the prefix, which servers and mounts decode, like the path that has it."""
    return quote(scope.get("root_path", ""), safe=f"/{PLAIN_MARKS}")


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


def is_header_value(text: bytes) -> bool:
    """Return whether a header may have a text as its value."""
    # A search by a regular expression takes five times as long for short texts.
    return text.translate(None, CONTROLS) == text


class Responder:
    """A `send` of ASGI that takes whole responses too.

    That of the package's server is one: it writes a usual response at once. Middleware
    that wraps it gets the messages of ASGI, unless its own `send` is one as well.
    """

    async def respond(
        self, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders
    ) -> None:
        """Send a whole response; `safety` are further headers, which are constant."""
        raise NotImplementedError("a subclass sends the response")


def send_response(
    send: Send, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders = SAFE
) -> Awaitable[None]:
    """Send a whole response, with the headers that make it safe in a browser.

    That takes no messages of ASGI where it is possible.
    """
    if isinstance(send, Responder):
        return send.respond(status, headers, body, safety)
    return send_messages(send, status, headers, body, safety)


async def send_messages(
    send: Send, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders
) -> None:
    """Send a whole response in two messages of ASGI."""
    headers = [*headers, *safety]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem(error: CallError) -> tuple[int, RawHeaders, bytes]:
    """Build an RFC 9457 problem document for an error, which observers get as well."""
    note_reason(error)
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
    return [(b"www-authenticate", text.encode()) for text in error.challenges]


def method_not_allowed(allow: str) -> tuple[int, RawHeaders, bytes]:
    """Build the problem document of a path that has only the methods in `allow`."""
    status, headers, body = problem(
        CallError(405, "Method Not Allowed", f"this path answers {allow}")
    )
    return status, [*headers, (b"allow", allow.encode())], body


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response to an invalid or excessive request, which ends the connection."""

    status: HTTPStatus
    detail: str
    headers: tuple[Header, ...] = ()

    @property
    def error(self) -> CallError:
        """Return the refusal as other refusals of clients."""
        return CallError(self.status, self.status.phrase, self.detail)

    def message(self) -> tuple[int, RawHeaders, bytes]:
        """Build the problem document of the refusal, with its further headers."""
        status, headers, body = problem(self.error)
        return status, [*headers, (b"connection", b"close"), *self.headers], body

    def response(self, headers: Iterable[Header]) -> bytes:
        """Return the bytes of the HTTP/1.1 response, with these additional headers."""
        _, own, body = self.message()
        lines = [
            b"HTTP/1.1 %d %s" % (self.status, self.status.phrase.encode()),
            *(b"%s: %s" % header for header in (*headers, *own, *SAFE)),
        ]
        return b"\r\n".join((*lines, b"", body))


# --- requests that are refused --------------------------------------------------------

breach = partial(Refusal, HTTPStatus.BAD_REQUEST)
MALFORMED = breach("the request is not valid HTTP/1.1")
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


VERSION = breach("the request is neither HTTP/1.1 nor HTTP/1.0")
HOST = breach("send one Host header")
CODING = breach("chunked is the only transfer coding, and needs HTTP/1.1")
FRAMING = breach("send either Content-Length or Transfer-Encoding")
TARGET = breach("the target must be a path, or a URL whose host is that of Host")
FRAGMENT = breach("a target has no fragment: write # as %23")


def refusal_of(
    version: str,
    target: bytes,
    headers: Sequence[Header],
    fields: Mapping[bytes, bytes],
) -> Refusal | None:
    """Return the refusal of an invalid head, or None if the head is valid.

    `fields` are the headers by their names.
    """
    if version not in ("1.1", "1.0"):
        return VERSION
    if len(target) > TARGET_BYTES:
        return LONG_TARGET
    if b"#" in target:
        return FRAGMENT
    if len(headers) > HEADERS:
        return LONG_HEAD
    if b"host" in fields and len(fields) == len(headers) and CODINGS.isdisjoint(fields):
        return None  # most requests: no repeated header and no coding
    names = [name for name, _ in headers]
    if version == "1.1" and b"host" not in names:
        return HOST
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and b"content-length" in names:
        return FRAMING
    is_chunked = [coding.strip().lower() for coding in codings] == [b"chunked"]
    if codings and (version == "1.0" or not is_chunked):
        return CODING
    return refusal_for_any_server(headers, names)


def refusal_for_any_server(
    headers: Sequence[Header], names: Sequence[bytes]
) -> Refusal | None:
    """Return the refusal by the rules that other ASGI servers may leave unchecked."""
    if names.count(b"host") > 1:
        return HOST
    codings = [value for name, value in headers if name == b"content-encoding"]
    is_encoded = any(
        value.strip().lower() not in (b"identity", b"") for value in codings
    )
    return ENCODED if is_encoded and has_body(headers) else None


def path_of(target: bytes, headers: Sequence[Header]) -> bytes | None:
    """Return the path and query of a target, or None if it names another host."""
    if target.startswith(b"/") or target == b"*":
        return target
    if target[: len(SCHEME)].lower() != SCHEME:
        return None
    rest = target[len(SCHEME) :]
    end = min((place for mark in b"/?" if (place := rest.find(mark)) >= 0), default=-1)
    host, path = (rest, b"/") if end < 0 else (rest[:end], rest[end:])
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts or host.lower() != hosts[0].strip(b" \t").lower():
        return None
    return path if path.startswith(b"/") else b"/" + path


def has_body(headers: Sequence[Header]) -> bool:
    """Return whether a body follows the head."""
    fields = dict(headers)
    # The parser has refused values other than digits.
    length = int(fields.get(b"content-length", b"0"))
    return length > 0 or b"transfer-encoding" in fields


def head_without_upgrade(
    method: bytes, target: bytes, version: str, headers: Sequence[Header]
) -> bytes:
    """Return the head without its Upgrade header, which a server may ignore."""
    line = b"%s %s HTTP/%s" % (method, target, version.encode())
    others = [b"%s: %s" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join((line, *others, b"", b""))


def size_of(target: bytes, headers: Sequence[Header]) -> int:
    """Return the size of a head in bytes, without its method and white space."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)


# --- requests as calls ----------------------------------------------------------------


class ObservedRequests:
    """ASGI middleware that records each request to an adapter as a call.

    `path` is that of the adapter's URL.
    """

    def __init__(self, app: ASGIApp, kind: str, adapter: str, path: str) -> None:
        self._app = app
        self._kind = kind
        self._adapter = adapter
        self._segments = frozenset(path.split("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and record it until it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        operation = CalledOperation(scope["method"])
        with observe_call(self._kind, self._adapter, operation, scope) as call:
            try:
                await self._app(scope, receive, _NotingStatus(call, send))
            finally:
                if not call.is_known:
                    operation.target = self._path(scope, path)

    def _path(self, scope: Scope, path: str) -> str:
        """Return a path without a route, whose segments may be secrets.

        `*` replaces each segment that occurs in no route.
        """
        if route := scope.get("route"):
            return str(route.path)
        routes = getattr(scope.get("app"), "routes", ())
        paths = (route.path for route in routes)
        names = self._segments.union(*(path.split("/") for path in paths))
        segments = (name if name in names else "*" for name in path.split("/"))
        return "/".join(segments)[:PATH_LIMIT]


class _NotingStatus(Responder):
    """A `send` that notes the status of a call before the response leaves."""

    __slots__ = ("_call", "_send")

    def __init__(self, call: Call, send: Send) -> None:
        self._call = call
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Send a part of the response."""
        if message["type"] == "http.response.start":
            self._note(message["status"])
        await self._send(message)

    async def respond(
        self, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders
    ) -> None:
        """Send a whole response."""
        self._note(status)
        await send_response(self._send, status, headers, body, safety)

    def _note(self, status: int) -> None:
        self._call.response = status
        if self._call.status is None:
            self._call.status = status
        self._call.answer()
