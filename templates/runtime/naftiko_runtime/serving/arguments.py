"""Parses the arguments of the command line, and reports faults in one line."""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn, Protocol, TypeAlias

from ..errors import NaftikoError
from .logs import escaped

LEVELS = ("debug", "info", "warning", "error")
LONGEST_NAME = 60


class UsageError(NaftikoError):
    """Arguments that don't fit together; the message is one line."""


class Named(Protocol):
    """An adapter's names for the command line and the environment."""

    @property
    def namespace(self) -> str:
        """Return the name of the adapter."""

    @property
    def variables(self) -> str:
        """Return the prefix of its environment variables."""


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
        question = _did_you_mean(option.partition("=")[0], self._option_string_actions)
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
            question = question or _did_you_mean(str(value), choices)
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


def _did_you_mean(name: str, known: Iterable[str]) -> str:
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
    command: argparse.ArgumentParser, adapters: Sequence[Named], *, chosen: bool
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


def add_namespace(command: argparse.ArgumentParser, adapters: Sequence[Named]) -> None:
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
    options: argparse.Namespace, adapters: Sequence[Named]
) -> Mapping[str, str]:
    """Return the variables that `--port` and `--host` set for these adapters.

    Raises UsageError if a port belongs to none of these adapters.
    """
    variables = {one.namespace: one.variables for one in adapters}
    ports: dict[str, str] = {}
    for namespace, port in options.port:
        name = f"{_owner(namespace, variables)}_PORT"
        if name in ports:
            raise UsageError("--port is given twice for the same adapter")
        ports[name] = port
    hosts = variables.values() if options.host else ()
    return {**ports, **{f"{one}_HOST": options.host for one in hosts}}


def _owner(namespace: str, variables: Mapping[str, str]) -> str:
    if not namespace and len(variables) == 1:
        return next(iter(variables.values()))
    if namespace in variables:
        return variables[namespace]
    forms = " or ".join(f"--port {one}=PORT" for one in variables)
    if namespace:
        raise UsageError(f"no adapter {namespace!r} is served; write {forms}")
    raise UsageError(f"--port has to say which adapter it is for; write {forms}")


def _port(text: str) -> tuple[str, str]:
    """Parse `PORT` or `NAMESPACE=PORT` into a namespace, perhaps empty, and a port."""
    namespace, _, port = text.rpartition("=")
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")
    return namespace, port


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", text):
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 99")
    return int(text)
