"""A package as its command sees it: adapters, settings, processes and control port."""

import asyncio
import gzip
import mmap
import os
import platform
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from enum import IntEnum
from importlib import import_module
from importlib.util import find_spec
from time import monotonic
from types import ModuleType
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

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
from ..http.page import Neighbour, Surroundings
from ..observing.calls import CalledOperation, know
from ..observing.logs import NOTICES
from ..settings import (
    SUFFIX,
    BaseSettings,
    Environment,
    Limits,
    Listener,
    ToolChoice,
    Usual,
    Variables,
    is_set,
    pages_are_open,
    read_limits,
    tool_choice,
    variable_of_unknown,
)
from ..transport import Transport
from ..values import JsonObject, JsonValue, json_bytes

Opening: TypeAlias = AbstractAsyncContextManager[Any]
"""The context of an API client, whose type is the package's."""

TRACE_HEADERS = ("w3c", "b3", "none")
STUCK_SECONDS = 30.0
"""A worker whose event loop stands still for longer is stuck."""
# After the first number, which is 1 while the package stops, each worker has two.
HEAD, EACH, SIZE = 1, 2, 8

A = TypeVar("A", bound="Adapter")
T = TypeVar("T")
Choice: TypeAlias = tuple[tuple[str, ...], ...]


class WorkerState(IntEnum):
    """The state of a worker; a replaced one is missed by nobody while others serve."""

    STARTING = 0
    SERVING = 1
    REFUSING = 2
    REPLACED = 3


class Board:
    """The states of all workers, in memory that forked processes share.

    Each worker writes its own state, and the time of doing so; the parent writes that
    of a worker that has ended, and that the package stops.
    """

    def __init__(
        self, workers: int = 1, clock: Callable[[], float] = monotonic
    ) -> None:
        self._clock = clock
        memory = mmap.mmap(-1, SIZE * (HEAD + EACH * workers))
        self._numbers = memoryview(memory).cast("d")
        self.workers = workers

    @property
    def is_stopping(self) -> bool:
        """Return whether the package is asked to stop."""
        return self._numbers[0] == 1

    def stop(self) -> None:
        """Note that the package is asked to stop."""
        self._numbers[0] = 1

    def note(self, worker: int, state: WorkerState) -> None:
        """Note the state that a worker has now."""
        at = HEAD + EACH * worker
        self._numbers[at + 1] = self._clock()
        self._numbers[at] = state

    @property
    def is_serving(self) -> bool:
        """Return whether every worker has started once and the package goes on."""
        states = self._states()
        has_started = WorkerState.STARTING not in states
        is_served = any(state is not WorkerState.REPLACED for state in states)
        return has_started and is_served and not self.is_stopping

    @property
    def is_ready(self) -> bool:
        """Return whether calls are served, and no worker refuses some of them."""
        return self.is_serving and WorkerState.REFUSING not in self._states()

    @property
    def is_live(self) -> bool:
        """Return whether no worker's event loop stands still."""
        running, now = (WorkerState.SERVING, WorkerState.REFUSING), self._clock()
        times = self._numbers[HEAD + 1 :: EACH].tolist()
        return all(
            state not in running or now - since < STUCK_SECONDS
            for state, since in zip(self._states(), times, strict=True)
        )

    def _states(self) -> list[WorkerState]:
        return [WorkerState(int(number)) for number in self._numbers[HEAD::EACH]]


class Server(Protocol):
    """A server that may have started."""

    started: bool


class Metrics(Protocol):
    """The metrics of all workers."""

    def page(self, accept: str) -> tuple[str, bytes]:
        """Return the media type and the text of a scrape, by `Accept`."""

    def forget(self, place: int) -> None:
        """Forget the calls in flight of the process at this place, which has ended."""


