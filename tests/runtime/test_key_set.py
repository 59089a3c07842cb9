"""The keys of an authorization server: when they are fetched, and which are used."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from naftiko_runtime.http import key_set
from naftiko_runtime.http.key_set import (
    LIFETIME,
    LONGEST_USE,
    PAUSE,
    KeySet,
    KeySetError,
    metadata_urls,
    usable_keys,
)

ES256 = "ES256"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def monotonic(self) -> float:
        return self.now


class Source(KeySet):
    """Keys whose fetch a test answers."""

    def __init__(self) -> None:
        super().__init__("https://login.example.com")
        self.names: tuple[str, ...] | None = ("first",)
        self.fetches = 0
        self.gate = asyncio.Event()
        """Fetches wait until it is set."""
        self.gate.set()

    async def _downloaded(self) -> tuple[key_set.Key, ...]:
        self.fetches += 1
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.names is None:
            raise KeySetError
        return tuple(
            key_set.Key(name, object(), frozenset((ES256,))) for name in self.names
        )

    async def knows(self, name: str) -> bool:
        """Look for a key as the guard does."""
        is_known = self.find(name, ES256) is not None
        if self.has_to_wait(is_known=is_known):
            await self.refresh(is_known=is_known)
        return self.is_usable and self.find(name, ES256) is not None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(key_set, "time", clock)
    return clock


def run(source: Source, *names: str) -> list[bool]:
    """Look for keys at the same time."""

    async def main() -> list[bool]:
        return list(await asyncio.gather(*map(source.knows, names)))

    return asyncio.run(main())


def test_a_thousand_requests_share_a_fetch(clock: Clock) -> None:
    source = Source()
    assert run(source, *["first"] * 1000) == [True] * 1000
    assert source.fetches == 1


def test_a_thousand_unknown_keys_share_a_fetch(clock: Clock) -> None:
    source = Source()
    names = [f"unknown-{number}" for number in range(1000)]
    assert run(source, *names) == [False] * 1000
    assert run(source, *names) == [False] * 1000
    assert run(source, *names) == [False] * 1000
    assert source.fetches == 2
    clock.now += PAUSE
    assert run(source, *names, "first") == [*[False] * 1000, True]
    assert source.fetches == 3


def test_a_new_key_is_fetched_at_once(clock: Clock) -> None:
    source = Source()
    assert run(source, "first") == [True]
    source.names = ("second",)
    assert run(source, "first", "second") == [True, True]
    assert run(source, "first") == [False]
    assert source.fetches == 2


def test_old_keys_are_fetched_again(clock: Clock) -> None:
    source = Source()
    run(source, "first")
    clock.now += LIFETIME - 1
    assert run(source, "first") == [True]
    assert source.fetches == 1
    clock.now += 1
    source.names = ("second",)
    assert run(source, "first") == [False]
    assert source.fetches == 2


def test_keys_are_used_while_they_cannot_be_fetched_again(clock: Clock) -> None:
    source = Source()
    run(source, "first")
    source.names = None
    clock.now += LIFETIME
    assert run(source, "first") == [True]
    assert run(source, "first") == [True]
    assert source.fetches == 2
    clock.now += PAUSE
    run(source, "first")
    assert source.fetches == 3
    clock.now += LONGEST_USE
    assert run(source, "first") == [False]


def test_known_keys_are_used_while_a_slow_issuer_is_asked(clock: Clock) -> None:
    source = Source()
    source.names = ("first", "second")
    run(source, "first")
    clock.now += LIFETIME
    source.names = ("second",)

    async def main() -> tuple[list[bool], bool]:
        source.gate.clear()
        before = [await source.knows(name) for name in ("first", "second")]
        source.gate.set()
        await source.refresh(is_known=False)
        return before, await source.knows("first")

    assert asyncio.run(main()) == ([True, True], False)


def test_no_request_waits_for_a_slow_issuer_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert key_set.PATIENCE == 3
    monkeypatch.setattr(key_set, "PATIENCE", 0.01)
    source = Source()

    async def main() -> list[bool]:
        source.gate.clear()
        without_keys = await source.knows("first")
        source.gate.set()
        return [without_keys, await source.knows("first")]

    assert asyncio.run(main()) == [False, True]
    assert source.fetches == 1


def test_a_failed_fetch_is_repeated_after_a_pause(clock: Clock) -> None:
    source = Source()
    source.names = None
    assert run(source, "first") == [False]
    source.names = ("first",)
    assert run(source, "first") == [False]
    clock.now += PAUSE
    assert run(source, "first") == [True]
    assert source.fetches == 2


def test_a_fetch_goes_on_when_its_client_disconnects(clock: Clock) -> None:
    source = Source()

    async def main() -> bool:
        task = asyncio.create_task(source.knows("first"))
        await asyncio.sleep(0)
        task.cancel()
        return await source.knows("first")

    assert asyncio.run(main())
    assert source.fetches == 1


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"kty": None},
        {"crv": "P-999"},
        {"crv": ["P-256"]},
        {"alg": "HS256"},
        {"alg": ["ES256"]},
        {"alg": "ES384"},
        {"kid": 1},
        {"x": "AAAA"},
        {"x": None},
        {"d": "AAAA"},
    ],
)
def test_other_keys_are_left_out(change: dict[str, Any]) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    data = {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": "a"}
    changed = {"keys": [{**data, **change}, 1, None]}
    assert [k.name for k in usable_keys({"keys": [data]})] == ["a"]
    assert list(usable_keys(changed)) == []


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {"a": 1}}])
def test_a_document_without_keys(document: dict[str, Any]) -> None:
    assert list(usable_keys(document)) == []


def test_metadata_of_an_issuer_without_a_path() -> None:
    assert list(metadata_urls("https://login.example.com/")) == [
        "https://login.example.com/.well-known/oauth-authorization-server",
        "https://login.example.com/.well-known/openid-configuration",
    ]
