"""The control port: whether a package lives, is ready, and which one it is."""

import asyncio
import gzip
import os
import platform
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.guards import (
    Authentication,
    Guard,
    Guarded,
    NoAuthentication,
    client_guards,
    listener_guards,
)
from ..http.messages import RawHeaders, method_not_allowed, problem, send_response
from ..observing.calls import CalledOperation, know
from ..observing.logs import NOTICES
from ..settings import Listener
from ..values import JsonObject, JsonValue, json_bytes
from .program import Adapter, Metrics, Program, State

Answer = tuple[int, RawHeaders, bytes]
"""The status, the headers and the body of a response."""
Page = Callable[[Scope], Answer]
JSON = (b"content-type", b"application/json")


VERSION: str = import_module("..", __package__).__version__
"""The version of the runtime."""
GZIPPED = (b"content-encoding", b"gzip")
FAST = 1
"""The level of compression of a text that is full of repetitions."""
NO_METRICS = "/metrics needs prometheus-client: install the extra `metrics`"
LIVE, READY = "/health/live", "/health/ready"
UNSTORED = (b"cache-control", b"no-store")


class Pages:
    """An ASGI application of pages by path, each made for its request.

    Slow pages are made in a thread, so that calls don't wait for them.
    """

    def __init__(
        self, pages: Mapping[str, Page], slow: Collection[str] = frozenset()
    ) -> None:
        self._pages = pages
        self._slow = slow

    @property
    def paths(self) -> Collection[str]:
        """Return the paths of the pages."""
        return self._pages.keys()

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the page of a path, or a problem document."""
        if scope["type"] != "http":
            return
        if scope["path"] in self._slow:
            answer = await asyncio.to_thread(self._answer, scope)
        else:
            answer = self._answer(scope)
        await send_response(send, *answer)

    def _answer(self, scope: Scope) -> Answer:
        page = self._pages.get(scope["path"])
        if page is None:
            return problem(CallError(404, "Not Found", "there is no such path"))
        if scope["method"] not in ("GET", "HEAD"):
            return method_not_allowed("GET, HEAD")
        know(CalledOperation(scope["method"], scope["path"]))
        return page(scope)


def document(value: object, status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a response of JSON."""
    return content(json_bytes(value), JSON, *headers, status=status)


