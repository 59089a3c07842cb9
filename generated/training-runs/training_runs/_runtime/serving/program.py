"""A package's command: its parts, their state, and its arguments."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any, ClassVar, NoReturn, Protocol, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ..errors import NaftikoError
from ..http.authentication import Authentication
from ..http.guards import Guard, listener_guards
from ..http.logs import FORMATS, escaped
from ..http.surroundings import Neighbour, Surroundings
from ..secret_files import SUFFIX, is_set
from ..settings import (
    BaseSettings,
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
from .board import Board, WorkerState

Opening: TypeAlias = AbstractAsyncContextManager[Any]
"""The context of an API client, whose type is the package's."""

LEVELS = ("debug", "info", "warning", "error")
LONGEST_NAME = 60
TRACE_HEADERS = ("w3c", "b3", "none")

A = TypeVar("A", bound="Adapter")
T = TypeVar("T")
Choice: TypeAlias = tuple[tuple[str, ...], ...]


class Server(Protocol):
    """A server that may have started."""

    started: bool


class Metrics(Protocol):
    """The metrics of all workers."""

    def page(self, accepted: str) -> tuple[str, bytes]:
        """Return the media type and the text of a scrape, by `Accept`."""

    def forget(self, place: int) -> None:
        """Forget the calls in flight of the process at this place, which has ended."""


class State:
    """The state of a process; at first, none of its servers runs.

    `connect` returns the API client that the adapters share. `ports` are those of the
    adapters, by the prefixes of their variables. With `is_mocked`, no upstream is
    called. `board` has the states of all workers; this process is the worker `worker`,
    or none of them. `metrics` are recorded if there is a page of them. `is_traced` is
    whether calls have spans.
    """

    def __init__(
        self,
        connect: Callable[[], Opening],
        ports: Mapping[str, int],
        *,
        is_mocked: bool,
        board: Board,
    ) -> None:
        self.connect = connect
        self.ports = ports
        self.is_mocked = is_mocked
        self.board = board
        self.worker: int | None = 0
        self.metrics: Metrics | None = None
        self.is_traced = False
        self._servers: Sequence[Server] = ()

    def follow(self, servers: Sequence[Server]) -> None:
        """Take the servers that are about to start."""
        self._servers = servers

    def tell(self, *, is_refusing: bool) -> None:
        """Write on the board whether all servers have started and take more calls."""
        if self.worker is not None and all(one.started for one in self._servers):
            state = WorkerState.REFUSING if is_refusing else WorkerState.SERVING
            self.board.note(self.worker, state)


class UsageError(NaftikoError):
    """Arguments that don't fit together; the message is one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that refers to `--help`.

    The texts before and after its options may come from a spec.
    """

    def __init__(self, *, description: str, epilog: str = "", **options: Any) -> None:
        super().__init__(
            description=_literal(description),
            epilog=_literal(epilog),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )
        self._given: list[str] = []
        # A subcommand's parser overrides this default, so errors refer to its own help.
        self.set_defaults(parser=self)

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with code 2."""
        see = " See" if message.endswith("?") else "; see"
        line = f"{self.prog}: {message}{see} `{self.prog} --help`"
        self.exit(2, " ".join(line.splitlines()) + "\n")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Report unknown arguments, with the most similar option."""
        option = next((one for one in unknown if one.startswith("--")), "")
        question = did_you_mean(option.partition("=")[0], self._option_string_actions)
        self.error(f"unrecognized arguments: {' '.join(unknown)}{question}")

    def _parse_optional(self, arg_string: str) -> Any:
        """Record each argument for error messages, then let argparse classify it."""
        self._given.append(arg_string)
        return super()._parse_optional(arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Report a value that isn't one of the choices, with a suggestion."""
        choices = [*map(str, action.choices or ())]
        if choices and value not in choices:
            if not action.option_strings:
                self._refuse_option_before(str(value))
            listed = f"(choose from {', '.join(choices)})"
            question = self._did_you_mean_option(str(value))
            question = question or did_you_mean(str(value), choices)
            fault = f"invalid choice: {value!r} {listed}{question}"
            raise argparse.ArgumentError(action, fault)

    def _refuse_option_before(self, value: str) -> None:
        """Report an unknown option whose value was parsed as a positional argument."""
        for option, following in pairwise(self._given):
            is_known = any(
                one.startswith(option) for one in self._option_string_actions
            )
            if following == value and option.startswith("--") and not is_known:
                self.refuse([option, value])

    def _did_you_mean_option(self, value: str) -> str:
        """Return a suggestion if the value is a choice of one of the options."""
        for action in self._actions:
            if action.option_strings and value in (action.choices or ()):
                return f"; did you mean {action.option_strings[0]} {value}?"
        return ""


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def _literal(text: str) -> str:
    """Return a text that `--help` shows as it is, with control characters escaped."""
    shown = "\n".join(map(escaped, text.split("\n")))
    # argparse replaces placeholders only in texts that have this one.
    return shown.replace("%", "%%") if "%(prog)" in shown else shown


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message that suggests a similar name, or an empty string."""
    from difflib import get_close_matches  # a server doesn't need it

    near = get_close_matches(name, known, n=1) if len(name) <= LONGEST_NAME else []
    return f"; did you mean {near[0]}?" if near else ""


def add_log_level(command: argparse.ArgumentParser, default: str) -> None:
    """Add `--log-level`, which is allowed before and after the command's name."""
    command.add_argument(
        "--log-level",
        choices=LEVELS,
        default=default,
        help="the least severe messages on standard error; info has a line for each "
        "call (default: warning)",
    )


def add_log_format(command: argparse.ArgumentParser, default: str | None) -> None:
    """Add `--log-format`, which is allowed before and after the command's name."""
    command.add_argument(
        "--log-format",
        choices=FORMATS,
        default=default,
        help="lines of text, or JSON objects with the ids of request and trace "
        "(default: text)",
    )


def add_mock(command: argparse.ArgumentParser, purpose: str, *, is_shown: bool) -> None:
    """Add `--mock`, hidden if it makes no difference to calls."""
    command.add_argument(
        "--mock", action="store_true", help=purpose if is_shown else argparse.SUPPRESS
    )


def add_workers(command: argparse.ArgumentParser) -> None:
    """Add `--workers`."""
    command.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="the number of processes that answer on the ports (default: 1)",
    )


