"""The command line: serve the adapters, or print how an MCP client starts this one."""

import argparse
import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from starlette.types import ASGIApp

from ._addresses import dangers
from ._clients import CLIENTS
from ._logs import install
from ._serve import Served, StartError, bind, run, serve
from ._settings import (
    Listener,
    SettingsError,
    Variables,
    listener,
    max_connections,
    switch,
)
from ._upstream import Transport

C = TypeVar("C")
Opening: TypeAlias = AbstractAsyncContextManager[C]
Connected: TypeAlias = Callable[[], Opening[C]]
LOG = logging.getLogger(__name__)
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True, slots=True)
class Adapter(Generic[C]):
    """An adapter: its default port, how its application is built, where it stands.

    `variables` is what the names of its variables start with. `stdio` serves it on
    standard input and output; `over_http` says whether `serve` gives it a port.
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
    """A package's command: its names, the variables it needs, its adapters.

    `private` are those of `base_uris` whose upstreams get a credential.
    `connect` raises SettingsError at once, before it is entered. `required` has the
    operations that need each variable, and `partial` says whether it starts without
    some of them.
    """

    name: str
    module: str
    summary: str
    variables: str
    base_uris: tuple[str, ...]
    private: tuple[str, ...]
    connect: Callable[[Mapping[str, str], Transport | None], Opening[C]]
    mock: Callable[[], Transport]
    required: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    rest: tuple[Adapter[C], ...] = ()
    mcp: tuple[Adapter[C], ...] = ()

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Run the command line and return its exit code."""
        options = self._parser().parse_args(arguments)
        install(options.log_level)
        try:
            options.action(options)
        except SettingsError as error:
            logging.shutdown()  # the reason comes last
            for fault in error.faults:
                print(f"{self.name}: {self._explained(fault)}", file=sys.stderr)
            return 1
        except StartError as error:
            logging.shutdown()
            print(f"{self.name}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:  # before the servers take the signal
            return 130
        return 0

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(prog=self.name, description=self.summary)
        parser.add_argument(
            "--log-level",
            choices=("debug", "info", "warning", "error"),
            default="warning",
            help="what is logged to standard error (default: %(default)s)",
        )
        commands = parser.add_subparsers(required=True, metavar="COMMAND")
        self._add(commands, "serve", "serve every adapter, each on its port", self._all)
        if self.rest:
            rest = self._add(commands, "rest", "serve one REST adapter", self._rest)
            _add_namespace(rest, self.rest)
        if self.mcp:
            mcp = self._add(commands, "mcp", "serve one MCP adapter", self._mcp)
            _add_namespace(mcp, self.mcp)
            _add_stdio(mcp)
            self._add_configuration(commands)
        return parser

    def _add(
        self,
        commands: Commands,
        name: str,
        purpose: str,
        action: Callable[[argparse.Namespace], None],
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=purpose, description=purpose)
        command.set_defaults(action=action)
        command.add_argument(
            "--mock",
            action="store_true",
            help="answer from the embedded upstream: no credential, no network",
        )
        if self.partial:
            command.add_argument(
                "--partial",
                action="store_true",
                help="start without missing credentials: what needs them is off",
            )
        command.add_argument(
            "--workers",
            type=_count,
            default=1,
            metavar="N",
            help="how many processes answer on the ports (default: %(default)s)",
        )
        return command

    def _add_configuration(self, commands: Commands) -> None:
        purpose = "print the configuration with which an MCP client starts this server"
        command = commands.add_parser("mcp-config", help=purpose, description=purpose)
        command.add_argument("--client", choices=tuple(CLIENTS), required=True)
        command.set_defaults(action=self._print_configuration)

    def _all(self, options: argparse.Namespace) -> None:
        over_http = [one for one in (*self.rest, *self.mcp) if one.over_http]
        if not over_http:
            raise StartError("no adapter listens on a port; run `mcp --stdio`")
        self._listen(options, over_http)

    def _rest(self, options: argparse.Namespace) -> None:
        self._listen(options, [_named(self.rest, options.namespace)])

    def _mcp(self, options: argparse.Namespace) -> None:
        adapter = _named(self.mcp, options.namespace)
        if adapter.stdio and (options.stdio or not adapter.over_http):
            if options.workers > 1:
                raise StartError("--stdio serves one client: leave --workers out")
            opening = self._opening(options)
            _end_at_once_on_signals()
            asyncio.run(adapter.stdio(lambda: opening))
        else:
            self._listen(options, [adapter])

    def _listen(
        self, options: argparse.Namespace, adapters: Sequence[Adapter[C]]
    ) -> None:
        """Bind every port, then serve every adapter over one client."""
        with Variables(os.environ) as variables:
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
        self._refuse_open(listeners)
        bound = [bind(where, variables) for variables, where in listeners.items()]

        for adapter, (_, where) in zip(adapters, bound, strict=True):
            url = f"{where.url}{adapter.path}"
            print(f"{adapter.namespace} listens on {url}", file=sys.stderr)
        client: C
        # Built before there are workers: they share what is imported for it.
        served = [
            Served(adapter.app(lambda: nullcontext(client), where), port)
            for adapter, (port, where) in zip(adapters, bound, strict=True)
        ]

        async def main(lifeline: int | None = None) -> None:
            nonlocal client
            async with opening as client:
                await serve(served, grace, connections, lifeline)

        if options.workers > 1:
            from ._workers import supervise  # which Windows can't do

            sockets = [one.socket for one in served]
            supervise(options.workers, lambda end: run(main(end)), sockets)
        else:
            run(main())

    def _opening(self, options: argparse.Namespace) -> Opening[C]:
        """Read the settings; the mock needs no credential and no address."""
        if not options.mock:
            opening = self._opened(options)
            for danger in dangers(os.environ, self.base_uris, self.private):
                LOG.warning(danger)
            return opening
        variables = dict.fromkeys(self.required, "mock")
        addresses = dict.fromkeys(self.base_uris, "http://mock.invalid")
        return self.connect({**os.environ, **variables, **addresses}, self.mock())

    def _opened(self, options: argparse.Namespace) -> Opening[C]:
        """Connect, without some of the credentials if that is wanted."""
        variable = f"{self.variables}_PARTIAL"
        wanted = self.partial and (options.partial or switch(os.environ, variable))
        try:
            return self.connect({**os.environ, variable: "0"}, None)
        except SettingsError as error:
            if not wanted:
                raise
            opening = self.connect({**os.environ, variable: "1"}, None)
            for name in filter(None, map(self._required, error.faults)):
                off = f"these operations are off: {self.required[name]}"
                print(f"{self.name}: {name} is not set, so {off}", file=sys.stderr)
            return opening

    def _explained(self, fault: str) -> str:
        """Add the operations that need the variable which is at fault."""
        name = self._required(fault)
        return f"{fault} (needed by {self.required[name]})" if name else fault

    def _required(self, fault: str) -> str | None:
        """Return the first of the required variables that a fault names."""
        words = re.findall(r"\w+", fault)
        return next((word for word in words if word in self.required), None)

    def _refuse_open(self, listeners: Mapping[str, Listener]) -> None:
        variable = f"{self.variables}_ALLOW_OPEN"
        allowed = switch(os.environ, variable)
        for variables, one in listeners.items():
            if not one.loopback and not allowed:
                raise StartError(
                    f"other machines can reach the host of {variables}_HOST and "
                    f"callers are not authenticated; set {variable}=1 to listen "
                    "there all the same"
                )

    def _print_configuration(self, options: argparse.Namespace) -> None:
        # Isolated, Python imports nothing from the folder in which a client starts it.
        isolated = ["-I", "-m", self.module]
        if _ends_badly([sys.executable, *isolated, "--help"]):
            raise StartError(
                f"an MCP client can't start it: {sys.executable} has no package "
                f"{self.name}; install it there with pip, then print this again"
            )
        entry = {"command": sys.executable, "args": [*isolated, "mcp", "--stdio"]}
        document = CLIENTS[options.client](self.name, entry, tuple(self.required))
        print(json.dumps(document, indent=2))


def _ends_badly(command: Sequence[str]) -> bool:
    """Run a command in silence and tell whether it fails."""
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _end_at_once_on_signals() -> None:
    """End at once: the thread that reads standard input can't be interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_at_once)


def _end_at_once(*_: object) -> None:
    logging.shutdown()
    os._exit(0)


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", text):
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 99")
    return int(text)


def _add_namespace(
    command: argparse.ArgumentParser, adapters: Sequence[Adapter[C]]
) -> None:
    namespaces = [adapter.namespace for adapter in adapters]
    command.add_argument(
        "namespace",
        nargs="?",
        choices=namespaces,
        metavar="NAMESPACE",
        help=f"which one: {', '.join(namespaces)} (default: the first)",
    )


def _add_stdio(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stdio",
        action="store_true",
        help="speak MCP on standard input and output instead of HTTP",
    )


def _named(adapters: Sequence[Adapter[C]], namespace: str | None) -> Adapter[C]:
    named = (adapter for adapter in adapters if adapter.namespace == namespace)
    return next(named, adapters[0])
