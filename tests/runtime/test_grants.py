"""Access tokens that are remembered: as long as they and their keys are valid."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from authorization_server import AuthorizationServer, Signer, ec_signer

from naftiko_runtime.errors import CallError
from naftiko_runtime.http import access_token, key_set
from naftiko_runtime.http import access_token as grants
from naftiko_runtime.http.access_token import AccessTokenGuard, Conditions
from naftiko_runtime.http.key_set import LIFETIME, KeySet, usable_keys

if TYPE_CHECKING:
    from collections.abc import Callable

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
    for module in (key_set, grants):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets an entry for each check of a signature."""
    checks: list[str] = []
    decode: Callable[..., Any] = jwt.decode

    def counted(*arguments: Any, **options: Any) -> Any:
        checks.append("check")
        return decode(*arguments, **options)

    monkeypatch.setattr(jwt, "decode", counted)
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
    monkeypatch.setattr(grants, "MOST", 2)
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
