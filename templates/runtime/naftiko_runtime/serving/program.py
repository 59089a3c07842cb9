"""A package as its command sees it: its adapters, its settings and its processes."""

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from enum import IntEnum
from importlib import import_module
from time import monotonic
from types import ModuleType
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ..http.guards import (
    Authentication,
    Guard,
    Neighbour,
    Surroundings,
    listener_guards,
)
from ..secret_files import SUFFIX, is_set
from ..settings import (
    BaseSettings,
    Environment,
    Limits,
    Listener,
    ToolChoice,
    Usual,
    Variables,
    pages_are_open,
    read_limits,
    tool_choice,
)
from ..transport import Transport

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
        """Check the setting of its pages, which the factory reads."""
        variables.read(False, pages_are_open, self.variables)
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
