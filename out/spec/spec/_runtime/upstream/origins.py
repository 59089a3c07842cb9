"""The origins of upstreams: where their requests go, and the heads of these."""

import base64
import functools
import logging
import netrc
import os
import re
import ssl
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..transport import Headers

PORTS = {"http": 80, "https": 443}
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that say nothing about a body that isn't there."""
URL = re.compile(r"(https?://[^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
UNSAFE = re.compile(r"[\0- #\x7f]")
UNSAFE_PART = "a part of a request would change the others"
LOG = logging.getLogger(__name__)


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
        # Most requests to an origin have the same headers.
        self._parts = functools.lru_cache(8)(self._checked)
        self.distrusted = 0.0
        """The time until which it is distrusted, as it has sent too many bytes."""

    @property
    def peer(self) -> tuple[str, int]:
        """Return the host and port that connections are opened to."""
        return self.proxy[:2] if self.proxy else (self.host, self.port)

    def is_distrusted(self) -> bool:
        """Return whether its connections mustn't be used again."""
        return bool(self.distrusted) and self.distrusted > monotonic()

    def head(
        self, method: str, target: str, headers: Headers, length: int | None
    ) -> bytes:
        """Return the head of a request; `length` is that of its body, -1 for chunks.

        Raises ValueError for texts that would change the meaning of others.
        """
        start, own, fields = self._parts(method, headers)
        if UNSAFE.search(target):
            raise ValueError(UNSAFE_PART)
        if length is None:
            framing = "" if method in WITHOUT_BODY else "\r\nContent-Length: 0"
        elif length < 0:
            framing = "\r\nTransfer-Encoding: chunked"
        else:
            framing = f"\r\nContent-Length: {length}"
        head = f"{start}{target} HTTP/1.1{own}{framing}{fields}\r\n\r\n"
        return head.encode()

    def _checked(self, method: str, headers: Headers) -> tuple[str, str, str]:
        """Return the parts of a head that depend on neither target nor body."""
        fields = "".join([f"\r\n{name}: {value}" for name, value in headers])
        own, names = self.lines, fields.lower()
        if "\r\nhost:" in names:
            own = own.replace(f"\r\nHost: {self.authority}", "", 1)
        if self.credential and "\r\nauthorization:" not in names:
            own += f"\r\nAuthorization: {self.credential}"
        text = f"{method}{self.start}{own}{fields}"
        ends = own.count("\r\n") + len(headers)
        if (
            (text.count("\r"), text.count("\n")) != (ends, ends)
            or "\0" in text
            or "\r\ncontent-length:" in names
            or "\r\ntransfer-encoding:" in names
        ):
            raise ValueError(UNSAFE_PART)
        return f"{method} {self.start}", own, fields


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
