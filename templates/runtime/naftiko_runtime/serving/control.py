"""The control adapter: tells supervisors whether the process lives and is ready."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..guards.authentication import Authentication
from ..guards.default import client_guards
from ..http.guarded import Guarded
from ..http.guards import Guard
from ..http.responses import RawHeaders, method_not_allowed, problem, send_response
from ..json import JsonObject, JsonValue, json_bytes
from .program import Adapter, Program
from .state import State

Fact = tuple[int, JsonObject]
Answer = tuple[int, RawHeaders, bytes]
HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


@dataclass(frozen=True, slots=True)
class ControlAdapter(Adapter):
    """A control adapter: `/health/live` and `/health/ready`, and perhaps `/status`.

    `language` is the version of the language that the spec is written in.
    """

    factory = ""
    path = ""
    is_last = True
    has_health: bool = field(default=True, kw_only=True)
    has_status: bool = field(default=False, kw_only=True)
    language: str = field(default="", kw_only=True)

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application; it answers while the others finish."""
        process = _Process(program, state, self.language)
        pages: dict[str, Callable[[], Fact]] = {}
        if self.has_health:
            pages |= {"/health/live": _live, "/health/ready": process.ready}
        if self.has_status:
            pages["/status"] = process.status
        return _guarded(_Pages(pages), self.variables, **options)


def _guarded(
    app: ASGIApp,
    variables: str,
    guards: Sequence[Guard],
    authentication: Authentication | None,
) -> ASGIApp:
    return Guarded(app, (*guards, *client_guards(authentication, variables)))


class _Pages:
    """An ASGI application of JSON documents that are made for each request."""

    def __init__(self, pages: Mapping[str, Callable[[], Fact]]) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the document of a path, or a problem document."""
        if scope["type"] == "http":
            await send_response(send, *self._answer(scope))

    def _answer(self, scope: Scope) -> Answer:
        page = self._pages.get(scope["path"])
        if page is None:
            return problem(CallError(404, "Not Found", "there is no such path"))
        if scope["method"] not in ("GET", "HEAD"):
            return method_not_allowed("GET, HEAD")
        status, document = page()
        body = json_bytes(document)
        length = (b"content-length", b"%d" % len(body))
        return status, [*HEADERS, length], body


def _live() -> Fact:
    return 200, {"status": "UP"}


class _Process:
    """This process, as its state is told."""

    def __init__(self, program: Program, state: State, language: str) -> None:
        self._program = program
        self._state = state
        self._language = language
        self._start = time.monotonic()
        self._missing = [] if state.is_mocked else _missing(program)

    def ready(self) -> Fact:
        """Return whether every adapter is served, and calls have their credentials."""
        is_ready = self._state.is_serving and not self._missing
        document: JsonObject = {
            "status": "UP" if is_ready else "DEGRADED",
            "adapters": self._adapters(),
        }
        if self._missing:
            document["missing"] = [*self._missing]
        return 200 if is_ready else 503, document

    def status(self) -> Fact:
        """Describe the package and the process."""
        seconds = int(time.monotonic() - self._start)
        return 200, {
            "capability": {
                "label": self._program.summary,
                "version": self._program.version,
                "specVersion": self._language,
            },
            "engine": {"name": "naftiko-gen", "python": platform.python_version()},
            "uptime": f"PT{seconds}S",
            "otel": {"status": "disabled"},
            "adapters": self._adapters(),
        }

    def _adapters(self) -> list[JsonValue]:
        return [
            *(self._adapter("rest", one) for one in self._program.rest),
            *(self._adapter("mcp", one) for one in self._program.mcp),
        ]

    def _adapter(self, kind: str, adapter: Adapter) -> JsonObject:
        """Describe an adapter; its client starts one that speaks on standard input."""
        described: JsonObject = {"type": kind, "namespace": adapter.namespace}
        if not adapter.over_http:
            return {**described, "state": "on demand"}
        state = "started" if self._state.is_serving else "stopped"
        return {
            **described,
            "port": self._state.ports[adapter.variables],
            "state": state,
        }


def _missing(program: Program) -> list[str]:
    """Return the credentials without which the package was started."""
    partial = {f"{program.variables}_PARTIAL": "1"}
    settings = program.settings.from_env({**os.environ, **partial})
    return [name for name in program.needed(os.environ) if name in settings.unset]
