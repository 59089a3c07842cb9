"""The connections to all upstreams: how they are opened, kept and closed."""

import asyncio
import errno
import os
import socket
import ssl
from asyncio.staggered import staggered_race
from collections import defaultdict
from contextvars import Context
from functools import partial
from itertools import zip_longest
from typing import Any, Self

from ..errors import Failure, NoAnswerError, NotSentError
from ..observing.calls import UpstreamRequest
from ..transport import Reply
from .codings import decoded
from .connection import CARRIER, Connection
from .origins import URL, Origin

KEEP = 15.0
"""Seconds after which an idle connection is closed."""
RESOLVED = 10.0
"""Seconds in which the addresses of a name are used."""
DELAY = 0.25
"""Seconds before a connection to the next address is tried (RFC 8305)."""
LONG = 64 * 1024
"""The bytes of a request from which an upstream may respond before all are sent."""
Address = tuple[Any, ...]
"""An address as `getaddrinfo` returns it."""


class Connections:
    """The connections of a process to all origins, closed at the end of the context."""

    def __init__(self, *, trusts_env: bool = False) -> None:
        self._trusts_env = trusts_env
        self._loop = asyncio.get_running_loop()
        self._origins: dict[tuple[str, ssl.SSLContext | None], Origin] = {}
        self._open: set[Connection] = set()
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self._lookups: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Return the connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all, also those that carry a request."""
        if self._sweeping:
            self._sweeping.cancel()
        for connection in self._open:
            connection.abort()
        # Transports end in the next turn of the loop.
        await asyncio.sleep(0)

    def find(self, url: str, tls: ssl.SSLContext | None = None) -> tuple[Origin, str]:
        """Return the origin of a URL, and the rest of the URL as requests have it.

        `tls` replaces the settings of the system.
        """
        at = url.find("/", len("https://"))
        root, target = (url[:at], url[at:]) if at > 0 else (url, "/")
        origin = self._origins.get((root, tls))
        if origin is None:
            split = URL.match(url)
            if split is None:
                raise ValueError("a URL of a request must begin with http or https")
            root, path, query = split.groups(default="")
            target = f"{path or '/'}{query}"
            origin = self._origins.get((root, tls)) or self._remembered(root, tls)
        return origin, target

    def _remembered(self, root: str, tls: ssl.SSLContext | None) -> Origin:
        origin = Origin(root, tls, trusts_env=self._trusts_env)
        self._origins[root, tls] = origin
        if self._sweeping is None:
            self._sweep_later()
        return origin

    async def exchange(
        self,
        origin: Origin,
        head: bytes,
        body: bytes | None = None,
        *,
        limit: int,
        is_head: bool = False,
        recorded: UpstreamRequest | None = None,
    ) -> Reply:
        """Send a request and return its response, whose body has at most `limit`."""
        request = head + body if body else head
        connection = self._kept(origin) if len(request) <= LONG else None
        if connection is None:
            connection = await self._new(origin)
        CARRIER.set(connection)
        try:
            await connection.send(request, limit, is_head=is_head, recorded=recorded)
            if recorded:
                recorded.status = connection.status
            content = decoded(connection.body(), connection.coding, limit)
            return Reply(connection.status, connection.headers, content)
        finally:
            self.release(origin, connection)

    async def take(self, origin: Origin, *, is_new: bool) -> Connection:
        """Return an idle connection or open one; raises NotSentError.

        A long body is sent over one that is new: a response to a part of it is no
        response to an earlier request then.
        """
        connection = None if is_new else self._kept(origin)
        return connection or await self._new(origin)

    def _kept(self, origin: Origin) -> Connection | None:
        """Return an idle connection, the latest first, and close those that ended."""
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.is_connected():
                return connection
            self._close(connection)
        return None

    async def _new(self, origin: Origin) -> Connection:
        CARRIER.set(None)
        try:
            connection = await self._opened(origin)
        except (OSError, UnicodeError, NoAnswerError) as error:
            raise _unreachable(origin, error) from None
        self._open.add(connection)
        return connection

    def release(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for further requests, or close it."""
        if not connection.may_be_kept():
            # Those that were opened earlier may have ended as well.
            others = self._idle.pop(origin, []) if connection.is_lost else []
            for ended in (connection, *others):
                self._close(ended)
            return
        connection.idle_since = self._loop.time()
        self._idle[origin].append(connection)

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.abort()

    def _sweep_later(self) -> None:
        # The timer belongs to no request.
        self._sweeping = self._loop.call_later(KEEP, self._sweep, context=Context())

    def _sweep(self) -> None:
        """Close connections that have been idle for long, and forget unused origins."""
        end = self._loop.time() - KEEP
        for idle in self._idle.values():
            while idle and idle[0].idle_since <= end:
                self._close(idle.pop(0))
        used = {connection.origin for connection in self._open}
        for origin in self._idle.keys() - used:
            del self._idle[origin]
        self._origins = {
            key: origin
            for key, origin in self._origins.items()
            if origin in used or origin.is_distrusted()
        }
        self._sweeping = None
        if self._origins or self._open:
            self._sweep_later()

    async def _opened(self, origin: Origin) -> Connection:
        """Open a connection, through a tunnel if a proxy mustn't see requests."""
        connection = await self._connected(origin)
        if origin.tls is None or origin.proxy is None:
            return connection
        try:
            await _ask_for_tunnel(origin, connection)
            secured = await self._loop.start_tls(
                connection.transport,
                connection,
                origin.tls,
                server_hostname=origin.host,
            )
            connection.connection_made(secured)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _connected(self, origin: Origin) -> Connection:
        """Connect to the address that answers first (RFC 8305)."""
        addresses = await self._addresses(origin.peer)
        family = addresses[0][0]
        first = [one for one in addresses if one[0] == family]
        others = [one for one in addresses if one[0] != family]
        # The next connection begins with another address.
        addresses[:] = (*first[1:], first[0], *others)
        mixed = [one for pair in zip_longest(first, others) for one in pair if one]
        attempts = [partial(self._attempt, origin, one) for one in mixed]
        if len(attempts) == 1:
            return await attempts[0]()
        winner: Connection | None
        winner, _, errors = await staggered_race(attempts, DELAY)
        if winner is None:
            raise next(error for error in errors if error)
        return winner

    async def _addresses(self, peer: tuple[str, int]) -> list[Address]:
        """Look a name up; all connections of the next seconds share the addresses."""
        lookup = self._lookups.get(peer)
        if lookup is None:
            flags = 0 if ":" in peer[0] else socket.AI_ADDRCONFIG
            looking = self._loop.getaddrinfo(
                *peer, type=socket.SOCK_STREAM, flags=flags
            )
            lookup = asyncio.create_task(looking, context=Context())
            self._lookups[peer] = lookup

            def forget(done: asyncio.Future[list[Address]]) -> None:
                is_failed = done.cancelled() or done.exception()
                delay = 0.0 if is_failed else RESOLVED
                self._loop.call_later(delay, self._lookups.pop, peer, None)

            lookup.add_done_callback(forget)
        return await asyncio.shield(lookup)

    async def _attempt(self, origin: Origin, address: Address) -> Connection:
        """Connect to an address, by TLS unless a proxy is there.

        The event loop makes the socket: uvloop doesn't forget one that it was given if
        TLS fails, and refuses the next with the same number.
        """
        family, _, protocol, _, (host, port, *scope) = address
        tls = None if origin.proxy else origin.tls
        opening = self._loop.create_connection(
            partial(Connection, origin),
            f"{host}%{scope[1]}" if any(scope[1:]) else host,
            port,
            ssl=tls,
            server_hostname=origin.host if tls else None,
            family=family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST,
        )
        return (await opening)[1]


