"""Guards check requests before an application sees them."""

import os
import re
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
    Sequence,
)
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError, UnauthorizedError
from ..settings import Environment, Listener, allowed_hosts, allowed_origins, origins_of
from .messages import PAGE, own_path, problem, send_response
from .page import is_page, refusal_page

Guard = Callable[[MutableMapping[str, Any]], CallError | None]
"""A check of a request by its ASGI scope; it returns the refusal, or None.

The names in `scope["headers"]` are lower-case bytes. A guard mustn't wait; middleware
may.
"""
WaitingGuard = Callable[
    [MutableMapping[str, Any]], CallError | Awaitable[CallError | None] | None
]
"""A guard that may return an awaitable of its result."""
OTHER_HOST = CallError(421, "Misdirected Request", "Host is not allowed")
OTHER_ORIGIN = CallError(403, "Forbidden", "Origin is not allowed")
OTHER_SITE = CallError(403, "Forbidden", "requests of other sites need an Origin")
NAMES = frozenset((b"host", b"origin"))
SITE = b"sec-fetch-site"
OF_BROWSERS = frozenset((b"origin", SITE))
OTHER_SITES = (b"cross-site", b"same-site")
OWN_PAGES = "naftiko.own_pages"
"""A key of ASGI scopes: the paths of the adapter's own pages, which links may open."""
PORT = re.compile(rb"[0-9]{1,5}")
LOOPBACK = frozenset((b"localhost", b"127.0.0.1", b"[::1]"))

# RFC 6455, section 7.4.1.
POLICY_VIOLATION = 1008


class HostGuard:
    """A guard that allows only some values of `Host` and `Origin`.

    Without it, a website could reach the server through a visitor's browser (DNS
    rebinding). A browser sends no `Origin` with a picture or a link of another site;
    such a request is refused by its `Sec-Fetch-Site`. `hosts` include the port unless
    it is the scheme's default. By default, `origins` are `http://` and `https://` with
    each host.
    """

    def __init__(
        self, hosts: Iterable[str], origins: Iterable[str] | None = None
    ) -> None:
        names = tuple(hosts)
        own_or_given = origins_of(names) if origins is None else origins
        self._hosts = frozenset(_folded(name.encode()) for name in names)
        self._origins = frozenset(_folded(name.encode()) for name in own_or_given)

    def __call__(self, scope: Mapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        headers = scope["headers"]
        fields = dict(headers)
        is_default = len(fields) == len(headers) and OF_BROWSERS.isdisjoint(fields)
        if is_default and fields.get(b"host") in self._hosts:
            return None  # most requests: no header is repeated, or a browser's
        is_of_other_site = False
        for name, value in headers:
            if name in NAMES:
                is_host = name == b"host"
                allowed = self._hosts if is_host else self._origins
                if value not in allowed and _folded(value) not in allowed:
                    return OTHER_HOST if is_host else OTHER_ORIGIN
            elif name == SITE:
                is_of_other_site = _is_of_other_site(scope)
        return OTHER_SITE if is_of_other_site else None


class LocalGuard:
    """A guard for a server of unknown names, which allows those of this machine.

    `Host` may be a loopback name with any port, or the address that the server listens
    on by ASGI's `scope["server"]`. `Origin` may be the same host and port. `others` may
    allow further values.
    """

    def __init__(self, others: HostGuard) -> None:
        self._others = others

    def __call__(self, scope: Mapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        refusal = self._others(scope)
        if refusal is None or refusal is OTHER_SITE:
            return refusal
        hosts = {_folded(v) for name, v in scope["headers"] if name == b"host"}
        if not all(_is_local(host, scope) for host in hosts):
            return refusal
        sites = (_folded(v) for name, v in scope["headers"] if name == b"origin")
        is_own = all(site.partition(b"://")[2] in hosts for site in sites)
        if not is_own:
            return OTHER_ORIGIN
        return OTHER_SITE if _is_of_other_site(scope) else None


class OpenPages:
    """A guard of clients that lets every one read the adapter's own pages."""

    def __init__(self, guard: WaitingGuard) -> None:
        self._guard = guard

    def __call__(
        self, scope: MutableMapping[str, Any]
    ) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        is_read = scope.get("method") in ("GET", "HEAD")
        if is_read and own_path(scope) in scope.get(OWN_PAGES, ()):
            return None
        return self._guard(scope)


def guards_or_default(
    guards: Sequence[Guard] | None, prefix: str, env: Environment = os.environ
) -> Sequence[Guard]:
    """Return the guards, or the default guard of an adapter if they are None.

    The default guard works under any server. It allows the names of this machine, and
    those in the variables `_ALLOWED_HOSTS` and `_ALLOWED_ORIGINS` after `prefix`, which
    are read now. An allowed host is its own origin.
    """
    if guards is not None:
        return guards
    hosts = allowed_hosts(env, prefix)
    origins = (*origins_of(hosts), *allowed_origins(env, prefix))
    return (LocalGuard(HostGuard(hosts, origins)),)


def listener_guards(listener: Listener) -> tuple[Guard, ...]:
    """Return the guard of an adapter that listens on a known host and port."""
    return (HostGuard(listener.hosts, listener.origins),)


def _is_of_other_site(scope: Mapping[str, Any]) -> bool:
    """Return whether a browser sends a request without `Origin` for another site.

    A link to a page of the adapter's own isn't one: the page calls nothing by itself.
    """
    fields = dict(scope["headers"])
    if fields.get(SITE) not in OTHER_SITES or b"origin" in fields:
        return False
    is_link = fields.get(b"sec-fetch-mode") == b"navigate"
    return not (is_link and own_path(scope) in scope.get(OWN_PAGES, ()))


def _is_local(host: bytes, scope: Mapping[str, Any]) -> bool:
    name, _, port = host.rpartition(b":")
    if host in LOOPBACK or (name in LOOPBACK and PORT.fullmatch(port)):
        return True
    address, number = scope.get("server") or ("", None)
    own = f"[{address}]" if ":" in address else address
    return bool(own) and host in {own.encode(), f"{own}:{number}".encode()}


def _folded(name: bytes) -> bytes:
    """Normalize the name of a host, without outer white space and in lower case."""
    return name.strip(b" \t").lower()


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
                if outcome is not None and (refusal := await settled(outcome)):
                    self.note_refused(scope)
                    await refuse(scope, send, refusal, self._credential)
                    return
        await self._app(scope, receive, send)

    def note_refused(self, scope: Scope) -> None:
        """Let observers know which operation a refused request may be for."""


async def settled(
    outcome: CallError | Awaitable[CallError | None],
) -> CallError | None:
    """Return the outcome of a guard, which may have to wait for it."""
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
