"""Bodies that pass through, and the time that they may take."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from naftiko_runtime.errors import CallError, InvalidInputError
from naftiko_runtime.upstream.forwarding import WHOLE_LIMIT, Passage, Patience, Upload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
            patience.limit(10)
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
    async def ended(patience: Patience) -> None:
        patience.end()
        await asyncio.Event().wait()

    assert await is_late(ended)


async def test_a_body_comes_piece_by_piece() -> None:
    async with Patience() as patience:
        upload = Upload(receiving(b"a", b"", b"bc"), None, patience)
        await upload.open()
        assert (upload.has_content, upload.received.is_set()) == (True, False)
        assert [piece async for piece in upload.pieces()] == [b"a", b"bc"]
        assert upload.received.is_set()


@pytest.mark.parametrize("pieces", [(b"",), (b"", b"")])
async def test_there_may_be_no_body(pieces: tuple[bytes, ...]) -> None:
    async with Patience() as patience, AsyncExitStack() as stack:
        upload = Upload(receiving(*pieces), None, patience)
        await upload.open()
        passage = Passage(upload, patience, stack)
        assert bytes(await passage.whole()) == b""


async def test_a_client_may_leave() -> None:
    async with Patience() as patience:
        upload = Upload(receiving(b"a", is_whole=False), 2, patience)
        await upload.open()
        with pytest.raises(InvalidInputError):
            await upload.whole()
        assert upload.is_gone


async def test_a_whole_body_has_a_limit() -> None:
    half = bytes(WHOLE_LIMIT // 2)
    async with Patience() as patience:
        upload = Upload(receiving(half, half), None, patience)
        await upload.open()
        assert len(await upload.whole()) == WHOLE_LIMIT
        upload = Upload(receiving(half, half, b"x"), None, patience)
        await upload.open()
        with pytest.raises(CallError, match="4 MiB"):
            await upload.whole()
