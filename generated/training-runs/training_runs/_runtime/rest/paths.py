"""Matches the path as the client sent it."""

import re
from collections.abc import Sequence
from itertools import chain
from urllib.parse import quote, unquote_to_bytes

from starlette.routing import Match
from starlette.routing import Route as MatchedPath
from starlette.types import ASGIApp, Receive, Scope, Send

from ..http.mounting import PLAIN_MARKS
from ..http.responses import method_not_allowed, send_response

PLAIN_PATH = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")


def path_as_sent(scope: Scope) -> str:
    """Normalize the percent-encoding of each segment in the path."""
    # Servers may omit the raw path, and some append the query to it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]
    if PLAIN_PATH.fullmatch(path):
        return path.decode()
    segments = path.split(b"/")
    return "/".join(quote(unquote_to_bytes(s), safe=PLAIN_MARKS) for s in segments)


class ServedPath(MatchedPath):
    """A path with its methods; later paths that match may have other methods.

    Without methods, its application handles all of them. Requests that a path of
    `others` matches, with any method, aren't for this one.
    """

    def __init__(
        self,
        path: str,
        app: ASGIApp,
        methods: Sequence[str] = ("GET", "HEAD"),
        others: Sequence[MatchedPath] = (),
    ) -> None:
        super().__init__(path, app, methods=methods or None)
        self._allowed = methods
        self._others = others

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path matches, and its method: then the match is full."""
        if any(other.matches(scope)[0] is not Match.NONE for other in self._others):
            return Match.NONE, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, or refuse a method that no matching path has."""
        if not self.methods or scope["method"] in self.methods:
            await self.app(scope, receive, send)
            return
        paths = (one for one in scope["app"].routes if isinstance(one, ServedPath))
        matching = (one for one in paths if one.matches(scope)[0] is Match.PARTIAL)
        allowed = dict.fromkeys(chain.from_iterable(one._allowed for one in matching))
        await send_response(send, *method_not_allowed(", ".join(allowed)))
