"""The control port: whether a package lives, is ready, and which one it is."""

import argparse
import gzip
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.authentication import NoAuthentication
from ..http.guards import Guard, listener_guards
from ..http.logs import NOTICES
from ..http.messages import problem
from ..observing.calls import OBSERVERS
from ..observing.metric_files import begin_sharing
from ..settings import Environment, Listener
from ..values import JsonObject, JsonValue
from .board import Board
from .pages import Answer, Pages, content, document, guarded
from .program import Adapter, Metrics, Program, State, port_number

VERSION: str = import_module("..", __package__).__version__
"""The version of the runtime."""
GZIPPED = (b"content-encoding", b"gzip")
FAST = 1
"""The level of compression of a text that is full of repetitions."""
NO_METRICS = "/metrics needs prometheus-client: install the extra `metrics`"
LIVE, READY = "/health/live", "/health/ready"
PROBES = (LIVE, READY)
UNSTORED = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class ControlAdapter(Adapter):
    """The pages of supervisors: `/health/…`, `/status` and `/metrics`.

    They call no upstream. `language` is the version of the language that the spec is
    written in. No module of the package builds the application.
    """

    module: str = field(default="", init=False)
    kind = "control"
    factory = ""
    path = ""
    is_last = True
    language: str = field(default="", kw_only=True)

    def guards(self, where: Listener) -> Sequence[Guard]:
        """Return a guard of a listener that browsers of this machine can reach.

        Beyond loopback, supervisors use any name or address of the machine.
        """
        return listener_guards(where) if where.loopback else ()

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application; it answers while the others finish."""
        process = _Process(program, state, self.language)
        pages = {
            LIVE: process.live,
            READY: process.ready,
            "/status": process.status,
            "/metrics": process.metrics,
        }
        served = Pages(pages, slow={"/metrics"})
        app = guarded(served, self.variables, **options)
        if not os.environ.get(host_variable(program)):
            return app
        unguarded = {**options, "authentication": NoAuthentication()}
        return _Parted(guarded(served, self.variables, **unguarded), app)


class _Parted:
    """An ASGI application for probes, which can send no credential, and another."""

    def __init__(self, probes: ASGIApp, others: ASGIApp) -> None:
        self._probes = probes
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to its application."""
        app = self._probes if scope.get("path") in PROBES else self._others
        await app(scope, receive, send)


def host_variable(program: Program) -> str:
    """Return the package's own variable of where the control endpoints listen."""
    return f"{program.variables}_CONTROL_HOST"


def add_control(command: argparse.ArgumentParser) -> None:
    """Add `--control-port`."""
    command.add_argument(
        "--control-port",
        type=port_number,
        metavar="PORT",
        help="answer /health/live, /health/ready, /status and /metrics on this port",
    )


@dataclass(frozen=True, slots=True)
class Control:
    """The control port of a command: that of the spec, unless options set another.

    `is_own` is whether the spec has none.
    """

    adapter: ControlAdapter
    is_own: bool
    variables: Mapping[str, str]
    """The variables of the adapter that the package's own and the option set."""

    @property
    def is_wanted(self) -> bool:
        """Return whether a port is set."""
        return f"{self.adapter.variables}_PORT" in self.variables

    @property
    def is_open(self) -> bool:
        """Return whether the package's own variable sets the host.

        Probes have no token, so whoever sets it lets other machines read these pages.
        """
        return self.is_own or f"{self.adapter.variables}_HOST" in self.variables

    def served_with(self, adapters: Sequence[Adapter]) -> list[Adapter]:
        """Return the adapters, with this one if a port is set for it."""
        is_added = self.is_wanted and self.adapter not in adapters
        return [*adapters, *((self.adapter,) if is_added else ())]


def control_of(
    program: Program, options: argparse.Namespace, env: Environment
) -> Control:
    """Return the control port that the options and variables ask for."""
    declared = (one for one in program.others if isinstance(one, ControlAdapter))
    prefix = f"{program.variables}_CONTROL"
    own = ControlAdapter("control", prefix, 0, authentication=NoAuthentication())
    adapter = next(declared, own)
    values = {
        "PORT": options.control_port or env.get(f"{program.variables}_CONTROL_PORT"),
        "HOST": env.get(host_variable(program)),
    }
    variables = {
        f"{adapter.variables}_{name}": value for name, value in values.items() if value
    }
    return Control(adapter, adapter is own, variables)


def begin_metrics(program: Program, board: Board) -> Metrics | None:
    """Record calls from now on; without the library, say that there are no metrics.

    Raises StartError if several workers have no place for their counts.
    """
    if find_spec("prometheus_client") is None:
        NOTICES.warning("%s: %s", program.name, NO_METRICS)
        return None
    is_shared = begin_sharing(program.name, board.workers)
    # Imports the library.
    from ..observing.metrics import Recorder
    from ..observing.scrapes import Scrape

    OBSERVERS.append(Recorder())
    return Scrape(
        program.summary,
        program.labels,
        lambda: board.is_serving,
        is_shared=is_shared,
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
        missing = {"missing": self._missing} if self._missing else {}
        status = {
            "status": "UP" if is_ready else "DEGRADED",
            "adapters": self._adapters(),
            **missing,
        }
        return document(status, 200 if is_ready else 503, UNSTORED)

    def status(self, _: Scope) -> Answer:
        """Describe the package and its processes."""
        seconds = int(time.monotonic() - self._start)
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
            "uptime": f"PT{seconds}S",
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
        accepted = headers.get(b"accept", b"").decode("latin-1")
        media_type, text = metrics.page(accepted)
        kind = (b"content-type", media_type.encode())
        if b"gzip" not in headers.get(b"accept-encoding", b""):
            return content(text, kind, UNSTORED)
        return content(gzip.compress(text, FAST), kind, GZIPPED, UNSTORED)

    def _adapters(self) -> list[JsonValue]:
        return [
            *self._described("rest", self._program.rest),
            *self._described("mcp", self._program.mcp),
            *self._described(
                "skill", [one for one in self._program.others if not one.is_last]
            ),
        ]

    def _described(self, kind: str, adapters: Sequence[Adapter]) -> list[JsonObject]:
        """Describe the served adapters, and those that clients start."""
        ports = self._state.ports
        return [
            self._adapter(kind, one)
            for one in adapters
            if one.variables in ports or not one.over_http
        ]

    def _adapter(self, kind: str, adapter: Adapter) -> JsonObject:
        described: JsonObject = {"type": kind, "namespace": adapter.namespace}
        if not adapter.over_http:
            return {**described, "state": "on demand"}
        state = "started" if self._board.is_serving else "stopped"
        port = self._state.ports[adapter.variables]
        return {**described, "port": port, "state": state}


def _missing(program: Program) -> list[str]:
    """Return the credentials without which the package was started."""
    if not program.required:
        return []
    partial = {f"{program.variables}_PARTIAL": "1"}
    settings = program.settings.from_env({**os.environ, **partial})
    return [name for name in program.needed(os.environ) if name in settings.unset]
