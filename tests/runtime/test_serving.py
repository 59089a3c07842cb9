"""The command line: help, addresses, ports, and the process of a host."""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl

from case_tables import table
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.addresses import check_host
from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.offers import Offer, ServerInfo
from naftiko_runtime.observing.calls import ID_KEY
from naftiko_runtime.observing.logs import LogQueue
from naftiko_runtime.rest import Route, create_rest_app
from naftiko_runtime.serving.command import Parser
from naftiko_runtime.serving.connection import Exchange, Output
from naftiko_runtime.serving.listening import dangers, tune_memory
from naftiko_runtime.transport import Reply


class EndedQueue(LogQueue):
    """A queue whose thread ends as soon as it has been looked up."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name == "_writer":
            self._writer = None
        return value


def test_the_thread_of_the_log_may_end_during_a_flush() -> None:
    with Path(os.devnull).open("wb") as nowhere:
        queue = EndedQueue(nowhere.fileno())
        thread = threading.Thread(target=int)
        thread.start()
        queue._writer = thread

        queue.flush()

    assert not thread.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_the_thread_of_the_log_takes_no_signal() -> None:
    reader, writer = os.pipe()
    queue = LogQueue(writer)
    queue.emit(logging.makeLogRecord({"msg": "x" * 1_000_000}))
    os.read(reader, 1)  # the thread waits for a reader of the rest

    thread = queue._writer

    assert thread is not None
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    [row] = [row for row in status.splitlines() if row.startswith("SigBlk")]
    mask = int(row.split()[1], 16)
    assert all(mask >> number - 1 & 1 for number in (signal.SIGCHLD, signal.SIGTERM))
    os.close(reader)
    thread.join(10)
    os.close(writer)


METADATA = table(__file__, "metadata")
OTHERS = table(__file__, "others")


def is_known_to_the_compiler(address: str) -> bool:
    report = Report("spec.yaml")
    check_host(address, Span(1, 1, 1), report)
    return bool(report.diagnostics)


def is_known_to_a_package(address: str) -> bool:
    return bool(list(dangers({"BASE_URI": address}, ["BASE_URI"], ())))


@pytest.mark.parametrize("host", METADATA + OTHERS)
def test_both_servers_know_the_same_addresses(host: str) -> None:
    address = f"http://{host}/latest"
    is_metadata = host in METADATA

    assert is_known_to_the_compiler(address) is is_metadata
    assert is_known_to_a_package(address) is is_metadata


def test_help_shows_the_texts_of_a_spec_as_they_are() -> None:
    texts = "%(prog)s, 10%\x9b", "default: %(prog)s 5% \x1b[2J"
    text = Parser(prog="shop", description=texts[0], epilog=texts[1]).format_help()
    assert r"%(prog)s, 10%\x9b" in text
    assert r"default: %(prog)s 5% \x1b[2J" in text


OPENAPI = json.dumps({"info": {"title": "Books"}, "paths": {}}).encode()


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


async def say_hello(client: str) -> Reply:
    return Reply(200, (), b"hello")


def rest_app() -> Starlette:
    routes = [Route("GET", "/hello", say_hello)]
    return create_rest_app(routes, connect, openapi=OPENAPI, variables="BOOKS")


def offer() -> Offer[str]:
    return Offer(
        ServerInfo("books", "1", "books mcp-config", None),
        tools=[],
        connect=connect,
        variables="BOOKS",
    )


def applications() -> Iterator[ASGIApp]:
    yield rest_app()
    yield create_mcp_app(offer(), "BOOKS")


def test_applications_do_not_tune_the_process() -> None:
    # An earlier run of the compiler in this process may have frozen objects.
    gc.unfreeze()
    before = gc.get_threshold()

    for app in applications():
        with TestClient(app, base_url="http://localhost") as client:
            assert client.get("/").status_code == 200

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_call_outside_the_lifespan_is_explained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = Starlette(routes=[Mount("/books", rest_app())])

    with TestClient(host, base_url="http://localhost") as client:
        response = client.get("/books/hello")

    assert response.status_code == 500
    assert "enter app.router.lifespan_context(app)" in caplog.text


def test_a_server_that_fails_keeps_no_closed_client() -> None:
    books = offer()
    app = create_mcp_app(books, "BOOKS")

    async def fail() -> None:
        async with app.router.lifespan_context(app):
            assert books.is_open
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(fail())

    assert (books.is_open, books.client) == (False, None)


@pytest.mark.slow
def test_the_command_line_tunes_a_server() -> None:
    before = gc.get_threshold()
    try:
        tune_memory()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() != before
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


class Written(asyncio.Transport):
    """A transport that keeps all that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.content = b""

    def is_closing(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        self.content += data


async def begin_and_stop(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    raise asyncio.CancelledError


def test_a_response_that_a_stop_cuts_off_ends_without_a_fault_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    transport, ends = Written(), list[bool]()
    scope: Any = {"type": "http", "method": "GET", "http_version": "1.1", ID_KEY: "1"}
    log = logging.getLogger("uvicorn.error")

    async def run() -> None:
        exchange = Exchange(
            scope,
            cast("asyncio.Transport", Output(transport, lambda: ends.append(True))),
            FlowControl(transport),
            logger=log,
            access_logger=log,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=lambda: None,
        )
        exchange.tasks = set()
        await exchange.run_asgi(begin_and_stop)

    asyncio.run(run())

    assert b"begun" in transport.content
    assert (ends, caplog.messages) == ([True], [])
