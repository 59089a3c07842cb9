"""The command line of the package, which serves its adapters."""

import argparse
import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ..errors import SettingsError, StartError
from ..http.call_log import LoggedRequests, are_logged
from ..settings import Listener, Variables, listener, max_connections, switch
from ..transport import Transport
from .addresses import dangers
from .arguments import (
    Parser,
    UsageError,
    add_listener,
    add_log_level,
    add_namespace,
    add_workers,
    listening,
)
from .logs import install
from .server import Served, bind, look_up, run, serve

C = TypeVar("C")
Opening: TypeAlias = AbstractAsyncContextManager[C]
Connected: TypeAlias = Callable[[], Opening[C]]
LOG = logging.getLogger(__name__)
Choice: TypeAlias = tuple[tuple[str, ...], ...]
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


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

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Run the command line and return its exit code."""
        parser = self._parser()
        options, unknown = parser.parse_known_args(arguments)
        if unknown:
            options.parser.refuse(unknown)
        install(options.log_level)
        try:
            options.action(options)
        except UsageError as error:
            options.parser.error(str(error))
        except SettingsError as error:
            logging.shutdown()  # writes queued log lines before the message
            *others, last = map(self._explained, error.faults)
            for fault in (*others, f"{last}{self._advice(error)}"):
                print(f"{self.name}: {fault}", file=sys.stderr)
            return 1
        except StartError as error:
            logging.shutdown()
            print(f"{self.name}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:  # raised until the servers handle the signal
            return 130
        return 0

    def _parser(self) -> Parser:
        parser = Parser(
            prog=self.name, description=self.summary, epilog=self._variables()
        )
        parser.add_argument(
            "--version", action="version", version=f"{self.name} {self.version}"
        )
        add_log_level(parser, default="warning")
        parser.set_defaults(action=lambda _: parser.print_help())
        commands = parser.add_subparsers(metavar="COMMAND")
        served = self.over_http
        serve = self._add(commands, "serve", "serve every adapter, each on its port")
        serve.set_defaults(action=self._all)
        if served:
            add_listener(serve, served, chosen=False)
        if self.rest:
            rest = self._add(commands, "rest", "serve one REST adapter")
            rest.set_defaults(action=self._rest)
            add_namespace(rest, self.rest)
            add_listener(rest, self.rest, chosen=True)
        if self.mcp:
            mcp = self._add(commands, "mcp", "serve one MCP adapter")
            mcp.set_defaults(action=self._mcp)
            add_namespace(mcp, self.mcp)
            add_listener(mcp, self.mcp, chosen=True)
            _add_stdio(mcp)
        if self.mcp_config:
            self.mcp_config(commands, self)
        return parser

    def _add(self, commands: Commands, name: str, purpose: str) -> Parser:
        command: Parser = commands.add_parser(
            name, help=purpose, description=purpose, epilog=self._variables()
        )
        command.add_argument(
            "--mock",
            action="store_true",
            help="answer with made-up data: no credential, no network",
        )
        if self.partial:
            command.add_argument(
                "--partial",
                action="store_true",
                help="start without missing credentials; calls that need one get 503",
            )
        add_workers(command)
        add_log_level(command, default=argparse.SUPPRESS)
        return command

    def _variables(self) -> str:
        """Describe the environment variables, for `--help`."""
        own = f"{self.variables}_"
        rows = [
            *((name, self._need(name)) for name in self.required),
            *((name, f"the address of {one}") for name, one in self.base_uris.items()),
            *(
                (f"{one.variables}_PORT, _HOST", f"the listener of {one.namespace}")
                for one in self.over_http
            ),
            (f"{own}TIMEOUT", "the seconds that a call may take"),
            (f"{own}MAX_CONCURRENCY", "the number of calls at once"),
        ]
        width = max(len(name) for name, _ in rows)
        lines = (f"  {name:{width}}  {meaning}" for name, meaning in rows)
        return "\n".join(
            (
                "environment variables (options win over them):",
                *lines,
                "The README of the package lists all of them.",
            )
        )

    def _need(self, name: str) -> str:
        """Describe when a variable is needed, for `--help`."""
        choices = [one for one in self.choices if any(name in row for row in one)]
        if name in self.alternatives and all(() in one for one in choices):
            return "optional, sent if it is set"
        if name in self.alternatives:
            return "one credential is enough; without any, operations answer 503"
        return "needed, except with --mock"

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

    def _all(self, options: argparse.Namespace) -> None:
        over_http = self.over_http
        if not over_http:
            raise StartError("no adapter listens on a port; run `mcp --stdio`")
        self._listen(options, over_http)

    def _rest(self, options: argparse.Namespace) -> None:
        self._listen(options, [named(self.rest, options.namespace)])

    def _mcp(self, options: argparse.Namespace) -> None:
        adapter = named(self.mcp, options.namespace)
        if adapter.stdio and (options.stdio or not adapter.over_http):
            if options.workers > 1:
                raise UsageError("--stdio serves one client: leave --workers out")
            if options.port or options.host:
                raise UsageError(
                    "--stdio listens on no port: leave --port and --host out"
                )
            opening = self._opening(options)
            self._tell_of_mock(options)
            _end_at_once_on_signals()
            asyncio.run(adapter.stdio(lambda: opening))
        else:
            self._listen(options, [adapter])

    def _listen(
        self, options: argparse.Namespace, adapters: Sequence[Adapter[C]]
    ) -> None:
        """Bind every port, then serve the adapters; they share one API client."""
        env = {**os.environ, **listening(options, adapters)}
        with Variables(env) as variables:
            grace = variables.limits(self.variables).timeout
            connections = variables.read(0, max_connections, self.variables)
            loopback = Listener("localhost", 0)
            listeners = {
                one.variables: variables.read(
                    loopback, listener, one.variables, one.port
                )
                for one in adapters
            }
            opening = self._opening(options)
        for variables_of, where in listeners.items():
            look_up(where, _source(options, variables_of))
        self._refuse_open(listeners, options)
        bound = [
            bind(listeners[one.variables], one.variables, _port_advice(one, adapters))
            for one in adapters
        ]
        self._tell_of_mock(options)
        for adapter, (_, where) in zip(adapters, bound, strict=True):
            url = f"{where.url}{adapter.path}"
            print(f"{adapter.namespace} listens on {url}", file=sys.stderr)
        client: C
        # Built before workers are forked, so that they share the imported modules.
        served = [
            Served(
                _logged(adapter, adapter.app(lambda: nullcontext(client), where)), port
            )
            for adapter, (port, where) in zip(adapters, bound, strict=True)
        ]

        async def main(lifeline: int | None = None) -> None:
            nonlocal client
            async with opening as client:
                await serve(served, grace, connections, lifeline)

        if options.workers > 1:
            from .workers import supervise  # not importable on Windows

            sockets = [one.socket for one in served]
            supervise(options.workers, lambda end: run(main(end)), sockets)
        else:
            run(main())

    def _opening(self, options: argparse.Namespace) -> Opening[C]:
        """Read the settings; the mock needs neither credentials nor base URIs."""
        if not options.mock:
            opening = self._opened(options)
            for danger in dangers(os.environ, self.base_uris, self.private):
                LOG.warning(danger)
            return opening
        variables = dict.fromkeys(self.required, "mock")
        addresses = dict.fromkeys(self.base_uris, "http://mock.invalid")
        return self.connect({**os.environ, **variables, **addresses}, self.mock())

    def _opened(self, options: argparse.Namespace) -> Opening[C]:
        """Connect; in partial mode, warn of missing credentials instead of failing."""
        variable = f"{self.variables}_PARTIAL"
        wanted = self.partial and (options.partial or switch(os.environ, variable))
        try:
            opening = self.connect({**os.environ, variable: "0"}, None)
        except SettingsError as error:
            if not wanted:
                raise
            opening = self.connect({**os.environ, variable: "1"}, None)
            for name in filter(None, map(self._required, error.faults)):
                off = f"which turns off {self.required[name]}"
                print(f"{self.name}: {name} is not set, {off}", file=sys.stderr)
        self._tell_of_choices({**os.environ, variable: "1"})
        return opening

    def _tell_of_choices(self, env: Mapping[str, str]) -> None:
        """Print the operations that are off because no credential of theirs is set."""
        unset = self.unset(env) if self.unset else frozenset()
        for choice, operations in self.choices.items():
            if not any(map(unset.isdisjoint, choice)):
                names = ", or ".join(map(" and ".join, choice))
                off = f"until then, calls of {operations} get 503"
                said = f"no credential is set: set {names}; {off}"
                print(f"{self.name}: {said}", file=sys.stderr)

    def _explained(self, fault: str) -> str:
        """Add the operations that need the faulty variable."""
        name = self._required(fault)
        return f"{fault} (needed by {self.required[name]})" if name else fault

    def _advice(self, error: SettingsError) -> str:
        """Return a hint on how to start without the variables, if stderr is a terminal.

        It is the end of the last line, because each line reports one variable.
        """
        is_missing = any(map(self._required, error.faults))
        if not is_missing or not sys.stderr.isatty():
            return ""
        variable = f"{self.variables}_PARTIAL"
        partial = f", or {variable}=1 to start without credentials"
        offered = partial if self._starts_with({variable: "1"}) else ""
        return f"; or take --mock for made-up data{offered}"

    def _starts_with(self, env: Mapping[str, str]) -> bool:
        try:
            self.connect({**os.environ, **env}, None)
        except SettingsError:
            return False
        return self.partial

    def _required(self, fault: str) -> str | None:
        """Return the first required variable in the text of a fault."""
        words = re.findall(r"\w+", fault)
        return next((word for word in words if word in self.required), None)

    def _tell_of_mock(self, options: argparse.Namespace) -> None:
        if options.mock:
            said = f"the answers of {self.name} are made up (--mock)"
            print(f"{said}: no upstream is called", file=sys.stderr)

    def _refuse_open(
        self, listeners: Mapping[str, Listener], options: argparse.Namespace
    ) -> None:
        variable = f"{self.variables}_ALLOW_OPEN"
        allowed = switch(os.environ, variable)
        for variables, one in listeners.items():
            if not one.loopback and not allowed:
                raise StartError(
                    "other machines can reach the host in "
                    f"{_source(options, variables)}, and callers are not "
                    f"authenticated; set {variable}=1 to listen there all the same"
                )


def _are_set(choice: Choice, env: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the credentials whose variables are all set; an empty one counts as set."""
    return (names for names in choice if all(map(env.get, names)))