def add_listener(
    command: argparse.ArgumentParser, adapters: "Sequence[Adapter]", *, chosen: bool
) -> None:
    """Add `--port` and `--host`; `chosen`: the command serves a single adapter."""
    one = chosen or len(adapters) == 1
    example = "" if one else f", as in {adapters[0].namespace}=9000"
    command.add_argument(
        "--port",
        action="append",
        default=[],
        type=_port,
        metavar="PORT" if one else "NAMESPACE=PORT",
        help=f"listen on this port{example}; 0 takes a free one",
    )
    command.add_argument(
        "--host", metavar="HOST", help="listen on this address of the machine"
    )


def add_choice(
    command: argparse.ArgumentParser, adapters: "Sequence[Adapter]", *, chosen: bool
) -> None:
    """Add `--tools` and `--read-only`; `chosen`: the command is for one adapter."""
    one = chosen or len(adapters) == 1
    example = "" if one else f", as in {adapters[0].namespace}=list-*"
    command.add_argument(
        "--tools",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATTERN" if one else "NAMESPACE=PATTERN",
        help=f"MCP: have only the tools whose names match such a pattern{example}",
    )
    command.add_argument(
        "--read-only",
        action="store_true",
        help="MCP: have only the tools that change nothing",
    )


def choosing(
    options: argparse.Namespace, adapters: "Sequence[Adapter]"
) -> Mapping[str, str]:
    """Return the variables that `--tools` and `--read-only` set for these adapters.

    Raises UsageError if a pattern is empty or belongs to none of these adapters.
    """
    variables = {one.namespace: one.variables for one in adapters}
    patterns: dict[str, str] = {}
    for text in options.tools:
        namespace, _, pattern = text.rpartition("=")
        # An empty variable of a shell must not choose all tools.
        if not pattern.strip(" ,"):
            raise UsageError("--tools has an empty pattern; write * for all tools")
        name = f"{_owner(namespace, variables, '--tools', 'PATTERN')}_TOOLS"
        patterns[name] = ",".join(filter(None, (patterns.get(name), pattern)))
    switched = variables.values() if options.read_only else ()
    return {**patterns, **{f"{one}_READ_ONLY": "1" for one in switched}}


def choice_words(options: argparse.Namespace, namespace: str = "") -> tuple[str, ...]:
    """Return the options of a command by which it has the tools chosen by another.

    The namespace is that of the adapter, if the command has to name it.
    """
    prefix = f"{namespace}=" if namespace else ""
    names = [f"{prefix}{text.rpartition('=')[2]}" for text in options.tools]
    tools = ("--tools", *names) if names else ()
    return *tools, *(("--read-only",) if options.read_only else ())


def add_namespace(
    command: argparse.ArgumentParser, adapters: "Sequence[Adapter]"
) -> None:
    """Add the optional name of an adapter; the first adapter is the default."""
    namespaces = [adapter.namespace for adapter in adapters]
    command.add_argument(
        "namespace",
        nargs="?",
        choices=namespaces,
        metavar="NAMESPACE",
        help=f"the adapter: {', '.join(namespaces)} (default: the first)",
    )


