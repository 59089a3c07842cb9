"""A package as its command line sees it: its adapters and its variables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ..configuration import BaseSettings
from ..guards.authentication import Authentication
from ..settings import Limits, Variables
from ..transport import Transport
from .state import Opening, State

if TYPE_CHECKING:
    from .arguments import Commands

A = TypeVar("A", bound="Adapter")
T = TypeVar("T")
Choice: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter: its names and its default port.

    `module` is the package's module that builds the application. It is imported when
    the adapter is served, because the MCP SDK alone takes half a second. `variables` is
    the prefix of the adapter's environment variables. `over_http` is whether `serve`
    opens a port for it. `authentication` is that of clients, if the spec declares it.
    """

    namespace: str
    module: str
    variables: str
    port: int
    over_http: bool = field(default=True, kw_only=True)
    authentication: Authentication | None = field(default=None, kw_only=True)
    factory: ClassVar[str]
    """The function of the module that builds the ASGI application."""
    path: ClassVar[str]
    """The path of the adapter's URL."""
    is_last: ClassVar[bool] = False
    """Whether it is served until all others have finished."""

    def application(self, program: "Program", state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application, with the options of its factory."""
        create: Callable[..., ASGIApp] = getattr(program.module(self), self.factory)
        return program.build(create, state.connect, **options)


class RestAdapter(Adapter):
    """A REST adapter."""

    __slots__ = ()
    factory = "create_app"
    path = ""


class McpAdapter(Adapter):
    """An MCP adapter; `create_server` of its module builds the server alone."""

    __slots__ = ()
    factory = "create_http_app"
    path = "/mcp"


def _connect_to_none(_: Any, __: Transport | None) -> Opening:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Program:
    """A package's command: its names, its environment variables and its adapters.

    `base_uris` maps the variable of each base URI to a description of its upstream.
    `private` are those variables whose upstreams get a credential. `settings` is a
    class of the package. `connect` may raise SettingsError when it is called, before
    its context is entered.

    `required` maps each credential's variable to the operations that need it. `partial`
    is whether the package can start without some of them. `choices` maps alternative
    credentials to the operations that need one of them. Each credential is a tuple of
    its variables; an empty tuple means that a request may be sent without a credential.
    `alternatives` are the variables that may be missing because another credential is
    enough. `others` are adapters that only `serve` serves.
    """

    name: str
    version: str
    summary: str
    base_uris: Mapping[str, str] = field(default_factory=dict)
    settings: type[BaseSettings] = BaseSettings
    connect: Callable[[Any, Transport | None], Opening] = _connect_to_none
    required: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    partial: bool = False
    choices: Mapping[Choice, str] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()
    rest: Sequence[RestAdapter] = ()
    mcp: Sequence[McpAdapter] = ()
    others: Sequence[Adapter] = ()
    mcp_config: "Callable[[Commands, Program], None] | None" = None
    has_client: ClassVar[bool] = True
    """Whether the adapters share an API client."""

    @property
    def package(self) -> str:
        """Return the name of the package, from the root that Python imported."""
        return self.settings.__module__.rpartition(".")[0]

    @property
    def variables(self) -> str:
        """Return the prefix of the package's own variables."""
        return self.settings.PREFIX

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {}

    def open(self, env: Mapping[str, str], transport: Transport | None) -> Opening:
        """Read the settings and connect; raises SettingsError at once."""
        return self.connect(self.settings.from_env(env), transport)

    def build(
        self, factory: Callable[..., T], connect: Callable[[], Opening], **options: Any
    ) -> T:
        """Call a factory of the package; `connect` returns the shared API client."""
        return factory(connect, **options)

    def limits(self, variables: Variables) -> Limits:
        """Read the limits on upstream calls."""
        return variables.limits(self.variables)

    def mock(self) -> Transport:
        """Return the transport of `--mock`, whose module only tests and it import."""
        mock: Transport = import_module(".mock", self.package).create_mock()
        return mock

    def module(self, adapter: Adapter) -> ModuleType:
        """Import the module of an adapter."""
        return import_module(f".{adapter.module}", self.package)

    def needed(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the variables to set, with one of each set of alternative credentials.

        That is the first credential that is set, else the first alternative; none if
        the credential is optional.
        """
        kept: set[str] = set()
        for choice in self.choices:
            kept.update(next(_are_set(choice, env), choice[0]))
        dropped = frozenset(self.alternatives) - kept
        return tuple(name for name in self.required if name not in dropped)

    def unset_choices(self, env: Mapping[str, str]) -> list[Choice]:
        """Return the alternatives of which no credential is set."""
        return [one for one in self.choices if next(_are_set(one, env), None) is None]

    @property
    def over_http(self) -> list[Adapter]:
        """Return the adapters for which `serve` opens a port."""
        return [one for one in (*self.rest, *self.mcp, *self.others) if one.over_http]


def open_variable(program: Program) -> str:
    """Return the variable that lets other machines reach an open adapter."""
    return f"{program.variables}_ALLOW_OPEN"


def named(adapters: Sequence[A], namespace: str | None) -> A:
    """Return the adapter with this namespace, else the first adapter."""
    matching = (adapter for adapter in adapters if adapter.namespace == namespace)
    return next(matching, adapters[0])


def port_option(adapter: Adapter, adapters: Sequence[Adapter], port: str) -> str:
    """Return the value of `--port` for one of the served adapters."""
    return port if len(adapters) == 1 else f"{adapter.namespace}={port}"


def _are_set(choice: Choice, env: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the credentials whose variables are all set; an empty one counts as set."""
    return (names for names in choice if all(map(env.get, names)))
