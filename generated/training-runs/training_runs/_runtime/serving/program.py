"""A package as its command line sees it: its adapters and its variables."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ..listener import Listener
from ..transport import Transport

if TYPE_CHECKING:
    from .arguments import Commands

C = TypeVar("C")
Opening: TypeAlias = AbstractAsyncContextManager[C]
Connected: TypeAlias = Callable[[], Opening[C]]
Choice: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Adapter(Generic[C]):
    """An adapter: its names, its default port and how to build its application.

    `variables` is the prefix of its environment variables. `stdio` serves the adapter
    on standard input and output. `over_http` is whether `serve` opens a port for it,
    and `path` is the path of its URL.
    """

    namespace: str
    variables: str
    port: int
    app: Callable[[Connected[C], Listener], ASGIApp]
    stdio: Callable[[Connected[C]], Coroutine[Any, Any, None]] | None = None
    over_http: bool = True
    path: str = ""


@dataclass(frozen=True, slots=True)
class Program(Generic[C]):
    """A package's command: its names, its environment variables and its adapters.

    `base_uris` maps the variable of each base URI to a description of its upstream.
    `private` are those variables whose upstreams get a credential. `connect` raises
    SettingsError when it is called, before its context is entered.

    `required` maps each credential's variable to the operations that need it. `partial`
    is whether the package can start without some of them. `choices` maps alternative
    credentials to the operations that need one of them. Each credential is a tuple of
    its variables; an empty tuple means that a request may be sent without a credential.
    `alternatives` are the variables that may be missing because another credential is
    enough. `unset` returns all variables that are missing.
    """

    name: str
    version: str
    module: str
    summary: str
    variables: str
    base_uris: Mapping[str, str]
    private: tuple[str, ...]
    connect: Callable[[Mapping[str, str], Transport | None], Opening[C]]
    mock: Callable[[], Transport]
    required: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    choices: Mapping[Choice, str] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()
    unset: "Callable[[Mapping[str, str]], frozenset[str]] | None" = None
    rest: tuple[Adapter[C], ...] = ()
    mcp: tuple[Adapter[C], ...] = ()
    mcp_config: "Callable[[Commands, Program[C]], None] | None" = None

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
    def over_http(self) -> list[Adapter[C]]:
        """Return the adapters for which `serve` opens a port."""
        return [one for one in (*self.rest, *self.mcp) if one.over_http]


def named(adapters: Sequence[Adapter[C]], namespace: str | None) -> Adapter[C]:
    """Return the adapter with this namespace, else the first adapter."""
    matching = (adapter for adapter in adapters if adapter.namespace == namespace)
    return next(matching, adapters[0])


def port_option(adapter: Adapter[C], adapters: Sequence[Adapter[C]], port: str) -> str:
    """Return the value of `--port` for one of the served adapters."""
    return port if len(adapters) == 1 else f"{adapter.namespace}={port}"


def _are_set(choice: Choice, env: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the credentials whose variables are all set; an empty one counts as set."""
    return (names for names in choice if all(map(env.get, names)))