def listening(
    options: argparse.Namespace, adapters: "Sequence[Adapter]"
) -> Mapping[str, str]:
    """Return the variables that `--port` and `--host` set for these adapters.

    Raises UsageError if a port belongs to none of these adapters.
    """
    variables = {one.namespace: one.variables for one in adapters}
    ports: dict[str, str] = {}
    for namespace, port in options.port:
        name = f"{_owner(namespace, variables, '--port', 'PORT')}_PORT"
        if name in ports:
            raise UsageError("--port is given twice for the same adapter")
        ports[name] = port
    hosts = variables.values() if options.host else ()
    return {**ports, **{f"{one}_HOST": options.host for one in hosts}}


def _owner(
    namespace: str, variables: Mapping[str, str], option: str, value: str
) -> str:
    if not namespace and len(variables) == 1:
        return next(iter(variables.values()))
    if namespace in variables:
        return variables[namespace]
    forms = " or ".join(f"{option} {one}={value}" for one in variables)
    if namespace:
        raise UsageError(f"no adapter {namespace!r} is served; write {forms}")
    raise UsageError(f"{option} has to say which adapter it is for; write {forms}")


def _port(text: str) -> tuple[str, str]:
    """Parse `PORT` or `NAMESPACE=PORT` into a namespace, perhaps empty, and a port."""
    namespace, _, port = text.rpartition("=")
    return namespace, port_number(port)


def port_number(text: str) -> str:
    """Check the number of a port; raises argparse's error for an option."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")
    return text


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", text):
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 99")
    if text != "1" and not hasattr(os, "fork"):
        raise argparse.ArgumentTypeError("must be 1: this system can't fork processes")
    return int(text)


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
    path: ClassVar[str]
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
        around = self._surroundings(program, state)
        return program.build(create, state.connect, surroundings=around, **options)

    def _surroundings(self, program: "Program", state: State) -> Surroundings:
        """Return where it listens, and the adapters that are served beside it."""
        others = (
            Neighbour(one.namespace, one.words, state.ports[one.variables], one.path)
            for one in program.over_http
            if one is not self and one.variables in state.ports and not one.is_last
        )
        is_mocked = state.is_mocked and program.has_client
        return Surroundings(state.ports[self.variables], tuple(others), is_mocked)


class RestAdapter(Adapter):
    """A REST adapter."""

    __slots__ = ()
    kind = "rest"
    factory = "create_app"
    path = ""
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
        choice = variables.read(ToolChoice(), tool_choice, self.variables)
        return {"choice": choice}


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
    mcp_config: "Callable[[Commands, Program], None] | None" = None
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

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {}

    def places(self, _: Mapping[str, str]) -> Mapping[str, str]:
        """Return the files that hold values, by the variables of these."""
        return {}

    def open(self, env: Mapping[str, str], transport: Transport | None) -> Opening:
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
        value = variables.text(f"{self.variables}_TRACE_UPSTREAM", usual=usual)
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

    def needed(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the variables to set, with one of each set of alternative credentials.

        That is the first credential that is set, else the first alternative; none if
        the credential is optional.
        """
        kept: set[str] = set()
        for choice in self.choices:
            kept.update(next(_are_set(choice, env), choice[0]))
        dropped = frozenset(self.alternatives) - kept
        wanted = (name for name in self.required if name not in dropped)
        return tuple(_set_variable(name, env) for name in wanted)

    def unset_choices(self, env: Mapping[str, str]) -> list[Choice]:
        """Return the alternatives of which no credential is set."""
        return [one for one in self.choices if next(_are_set(one, env), None) is None]

    @property
    def over_http(self) -> list[Adapter]:
        """Return the adapters for which `serve` opens a port."""
        return [one for one in (*self.rest, *self.mcp, *self.others) if one.over_http]


def add_audit(command: argparse.ArgumentParser) -> None:
    """Add `--audit`."""
    command.add_argument(
        "--audit",
        metavar="FILE",
        help="append a line of JSON for each call that may change state to this file,"
        " or to standard error with `stderr`",
    )


def audit_variable(program: Program) -> str:
    """Return the variable that says where the audit is written."""
    return f"{program.variables}_AUDIT"


def log_format_variable(program: Program) -> str:
    """Return the variable that chooses the format of the log."""
    return f"{program.variables}_LOG_FORMAT"


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
    return (names for names in choice if all(is_set(env, name) for name in names))


def _set_variable(name: str, env: Mapping[str, str]) -> str:
    """Return the variable of a value, or that of its file if that is set."""
    is_in_file = not env.get(name) and name + SUFFIX in env
    return name + SUFFIX if is_in_file else name


@dataclass(frozen=True, slots=True)
class StandaloneProgram(Program):
    """A program whose adapters share no API client.

    `package` is its name, from the root that Python imported. `variables` is the prefix
    of its own variables.
    """

    package: str = field(kw_only=True)
    variables: str = field(kw_only=True)
