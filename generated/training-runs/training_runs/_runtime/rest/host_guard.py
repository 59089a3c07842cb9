"""Refuses requests for other hosts or from other sites' pages."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.responses import RawHeaders, problem, send_response
from ..settings import Listener
from .paths import path_as_sent


class HostGuard:
    """ASGI middleware that refuses requests for other hosts or from other sites' pages.

    Other requests go straight to the router, because routes handle their own errors.
    They go through Starlette's middleware only if the user added middleware or
    handlers.
    """

    def __init__(self, app: Starlette, listener: Listener) -> None:
        self._app = app
        added = app.user_middleware[1:] or app.exception_handlers
        self._answer: ASGIApp = app if added else app.router
        self._hosts = frozenset(_folded(host.encode()) for host in listener.hosts)
        self._origins = frozenset(_folded(one.encode()) for one in listener.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an allowed request on; refuse another with a problem document."""
        scope["app"] = self._app
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refusal := self._refusal(scope["headers"]):
            await send_response(send, *problem(refusal))
        else:
            scope["path"] = path_as_sent(scope)
            await self._answer(scope, receive, send)

    def _refusal(self, headers: RawHeaders) -> CallError | None:
        for name, value in headers:
            if name == b"host" and not _is_one_of(self._hosts, value):
                return CallError(421, "Misdirected Request", "Host is not allowed")
            if name == b"origin" and not _is_one_of(self._origins, value):
                return CallError(403, "Forbidden", "Origin is not allowed")
        return None


def _is_one_of(names: frozenset[bytes], value: bytes) -> bool:
    return value in names or _folded(value) in names


def _folded(name: bytes) -> bytes:
    """Normalize the name of a host, without outer white space and in lower case."""
    return name.strip(b" \t").lower()
