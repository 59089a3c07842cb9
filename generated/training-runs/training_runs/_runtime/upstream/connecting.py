"""Origins of upstreams, and the connections to them: opened, kept and closed."""

import asyncio
import errno
import logging
import netrc
import os
import re
import socket
import ssl
from asyncio.staggered import staggered_race
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from functools import cache, lru_cache, partial
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..errors import Failure, NoAnswerError, NotSentError, Phase
from ..transport import Headers, Reply
from .connection import CARRIER, Connection, Outgoing
from .requests import basic

KEEP = 15.0
"""Seconds after which an idle connection is closed."""
DISTRUST = 60.0
"""Seconds without connection reuse after an upstream has sent too many bytes."""
RESOLVED = 10.0
"""Seconds in which the addresses of a name are used."""
DELAY = 0.25
"""Seconds before a connection to the next address is tried (RFC 8305)."""
LONG = 64 * 1024
"""The bytes of a request from which an upstream may respond before all are sent."""
PORTS = {"http": 80, "https": 443}
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that say nothing about a body that isn't there."""
URL = re.compile(r"(https?://[^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
UNSAFE = re.compile(r"[\0- #\x7f]")
LOG = logging.getLogger(__name__)
Address = tuple[Any, ...]
"""An address as `getaddrinfo` returns it."""


def client_tls() -> ssl.SSLContext:
    """Return TLS settings with the authorities of the system."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


shared_tls = cache(client_tls)


class Origin:
    """A scheme, host and port, to which connections are opened and kept.

    With `trusts_env`, the proxies and credentials of the environment are used.
    """

    def __init__(self, root: str, tls: ssl.SSLContext | None, trusts_env: bool) -> None:
        parts = urlsplit(root)
        self.host = host = _host(parts)
        self.port = parts.port or PORTS[parts.scheme]
        self.authority = authority(parts)
        is_secure = parts.scheme == "https"
        self.tls = (tls or shared_tls()) if is_secure else None
        proxy = _proxy(parts.scheme, host) if trusts_env else None
        self.is_behind_proxy = proxy is not None
        self.peer, self._proxy_lines = proxy or ((host, self.port), "")
        """The address to connect to, and the credential of a proxy there in a head."""
        self._start, self._lines = "", f"\r\nHost: {self.authority}"
        """The text before paths, which proxies want that see requests."""
        if proxy and not is_secure:
            self._start = f"http://{self.authority}"
            self._lines += self._proxy_lines
        self._credential = _credential(host) if trusts_env else ""
        # Most requests to an origin have the same headers.
        self._parts = lru_cache(8)(self._check)
        self._loop = asyncio.get_running_loop()
        self._lookup: asyncio.Task[list[Address]] | None = None
        self._opening = 0
        self._open: set[Connection] = set()
        self._idle: list[Connection] = []
        """Its open connections without a request, the latest at the end."""
        self._distrusted = 0.0
        """The time until which no connection is used again."""

    def head(
        self, method: str, target: str, headers: Headers, length: int | None
    ) -> bytes:
        """Return the head of a request; `length` is that of its body, -1 for chunks.

        Raises ValueError for texts that would change the meaning of others.
        """
        start, own, fields = self._parts(method, headers)
        if UNSAFE.search(target):
            raise ValueError("a target would change other parts of a request")
        if length is None:
            framing = "" if method in WITHOUT_BODY else "\r\nContent-Length: 0"
        elif length < 0:
            framing = "\r\nTransfer-Encoding: chunked"
        else:
            framing = f"\r\nContent-Length: {length}"
        return f"{start}{target} HTTP/1.1{own}{framing}{fields}\r\n\r\n".encode()

    def _check(self, method: str, headers: Headers) -> tuple[str, str, str]:
        """Return the parts of a head that depend on neither target nor body."""
        fields = "".join([f"\r\n{name}: {value}" for name, value in headers])
        own, names = self._lines, fields.lower()
        if "\r\nhost:" in names:
            own = own.replace(f"\r\nHost: {self.authority}", "", 1)
        if self._credential and "\r\nauthorization:" not in names:
            own += f"\r\nAuthorization: {self._credential}"
        text = f"{method}{self._start}{own}{fields}"
        ends = own.count("\r\n") + len(headers)
        if (
            (text.count("\r"), text.count("\n")) != (ends, ends)
            or "\0" in text
            or "\r\ncontent-length:" in names
            or "\r\ntransfer-encoding:" in names
        ):
            raise ValueError("a part of a request would change the others")
        return f"{method} {self._start}", own, fields

    async def exchange(self, request: Outgoing) -> Reply:
        """Send a request and return its response."""
        connection = await self.take(is_new=len(request.content) > LONG)
        try:
            await connection.send(request)
            return connection.reply()
        finally:
            self.release(connection)

    async def take(self, *, is_new: bool) -> Connection:
        """Return the latest idle connection or open one; raises NotSentError.

        A long body is sent over one that is new: a response to a part of it is no
        response to an earlier request then.
        """
        while self._idle and not is_new:
            connection = self._idle.pop()
            if connection.is_connected() and not self._is_distrusted():
                break
            self._close(connection)
        else:
            CARRIER.set(Phase.CONNECTING)
            self._opening += 1
            try:
                connection = await self._connect()
            except (OSError, UnicodeError, NoAnswerError) as error:
                raise self._unreachable(error) from None
            finally:
                self._opening -= 1
            self._open.add(connection)
        CARRIER.set(connection)
        return connection

    def release(self, connection: Connection) -> None:
        """Keep a connection for further requests, or close it."""
        if connection.may_be_kept() and not self._is_distrusted():
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            return
        self._close(connection)
        # Those that were opened earlier may have ended as well.
        while connection.is_lost and self._idle:
            self._close(self._idle.pop())

    def sweep(self) -> bool:
        """Close connections that have been idle for long; return whether it is used."""
        end = self._loop.time() - KEEP
        while self._idle and self._idle[0].idle_since <= end:
            self._close(self._idle.pop(0))
        return bool(self._opening or self._open or self._is_distrusted())

    def close(self) -> None:
        """Close all connections, also those that carry a request."""
        for connection in self._open:
            connection.abort()

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.abort()

    def _distrust(self) -> None:
        """Distrust the upstream for some time, as it has sent too many bytes."""
        self._distrusted = monotonic() + DISTRUST

    def _is_distrusted(self) -> bool:
        return self._distrusted > 0 and self._distrusted > monotonic()

    async def _connect(self) -> Connection:
        """Open a connection, first to addresses of the family that comes first."""
        addresses = await self._addresses()
        family = addresses[0][0]
        first = [address for address in addresses if address[0] == family]
        others = [address for address in addresses if address[0] != family]
        # The next connection begins with another address.
        addresses[:] = (*first[1:], first[0], *others)
        pairs = zip_longest(first, others)
        order = [address for pair in pairs for address in pair if address]
        connection = await (self._race(order) if order[1:] else self._attempt(order[0]))
        if self.tls and self.is_behind_proxy:
            await self._secure(connection, self.tls)
        return connection

    async def _race(self, addresses: list[Address]) -> Connection:
        """Try an address after the other, without waiting for slow ones (RFC 8305)."""
        connections: list[Connection] = []

        async def attempt(address: Address) -> None:
            connections.append(await self._attempt(address))

        attempts = [partial(attempt, address) for address in addresses]
        try:
            _, _, errors = await staggered_race(attempts, DELAY)
        except asyncio.CancelledError:
            for connection in connections:
                connection.abort()
            raise
        if not connections:
            raise next(error for error in errors if error)
        return connections[0]

    async def _addresses(self) -> list[Address]:
        """Look a name up; all connections of the next seconds share the addresses."""
        if self._lookup is None:
            flags = 0 if ":" in self.peer[0] else socket.AI_ADDRCONFIG
            kind = socket.SOCK_STREAM
            looking = self._loop.getaddrinfo(*self.peer, type=kind, flags=flags)
            self._lookup = asyncio.create_task(looking, context=Context())
            self._lookup.add_done_callback(self._forget_later)
        return await asyncio.shield(self._lookup)

    def _forget_later(self, lookup: asyncio.Task[list[Address]]) -> None:
        is_failed = lookup.cancelled() or lookup.exception()
        delay = 0.0 if is_failed else RESOLVED
        self._loop.call_later(delay, setattr, self, "_lookup", None)

    async def _attempt(self, address: Address) -> Connection:
        """Connect to an address, by TLS unless a proxy is there.

        The event loop makes the socket: uvloop doesn't forget one that it was given if
        TLS fails, and refuses the next with the same number.
        """
        family, _, protocol, _, (host, port, *scope) = address
        _, connection = await self._loop.create_connection(
            partial(Connection, self._distrust),
            f"{host}%{scope[1]}" if any(scope[1:]) else host,
            port,
            family=family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST,
        )
        if self.tls and not self.is_behind_proxy:
            await self._secure(connection, self.tls)
        return connection

    async def _secure(self, connection: Connection, tls: ssl.SSLContext) -> None:
        """Begin TLS, by a tunnel if there is a proxy, which mustn't see requests."""
        try:
            if self.is_behind_proxy:
                await self._ask_for_tunnel(connection)
            await connection.secure(tls, self.host)
        except BaseException:
            connection.abort()
            raise

    async def _ask_for_tunnel(self, connection: Connection) -> None:
        """Ask a proxy for a connection; nothing is sent to the upstream yet."""
        to = f"{self.authority.removesuffix(f':{self.port}')}:{self.port}"
        head = f"CONNECT {to} HTTP/1.1\r\nHost: {to}{self._proxy_lines}\r\n\r\n"
        await connection.send(Outgoing(head.encode(), is_head=True, limit=0))
        if connection.status != 200:
            fault = f"its proxy answered with the status {connection.status}"
            raise NotSentError(fault, Failure.PROXY)
        if connection.transport.is_closing():
            raise NotSentError("its proxy closed or misused the tunnel", Failure.PROXY)
        connection.requests = 0

    def _unreachable(self, error: Exception) -> NotSentError:
        """Return the reason for which there is no connection, without the URL."""
        fault, kind = type(error).__name__, Failure.CONNECTION_FAILED
        match error:
            case ssl.SSLCertVerificationError():
                fault = f"its certificate isn't accepted: {error.verify_message}"
                return NotSentError(fault, Failure.CERTIFICATE)
            case ssl.SSLError():
                return NotSentError(f"TLS failed: {error.reason}", Failure.TLS)
            case socket.gaierror() | UnicodeError():
                fault, kind = "its name can't be looked up", Failure.DNS
            case OSError() if error.errno:
                fault = os.strerror(error.errno)
                if error.errno == errno.ECONNREFUSED:
                    kind = Failure.CONNECTION_REFUSED
            case _:
                pass
        if self.is_behind_proxy:
            return NotSentError(f"its proxy: {fault}", Failure.PROXY)
        return NotSentError(fault, kind)


class Connections(AbstractAsyncContextManager["Connections"]):
    """The connections of a process to all origins, closed at the end of the context."""

    def __init__(self, *, trusts_env: bool = False) -> None:
        self._trusts_env = trusts_env
        self._origins: dict[tuple[str, ssl.SSLContext | None], Origin] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def __aexit__(self, *_: object) -> None:
        """Close all."""
        if self._sweeping:
            self._sweeping.cancel()
        for origin in self._origins.values():
            origin.close()
        # Transports end in the next turn of the loop.
        await asyncio.sleep(0)

    def find(self, url: str, tls: ssl.SSLContext | None = None) -> tuple[Origin, str]:
        """Return the origin of a URL and the rest of it; `tls` replaces the default."""
        at = url.find("/", len("https://"))
        root, target = (url[:at], url[at:]) if at > 0 else (url, "/")
        origin = self._origins.get((root, tls))
        if origin is None:
            root, target = split_url(url)
            origin = self._origins.get((root, tls))
        if origin is None:
            origin = Origin(root, tls, self._trusts_env)
            self._origins[root, tls] = origin
            self._sweep_later()
        return origin, target

    def _sweep_later(self) -> None:
        if self._sweeping is None and self._origins:
            loop = asyncio.get_running_loop()
            # The timer belongs to no request.
            self._sweeping = loop.call_later(KEEP, self._sweep, context=Context())

    def _sweep(self) -> None:
        """Forget unused origins."""
        origins = [*self._origins.items()]
        self._origins = {key: origin for key, origin in origins if origin.sweep()}
        self._sweeping = None
        self._sweep_later()


def split_url(url: str) -> tuple[str, str]:
    """Return the origin of a URL, and the rest of the URL as requests have it."""
    split = URL.match(url)
    if split is None:
        raise ValueError("a URL of a request must begin with http or https")
    root, path, query = split.groups(default="")
    return root, f"{path or '/'}{query}"


def authority(parts: SplitResult) -> str:
    """Return the host of a URL as requests have it, with a port that isn't the default.

    The zone of an address has a meaning only on this machine.
    """
    host = _host(parts).partition("%")[0]
    name = f"[{host}]" if ":" in host else host
    is_default = parts.port in (None, PORTS[parts.scheme])
    return name if is_default else f"{name}:{parts.port}"


def _host(parts: SplitResult) -> str:
    return unquote(parts.hostname or "").rstrip(".")


def _proxy(scheme: str, host: str) -> tuple[tuple[str, int], str] | None:
    """Return the address of the environment's proxy for a host, and its credential."""
    url = getproxies().get(scheme)
    if not url or proxy_bypass(host):
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        LOG.warning("the proxy for %s isn't used: it must have an http:// URL", scheme)
        return None
    credential = _credential(parts.hostname)
    if parts.username:
        credential = basic(unquote(parts.username), unquote(parts.password or ""))
    lines = f"\r\nProxy-Authorization: {credential}" if credential else ""
    return (parts.hostname, parts.port or PORTS["http"]), lines


def _credential(host: str) -> str:
    """Return the credential that a file `.netrc` has for a host."""
    path = os.environ.get("NETRC") or Path("~/.netrc").expanduser()
    try:
        entry = netrc.netrc(path).authenticators(host)
    except (OSError, RuntimeError, netrc.NetrcParseError):
        return ""
    return basic(entry[0] or entry[1] or "", entry[2] or "") if entry else ""