@dataclass(eq=False, slots=True)
class State:
    """The state of a process; at first, none of its servers runs.

    `connect` returns the API client that the adapters share. `ports` are those of the
    adapters, by the prefixes of their variables. With `is_mocked`, no upstream is
    called. `board` has the states of all workers; this process has the place `place`
    among them, or the one after them if it only watches.
    """

    connect: Callable[[], Opening]
    ports: Mapping[str, int]
    is_mocked: bool
    board: Board
    place: int = 0
    metrics: Metrics | None = None
    """The metrics, if there is a page of them."""
    is_traced: bool = False
    servers: Sequence[Server] = ()

    def tell(self, *, is_refusing: bool) -> None:
        """Write on the board whether all servers have started and take more calls."""
        has_started = all(server.started for server in self.servers)
        if self.place < self.board.workers and has_started:
            state = WorkerState.REFUSING if is_refusing else WorkerState.SERVING
            self.board.note(self.place, state)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter: its names and its default port.

    `module` is the package's module that builds the application. It is imported when
    the adapter is served. `variables` is the prefix of the adapter's environment
    variables. `over_http` is whether `serve` opens a port for it. `authentication` is
    that of clients, if the spec declares it.
    """

    namespace: str
    module: str
    variables: str
    port: int
    over_http: bool = field(default=True, kw_only=True)
    authentication: Authentication | None = field(default=None, kw_only=True)
    kind: ClassVar[str]
    """The kind of the adapter in metrics, traces and audit lines."""
    factory: ClassVar[str]
    """The function of the module that builds the ASGI application."""
    path: ClassVar[str] = ""
    """The path of the adapter's URL."""
    words: ClassVar[str] = "adapter"
    """The kind of the adapter on the pages of others."""
    is_last: ClassVar[bool] = False
    """Whether it is served until all others have finished."""

    def own_options(self, _: Variables) -> Mapping[str, Any]:
        """Read the options of the factory that variables set."""
        return {}

    def guards(self, where: Listener) -> Sequence[Guard]:
        """Return the guard of the host and port on which it listens."""
        return listener_guards(where)

    def application(self, program: "Program", state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application, with the options of its factory."""
        create: Callable[..., ASGIApp] = getattr(program.module(self), self.factory)
        neighbours = tuple(
            Neighbour(other.namespace, other.words, port, other.path)
            for other in program.over_http
            if other is not self and not other.is_last
            if (port := state.ports.get(other.variables)) is not None
        )
        is_mocked = state.is_mocked and program.has_client
        around = Surroundings(state.ports[self.variables], neighbours, is_mocked)
        return program.build(create, state.connect, surroundings=around, **options)


class RestAdapter(Adapter):
    """A REST adapter."""

    __slots__ = ()
    kind = "rest"
    factory = "create_app"
    words = "REST adapter"

    def own_options(self, variables: Variables) -> Mapping[str, Any]:
        """Check its settings, which the factory reads."""
        variables.read(False, pages_are_open, self.variables)
        variables.read(None, variable_of_unknown, self.variables)
        return {}


class McpAdapter(Adapter):
    """An MCP adapter; `create_server` of its module builds only the server."""

    __slots__ = ()
    kind = "mcp"
    factory = "create_http_app"
    path = "/mcp"
    words = "MCP server"

    def own_options(self, variables: Variables) -> Mapping[str, Any]:
        """Read the choice of tools; check the setting of its pages."""
        variables.read(False, pages_are_open, self.variables)
        return {"choice": variables.read(ToolChoice(), tool_choice, self.variables)}


@dataclass(frozen=True, slots=True)
class Program:
    """A package's command: its names, its environment variables and its adapters.

    `digest` is the SHA-256 of the spec, `labels` are those of all its metrics.
    `base_uris` maps the variable of each base URI to a description of its upstream.
    `private` are those variables whose upstreams get a credential. `settings` is a
    class of the package. `connect` may raise SettingsError when it is called, before
    its context is entered.

    `required` maps each credential's variable to the operations that need it. `partial`
    is whether the package can start without some of them. `choices` maps alternative
    credentials to the operations that need one of them. Each credential is a tuple of
    its variables; an empty tuple means that a request may be sent without a credential.
    `alternatives` are the variables that may be missing because another credential is
    enough. `others` are adapters that only `serve` serves. `platform_port` is the
    variable by which a platform sets the port of the first adapter.
    `trace_upstream` is the default of the setting.
    """

    name: str
    version: str
    summary: str
    digest: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    base_uris: Mapping[str, str] = field(default_factory=dict)
    settings: type[BaseSettings] = BaseSettings
    connect: Callable[[Any, Transport | None], Opening] | None = None
    required: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    partial: bool = False
    choices: Mapping[Choice, str] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()
    trace_upstream: str = "none"
    rest: Sequence[RestAdapter] = ()
    mcp: Sequence[McpAdapter] = ()
    others: Sequence[Adapter] = ()
    mcp_config: "Callable[[Any, Program], None] | None" = None
    platform_port: str = "PORT"

    @property
    def has_client(self) -> bool:
        """Return whether the adapters share an API client."""
        return self.connect is not None

    @property
    def package(self) -> str:
        """Return the name of the package, from the root that Python imported."""
        return self.settings.__module__.rpartition(".")[0]

    @property
    def variables(self) -> str:
        """Return the prefix of the package's own variables."""
        return self.settings.PREFIX

    def variable(self, name: str) -> str:
        """Return the package's own variable of this name."""
        return f"{self.variables}_{name}"

    def open(self, env: Environment, transport: Transport | None) -> Opening:
        """Read the settings and connect; raises SettingsError at once."""
        if self.connect is None:
            return nullcontext()
        return self.connect(self.settings.from_env(env), transport)

    def build(
        self, factory: Callable[..., T], connect: Callable[[], Opening], **options: Any
    ) -> T:
        """Call a factory of the package; `connect` returns the shared API client."""
        return factory(*([connect] if self.has_client else ()), **options)

    def limits(self, variables: Variables) -> Limits:
        """Read the limits on upstream calls; without a client, no variable sets any."""
        if self.connect is None:
            return Limits()
        return variables.read(Limits(), read_limits, self.variables)

    def propagation(self, variables: Variables) -> str:
        """Read the header that tells upstreams of the trace of a call, "" for none."""
        usual = Usual(self.trace_upstream, TRACE_HEADERS)
        value = variables.text(self.variable("TRACE_UPSTREAM"), usual=usual)
        return value if value != "none" else ""

    def mock(self) -> Transport:
        """Return the transport of `--mock`, whose module only tests and it import."""
        mock = import_module(".mock", self.package).create_mock()
        mock.repeats_inputs = True
        transport: Transport = mock
        return transport

    def module(self, adapter: Adapter) -> ModuleType:
        """Import the module of an adapter."""
        return import_module(f".{adapter.module}", self.package)

    def variables_to_set(self, env: Environment) -> tuple[str, ...]:
        """Return the variables to set, with one of each set of alternative credentials.

        That is the first credential that is set, else the first alternative; none if
        the credential is optional. A file's own variable stands for those that it may
        hold: a client starts the package in another working directory, so it has to
        name the file.
        """
        enough = {
            name
            for choice in self.choices
            for name in next(_credentials_set(choice, env), choice[0])
        }
        files = {
            name: file.variable
            for file in reversed(self.settings.FILES)
            for name in file.keys
        }
        names = (
            name
            for name in self.required
            if name in enough or name not in self.alternatives
        )
        return tuple(dict.fromkeys(_variable_of(name, files, env) for name in names))

    def unset_choices(self, env: Environment) -> list[Choice]:
        """Return the alternatives of which no credential is set."""
        return [
            choice for choice in self.choices if not [*_credentials_set(choice, env)]
        ]

    @property
    def over_http(self) -> list[Adapter]:
        """Return the adapters for which `serve` opens a port."""
        adapters = (*self.rest, *self.mcp, *self.others)
        return [adapter for adapter in adapters if adapter.over_http]


def _credentials_set(choice: Choice, env: Environment) -> Iterator[tuple[str, ...]]:
    """Yield the credentials whose variables are all set; an empty one counts as set."""
    return (names for names in choice if all(is_set(env, name) for name in names))


def _variable_of(name: str, files: Mapping[str, str], env: Environment) -> str:
    """Return the variable to set: that of a value or its file, or of a bound file."""
    if not env.get(name) and name + SUFFIX in env:
        return name + SUFFIX
    return name if env.get(name) else files.get(name, name)


def adapter_of(adapters: Sequence[A], namespace: str | None) -> A:
    """Return the adapter with this namespace, else the first adapter."""
    by_name = {adapter.namespace: adapter for adapter in adapters}
    return by_name.get(namespace or "", adapters[0])


def port_option(adapter: Adapter, adapters: Sequence[Adapter], port: str) -> str:
    """Return the value of `--port` for one of the served adapters."""
    return port if len(adapters) == 1 else f"{adapter.namespace}={port}"


@dataclass(frozen=True, slots=True)
class StandaloneProgram(Program):
    """A program whose adapters share no API client.

    `package` is its name, from the root that Python imported. `variables` is the prefix
    of its own variables.
    """

    package: str = field(kw_only=True)
    variables: str = field(kw_only=True)


# --- the control port -----------------------------------------------------------------

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
