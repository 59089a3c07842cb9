"""Refuses requests before an application sees them."""

from collections.abc import Awaitable, Iterable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError, UnauthorizedError
from .guards import OWN_PAGES, WaitingGuard
from .page import is_page, refusal_page
from .responses import PAGE, problem, send_response

# RFC 6455, section 7.4.1.
POLICY_VIOLATION = 1008


class Guarded:
    """ASGI middleware that asks guards about each request before an application.

    `credential` are curl's options that authenticate a client, for a page that says so;
    `pages` are the paths of the application's own pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        guards: Iterable[WaitingGuard],
        credential: Sequence[str] = (),
        pages: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._pages = frozenset(pages)
        self._guards = tuple(guards)
        self._credential = credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an allowed request on; refuse another."""
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome and (refusal := await settled(outcome)):
                    await refuse(scope, send, refusal, self._credential)
                    return
        await self._app(scope, receive, send)


async def settled(outcome: CallError | Awaitable[CallError | None]) -> CallError | None:
    """Return the refusal of a guard, after waiting for it if necessary."""
    return outcome if isinstance(outcome, CallError) else await outcome


async def refuse(
    scope: Scope, send: Send, refusal: CallError, credential: Sequence[str] = ()
) -> None:
    """Send a problem document, or close a WebSocket that isn't open yet.

    A browser that asks for a page gets one that says how to send the credential.
    """
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    elif credential and isinstance(refusal, UnauthorizedError) and is_page(scope):
        await send_response(send, *refusal_page(scope, refusal, credential), PAGE)
    else:
        await send_response(send, *problem(refusal))
