"""Requests of clients to guarded adapters, by each way to an operation."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from anyio import to_thread
from odd_requests import LEGACY, MODERN, plain
from raw_http import Answer, ask
from service import Service

Fields = tuple[tuple[str, str], ...]


class Way(Enum):
    """A way from a client to the upstream."""

    REST = "rest"
    FAST_LEGACY = "fast path, 2025-11-25"
    FAST_MODERN = "fast path, 2026-07-28"
    SDK_LEGACY = "SDK, 2025-11-25"
    SDK_MODERN = "SDK, 2026-07-28"

    @property
    def kind(self) -> str:
        """Return the kind of adapter, which its namespace ends in."""
        return "rest" if self is Way.REST else "mcp"


REVISIONS = {
    Way.FAST_LEGACY: LEGACY,
    Way.SDK_LEGACY: LEGACY,
    Way.FAST_MODERN: MODERN,
    Way.SDK_MODERN: MODERN,
}
IN_NEED_OF_THE_SDK = ("application/json;q=0.9, text/event-stream",)


@dataclass(frozen=True)
class Attempt:
    """The credentials of a request: headers, and an addition to the target."""

    fields: Fields = ()
    query: str = ""


async def call(service: Service, guard: str, way: Way, attempt: Attempt) -> Answer:
    """Call the operation through the adapter with a guard."""
    url = service.url(f"{guard}-{way.kind}")
    return await to_thread.run_sync(ask, url, write_call(url, way, attempt))


async def send(
    url: str, method: str, target: str, fields: Iterable[tuple[str, str]], body: bytes
) -> Answer:
    """Send a request with exactly these headers, and Host."""
    head = _head(url, method, target, fields)
    return await to_thread.run_sync(ask, url, [head, body])


def write_call(url: str, way: Way, attempt: Attempt) -> tuple[bytes, bytes]:
    """Return the head and the body of a call."""
    fields, body = _message(way)
    target = ("/things" if way is Way.REST else "/mcp") + attempt.query
    method = "GET" if way is Way.REST else "POST"
    return _head(url, method, target, (*fields, *attempt.fields)), body


def _head(
    url: str, method: str, target: str, fields: Iterable[tuple[str, str]]
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in fields]
    lines += ["Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _message(way: Way) -> tuple[Fields, bytes]:
    if way is Way.REST:
        return (), b""
    draft = plain(REVISIONS[way], "read", {}).with_field("host", "-")
    if way in (Way.SDK_LEGACY, Way.SDK_MODERN):
        draft = draft.with_field("accept", *IN_NEED_OF_THE_SDK)
    request = draft.request()
    fields = tuple((n.decode(), v.decode()) for n, v in request.fields)
    return fields, request.body
