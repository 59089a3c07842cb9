"""Runs packages' commands, each in a process that already has the libraries.

A line of standard input describes a run: the directory of a project, its module, the
arguments of its command, its variables, and the ports to which names of hosts resolve.
The next line ends the run. The first argument is the directory of shared bytecode. A
run given as a second one takes place in this process.
"""

import asyncio
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

# The imports of packages, which forked processes share.
import anyio._backends._asyncio
import botocore.auth
import cryptography.x509
import mcp.server.streamable_http_manager
import mcp.server.transport_security
import orjson
import starlette.applications
import starlette.routing
import uvicorn.lifespan.on
import uvicorn.protocols.http.httptools_impl
import uvloop

LIBRARIES = (
    anyio,
    botocore.auth,
    cryptography.x509,
    mcp.server,
    orjson,
    starlette,
    uvicorn,
    uvloop,
)


def resolver_of(ports: dict[str, int]) -> Callable[..., Awaitable[list[Any]]]:
    """Return a method that resolves listed hosts to ports of this machine."""

    async def resolve(_: object, host: str, port: int, **__: object) -> list[Any]:
        there = ports.get(f"{host}:{port}")
        if there is None:
            raise socket.gaierror(f"there is no {host}:{port}")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", there))]

    return resolve


def main() -> None:
    """Start the runs that the lines describe, one after another."""
    # Else each run looks at every object of the libraries.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.dup2(1, 2)
            run(line)
        sys.stdin.readline()
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        print("gone", flush=True)


def run(what: str) -> NoReturn:
    """Run a package's command to its end, and then end."""
    command = json.loads(what)
    os.environ.update(command["variables"])
    sys.path.insert(0, command["project"])
    sys.argv[1:] = command["arguments"]
    code: object = None
    try:
        with ExitStack() as stack:
            # A server on standard streams has the loop of the standard library.
            for loop in (uvloop.Loop, asyncio.BaseEventLoop):
                resolve = resolver_of(command["ports"])
                stack.enter_context(mock.patch.object(loop, "getaddrinfo", resolve))
            importlib.import_module(f"{command['module']}.__main__").main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    print(f"ended with {code}", file=sys.stderr, flush=True)
    os._exit(code != 0)


def share_bytecode(directory: str) -> None:
    """Find bytecode by the content of modules."""
    sys.path.append(str(Path(__file__).parents[1]))
    importlib.import_module("shared_bytecode").share(Path(directory))
    sys.path.pop()


if __name__ == "__main__":
    share_bytecode(sys.argv[1])
    if sys.argv[2:]:
        run(sys.argv[2])
    main()