def _source(options: argparse.Namespace, variables: str) -> str:
    """Return the option or variable that sets the host."""
    return "--host" if options.host else f"{variables}_HOST"


def port_option(adapter: Adapter[C], adapters: Sequence[Adapter[C]], port: str) -> str:
    """Return the value of `--port` for one of the served adapters."""
    return port if len(adapters) == 1 else f"{adapter.namespace}={port}"


def _port_advice(adapter: Adapter[C], adapters: Sequence[Adapter[C]]) -> str:
    port = port_option(adapter, adapters, "PORT")
    return f"choose another with --port {port} or --host HOST"


def _logged(adapter: Adapter[C], app: ASGIApp) -> ASGIApp:
    """Wrap the application in logging if the log level includes calls."""
    if not are_logged():
        return app
    return LoggedRequests(app, adapter.namespace, adapter.path)


def _end_at_once_on_signals() -> None:
    """Exit on signals: the thread that reads standard input can't be interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_at_once)


def _end_at_once(*_: object) -> None:
    logging.shutdown()
    os._exit(0)


def _add_stdio(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stdio",
        action="store_true",
        help="speak MCP on standard input and output instead of HTTP",
    )


def named(adapters: Sequence[Adapter[C]], namespace: str | None) -> Adapter[C]:
    """Return the adapter with this namespace, else the first adapter."""
    matching = (adapter for adapter in adapters if adapter.namespace == namespace)
    return next(matching, adapters[0])
