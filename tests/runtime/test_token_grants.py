"""Access tokens: their grants, and the keys of their issuers."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from authorization_server import AuthorizationServer, Signer, ec_signer
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from case_tables import in_table
from naftiko_runtime.errors import CallError
from naftiko_runtime.http import access_token
from naftiko_runtime.http.access_token import (
    LIFETIME,
    LONGEST_USE,
    PAUSE,
    AccessTokenGuard,
    Conditions,
    KeySet,
    KeySetError,
    metadata_urls,
    usable_keys,
)

ISSUER = "https://login.example.com"
SCOPE = "things:read"
SERVER = AuthorizationServer(issuer=ISSUER)
CONDITIONS = Conditions(ISSUER, "https://shop.example.com/mcp", (SCOPE,))


class Clock:
    """The clocks of the guard, which a test moves."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class Keys(KeySet):
    """Keys that a test replaces, as a fetch does."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(ISSUER)
        self._clock = clock

    def replace(self, *signers: Signer) -> None:
        document = {"keys": [signer.public for signer in signers]}
        self._keys = tuple(usable_keys(document))
        self.version += 1
        self._fetched = self._clock.monotonic()


class Checked(AccessTokenGuard):
    """A guard whose keys a test replaces."""

    def __init__(self, signer: Signer, clock: Clock) -> None:
        super().__init__(CONDITIONS, "things", frozenset(("/open",)))
        self.keys = Keys(clock)
        self.keys.replace(signer)
        self._keys = self.keys

    def status(self, token: str, path: str = "/", kind: str = "http") -> int:
        """Return the status of the refusal of a request, or 200."""
        headers = [(b"authorization", f"Bearer {token}".encode())]
        refusal = self({"type": kind, "path": path, "headers": headers})
        assert refusal is None or isinstance(refusal, CallError)
        return 200 if refusal is None else refusal.status


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(access_token, "time", clock)
    return clock


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets an entry for each check of a signature."""
    checks: list[str] = []
    decode: Callable[..., Any] = jwt.decode

    def count_decoding(*arguments: Any, **options: Any) -> Any:
        checks.append("check")
        return decode(*arguments, **options)

    monkeypatch.setattr(jwt, "decode", count_decoding)
    return checks


@pytest.fixture
def signer() -> Signer:
    return ec_signer("key")


def token(signer: Signer, **claims: Any) -> str:
    return SERVER.token(signer, **{"scope": SCOPE, **claims})


def test_a_signature_is_checked_once(
    signer: Signer, clock: Clock, checks: list[str]
) -> None:
    guard, first, second = Checked(signer, clock), token(signer), token(signer, sub="x")
    assert [guard.status(text) for text in (first, first, second, first)] == [200] * 4
    assert len(checks) == 2


def test_a_lack_of_scopes_is_remembered(
    signer: Signer, clock: Clock, checks: list[str]
) -> None:
    guard, poor = Checked(signer, clock), token(signer, scope="other")
    assert [guard.status(poor) for _ in range(3)] == [403] * 3
    assert len(checks) == 1


def test_an_invalid_token_is_not_remembered(
    signer: Signer, clock: Clock, checks: list[str]
) -> None:
    guard, foreign = Checked(signer, clock), token(ec_signer("key"))
    assert [guard.status(foreign) for _ in range(3)] == [401] * 3
    assert len(checks) == 3


def test_a_remembered_token_expires(signer: Signer, clock: Clock) -> None:
    end = int(clock.now) + 100
    guard, short = Checked(signer, clock), token(signer, exp=end + 0.9)
    clock.now = end - 1
    assert guard.status(short) == 200
    clock.now = end
    assert guard.status(short) == 401


def test_a_remembered_token_has_a_start(signer: Signer, clock: Clock) -> None:
    start = clock.now - 100
    guard, later = Checked(signer, clock), token(signer, nbf=start)
    assert guard.status(later) == 200
    clock.now = start - access_token.SKEW - 1
    assert guard.status(later) == 401


def test_a_token_is_checked_again_with_fetched_keys(
    signer: Signer, clock: Clock, checks: list[str]
) -> None:
    guard, credential = Checked(signer, clock), token(signer)
    assert guard.status(credential) == 200
    guard.keys.replace(signer)
    assert guard.status(credential) == 200
    assert len(checks) == 2
    guard.keys.replace(ec_signer("key"))
    assert guard.status(credential) == 401


