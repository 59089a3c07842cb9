"""Middleware of the client: its order, and the requests that it gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from naftiko_runtime.errors import ConnectionLostError
from naftiko_runtime.settings import Limits
from naftiko_runtime.transport import Headers, Reply, wrap
from naftiko_runtime.upstream.client import Upstream
from naftiko_runtime.upstream.credentials import HeaderKeys, QueryKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_runtime.transport import Transport, TransportMiddleware

CREDENTIAL = "key of the API"


class Network:
    """A transport that records requests, and loses the first connections."""

    def __init__(self, losses: int = 0) -> None:
        self.requests: list[tuple[str, Headers]] = []
        self._losses = losses

    async def __call__(
        self, _: str, url: str, headers: Headers, __: bytes | None
    ) -> Reply:
        self.requests.append((url, headers))
        if len(self.requests) <= self._losses:
            raise ConnectionLostError("broke the connection")
        return Reply(200, (), b"")


def noting(log: list[str], name: str) -> TransportMiddleware:
    def wrapped(send: Transport) -> Transport:
        async def send_and_note(
            method: str, url: str, headers: Headers, body: bytes | None
        ) -> Reply:
            log.append(f"{name} {method} {url} {headers}")
            return await send(method, url, (*headers, ("X-Trace", name)), body)

        return send_and_note

    return wrapped


def get(transport: Transport, middleware: Sequence[TransportMiddleware]) -> Reply:
    async def call() -> Reply:
        upstream = Upstream(
            transport,
            Limits(),
            "https://api.example",
            user_agent="books",
            middleware=middleware,
        )
        return await upstream.send("GET", "/books")

    return asyncio.run(call())


def test_the_first_middleware_is_outermost() -> None:
    log: list[str] = []
    network = Network()

    get(network, [noting(log, "outer"), noting(log, "inner")])

    assert [line.split()[0] for line in log] == ["outer", "inner"]
    [(_, headers)] = network.requests
    assert headers[-2:] == (("X-Trace", "outer"), ("X-Trace", "inner"))


def test_middleware_sees_no_credential() -> None:
    log: list[str] = []
    network = Network()
    query = QueryKeys(("key", CREDENTIAL)).over(network)
    keys = HeaderKeys(("Authorization", CREDENTIAL)).over(query)

    get(keys, [noting(log, "outer")])

    [line] = log
    assert CREDENTIAL not in line
    [(url, headers)] = network.requests
    assert url == "https://api.example/books?key=key%20of%20the%20API"
    assert headers[-1] == ("Authorization", CREDENTIAL)


def test_middleware_gets_a_repeated_request_twice() -> None:
    log: list[str] = []

    reply = get(Network(losses=1), [noting(log, "outer")])

    assert reply.ok
    assert len(log) == 2


def test_without_middleware_the_transport_is_unchanged() -> None:
    network = Network()

    assert wrap(network, ()) is network
