"""Opens the API client: with settings, without some credentials, or with the mock."""

import argparse
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping

from ..errors import SettingsError
from ..settings import switch
from .addresses import dangers
from .program import Program
from .state import Opening

LOG = logging.getLogger(__name__)


def opening(program: Program, options: argparse.Namespace) -> Opening:
    """Read the settings; the mock needs neither credentials nor base URIs.

    Raises SettingsError for missing or malformed variables.
    """
    if not (options.mock and program.has_client):
        opened = _opened(program, options)
        for danger in dangers(os.environ, program.base_uris, program.private):
            LOG.warning(danger)
        return opened
    variables = dict.fromkeys(program.required, "mock")
    addresses = dict.fromkeys(program.base_uris, "http://mock.invalid")
    return program.open({**os.environ, **variables, **addresses}, program.mock())


def tell_of_mock(program: Program, options: argparse.Namespace) -> None:
    """Print that responses are made up, with `--mock`."""
    if options.mock and program.has_client:
        said = f"the answers of {program.name} are made up (--mock)"
        print(f"{said}: no upstream is called", file=sys.stderr)


def explained(program: Program, error: SettingsError) -> list[str]:
    """Return a line for each fault, with the operations that need the variable."""
    *others, last = (_explained(program, fault) for fault in error.faults)
    return [*others, f"{last}{_advice(program, error)}"]


def _opened(program: Program, options: argparse.Namespace) -> Opening:
    """Connect; in partial mode, warn of missing credentials instead of failing."""
    variable = f"{program.variables}_PARTIAL"
    wanted = program.partial and (options.partial or switch(os.environ, variable))
    try:
        opened = program.open({**os.environ, variable: "0"}, None)
    except SettingsError as error:
        if not wanted:
            raise
        opened = program.open({**os.environ, variable: "1"}, None)
        for name in filter(None, (_required(program, fault) for fault in error.faults)):
            off = f"which turns off {program.required[name]}"
            print(f"{program.name}: {name} is not set, {off}", file=sys.stderr)
    _tell_of_choices(program, {**os.environ, variable: "1"})
    return opened


def _tell_of_choices(program: Program, env: Mapping[str, str]) -> None:
    """Print the operations that are off because no credential of theirs is set."""
    if not program.choices:
        return
    unset = program.settings.from_env(env).unset
    for choice, operations in program.choices.items():
        if not any(map(unset.isdisjoint, choice)):
            names = ", or ".join(map(" and ".join, choice))
            off = f"until then, calls of {operations} get 503"
            said = f"no credential is set: set {names}; {off}"
            print(f"{program.name}: {said}", file=sys.stderr)


def _explained(program: Program, fault: str) -> str:
    """Add the operations that need the faulty variable, or the adapters."""
    if name := _required(program, fault):
        return f"{fault} (needed by {program.required[name]})"
    adapters = ", ".join(_authenticating(program, fault))
    return f"{fault} (authenticates the clients of {adapters})" if adapters else fault


def _authenticating(program: Program, fault: str) -> Iterator[str]:
    """Yield the adapters that authenticate clients by a variable in a fault."""
    for adapter in program.over_http:
        declared = adapter.authentication
        if declared and not set(declared.variables).isdisjoint(_words(fault)):
            yield adapter.namespace


def _advice(program: Program, error: SettingsError) -> str:
    """Return a hint on how to start without the variables, if stderr is a terminal.

    It is the end of the last line, because each line reports one variable.
    """
    is_missing = any(_required(program, fault) for fault in error.faults)
    if not is_missing or not sys.stderr.isatty():
        return ""
    variable = f"{program.variables}_PARTIAL"
    partial = f", or {variable}=1 to start without credentials"
    offered = partial if _starts_with(program, {variable: "1"}) else ""
    return f"; or take --mock for made-up data{offered}"


def _starts_with(program: Program, env: Mapping[str, str]) -> bool:
    try:
        program.open({**os.environ, **env}, None)
    except SettingsError:
        return False
    return program.partial


def _required(program: Program, fault: str) -> str | None:
    """Return the first required variable in the text of a fault."""
    return next((word for word in _words(fault) if word in program.required), None)


def _words(fault: str) -> list[str]:
    return re.findall(r"\w+", fault)
