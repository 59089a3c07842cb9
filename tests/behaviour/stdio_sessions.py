"""Sessions on standard input, and their answers by a package and by the SDK."""

import asyncio
import json
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import suppress
from io import BytesIO, TextIOWrapper
from typing import Any, cast

from accepted_differences import INVALID_PARAMS, strip
from anyio import AsyncFile, wrap_file
from hypothesis import strategies as st
from mcp.server.stdio import stdio_server
from odd_requests import LEGACY, MODERN, other
from request_strategies import ODDITIES, drafts
from two_ways import Server

from waiting import PATIENCE

Take = Callable[[str], Awaitable[None]]
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
def sessions(draw: st.DrawFn, lists: Mapping[str, Sequence[Any]]) -> list[str]:
    """Draw the lines of a session."""
    opening = draw(st.sampled_from(OPENINGS))
    lines = [other(*pair, f"opening {at}").text for at, pair in enumerate(opening)]
    requests = drafts(lists)
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


async def own_answers(server: Server, lines: list[str]) -> tuple[Any, ...]:
    """Return the package's answers to lines, and the requests to the upstream.

    Each line waits for the answer to the one before.
    """
    module, wire = server.runtime("mcp.stdio"), Wire()
    async with asyncio.TaskGroup() as tasks:
        offer = server.junction.offer
        session = module.Session(offer, module.Output(wire), tasks)
        await ask_each(lines, wire, session.take)
        await session.end(module.Stop())
    return [*documents(wire.getvalue())], server.upstream.forget_requests()


async def answers_by_sdk(server: Server, lines: list[str]) -> tuple[Any, ...]:
    """Return the SDK's answers to lines that the package doesn't refuse itself."""
    messages, wire = server.runtime("mcp.messages"), Wire()
    incoming: asyncio.Queue[str] = asyncio.Queue()

    async def take(line: str) -> None:
        if line.isspace():
            return
        try:
            messages.read_message(line.encode(errors="surrogateescape"))
        except messages.ProtocolError as error:
            wire.write(error.as_json() + b"\n")
            wire.flush()
        else:
            await incoming.put(without_unread(line))

    async def all_lines() -> AsyncIterator[str]:
        while line := await incoming.get():
            yield line

    async def serve() -> None:
        sdk = server.runtime("mcp.server").ToolServer(server.junction.offer)
        output = wrap_file(TextIOWrapper(wire, "utf-8", write_through=True))
        files = cast("AsyncFile[str]", all_lines()), output
        async with stdio_server(*files) as streams:
            await sdk.run(*streams, sdk.create_initialization_options())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        await ask_each(lines, wire, take)
        # The SDK closes its output.
        content = wire.getvalue()
        await incoming.put("")
    return [*documents(content)], server.upstream.forget_requests()


async def ask_each(lines: list[str], wire: Wire, take: Take) -> None:
    for line in lines:
        wire.written.clear()
        await take(line)
        patience = PATIENCE if is_request(line) else PATIENCE_FOR_SILENCE
        with suppress(TimeoutError):
            await asyncio.wait_for(wire.written.wait(), patience)


def documents(content: bytes) -> Iterator[Any]:
    """Yield the messages of a server, without the reasons of wrong parameters."""
    for line in content.splitlines():
        document = json.loads(line)
        error = document.get("error", {})
        if error.get("code") == INVALID_PARAMS:
            error.pop("data", None)
        yield document


def without_unread(line: str) -> str:
    """Return a message without the parameters that no answer depends on."""
    message = json.loads(line)
    if strip(message.get("params") or {}):
        return f"{json.dumps(message)}\n"
    return line


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
