"""Calls of upstreams: the pool, deadlines, masked credentials, passed bodies."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from case_tables import table
from naftiko_runtime.errors import CallError, InvalidInputError
from naftiko_runtime.settings import (
    BaseSettings,
    alternative_credential,
    credential,
    secrets_of,
    text,
)
from naftiko_runtime.testing import MockUpstream
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.client import ClientPool, Mask, Upstream, open_pool
from naftiko_runtime.upstream.credentials import (
    FirstSet,
    HeaderKeys,
    OneCookieHeader,
    response,
)
from naftiko_runtime.upstream.forwarding import WHOLE_LIMIT, Passage, Patience, Upload
from naftiko_runtime.upstream.requests import CALLER, Callers

MASKED = 'pa/ss+w"o:rd='
PRIVATE_URL = "https://user.example/secret-path"
MASK = Mask([MASKED])
FORMS = {
    "plain": MASKED,
    "json": json.dumps(MASKED)[1:-1],
    "json with escaped slashes": json.dumps(MASKED)[1:-1].replace("/", "\\/"),
    "percent-encoded": quote(MASKED, safe=""),
    "a path": quote(MASKED),
    "small digits": re.sub(
        "%..", lambda digits: digits[0].lower(), quote(MASKED, safe="")
    ),
    "a form": quote_plus(MASKED),
    **{
        f"base64 after {start!r}": base64.b64encode(
            f"{start}{MASKED}".encode()
        ).decode()
        for start in ("", "a", "me:", "user:")
    },
    "base64 for URLs": base64.urlsafe_b64encode(f"ab:{MASKED}".encode()).decode(),
}


def reply(body: bytes = b"{}", **headers: str) -> Reply:
    raw = ((name.encode(), value.encode()) for name, value in headers.items())
    return Reply(200, tuple(raw), body)


def test_no_name_of_a_header_is_a_credential() -> None:
    response = Reply(200, ((b"X-RateLimit-secret-key", b"1"), (b"etag", b"1")), b"{}")
    assert Mask(["secret-key"]).hide(response, PRIVATE_URL).raw_headers == (
        (b"etag", b"1"),
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_form_of_a_credential_remains(form: str) -> None:
    response = reply(f'["before {form} after", 1]'.encode(), link=f"<{form}>", etag="1")

    masked_reply = MASK.hide(response, PRIVATE_URL)

    assert masked_reply.raw_headers == ((b"etag", b"1"),)
    assert b"***" in masked_reply.body
    assert masked_reply.body.startswith(b'["before ')
    assert masked_reply.body.endswith(b' after", 1]')
    assert MASK.hide(masked_reply, PRIVATE_URL) is masked_reply


def test_other_responses_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    response = reply(b"password", link="<password>")

    assert MASK.hide(response, PRIVATE_URL) is response
    assert Mask(["", "pass"]).hide(response, PRIVATE_URL) is response
    assert caplog.messages == []


def test_a_line_of_the_log_names_the_host(caplog: pytest.LogCaptureFixture) -> None:
    MASK.hide(reply(MASKED.encode(), link=MASKED, location=MASKED), PRIVATE_URL)

    assert caplog.messages == [
        "a response of user.example repeated a credential, which is removed"
    ]


class MaskedSettings(BaseSettings, prefix="TEST"):
    token: str = credential("TOKEN")
    user: str = credential("USER", beside="PASSWORD", public=True)
    password: str = credential("PASSWORD", beside="USER")
    other: str = alternative_credential("OTHER")
    edition: str = text("EDITION", secret=True)


def test_the_secrets_of_settings() -> None:
    env = {"TOKEN": "t", "USER": "u", "PASSWORD": "p", "EDITION": "e", "OTHER": "o"}

    assert sorted(secrets_of(MaskedSettings.from_env(env))) == ["o", "p", "t"]
    alone = MaskedSettings.from_env({**env, "PASSWORD": ""})
    assert "u" in secrets_of(alone)


# The examples of RFC 7616, section 3.9.1.
PROVED = table(__file__, "proved")
PROOFS = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@pytest.mark.parametrize("algorithm", PROOFS)
def test_proofs_of_passwords(algorithm: str) -> None:
    fields = {**PROVED, "algorithm": algorithm}

    assert response(fields, "Circle of Life", "GET", b"") == PROOFS[algorithm]


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
    [request] = network.requests
    return dict(request.headers).get("Authorization")


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
    ("unset", "header"), [([], "first"), (["A"], "second"), (["A", "B"], None)]
)
def test_the_first_credential_that_is_set_is_sent(
    unset: list[str], header: str | None
) -> None:
    choice = FirstSet(frozenset(unset), (["A"], FIRST), (["B"], SECOND), ([], None))

    _, network = get(lambda pool: pool.private_upstream(URI, choice))

    assert authorization(network) == header


def test_requests_without_any_credential_are_refused() -> None:
    choice = FirstSet(frozenset({"A", "B"}), (["A"], FIRST), (["B"], SECOND))

    with pytest.raises(CallError, match="set the environment variable A, or B"):
        get(lambda pool: pool.private_upstream(URI, choice))


@pytest.mark.parametrize(
    ("unset", "cookies"), [([], ["own=1"]), (["A"], []), (["A", "B"], [])]
)
def test_only_a_credential_with_a_cookie_makes_a_cookie_header(
    unset: list[str], cookies: list[str]
) -> None:
    cookie = HeaderKeys(("Cookie", "own=1"))
    choice = FirstSet(frozenset(unset), (["A"], cookie), (["B"], SECOND), ([], None))

    _, network = get(lambda pool: pool.private_upstream(URI, OneCookieHeader(choice)))

    [request] = network.requests
    assert [value for name, value in request.headers if name == "Cookie"] == cookies


MARK: ContextVar[str] = ContextVar("mark", default="none")


def test_watching_keeps_nothing_of_a_call() -> None:
    marks: list[str] = []

    async def call() -> None:
        is_watched = asyncio.Event()

        async def receive() -> dict[str, Any]:
            marks.append(MARK.get())
            is_watched.set()
            return {"type": "http.disconnect"}

        MARK.set("of the call")
        CALLER.set(receive)
        with Callers(60).begin("POST", URI):
            await is_watched.wait()

    asyncio.run(call())

    assert marks == ["none"]


@pytest.fixture
async def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Awaitable[None]]:
    """Return a function that lets seconds of the event loop pass at once."""
    now = 1_000_000.0

    async def pass_by(seconds: float) -> None:
        nonlocal now
        now += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    def stop_the_clock() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    await asyncio.sleep(0)
    stop_the_clock()
    return pass_by


def receiving(*pieces: bytes, is_whole: bool = True) -> Callable[[], Awaitable[Any]]:
    """Return the `receive` of a request with such a body."""
    last = len(pieces) - 1
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": at < last or not is_whole}
        for at, piece in enumerate(pieces)
    ]
    messages.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


async def is_late(request: Callable[[Patience], Awaitable[None]]) -> bool:
    """Return whether a request takes longer than ten seconds without progress."""
    try:
        async with Patience() as patience:
            patience.seconds = 10
            patience.renew()
            await request(patience)
    except TimeoutError:
        patience.renew()  # a piece that comes too late does no harm
        return True
    return False


async def test_time_passes(later: Callable[[float], Awaitable[None]]) -> None:
    async def waiting(_: Patience) -> None:
        await later(9)
        await later(2)

    assert await is_late(waiting)


async def test_time_begins_anew(later: Callable[[float], Awaitable[None]]) -> None:
    async def moving(patience: Patience) -> None:
        for _ in range(5):
            await later(9)
            patience.renew()

    assert not await is_late(moving)


async def test_no_time_passes_in_a_pause(
    later: Callable[[float], Awaitable[None]],
) -> None:
    async def pausing(patience: Patience) -> None:
        patience.pause()
        await later(99)
        patience.renew()

    async def pausing_too_long(patience: Patience) -> None:
        await pausing(patience)
        await later(11)

    assert not await is_late(pausing)
    assert await is_late(pausing_too_long)


async def test_an_ended_request_is_over() -> None:
    async def wait_for_end(patience: Patience) -> None:
        patience.end()
        await asyncio.Event().wait()

    assert await is_late(wait_for_end)


async def test_a_body_comes_piece_by_piece() -> None:
    async with Patience() as patience:
        upload = Upload(receiving(b"a", b"", b"bc"), None, patience)
        await upload.open()
        assert (upload.is_left(), upload.received.is_set()) == (True, False)
        assert [piece async for piece in upload.pieces()] == [b"a", b"bc"]
        assert upload.received.is_set()


@pytest.mark.parametrize("pieces", [(b"",), (b"", b"")])
async def test_a_request_may_have_no_body(pieces: tuple[bytes, ...]) -> None:
    async with Patience() as patience:
        upload = Upload(receiving(*pieces), None, patience)
        await upload.open()
        assert bytes(await Passage(upload).complete()) == b""


async def test_a_client_may_leave() -> None:
    async with Patience() as patience:
        upload = Upload(receiving(b"a", is_whole=False), 2, patience)
        await upload.open()
        with pytest.raises(InvalidInputError):
            await upload.read()
        assert upload.is_gone


async def test_a_whole_body_has_a_limit() -> None:
    half = bytes(WHOLE_LIMIT // 2)
    async with Patience() as patience:
        upload = Upload(receiving(half, half), None, patience)
        await upload.open()
        assert len(await upload.read()) == WHOLE_LIMIT
        upload = Upload(receiving(half, half, b"x"), None, patience)
        await upload.open()
        with pytest.raises(CallError, match="4 MiB"):
            await upload.read()
