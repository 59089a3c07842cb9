"""Serves an MCP adapter on standard input and output until the input ends."""

import argparse
import asyncio
import logging
import os
import signal

from .arguments import UsageError
from .memory import tune_memory
from .opening import opening, tell_of_mock
from .program import McpAdapter, Program


def speak(program: Program, options: argparse.Namespace, adapter: McpAdapter) -> None:
    """Serve the adapter; raises UsageError for options of servers with ports."""
    if options.workers > 1:
        raise UsageError("--stdio serves one client: leave --workers out")
    if options.port or options.host:
        raise UsageError("--stdio listens on no port: leave --port and --host out")
    opened = opening(program, options)
    tell_of_mock(program, options)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_at_once)
    tune_memory()
    create = program.module(adapter).create_server
    server = program.build(create, lambda: opened)
    asyncio.run(server.run_stdio_async())


def _end_at_once(*_: object) -> None:
    """Exit on signals: the thread that reads standard input can't be interrupted."""
    logging.shutdown()
    os._exit(0)
