"""Serves MCP on standard input and output."""

import os
import sys
from collections.abc import AsyncIterator
from typing import Any

from anyio import AsyncFile
from anyio.abc import ObjectSendStream
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError

from .messages import Refusal, refusal


async def serve_stdio(server: Server[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
    lines = _Lines()
    async with stdio_server(stdin=lines) as (requests, answers):
        lines.answers = answers
        await server.run(requests, answers, server.create_initialization_options())


class _Lines(AsyncFile[str]):
    """The lines of standard input without refused messages, which get an error here."""

    answers: ObjectSendStream[SessionMessage]

    def __init__(self) -> None:
        # A file of its own, because the process could not close `sys.stdin` at its end
        # while a thread waits for a line.
        descriptor = os.dup(sys.stdin.fileno())
        lines = os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape")
        super().__init__(lines)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in super().__aiter__():
            refused = refusal(line.encode(errors="surrogateescape"))
            if line.isspace() or not refused:
                yield line
            else:
                await self.answers.send(SessionMessage(_error(refused)))


def _error(refused: Refusal) -> JSONRPCError:
    error = ErrorData(code=refused.code, message=refused.message)
    return JSONRPCError(jsonrpc="2.0", id=refused.id, error=error)
