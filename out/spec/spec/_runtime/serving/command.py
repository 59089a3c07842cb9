"""Runs a package's command, and prints its help."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from ..errors import SettingsError, StartError
from ..http.authentication import OptionalToken, authentication_of
from ..http.logs import (
    FORMATS,
    NOTICES,
    STANDARD_ERROR,
    install,
    print_notices,
    write_json,
)
from ..observing.calls import OBSERVERS
from ..secret_files import SecretFiles
from ..settings import Limits, Usual, read_text, usual_values
from .control import add_control
from .listening import explained, listen, speak
from .program import (
    Adapter,
    Commands,
    Parser,
    Program,
    UsageError,
    add_audit,
    add_choice,
    add_listener,
    add_log_format,
    add_log_level,
    add_mock,
    add_namespace,
    add_workers,
    audit_variable,
    log_format_variable,
    named,
)
from .server import stop_signals

CHECK = "check all settings: nothing is started, and no upstream is called"
STATES = """\
Each setting of the package has a line: its state, its name, and where its value comes
from. That is the variable, a file, the default, or nowhere. No value is printed.

  ok         has a usable value
  unset      has no value, and needs none
  missing    is needed and has no value
  malformed  has a value that the package can't use
  unknown    begins like the package's own variables, but none is called so (a warning)

The exit code is 0, or 1 if a setting is missing or malformed. --json prints the same as
an object with the members "ok" and "settings", for programs.
"""


def variables_text(program: Program) -> str:
    """Describe the environment variables, for `--help`."""
    rows = [
        *((name, _need(program, name)) for name in program.required),
        *_file_rows(program),
        *_address_rows(program),
        *_usual_rows(program),
        *(
            (
                f"{one.variables}_PORT, _HOST",
                f"the listener of {one.namespace} (default: {one.port}, 127.0.0.1)",
            )
            for one in program.over_http
        ),
        *(row for one in program.over_http for row in _client_rows(one)),
        *(
            (
                f"{one.variables}_TOOLS, _READ_ONLY",
                f"the tools of {one.namespace}: patterns; 1 for those that only read",
            )
            for one in program.mcp
        ),
        *(_limit_rows(program) if program.has_client else ()),
        (
            f"{program.variables}_CONTROL_PORT, _HOST",
            "the listener of the control endpoints (default: none, 127.0.0.1)",
        ),
    ]
    width = max(len(name) for name, _ in rows)
    lines = (f"  {name:{width}}  {meaning}" for name, meaning in rows)
    return "\n".join(
        (
            "environment variables (options win over them):",
            *lines,
            "A secret may be in a file, which the variable with _FILE behind it names.",
            "The README of the package lists all of them, and `check` checks them.",
        )
    )


def _limit_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that limit calls."""
    usual = Limits()
    yield (
        f"{program.variables}_TIMEOUT",
        f"the seconds that a call may take (default: {usual.timeout:g})",
    )
    yield (
        f"{program.variables}_MAX_CONCURRENCY",
        f"the number of calls at once (default: {usual.max_concurrency})",
    )


def _address_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that are addresses of upstreams."""
    usual = usual_values(program.settings)
    for name, upstream in program.base_uris.items():
        default = usual[name].value if name in usual else None
        words = f" (default: {default})" if default else ""
        yield name, f"the address of {upstream}{words}"


def _usual_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the other variables that have a default in the spec."""
    for name, usual in usual_values(program.settings).items():
        if name not in program.base_uris and usual.value is not None:
            listed = (
                f"one of {', '.join(usual.choices)}" if usual.choices else "any text"
            )
            yield name, f"{listed} (default: {usual.value})"


def _file_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that name files of values, each once."""
    paths = dict(program.file_variables)
    for adapter in program.over_http:
        if adapter.authentication:
            paths |= adapter.authentication.file_variables
    for variable, path in paths.items():
        yield variable, f"the file of needed variables (default: {path})"


def _client_rows(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Yield the variables that authenticate the clients of an adapter."""
    authentication = authentication_of(adapter.authentication, adapter.variables)
    match authentication:
        case OptionalToken(variable=variable):
            yield variable, f"a token that clients of {adapter.namespace} have to send"
        case _:
            for name in authentication.variables:
                yield name, f"needed: authenticates the clients of {adapter.namespace}"


def _need(program: Program, name: str) -> str:
    """Describe when a variable is needed, and its choices, for `--help`."""
    usual = usual_values(program.settings).get(name)
    listed = f"; one of {', '.join(usual.choices)}" if usual and usual.choices else ""
    choices = [one for one in program.choices if any(name in row for row in one)]
    if name in program.alternatives and all(() in one for one in choices):
        return "optional, sent if it is set"
    if name in program.alternatives:
        return "one credential is enough; without any, operations answer 503"
    return f"needed, except with --mock{listed}"


