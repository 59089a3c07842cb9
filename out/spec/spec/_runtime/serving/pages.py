"""Pages of the package itself, by their paths."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.authentication import Authentication, client_guards
from ..http.guards import Guard, Guarded
from ..http.messages import RawHeaders, method_not_allowed, problem, send_response
from ..observing.calls import CalledOperation, know
from ..values import json_bytes

Answer = tuple[int, RawHeaders, bytes]
"""The status, the headers and the body of a response."""
Page = Callable[[Scope], Answer]
JSON = (b"content-type", b"application/json")


class Pages:
    """An ASGI application of pages by path, each made for its request.

    Slow pages are made in a thread, so that calls don't wait for them.
    """

    def __init__(
        self, pages: Mapping[str, Page], slow: Collection[str] = frozenset()
    ) -> None:
        self._pages = pages
        self._slow = slow

    @property
    def paths(self) -> Collection[str]:
        """Return the paths of the pages."""
        return self._pages.keys()

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the page of a path, or a problem document."""
        if scope["type"] != "http":
            return
        is_slow = scope["path"] in self._slow
        answer = (
            await asyncio.to_thread(self._answer, scope)
            if is_slow
            else self._answer(scope)
        )
        await send_response(send, *answer)

    def _answer(self, scope: Scope) -> Answer:
        page = self._pages.get(scope["path"])
        if page is None:
            return problem(CallError(404, "Not Found", "there is no such path"))
        if scope["method"] not in ("GET", "HEAD"):
            return method_not_allowed("GET, HEAD")
        know(CalledOperation(scope["method"], scope["path"]))
        return page(scope)


def document(value: object, status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a response of JSON."""
    return content(json_bytes(value), JSON, *headers, status=status)


def content(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    """Return a response with its length."""
    return status, [*headers, (b"content-length", b"%d" % len(body))], body


def guarded(
    app: Pages,
    variables: str,
    guards: Sequence[Guard],
    authentication: Authentication | None,
) -> ASGIApp:
    """Return an application that checks its requests and authenticates clients."""
    all_guards = (*guards, *client_guards(authentication, variables))
    return Guarded(app, all_guards, pages=app.paths)
