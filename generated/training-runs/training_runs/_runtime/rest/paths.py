"""Matches the path as the client sent it."""

import re
from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.heads import refusal_for_any_server
from ..http.responses import RawHeaders, problem, send_response

# Characters that RFC 3986 allows in a path segment without encoding.
PLAIN_MARKS = "!$&'()*+,;=:@"
PLAIN_PATH = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")


class RawPath:
    """ASGI middleware that matches routes with the encoded path.

    So an encoded slash is part of a path variable, not a separator.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its encoded path; refuse a malformed one."""
        if scope["type"] == "http":
            if error := _violation(scope["headers"]):
                await send_response(send, *problem(error))
                return
            scope["path"] = path_as_sent(scope)
        await self._app(scope, receive, send)


def _violation(headers: RawHeaders) -> CallError | None:
    """Return an error for a request whose faults other servers may not check."""
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    if refusal is None:
        return None
    return CallError(refusal.status, refusal.status.phrase, refusal.detail)


def path_as_sent(scope: Scope) -> str:
    """Normalize the percent-encoding of each segment in the path."""
    # Servers may omit the raw path, and some append the query to it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]
    if PLAIN_PATH.fullmatch(path):
        return path.decode()
    segments = path.split(b"/")
    return "/".join(quote(unquote_to_bytes(s), safe=PLAIN_MARKS) for s in segments)
