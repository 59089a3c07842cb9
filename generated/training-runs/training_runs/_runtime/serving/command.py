"""The command line of a package: its options, and the table of its settings."""

import argparse
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import chain, pairwise
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeAlias

from ..errors import Fault, NaftikoError, SettingsError, StartError
from ..names import did_you_mean
from ..observing.calls import OBSERVERS
from ..observing.logs import (
    FORMATS,
    NOTICES,
    STANDARD_ERROR,
    escape,
    install,
    print_notices,
    write_json,
)
from ..settings import (
    SUFFIX,
    Environment,
    SecretFiles,
    Usual,
    Variables,
    read_text,
    seconds,
    switch,
    whole_number,
)
from .listening import Start, explain, listen, read_settings, speak
from .program import Adapter, Program, adapter_of
from .server import stop_signals

LEVELS = ("debug", "info", "warning", "error")
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


class UsageError(NaftikoError):
    """Arguments that don't fit together; the message is one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that refers to `--help`.

    The texts before and after its options may come from a spec.
    """

    def __init__(
        self,
        *,
        description: str,
        epilog: str = "",
        program: Program | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            description=_literal(description),
            epilog=_literal(epilog),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )
        self._program = program
        self._arguments: list[str] = []
        # A subcommand's parser overrides this default, so errors refer to its own help.
        self.set_defaults(parser=self)

    def format_help(self) -> str:
        """Return the help, which lists the variables of the program, if it has one."""
        if self._program:

            self.epilog = _literal(variables_text(self._program))
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with code 2."""
        see = " See" if message.endswith("?") else "; see"
        line = f"{self.prog}: {message}{see} `{self.prog} --help`"
        self.exit(2, " ".join(line.splitlines()) + "\n")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Report unknown arguments, with the most similar option."""
        option = next((text for text in unknown if text.startswith("--")), "")
        question = did_you_mean(option.partition("=")[0], self._option_string_actions)
        self.error(f"unrecognized arguments: {' '.join(unknown)}{question}")

    def _parse_optional(self, arg_string: str) -> Any:
        """Record each argument for error messages, then let argparse classify it."""
        self._arguments.append(arg_string)
        return super()._parse_optional(arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Report a value that isn't one of the choices, with a suggestion."""
        choices = [*map(str, action.choices or ())]
        if choices and value not in choices:
            if not action.option_strings:
                self._refuse_option_before(str(value))
            question = self._did_you_mean_option(str(value))
            question = question or did_you_mean(str(value), choices)
            fault = f"invalid choice: {value!r} (choose from {', '.join(choices)})"
            raise argparse.ArgumentError(action, f"{fault}{question}")

    def _refuse_option_before(self, value: str) -> None:
        """Report an unknown option whose value was parsed as a positional argument."""
        for option, following in pairwise(self._arguments):
            is_option = following == value and option.startswith("--")
            names = self._option_string_actions
            if is_option and not any(name.startswith(option) for name in names):
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
    text = "\n".join(map(escape, text.split("\n")))
    # argparse replaces placeholders only in texts that have this one.
    return text.replace("%", "%%") if "%(prog)" in text else text


# --- options --------------------------------------------------------------------------


def add_mock(command: argparse.ArgumentParser, purpose: str, *, is_shown: bool) -> None:
    """Add `--mock`, hidden if it makes no difference to calls."""
    command.add_argument(
        "--mock", action="store_true", help=purpose if is_shown else argparse.SUPPRESS
    )


def add_listener(
    command: argparse.ArgumentParser, adapters: Sequence[Adapter], *, single: bool
) -> None:
    """Add `--port` and `--host`; `single`: the command serves a single adapter."""
    is_single = single or len(adapters) == 1
    example = "" if is_single else f", as in {adapters[0].namespace}=9000"
    command.add_argument(
        "--port",
        action="append",
        default=[],
        type=_port,
        metavar="PORT" if is_single else "NAMESPACE=PORT",
        help=f"listen on this port{example}; 0 takes a free one",
    )
    command.add_argument(
        "--host", metavar="HOST", help="listen on this address of the machine"
    )


def add_choice(
    command: argparse.ArgumentParser, adapters: Sequence[Adapter], *, single: bool
) -> None:
    """Add `--tools` and `--read-only`; `single`: the command is for one adapter."""
    is_single = single or len(adapters) == 1
    example = "" if is_single else f", as in {adapters[0].namespace}=list-*"
    command.add_argument(
        "--tools",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATTERN" if is_single else "NAMESPACE=PATTERN",
        help=f"MCP: have only the tools whose names match such a pattern{example}",
    )
    command.add_argument(
        "--read-only",
        action="store_true",
        help="MCP: have only the tools that change nothing",
    )


def add_namespace(
    command: argparse.ArgumentParser, adapters: Sequence[Adapter]
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


def _add_audit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--audit",
        metavar="FILE",
        help="append a line of JSON for each call that may change state to this file,"
        " or to standard error with `stderr`",
    )


def _add_log(command: argparse.ArgumentParser, **defaults: Any) -> None:
    """Add the options of the log, which are allowed before and after a command."""
    command.add_argument(
        "--log-level",
        choices=LEVELS,
        help="the least severe messages on standard error; info has a line for each "
        "call (default: warning)",
        **defaults,
    )
    command.add_argument(
        "--show-upstream",
        action="store_true",
        help="log a line for each request to an upstream: method, host, path, status, "
        "time and bytes",
        **defaults,
    )
    command.add_argument(
        "--log-format",
        choices=FORMATS,
        help="lines of text, or JSON objects with the ids of request and trace "
        "(default: text)",
        **defaults,
    )


def _port(text: str) -> tuple[str, str]:
    """Parse `PORT` or `NAMESPACE=PORT` into a namespace, perhaps empty, and a port."""
    namespace, _, port = text.rpartition("=")
    return namespace, _port_number(port)


def _port_number(text: str) -> str:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")
    return text


def _worker_count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", text):
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 99")
    if text != "1" and not hasattr(os, "fork"):
        raise argparse.ArgumentTypeError("must be 1: this system can't fork processes")
    return int(text)


# --- the variables that options set ---------------------------------------------------


def choosing(
    options: argparse.Namespace, adapters: Iterable[Adapter]
) -> Mapping[str, str]:
    """Return the variables that `--tools` and `--read-only` set for these adapters.

    Raises UsageError if a pattern is empty or belongs to none of these adapters.
    """
    variables = {adapter.namespace: adapter.variables for adapter in adapters}
    patterns: dict[str, str] = {}
    for text in options.tools:
        namespace, _, pattern = text.rpartition("=")
        # An empty variable of a shell must not choose all tools.
        if not pattern.strip(" ,"):
            raise UsageError("--tools has an empty pattern; write * for all tools")
        name = f"{_owner(namespace, variables, '--tools', 'PATTERN')}_TOOLS"
        patterns[name] = ",".join(filter(None, (patterns.get(name), pattern)))
    prefixes = variables.values() if options.read_only else ()
    return {**patterns, **{f"{prefix}_READ_ONLY": "1" for prefix in prefixes}}


def choice_words(options: argparse.Namespace, namespace: str = "") -> tuple[str, ...]:
    """Return the options of a command by which it has the tools chosen by another.

    The namespace is that of the adapter, if the command has to name it.
    """
    prefix = f"{namespace}=" if namespace else ""
    names = [f"{prefix}{text.rpartition('=')[2]}" for text in options.tools]
    tools = ("--tools", *names) if names else ()
    return *tools, *(("--read-only",) if options.read_only else ())


def listening(
    options: argparse.Namespace, adapters: Iterable[Adapter]
) -> Mapping[str, str]:
    """Return the variables that `--port` and `--host` set for these adapters.

    Raises UsageError if a port belongs to none of these adapters.
    """
    variables = {adapter.namespace: adapter.variables for adapter in adapters}
    ports: dict[str, str] = {}
    for namespace, port in options.port:
        name = f"{_owner(namespace, variables, '--port', 'PORT')}_PORT"
        if name in ports:
            raise UsageError("--port is given twice for the same adapter")
        ports[name] = port
    prefixes = variables.values() if options.host else ()
    return {**ports, **{f"{prefix}_HOST": options.host for prefix in prefixes}}


def _owner(
    namespace: str, variables: Mapping[str, str], option: str, value: str
) -> str:
    if not namespace and len(variables) == 1:
        return next(iter(variables.values()))
    if namespace in variables:
        return variables[namespace]
    forms = " or ".join(f"{option} {name}={value}" for name in variables)
    if namespace:
        raise UsageError(f"no adapter {namespace!r} is served; write {forms}")
    raise UsageError(f"{option} has to say which adapter it is for; write {forms}")


# --- commands -------------------------------------------------------------------------


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
    options, unknown = _Commands(program).parser().parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    level, is_shown = options.log_level or "warning", bool(options.show_upstream)
    install(level, program.name, shows_upstream=is_shown)
    if not options.serves or os.isatty(STANDARD_ERROR):
        print_notices()
    lines: Sequence[str] = ()
    try:
        usual = Usual("text", FORMATS)
        variable = program.variable("LOG_FORMAT")
        if (options.log_format or read_text(os.environ, variable, usual)) == "json":
            write_json(program.name)
        options.action(options)
    except UsageError as error:
        options.parser.error(str(error))
    except SettingsError as error:
        lines = explain(program, error)
    except StartError as error:
        lines = [str(error)]
    except KeyboardInterrupt:  # raised until the servers handle the signal
        return 130
    logging.shutdown()  # writes queued log lines before the message
    for line in lines:
        NOTICES.error("%s: %s", program.name, line)
    logging.shutdown()
    return 1 if lines else 0


@dataclass(frozen=True, slots=True)
class _Commands:
    """The subcommands of a program."""

    program: Program

    def parser(self) -> Parser:
        program = self.program
        parser = Parser(prog=program.name, description=program.summary, program=program)
        parser.add_argument(
            "--version", action="version", version=f"{program.name} {program.version}"
        )
        _add_log(parser, default=None)
        parser.set_defaults(action=lambda _: parser.print_help(), serves=False)
        commands = parser.add_subparsers(metavar="COMMAND")
        serve = self._add(
            commands, "serve", "serve every adapter, each on its port", self._serve_all
        )
        if program.over_http:
            add_listener(serve, program.over_http, single=False)
        if any(adapter.over_http for adapter in program.mcp):
            add_choice(serve, program.mcp, single=False)
        if program.rest:
            rest = self._add(commands, "rest", "serve one REST adapter", self._serve)
            rest.set_defaults(adapters=program.rest)
            add_namespace(rest, program.rest)
            add_listener(rest, program.rest, single=True)
        if program.mcp:
            mcp = self._add(commands, "mcp", "serve one MCP adapter", self._serve)
            mcp.set_defaults(adapters=program.mcp)
            add_namespace(mcp, program.mcp)
            add_listener(mcp, program.mcp, single=True)
            add_choice(mcp, program.mcp, single=True)
            mcp.add_argument(
                "--stdio",
                action="store_true",
                help="speak MCP on standard input and output instead of HTTP",
            )
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
        _add_audit(command)

    def _add(
        self,
        commands: Commands,
        name: str,
        purpose: str,
        action: Callable[[argparse.Namespace], None],
    ) -> Parser:
        """Add a command that serves."""
        command: Parser = commands.add_parser(
            name, help=purpose, description=purpose, program=self.program
        )
        command.set_defaults(
            action=action, serves=True, stdio=False, tools=(), read_only=False
        )
        purpose = "answer with made-up data: no credential, no network"
        add_mock(command, purpose, is_shown=self.program.has_client)
        if self.program.partial:
            command.add_argument(
                "--partial",
                action="store_const",
                const="1",
                help="start without missing credentials; calls that need one get 503",
            )
        command.add_argument(
            "--workers",
            type=_worker_count,
            default=1,
            metavar="N",
            help="the number of processes that answer on the ports (default: 1)",
        )
        _add_audit(command)
        command.add_argument(
            "--control-port",
            type=_port_number,
            metavar="PORT",
            help="answer /health/live, /health/ready, /status and /metrics on this "
            "port",
        )
        _add_log(command, default=argparse.SUPPRESS)
        return command

    def _serve_all(self, options: argparse.Namespace) -> None:
        adapters = self.program.over_http
        if not adapters:
            raise StartError("no adapter listens on a port; run `mcp --stdio`")
        listen(self.program, self._start(options, adapters))

    def _serve(self, options: argparse.Namespace) -> None:
        adapter = adapter_of(options.adapters, options.namespace)
        if options.stdio or not adapter.over_http:
            _refuse_options_of_ports(options)
            speak(self.program, self._start(options, [adapter]))
        else:
            listen(self.program, self._start(options, [adapter]))

    def _check(self, options: argparse.Namespace) -> None:
        audit = {self.program.variable("AUDIT"): options.audit}
        variables = audit if options.audit else {}
        start = Start(self.program.over_http, variables)
        sys.exit(check(self.program, start, as_json=options.json))

    def _start(self, options: argparse.Namespace, adapters: Sequence[Adapter]) -> Start:
        """Return a start with the variables that options set; begin the audit."""
        program = self.program
        names = ("audit", "control_port", "partial")
        values = {name: getattr(options, name, None) for name in names}
        own = {
            program.variable(k.upper()): value for k, value in values.items() if value
        }
        tools = choosing(options, [item for item in adapters if item in program.mcp])
        variables = {**own, **tools, **listening(options, adapters)}
        start = Start(adapters, variables, options.workers, is_mocked=options.mock)
        _begin_audit(program, start.env)
        _end_at_signals(lambda *_: sys.exit(0))
        return start


def _refuse_options_of_ports(options: argparse.Namespace) -> None:
    """Raise UsageError for options of servers with ports."""
    if options.workers > 1:
        raise UsageError("--stdio serves one client: leave --workers out")
    if options.port or options.host:
        raise UsageError("--stdio listens on no port: leave --port and --host out")
    if options.control_port:
        raise UsageError("--stdio has no control port: leave --control-port out")


def _begin_audit(program: Program, env: Environment) -> None:
    """Begin the audit if it is wanted; raises StartError or SettingsError."""
    place = env.get(program.variable("AUDIT"))
    if not place:
        return
    from ..observing.logs import Audit, writer_to  # few packages need it

    variable = program.variable("AUDIT_KEY")
    secrets = SecretFiles(env, [variable])
    key = secrets.read(lambda env: env.get(variable, ""))
    OBSERVERS.append(Audit(writer_to(place), program.name, program.version, key))


# --- the table of settings ------------------------------------------------------------

NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the package's table of settings."""

    name: str
    meaning: str = ""
    form: str = ""
    low: int = 0
    high: int = 0
    choices: Sequence[str] = ()
    default: str = ""
    need: str = ""
    is_secret: bool = False

    def check(self, env: Environment) -> object:
        """Read the value by its form; raises SettingsError."""
        name, value = self.name, env.get(self.name, "")
        match self.form:
            case "switch":
                return switch(env, name)
            case "seconds":
                return seconds(env, name, float(self.default))
            case "number" if value:
                return whole_number(env, name, 0, self.low, self.high)
            case "choice":
                return read_text(env, name, Usual(self.default, self.choices))
            case "file" if value and not Path(value).is_file():
                raise SettingsError.of(name, "must be the path of a file")
            case _:
                return None


@dataclass(frozen=True, slots=True)
class CheckedSetting:
    """A setting and its state; `source` says where its value comes from."""

    state: str
    name: str
    source: str
    detail: str = ""


def read_table(program: Program) -> Sequence[Setting]:
    """Return the package's table of settings."""
    module = import_module(program.package).__file__ or ""
    rows = json.loads(Path(module).with_name("settings.json").read_bytes())
    return [Setting(**row) for row in rows]


def variables_text(program: Program) -> str:
    """List the variables of the table, for `--help`."""
    rows = read_table(program)
    width = max(len(row.name) for row in rows)
    return "\n".join(
        (
            "environment variables (options win over them; --mock needs none):",
            *(f"  {row.name:{width}}  {row.meaning}{_need(row)}" for row in rows),
            "A secret may be in a file, which the variable with _FILE behind it names.",
            "The command `check` checks them.",
        )
    )


def _need(row: Setting) -> str:
    default = f"default: {row.default}" if row.default else ""
    choices = f"one of {', '.join(row.choices)}" if row.choices else ""
    facts = "; ".join(filter(None, (row.need, choices, default)))
    return f" ({facts})" if facts else ""


def check(program: Program, start: Start, *, as_json: bool) -> int:
    """Print the state of all settings; return 1 if the package can't start, else 0."""
    settings = [*_check_settings(program, start)]
    is_ok = not any(item.state in ("missing", "malformed") for item in settings)
    if as_json:
        document = {"ok": is_ok, "settings": list(map(asdict, settings))}
        print(json.dumps(document, indent=2))
        return 0 if is_ok else 1
    width = max(len(item.name) for item in settings)
    for item in settings:
        line = f"{item.state:9}  {item.name:{width}}  {item.source}"
        print(f"{line}: {item.detail}" if item.detail else line)
    return 0 if is_ok else 1


def _check_settings(program: Program, start: Start) -> Iterator[CheckedSetting]:
    """Yield each setting with its state, then the unknown variables."""
    table, env = read_table(program), start.env
    names = [row.name for row in table]
    faults: dict[str, list[Fault]] = {}
    for fault in dict.fromkeys(_faults(program, start, table)):
        is_listed = fault.variable in names
        faults.setdefault(fault.variable if is_listed else "", []).append(fault)
    places = _places(program, table, env)
    for row in table:
        yield _check_setting(row, faults.get(row.name, ()), _source(row, env, places))
    for fault in faults.get("", ()):
        yield CheckedSetting("malformed", "", "", str(fault))
    files = {row.name + SUFFIX for row in table if row.is_secret}
    for name in sorted(env.keys() - names - files):
        if name.startswith(program.variable("")):
            detail = f"no setting is called so{did_you_mean(name, names)}"
            yield CheckedSetting("unknown", name, "variable", detail)


def _check_setting(
    row: Setting, faults: Sequence[Fault], source: str
) -> CheckedSetting:
    has_value = source != NOWHERE
    if not faults:
        return CheckedSetting("ok" if has_value else "unset", row.name, source)
    state = "malformed" if has_value else "missing"
    need = f" ({row.need})" if row.need and not has_value else ""
    return CheckedSetting(state, row.name, source, "; ".join(faults) + need)


def _source(row: Setting, env: Environment, places: Mapping[str, str]) -> str:
    """Return where the value of a setting comes from."""
    if env.get(row.name):
        return "variable"
    if row.name in places:
        return f"file {places[row.name]}"
    if row.is_secret and row.name + SUFFIX in env:
        return "file"
    return "default" if row.default else NOWHERE


def _places(
    program: Program, table: Iterable[Setting], env: Environment
) -> Mapping[str, str]:
    """Return the files that hold values, by the variables of these."""
    secrets = SecretFiles(env, [row.name for row in table if row.is_secret])
    authentications = [adapter.authentication for adapter in program.over_http]
    files = chain(
        program.settings.FILES, *(item.files for item in authentications if item)
    )
    places = {file.name: str(file.path) for file in secrets.files}
    for file in files:
        places |= file.places(env)
    return places


def _faults(
    program: Program, start: Start, table: Iterable[Setting]
) -> Iterator[Fault]:
    """Yield the faults that would end a start of `serve`, without making a file."""
    env = start.env
    try:
        with Variables(env) as variables:
            for row in table:
                variables.read(None, row.check)
            for adapter in program.mcp:
                adapter.own_options(variables)
            settings = variables.read(
                None, lambda _: read_settings(program, start, is_check=True)
            )
    except SettingsError as error:
        yield from error.faults
    else:
        parts = settings.parts if settings else ()
        yield from filter(None, (part.exposure for part in parts))
    variable = program.variable("AUDIT")
    if reason := _audit_fault(env.get(variable) or "stderr"):
        fault = f"{variable} must be the path of a file that can be written: {reason}"
        yield Fault(fault, variable)


def _audit_fault(place: str) -> str:
    """Return why nothing can be written to the place of the audit, without making it.

    A server that starts now may have made it, so it couldn't be removed again.
    """
    if place == "stderr":
        return ""
    from ..observing.logs import open_file  # a server may have no audit

    path = Path(place)
    try:
        if path.exists():
            os.close(open_file(path, 0))
            return ""
    except (OSError, ValueError) as failure:
        return getattr(failure, "strerror", None) or "its path isn't valid"
    return "" if os.access(path.parent, os.W_OK) else "its directory can't be"
