"""The command line of the package: its subcommands, and how they end."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from ..errors import SettingsError, StartError
from .arguments import (
    Commands,
    Parser,
    UsageError,
    add_listener,
    add_log_level,
    add_mock,
    add_namespace,
    add_workers,
)
from .help import variables_text
from .listening import listen
from .logs import install
from .opening import explained
from .program import Program, named
from .stdio import speak


def run_command(program: Program, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with its exit code.

    That is 0, 1 if the start failed, 2 for a fault in the arguments, or 130 after
    Ctrl-C before the ports are served.
    """
    sys.exit(_exit_code(program, arguments))


def _exit_code(program: Program, arguments: Sequence[str] | None) -> int:
    parser = _Commands(program).parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    install(options.log_level)
    try:
        options.action(options)
    except UsageError as error:
        options.parser.error(str(error))
    except SettingsError as error:
        return _failed(program.name, explained(program, error))
    except StartError as error:
        return _failed(program.name, [str(error)])
    except KeyboardInterrupt:  # raised until the servers handle the signal
        return 130
    return 0


def _failed(name: str, lines: Sequence[str]) -> int:
    logging.shutdown()  # writes queued log lines before the message
    for line in lines:
        print(f"{name}: {line}", file=sys.stderr)
    return 1


@dataclass(frozen=True, slots=True)
class _Commands:
    """The subcommands of a program."""

    program: Program

    def parser(self) -> Parser:
        program = self.program
        parser = Parser(
            prog=program.name,
            description=program.summary,
            epilog=variables_text(self.program),
        )
        parser.add_argument(
            "--version", action="version", version=f"{program.name} {program.version}"
        )
        add_log_level(parser, default="warning")
        parser.set_defaults(action=lambda _: parser.print_help())
        commands = parser.add_subparsers(metavar="COMMAND")
        served = program.over_http
        serve = self._add(commands, "serve", "serve every adapter, each on its port")
        serve.set_defaults(action=self._all)
        if served:
            add_listener(serve, served, chosen=False)
        if program.rest:
            rest = self._add(commands, "rest", "serve one REST adapter")
            rest.set_defaults(action=self._rest)
            add_namespace(rest, program.rest)
            add_listener(rest, program.rest, chosen=True)
        if program.mcp:
            mcp = self._add(commands, "mcp", "serve one MCP adapter")
            mcp.set_defaults(action=self._mcp)
            add_namespace(mcp, program.mcp)
            add_listener(mcp, program.mcp, chosen=True)
            _add_stdio(mcp)
        if program.mcp_config:
            program.mcp_config(commands, program)
        return parser

    def _add(self, commands: Commands, name: str, purpose: str) -> Parser:
        command: Parser = commands.add_parser(
            name, help=purpose, description=purpose, epilog=variables_text(self.program)
        )
        made_up = "answer with made-up data: no credential, no network"
        add_mock(command, made_up, is_shown=self.program.has_client)
        if self.program.partial:
            command.add_argument(
                "--partial",
                action="store_true",
                help="start without missing credentials; calls that need one get 503",
            )
        add_workers(command)
        add_log_level(command, default=argparse.SUPPRESS)
        return command

    def _all(self, options: argparse.Namespace) -> None:
        over_http = self.program.over_http
        if not over_http:
            raise StartError("no adapter listens on a port; run `mcp --stdio`")
        listen(self.program, options, over_http)

    def _rest(self, options: argparse.Namespace) -> None:
        adapter = named(self.program.rest, options.namespace)
        listen(self.program, options, [adapter])

    def _mcp(self, options: argparse.Namespace) -> None:
        adapter = named(self.program.mcp, options.namespace)
        if options.stdio or not adapter.over_http:
            speak(self.program, options, adapter)
        else:
            listen(self.program, options, [adapter])


def _add_stdio(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stdio",
        action="store_true",
        help="speak MCP on standard input and output instead of HTTP",
    )
