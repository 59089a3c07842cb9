"""The origins of upstreams: their addresses, and the connections that are idle."""

import asyncio
import base64
import errno
import functools
import logging
import netrc
import os
import re
import socket
import ssl
from asyncio.staggered import staggered_race
from contextvars import Context
from functools import partial
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, Self
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..errors import Failure, NoAnswerError, NotSentError
from ..observing.calls import UpstreamRequest
from ..transport import Headers, Reply
from .codings import decoded
from .connection import CARRIER, Connection

KEEP = 15.0
"""Seconds after which an idle connection is closed."""
RESOLVED = 10.0
"""Seconds in which the addresses of a name are used."""
DELAY = 0.25
"""Seconds before a connection to the next address is tried (RFC 8305)."""
PORTS = {"http": 80, "https": 443}
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that say nothing about a body that isn't there."""
LONG = 64 * 1024
"""The bytes of a request from which an upstream may respond before all are sent."""
URL = re.compile(r"(https?://[^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
UNSAFE = re.compile(r"[\0- #\x7f]")
LOG = logging.getLogger(__name__)

Address = tuple[Any, ...]
"""An address as `getaddrinfo` returns it."""


@functools.cache
def trusted() -> ssl.SSLContext:
    """Return the TLS settings with the authorities of the system."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Proxy(NamedTuple):
    """A proxy of the environment; `lines` are its credential in a head."""

    host: str
    port: int
    lines: str


class Origin:
    """A scheme, host and port, to which connections are opened and kept.

    With `trusts_env`, the proxies and credentials of the environment are used.
    """

    def __init__(
        self, root: str, tls: ssl.SSLContext | None, *, trusts_env: bool
    ) -> None:
        parts = urlsplit(root)
        self.host = host = _host(parts)
        self.port = parts.port or PORTS[parts.scheme]
        self.authority = authority(parts)
        is_secure = parts.scheme == "https"
        self.tls = (tls or trusted()) if is_secure else None
        self.proxy = _proxy(parts.scheme, host) if trusts_env else None
        self.start = ""
        """The text before paths, which proxies want that see requests."""
        self.lines = f"\r\nHost: {self.authority}"
        if self.proxy and not is_secure:
            self.start = f"http://{self.authority}"
            self.lines += self.proxy.lines
        self.credential = _credential(host) if trusts_env else ""
        self.idle: list[Connection[Origin]] = []
        self.distrusted = 0.0
        self.lookup: asyncio.Future[list[Address]] | None = None

    @property
    def peer(self) -> tuple[str, int]:
        """Return the host and port that connections are opened to."""
        return self.proxy[:2] if self.proxy else (self.host, self.port)

    def head(
        self, method: str, target: str, headers: Headers, length: int | None
    ) -> bytes:
        """Return the head of a request; `length` is that of its body, -1 for chunks.

        Raises ValueError for texts that would change the meaning of others.
        """
        fields = "".join([f"\r\n{name}: {value}" for name, value in headers])
        own, names = self.lines, fields.lower()
        if "\r\nhost:" in names:
            own = own.replace(f"\r\nHost: {self.authority}", "", 1)
        if self.credential and "\r\nauthorization:" not in names:
            own += f"\r\nAuthorization: {self.credential}"
        if length is None:
            own += "" if method in WITHOUT_BODY else "\r\nContent-Length: 0"
        elif length < 0:
            own += "\r\nTransfer-Encoding: chunked"
        else:
            own += f"\r\nContent-Length: {length}"
        text = f"{method} {self.start}{target} HTTP/1.1{own}{fields}\r\n\r\n"
        ends = own.count("\r\n") + len(headers) + 2
        if (
            (text.count("\r"), text.count("\n")) != (ends, ends)
            or UNSAFE.search(target)
            or "\0" in text
            or "\r\ncontent-length:" in names
            or "\r\ntransfer-encoding:" in names
        ):
            raise ValueError("a part of a request would change the others")
        return text.encode()


def authority(parts: SplitResult) -> str:
    """Return the host of a URL as requests have it, with a port that isn't usual."""
    host = _host(parts)
    name = f"[{host}]" if ":" in host else host
    is_usual = parts.port in (None, PORTS[parts.scheme])
    return name if is_usual else f"{name}:{parts.port}"


def _host(parts: SplitResult) -> str:
    return unquote(parts.hostname or "").rstrip(".")


def _proxy(scheme: str, host: str) -> Proxy | None:
    """Return the proxy that the environment has for a host."""
    url = getproxies().get(scheme)
    if not url or proxy_bypass(host):
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        LOG.warning("the proxy for %s isn't used: it must have an http:// URL", scheme)
        return None
    credential = _credential(parts.hostname)
    if parts.username:
        credential = _basic(unquote(parts.username), unquote(parts.password or ""))
    lines = f"\r\nProxy-Authorization: {credential}" if credential else ""
    return Proxy(parts.hostname, parts.port or PORTS["http"], lines)


def _credential(host: str) -> str:
    """Return the credential that a file `.netrc` has for a host."""
    path = os.environ.get("NETRC") or Path("~/.netrc").expanduser()
    try:
        entry = netrc.netrc(path).authenticators(host)
    except (OSError, RuntimeError, netrc.NetrcParseError):
        return ""
    return _basic(entry[0] or entry[1] or "", entry[2] or "") if entry else ""


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class Connections:
    """The connections of a process to all origins, closed at the end of the context."""

    def __init__(self, *, trusts_env: bool = False) -> None:
        self._trusts_env = trusts_env
        self._loop = asyncio.get_running_loop()
        self._origins: dict[tuple[str, ssl.SSLContext | None], Origin] = {}
        self._open: set[Connection[Origin]] = set()
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
        CARRIER.set(None)
        connection = await self.take(origin, is_new=len(request) > LONG)
        CARRIER.set(connection)
        try:
            await connection.send(request, limit, is_head=is_head, recorded=recorded)
            if recorded:
                recorded.status = connection.status
            content = decoded(connection.body(), connection.coding, limit)
            return Reply(connection.status, connection.headers, content)
        finally:
            self.release(origin, connection)

    async def take(self, origin: Origin, *, is_new: bool) -> "Connection[Origin]":
        """Return an idle connection or open one; raises NotSentError.

        A long body is sent over one that is new: a response to a part of it is no
        response to an earlier request then.
        """
        while origin.idle and not is_new:
            connection = origin.idle.pop()
            if connection.is_connected():
                return connection
            self._close(connection)
        try:
            connection = await self._opened(origin)
        except (OSError, UnicodeError, NoAnswerError) as error:
            raise _unreachable(origin, error) from None
        self._open.add(connection)
        return connection

    def release(self, origin: Origin, connection: "Connection[Origin]") -> None:
        """Keep a connection for further requests, or close it."""
        if not connection.may_be_kept():
            self._close(connection)
            return
        connection.idle_since = self._loop.time()
        origin.idle.append(connection)

    def _close(self, connection: "Connection[Origin]") -> None:
        self._open.discard(connection)
        connection.abort()

    def _sweep_later(self) -> None:
        # The timer belongs to no request.
        self._sweeping = self._loop.call_later(KEEP, self._sweep, context=Context())

    def _sweep(self) -> None:
        """Close connections that have been idle for long, and forget unused origins."""
        end = self._loop.time() - KEEP
        used = {connection.origin for connection in self._open}
        for origin in used:
            while origin.idle and origin.idle[0].idle_since <= end:
                self._close(origin.idle.pop(0))
        self._origins = {
            key: origin
            for key, origin in self._origins.items()
            if origin in used or origin.distrusted > monotonic()
        }
        self._sweeping = None
        if self._origins or self._open:
            self._sweep_later()

    async def _opened(self, origin: Origin) -> "Connection[Origin]":
        """Open a connection, through a tunnel if a proxy mustn't see requests."""
        make = partial(Connection, origin)
        raw = await self._connected(origin)
        if origin.tls is None:
            return (await self._loop.create_connection(make, sock=raw))[1]
        name = origin.host
        if origin.proxy is None:
            opening = self._loop.create_connection(
                make, sock=raw, ssl=origin.tls, server_hostname=name
            )
            return (await opening)[1]
        _, connection = await self._loop.create_connection(make, sock=raw)
        try:
            await _ask_for_tunnel(origin, connection)
            secured = await self._loop.start_tls(
                connection.transport, connection, origin.tls, server_hostname=name
            )
            connection.connection_made(secured)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _connected(self, origin: Origin) -> socket.socket:
        """Connect a socket to the address that answers first (RFC 8305)."""
        if origin.lookup is None:
            origin.lookup = self._looked_up(origin)
        addresses = await asyncio.shield(origin.lookup)
        # Later connections begin with another address.
        addresses.append(addresses.pop(0))
        first = [one for one in addresses if one[0] == addresses[0][0]]
        others = [one for one in addresses if one[0] != addresses[0][0]]
        mixed = [one for pair in zip_longest(first, others) for one in pair if one]
        attempts = [partial(self._attempt, one) for one in mixed]
        if len(attempts) == 1:
            return await attempts[0]()
        winner: socket.socket | None
        winner, _, errors = await staggered_race(attempts, DELAY)
        if winner is None:
            raise next(error for error in errors if error)
        return winner

    def _looked_up(self, origin: Origin) -> "asyncio.Future[list[Address]]":
        """Look a name up; all connections of the next seconds share the addresses."""
        host, port = origin.peer
        flags = 0 if ":" in host else socket.AI_ADDRCONFIG
        looking = self._loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=flags
        )
        lookup = asyncio.create_task(looking, context=Context())

        def forget(done: "asyncio.Future[list[Address]]") -> None:
            is_failed = done.cancelled() or done.exception()
            delay = 0.0 if is_failed else RESOLVED
            self._loop.call_later(delay, setattr, origin, "lookup", None)

        lookup.add_done_callback(forget)
        return lookup

    async def _attempt(self, address: Address) -> socket.socket:
        family, kind, protocol, _, peer = address
        raw = socket.socket(family, kind, protocol)
        try:
            raw.setblocking(False)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(raw, peer)
        except BaseException:
            raw.close()
            raise
        return raw


async def _ask_for_tunnel(origin: Origin, connection: "Connection[Origin]") -> None:
    """Ask a proxy for a connection to an upstream; nothing is sent to that one yet."""
    lines = origin.proxy.lines if origin.proxy else ""
    to = f"{origin.authority.removesuffix(f':{origin.port}')}:{origin.port}"
    request = f"CONNECT {to} HTTP/1.1\r\nHost: {to}{lines}\r\n\r\n"
    await connection.send(request.encode(), 0, is_head=True)
    if connection.status != 200:
        fault = f"its proxy answered with the status {connection.status}"
        raise NotSentError(fault, Failure.PROXY)
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