def content(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    """Return a response with its length."""
    return status, [*headers, (b"content-length", b"%d" % len(body))], body


def guard_pages(
    pages: Pages,
    variables: str,
    guards: Sequence[Guard],
    authentication: Authentication | None,
) -> ASGIApp:
    """Return an application that checks its requests and authenticates clients."""
    all_guards = (*guards, *client_guards(authentication, variables))
    return Guarded(pages, all_guards, pages=pages.paths)


@dataclass(frozen=True, slots=True)
class ControlAdapter(Adapter):
    """The pages of supervisors: `/health/…`, `/status` and `/metrics`.

    They call no upstream. `language` is the version of the language that the spec is
    written in. No module of the package builds the application.
    """

    module: str = field(default="", init=False)
    kind = "control"
    factory = ""
    is_last = True
    language: str = field(default="", kw_only=True)

    def guards(self, where: Listener) -> Sequence[Guard]:
        """Return a guard of a listener that browsers of this machine can reach.

        Beyond loopback, supervisors use any name or address of the machine.
        """
        return listener_guards(where) if where.loopback else ()

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application; it answers while the others finish.

        Probes can send no credential, so they need none if a variable of the package
        says where it listens.
        """
        process = _Process(program, state, self.language)
        pages = Pages(
            {
                LIVE: process.live,
                READY: process.ready,
                "/status": process.status,
                "/metrics": process.metrics,
            },
            slow={"/metrics"},
        )
        app = guard_pages(pages, self.variables, **options)
        if not os.environ.get(program.variable("CONTROL_HOST")):
            return app
        options |= {"authentication": NoAuthentication()}
        probes = guard_pages(pages, self.variables, **options)

        async def part(scope: Scope, receive: Receive, send: Send) -> None:
            is_probe = scope.get("path") in (LIVE, READY)
            await (probes if is_probe else app)(scope, receive, send)

        return part


def begin_metrics(program: Program, state: State) -> Metrics | None:
    """Record calls from now on; without the library, say that there are no metrics.

    Raises StartError if several workers have no place for their counts.
    """
    if find_spec("prometheus_client") is None:
        NOTICES.warning("%s: %s", program.name, NO_METRICS)
        return None
    from ..observing.metrics import begin, share  # imports the library

    board = state.board
    is_shared = share(program.name, board.workers, lambda: state.place)
    return begin(
        program.summary, program.labels, lambda: board.is_serving, is_shared=is_shared
    )


class _Process:
    """The processes of a package, as their board tells."""

    def __init__(self, program: Program, state: State, language: str) -> None:
        self._program = program
        self._state = state
        self._board = state.board
        self._language = language
        self._start = time.monotonic()
        self._missing = [] if state.is_mocked else _missing(program)

    def live(self, _: Scope) -> Answer:
        """Return whether no event loop stands still."""
        is_live = self._board.is_live
        status = {"status": "UP" if is_live else "DOWN"}
        return document(status, 200 if is_live else 503, UNSTORED)

    def ready(self, _: Scope) -> Answer:
        """Return whether every adapter is served, and calls have their credentials."""
        is_ready = self._board.is_ready and not self._missing
        status: JsonObject = {
            "status": "UP" if is_ready else "DEGRADED",
            "adapters": self._adapters(),
        }
        if self._missing:
            status["missing"] = list(self._missing)
        return document(status, 200 if is_ready else 503, UNSTORED)

    def status(self, _: Scope) -> Answer:
        """Describe the package and its processes."""
        program = self._program
        language = {"specVersion": self._language} if self._language else {}
        status = {
            "capability": {
                "name": program.name,
                "label": program.summary,
                "version": program.version,
                "digest": program.digest,
                **language,
            },
            "engine": {
                "name": "naftiko-gen",
                "runtime": VERSION,
                "python": platform.python_version(),
            },
            "uptime": f"PT{int(time.monotonic() - self._start)}S",
            "workers": self._board.workers,
            "otel": {"status": "active" if self._state.is_traced else "disabled"},
            "adapters": self._adapters(),
        }
        return document(status, 200, UNSTORED)

    def metrics(self, scope: Scope) -> Answer:
        """Return the metrics, in the text that the scraper accepts."""
        metrics = self._state.metrics
        if metrics is None:
            return problem(CallError(501, "Not Implemented", NO_METRICS))
        headers = dict(scope["headers"])
        media_type, text = metrics.page(headers.get(b"accept", b"").decode("latin-1"))
        kind = (b"content-type", media_type.encode())
        if b"gzip" not in headers.get(b"accept-encoding", b""):
            return content(text, kind, UNSTORED)
        return content(gzip.compress(text, FAST), kind, GZIPPED, UNSTORED)

    def _adapters(self) -> list[JsonValue]:
        """Describe the served adapters, and those that clients start."""
        program, ports = self._program, self._state.ports
        state = "started" if self._board.is_serving else "stopped"
        adapters: list[JsonValue] = []
        for adapter in (*program.rest, *program.mcp, *program.others):
            about: JsonObject = {"type": adapter.kind, "namespace": adapter.namespace}
            if not adapter.over_http:
                adapters.append({**about, "state": "on demand"})
            elif adapter.variables in ports and not adapter.is_last:
                port = ports[adapter.variables]
                adapters.append({**about, "port": port, "state": state})
        return adapters


def _missing(program: Program) -> list[str]:
    """Return the credentials without which the package was started."""
    if not program.required:
        return []
    partial = {program.variable("PARTIAL"): "1"}
    settings = program.settings.from_env({**os.environ, **partial})
    return [
        name for name in program.variables_to_set(os.environ) if name in settings.unset
    ]