def test_old_keys_are_not_current(signer: Signer, clock: Clock) -> None:
    guard = Checked(signer, clock)
    assert guard.keys.is_current(1)
    assert not guard.keys.is_current(0)
    clock.now += LIFETIME
    assert not guard.keys.is_current(1)


def test_few_tokens_are_remembered(
    signer: Signer, clock: Clock, checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_token, "MOST", 2)
    guard = Checked(signer, clock)
    first, second, third = (token(signer, sub=str(number)) for number in range(3))
    for text in (first, second, third, second, third):
        assert guard.status(text) == 200
    assert len(checks) == 3
    assert guard.status(first) == 200
    assert len(checks) == 4


@pytest.mark.parametrize("end", [float("inf"), float("nan"), -float("inf")])
def test_an_endless_token_is_refused(end: float, signer: Signer, clock: Clock) -> None:
    assert Checked(signer, clock).status(token(signer, exp=end)) == 401


def test_open_paths_need_no_valid_token(signer: Signer, clock: Clock) -> None:
    guard = Checked(signer, clock)
    poor = token(signer, scope="other")
    assert guard.status(poor) == 403
    assert [guard.status(text, "/open") for text in (poor, "", "x")] == [200] * 3
    assert guard.status(poor, "/open/x") == 403
    assert guard.status(poor, "/open", "websocket") == 403


ES256 = "ES256"


class Source(KeySet):
    """Keys whose fetch a test answers."""

    def __init__(self) -> None:
        super().__init__("https://login.example.com")
        self.names: tuple[str, ...] | None = ("first",)
        self.fetches = 0
        self.gate = asyncio.Event()
        """Fetches wait until it is set."""
        self.gate.set()

    async def _download(self) -> tuple[access_token.Key, ...]:
        self.fetches += 1
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.names is None:
            raise KeySetError
        return tuple(
            access_token.Key(name, object(), frozenset((ES256,))) for name in self.names
        )

    async def knows(self, name: str) -> bool:
        """Look for a key as the guard does."""
        is_known = self.find(name, ES256) is not None
        if self.has_to_wait(is_known=is_known):
            await self.refresh(is_known=is_known)
        return self.is_usable and self.find(name, ES256) is not None


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


TIMES = {
    None: 0,
    "a second": 1,
    "a pause": PAUSE,
    "almost a lifetime": LIFETIME - 1,
    "a lifetime": LIFETIME,
    "the longest use": LONGEST_USE,
}


@in_table
def test_keys_are_fetched_again(steps: list[dict[str, Any]], clock: Clock) -> None:
    source = Source()
    for step in steps:
        clock.now += TIMES[step.get("after")]
        source.names = step.get("names", source.names)
        assert run(source, *step["looks_for"]) == step["knows"], step
        assert source.fetches == step["fetches"], step


def test_known_keys_are_used_while_a_slow_issuer_is_asked(
    clock: Clock,
) -> None:
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
    assert access_token.PATIENCE == 3
    monkeypatch.setattr(access_token, "PATIENCE", 0.01)
    source = Source()

    async def main() -> list[bool]:
        source.gate.clear()
        without_keys = await source.knows("first")
        source.gate.set()
        return [without_keys, await source.knows("first")]

    assert asyncio.run(main()) == [False, True]
    assert source.fetches == 1


def test_a_fetch_goes_on_when_its_client_disconnects(clock: Clock) -> None:
    source = Source()

    async def main() -> bool:
        task = asyncio.create_task(source.knows("first"))
        await asyncio.sleep(0)
        task.cancel()
        return await source.knows("first")

    assert asyncio.run(main())
    assert source.fetches == 1


@in_table
def test_other_keys_are_left_out(change: dict[str, Any]) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    data = {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": "a"}
    document = {"keys": [{**data, **change}, 1, None]}
    assert [k.name for k in usable_keys({"keys": [data]})] == ["a"]
    assert list(usable_keys(document)) == []


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {"a": 1}}])
def test_a_document_without_keys(document: dict[str, Any]) -> None:
    assert list(usable_keys(document)) == []


def test_metadata_of_an_issuer_without_a_path() -> None:
    assert list(metadata_urls("https://login.example.com/")) == [
        "https://login.example.com/.well-known/oauth-authorization-server",
        "https://login.example.com/.well-known/openid-configuration",
    ]