async def _ask_for_tunnel(origin: Origin, connection: Connection) -> None:
    """Ask a proxy for a connection to an upstream; nothing is sent to that one yet."""
    lines = origin.proxy.lines if origin.proxy else ""
    to = f"{origin.authority.removesuffix(f':{origin.port}')}:{origin.port}"
    request = f"CONNECT {to} HTTP/1.1\r\nHost: {to}{lines}\r\n\r\n"
    await connection.send(request.encode(), 0, is_head=True)
    if connection.status != 200:
        fault = f"its proxy answered with the status {connection.status}"
        raise NotSentError(fault, Failure.PROXY)
    if connection.transport.is_closing():
        raise NotSentError("its proxy closed or misused the tunnel", Failure.PROXY)
    connection.requests = 0


def _unreachable(origin: Origin, error: Exception) -> NotSentError:
    """Return the reason for which there is no connection, without the URL."""
    match error:
        case ssl.SSLCertVerificationError():
            fault = f"its certificate isn't accepted: {error.verify_message}"
            return NotSentError(fault, Failure.CERTIFICATE)
        case ssl.SSLError():
            return NotSentError(f"TLS failed: {error.reason}", Failure.TLS)
        case socket.gaierror() | UnicodeError():
            fault, kind = "its name can't be looked up", Failure.DNS
        case OSError() if error.errno:
            is_refused = error.errno == errno.ECONNREFUSED
            kind = Failure.CONNECTION_FAILED
            kind = Failure.CONNECTION_REFUSED if is_refused else kind
            fault = os.strerror(error.errno)
        case _:
            fault, kind = type(error).__name__, Failure.CONNECTION_FAILED
    if origin.proxy:
        return NotSentError(f"its proxy: {fault}", Failure.PROXY)
    return NotSentError(fault, kind)
