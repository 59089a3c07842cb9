"""Watching the clients of calls, apart from the calls themselves."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from naftiko_runtime.upstream.deadlines import CALLER, Callers

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
        with Callers(60).wait("POST"):
            await is_watched.wait()

    asyncio.run(call())

    assert marks == ["none"]
