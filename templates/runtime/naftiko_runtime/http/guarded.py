"""Refuses requests before an application sees them."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from .guards import Guard
from .responses import problem, send_response

# RFC 6455, section 7.4.1.
POLICY_VIOLATION = 1008


class Guarded:
    """ASGI middleware that refuses requests as its guards decide, in their order."""

    def __init__(self, app: ASGIApp, guards: Iterable[Guard]) -> None:
        self._app = app
        self._guards = tuple(guards)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an allowed request on; refuse another with a problem document."""
        if scope["type"] != "lifespan":
            for guard in self._guards:
                if refusal := guard(scope):
                    await _refuse(scope, send, refusal)
                    return
            self.prepare(scope)
        await self._app(scope, receive, send)

    def prepare(self, scope: Scope) -> None:
        """Change the scope of an allowed request before it is passed on."""


async def _refuse(scope: Scope, send: Send, refusal: CallError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    else:
        await send_response(send, *problem(refusal))
