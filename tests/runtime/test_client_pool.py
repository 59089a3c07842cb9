"""The upstreams of a client: their credentials, and the variables that they need."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from naftiko_runtime.errors import CallError
from naftiko_runtime.settings import BaseSettings, credential
from naftiko_runtime.testing.mock import MockUpstream
from naftiko_runtime.upstream.credentials import FirstSet, HeaderKeys
from naftiko_runtime.upstream.pool import ClientPool, open_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_runtime.transport import Reply
    from naftiko_runtime.upstream.client import Upstream

URI = "https://api.example"
FIRST = HeaderKeys(("Authorization", "first"))
SECOND = HeaderKeys(("Authorization", "second"))


class Settings(BaseSettings, prefix="BOOKS", partial=True):
    """Settings with a credential."""

    key: str = credential("KEY")


def get(
    build: Callable[[ClientPool], Upstream], *unset: str
) -> tuple[Reply, MockUpstream]:
    """Call an upstream; return the response, and the network with the request."""
    network = MockUpstream()
    settings = Settings(key="key", unset=frozenset(unset))

    async def call() -> Reply:
        async with open_pool("books", settings, network, ()) as pool:
            return await build(pool).send("GET", "/books")

    return asyncio.run(call()), network


def authorization(network: MockUpstream) -> str | None:
    [sent] = network.requests
    return dict(sent.headers).get("Authorization")


def test_an_upstream_without_a_credential() -> None:
    reply, network = get(lambda pool: pool.upstream(URI))

    assert "Cache-Control" not in reply.headers
    assert authorization(network) is None


def test_an_upstream_with_a_credential_is_private() -> None:
    reply, network = get(lambda pool: pool.private_upstream(URI, FIRST))

    assert reply.headers["Cache-Control"] == "private"
    assert authorization(network) == "first"


def test_a_private_upstream_may_have_its_credential_in_the_base_uri() -> None:
    reply, network = get(lambda pool: pool.private_upstream(f"{URI}/key"))

    assert reply.headers["Cache-Control"] == "private"
    assert network.requests[0].url == f"{URI}/key/books"


def test_requests_without_a_needed_variable_are_refused() -> None:
    with pytest.raises(CallError, match="the environment variable KEY is not set"):
        get(lambda pool: pool.private_upstream(URI, FIRST, needs={"KEY"}), "KEY")


def test_variables_of_other_upstreams_are_not_needed() -> None:
    _, network = get(
        lambda pool: pool.private_upstream(URI, FIRST, needs={"KEY"}), "OTHER"
    )

    assert authorization(network) == "first"


@pytest.mark.parametrize(
    ("unset", "sent"), [([], "first"), (["A"], "second"), (["A", "B"], None)]
)
def test_the_first_credential_that_is_set_is_sent(
    unset: list[str], sent: str | None
) -> None:
    choice = FirstSet(frozenset(unset), (["A"], FIRST), (["B"], SECOND), ([], None))

    _, network = get(lambda pool: pool.private_upstream(URI, choice))

    assert authorization(network) == sent


def test_requests_without_any_credential_are_refused() -> None:
    choice = FirstSet(frozenset({"A", "B"}), (["A"], FIRST), (["B"], SECOND))

    with pytest.raises(CallError, match="set the environment variable A, or B"):
        get(lambda pool: pool.private_upstream(URI, choice))
