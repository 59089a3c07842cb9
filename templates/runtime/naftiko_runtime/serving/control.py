"""The control adapter: tells supervisors whether the process lives and is ready."""

import os
import platform
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from ..json import JsonObject, JsonValue
from .pages import Answer, Page, Pages, document, guarded
from .program import Adapter, Program
from .state import State

UNSTORED = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class ControlAdapter(Adapter):
    """A control adapter: `/health/live` and `/health/ready`, and perhaps `/status`.

    `language` is the version of the language that the spec is written in. No module of
    the package builds the application.
    """

    module: str = field(default="", init=False)
    factory = ""
    path = ""
    is_last = True
    has_health: bool = field(default=True, kw_only=True)
    has_status: bool = field(default=False, kw_only=True)
    language: str = field(default="", kw_only=True)

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application; it answers while the others finish."""
        process = _Process(program, state, self.language)
        pages: dict[str, Page] = {}
        if self.has_health:
            pages |= {"/health/live": _live, "/health/ready": process.ready}
        if self.has_status:
            pages["/status"] = process.status
        return guarded(Pages(pages), self.variables, **options)


def _live() -> Answer:
    return document({"status": "UP"}, 200, UNSTORED)


class _Process:
    """This process, as its state is told."""

    def __init__(self, program: Program, state: State, language: str) -> None:
        self._program = program
        self._state = state
        self._language = language
        self._start = time.monotonic()
        self._missing = [] if state.is_mocked else _missing(program)

    def ready(self) -> Answer:
        """Return whether every adapter is served, and calls have their credentials."""
        is_ready = self._state.is_serving and not self._missing
        missing = {"missing": self._missing} if self._missing else {}
        status = {
            "status": "UP" if is_ready else "DEGRADED",
            "adapters": self._adapters(),
            **missing,
        }
        return document(status, 200 if is_ready else 503, UNSTORED)

    def status(self) -> Answer:
        """Describe the package and the process."""
        seconds = int(time.monotonic() - self._start)
        status = {
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
        return document(status, 200, UNSTORED)

    def _adapters(self) -> list[JsonValue]:
        return [
            *(self._adapter("rest", one) for one in self._program.rest),
            *(self._adapter("mcp", one) for one in self._program.mcp),
            *(
                self._adapter("skill", one)
                for one in self._program.others
                if not one.is_last
            ),
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
    if not program.required:
        return []
    partial = {f"{program.variables}_PARTIAL": "1"}
    settings = program.settings.from_env({**os.environ, **partial})
    return [name for name in program.needed(os.environ) if name in settings.unset]