def run_command(program: Program, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with its exit code.

    That is 0, 1 if the start failed, 2 for a fault in the arguments, or 130 after
    Ctrl-C before the ports are served. A signal to stop ends servers with 0, and other
    commands with 128 and its number.
    """
    _open_streams()
    _end_at_signals(lambda number, _: sys.exit(128 + number))
    sys.exit(_exit_code(program, arguments))


def _end_at_signals(end: Callable[[int, FrameType | None], NoReturn]) -> None:
    """End at signals to stop, which the first process of a container else ignores."""
    with suppress(ValueError):  # only the main thread may have a handler
        for number in stop_signals():
            signal.signal(number, end)


def _open_streams() -> None:
    """Open standard streams that are closed, or sockets would get their numbers."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _exit_code(program: Program, arguments: Sequence[str] | None) -> int:
    parser = _Commands(program).parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    install(options.log_level, program.name)
    if not options.serves or os.isatty(STANDARD_ERROR):
        print_notices()
    try:
        if _log_format(program, options) == "json":
            write_json(program.name)
        _audit(program, options)
        if options.serves:
            _end_at_signals(lambda *_: sys.exit(0))
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


def _audit(program: Program, options: argparse.Namespace) -> None:
    """Begin the audit if it is wanted; raises StartError or SettingsError."""
    chosen: str | None = getattr(options, "audit", None)
    place = chosen or os.environ.get(audit_variable(program), "")
    if not place or not options.serves:
        return
    from ..observing.audit import Audit, writer_to  # few packages need it

    key = f"{program.variables}_AUDIT_KEY"
    secrets = SecretFiles(os.environ, (key,))
    digesting = secrets.read(lambda env: env.get(key, ""))
    write = writer_to(place)
    OBSERVERS.append(Audit(write, program.name, program.version, digesting))


def _log_format(program: Program, options: argparse.Namespace) -> str:
    """Return the chosen format of the log; raises SettingsError for another word."""
    chosen: str | None = options.log_format
    variable = log_format_variable(program)
    return chosen or read_text(os.environ, variable, Usual("text", FORMATS))


def _failed(name: str, lines: Sequence[str]) -> int:
    logging.shutdown()  # writes queued log lines before the message
    for line in lines:
        NOTICES.error("%s: %s", name, line)
    logging.shutdown()
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
        add_log_format(parser, default=None)
        parser.set_defaults(
            action=lambda _: parser.print_help(),
            serves=False,
            tools=(),
            read_only=False,
        )
        commands = parser.add_subparsers(metavar="COMMAND")
        served = program.over_http
        serve = self._add(commands, "serve", "serve every adapter, each on its port")
        serve.set_defaults(action=self._all)
        if served:
            add_listener(serve, served, chosen=False)
        if any(one.over_http for one in program.mcp):
            add_choice(serve, program.mcp, chosen=False)
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
            add_choice(mcp, program.mcp, chosen=True)
            _add_stdio(mcp)
        if program.mcp_config:
            program.mcp_config(commands, program)
        self._add_check(commands)
        return parser

    def _add_check(self, commands: Commands) -> None:
        command: Parser = commands.add_parser(
            "check", help=CHECK, description=CHECK, epilog=STATES
        )
        # It tells of an unknown format of the log, among other faults.
        command.set_defaults(action=self._check, log_format="text")
        command.add_argument(
            "--json", action="store_true", help="print JSON instead of lines"
        )
        add_audit(command)

    def _check(self, options: argparse.Namespace) -> None:
        from .checking import check  # a server doesn't need it

        sys.exit(check(self.program, options.audit, as_json=options.json))

    def _add(self, commands: Commands, name: str, purpose: str) -> Parser:
        command: Parser = commands.add_parser(
            name, help=purpose, description=purpose, epilog=variables_text(self.program)
        )
        command.set_defaults(serves=True)
        made_up = "answer with made-up data: no credential, no network"
        add_mock(command, made_up, is_shown=self.program.has_client)
        if self.program.partial:
            command.add_argument(
                "--partial",
                action="store_true",
                help="start without missing credentials; calls that need one get 503",
            )
        add_workers(command)
        add_audit(command)
        add_control(command)
        add_log_level(command, default=argparse.SUPPRESS)
        add_log_format(command, default=argparse.SUPPRESS)
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
