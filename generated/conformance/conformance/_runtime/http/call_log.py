"""Logs a line for each call; the line contains no values from the client."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger(__name__)
PATH_LIMIT = 100


@dataclass(slots=True)
class LoggedCall:
    """A call to an adapter: its name in the log, and its status once known."""

    adapter: str
    name: str
    status: int | None = None
    begin: float = field(default_factory=time.perf_counter)

    def log(self) -> None:
        """Log the line of this call."""
        status = "no response" if self.status is None else self.status
        milliseconds = (time.perf_counter() - self.begin) * 1000
        LOG.info("%s %s %s %.1f ms", self.adapter, self.name, status, milliseconds)


CALL: ContextVar[LoggedCall | None] = ContextVar("call", default=None)
"""The current call, if calls are logged."""


def are_logged() -> bool:
    """Return whether the log level includes a line for each call."""
    return LOG.isEnabledFor(logging.INFO)


@contextmanager
def logged(adapter: str, name: str) -> Iterator[LoggedCall]:
    """Log a call when it ends; inside another of its adapter, rename that one instead.

    The other call may be of another package, which shares this module.
    """
    outer = CALL.get()
    if outer and outer.adapter != adapter:
        outer = None
    call = outer or LoggedCall(adapter, name)
    call.name = name
    token = CALL.set(call)
    try:
        yield call
    finally:
        CALL.reset(token)
        if outer is None:
            call.log()


class LoggedRequests:
    """ASGI middleware that logs each request to an adapter."""

    def __init__(self, app: ASGIApp, adapter: str, path: str) -> None:
        self._app = app
        self._adapter = adapter
        self._known = frozenset(path.split("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; log its line when it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = scope["path"]
        with logged(self._adapter, scope["method"]) as call:

            async def send_noting_status(message: Message) -> None:
                if message["type"] == "http.response.start" and call.status is None:
                    call.status = message["status"]
                await send(message)

            try:
                await self._app(scope, receive, send_noting_status)
            finally:
                if call.name == scope["method"]:
                    call.name = f"{scope['method']} {self._path(scope, sent)}"

    def _path(self, scope: Scope, sent: str) -> str:
        """Return the path of the route, with its placeholders instead of values.

        Values may be secret. A path without a route may contain secrets in any segment,
        so `*` replaces each segment that occurs in no route.
        """
        if route := scope.get("route"):
            return str(route.path)
        routes = getattr(scope.get("app"), "routes", ())
        paths = (route.path for route in routes)
        known = self._known.union(*(path.split("/") for path in paths))
        segments = (one if one in known else "*" for one in sent.split("/"))
        return "/".join(segments)[:PATH_LIMIT]
