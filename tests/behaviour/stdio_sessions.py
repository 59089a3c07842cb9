"""Sessions on standard input: plain, odd and malformed lines, and their answers."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import strategies as st
from odd_requests import LEGACY, MODERN, OTHERS, other
from request_strategies import IDENTITIES, ODDITIES, REVISIONS, calls
from two_ways import Server

from waiting import PATIENCE

PATIENCE_FOR_SILENCE = 0.2
OPENINGS = [
    *([(LEGACY, "initialize"), (LEGACY, "notifications/initialized")],) * 4,
    *([(MODERN, "server/discover")],) * 4,
    [(LEGACY, "initialize")],
    [],
]
MALFORMED = [
    "",
    "\xa0",
    " ",
    "{",
    "[]",
    "1",
    '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
]


@st.composite
def sessions(draw: st.DrawFn, tools: Sequence[Any]) -> list[str]:
    """Draw the lines of a session."""
    opening = draw(st.sampled_from(OPENINGS))
    lines = [other(*pair, f"opening {at}").text for at, pair in enumerate(opening)]
    others = st.builds(other, REVISIONS, st.sampled_from(OTHERS), IDENTITIES)
    requests = st.one_of(others, others, *map(calls, tools))
    for _ in range(draw(st.integers(1, 5))):
        draft = draw(requests)
        for oddity in draw(ODDITIES):
            draft = oddity(draw, draft)
        spoilt = draw(st.integers(0, 19))
        malformed_line = draw(st.sampled_from(MALFORMED)) if spoilt == 0 else None
        lines.append(draft.text if malformed_line is None else malformed_line)
    return [f"{line}\n" for line in lines]


class Wire(BytesIO):
    """Standard output, which tells when a message was written."""

    def __init__(self) -> None:
        super().__init__()
        self._loop, self.written = asyncio.get_running_loop(), asyncio.Event()

    def flush(self) -> None:
        self._loop.call_soon_threadsafe(self.written.set)


async def answers(
    server: Server, lines: list[str], is_plain: bool
) -> tuple[list[Any], tuple[Any, ...]]:
    """Return the answers to lines, each of which waits for that to the one before.

    Unless it is plain, the SDK gets every line.
    """
    module, wire = server.runtime("mcp.transports"), Wire()
    server.upstream.outcome = None
    server.upstream.forget_requests()
    with pytest.MonkeyPatch.context() as patch:
        if not is_plain:
            patch.setattr(module, "plain_request", lambda _: None)
        async with asyncio.TaskGroup() as tasks:
            session = module.Session(server.junction.offer, module.Output(wire), tasks)
            for line in lines:
                wire.written.clear()
                await session.take(line)
                with suppress(TimeoutError):
                    patience = PATIENCE if is_request(line) else PATIENCE_FOR_SILENCE
                    await asyncio.wait_for(wire.written.wait(), patience)
            await session.end()
    documents = [json.loads(line) for line in wire.getvalue().splitlines()]
    return documents, server.upstream.forget_requests()


def is_request(line: str) -> bool:
    """Return whether a line surely gets an answer."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(message, dict)
        and type(message.get("id")) in (int, str)
        and isinstance(message.get("method"), str)
        and isinstance(message.get("params", {}), dict)
        and message.keys().isdisjoint(("result", "error"))
    )
