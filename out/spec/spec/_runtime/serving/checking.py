"""The command `check`: reads all settings as a start does, and starts nothing."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..secret_files import SUFFIX, SecretFiles
from ..settings import (
    Environment,
    Usual,
    Variables,
    read_text,
    seconds,
    switch,
    whole_number,
)
from .listening import (
    authentications_of,
    exposed_adapters,
    read_listeners,
    unguarded,
)
from .program import Program, audit_variable, did_you_mean, open_variable
from .server import ClientLimits, read_client_limits

NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the package's table of settings."""

    name: str
    form: str = ""
    low: int = 0
    high: int = 0
    choices: Sequence[str] = ()
    default: str = ""
    need: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A setting as it was found; `source` says where its value comes from."""

    state: str
    name: str
    source: str
    detail: str = ""

    @property
    def is_fault(self) -> bool:
        """Return whether the package can't start so."""
        return self.state in ("missing", "malformed")


def check(program: Program, audit: str | None, *, as_json: bool) -> int:
    """Print the state of all settings; return 1 if the package can't start, else 0.

    `audit` is the place of the audit that an option names instead of the variable.
    """
    env = {**os.environ, **({audit_variable(program): audit} if audit else {})}
    findings = list(find(program, settings_of(program), env))
    is_ok = not any(finding.is_fault for finding in findings)
    if as_json:
        document = {"ok": is_ok, "settings": list(map(asdict, findings))}
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(_lines(findings)))
    return 0 if is_ok else 1


def settings_of(program: Program) -> Sequence[Setting]:
    """Return the package's table of settings."""
    module = import_module(program.package).__file__ or ""
    rows = json.loads(Path(module).with_name("settings.json").read_bytes())
    return [Setting(**row) for row in rows]


def find(
    program: Program, settings: Sequence[Setting], env: Environment
) -> Iterator[Finding]:
    """Yield each setting with its state, then the unknown variables."""
    names = [one.name for one in settings]
    secrets = SecretFiles(env, [one.name for one in settings if one.is_secret])
    faults = [
        *_faults_of_forms(settings, env),
        *_faults(program, env),
        *_faults_of_audit(audit_variable(program), env),
    ]
    by_name: dict[str | None, list[str]] = {}
    for fault in dict.fromkeys(faults):
        by_name.setdefault(_subject(fault, names), []).append(fault)
    places = {file.name: str(file.path) for file in secrets.files}
    places |= _places(program, env)
    for setting in settings:
        own_faults = by_name.get(setting.name, ())
        yield _finding(setting, own_faults, _source(setting, env, places))
    for fault in by_name.get(None, ()):
        yield Finding("malformed", "", "", fault)
    for name in _unknown(program, settings, env):
        detail = f"no setting is called so{did_you_mean(name, names)}"
        yield Finding("unknown", name, "variable", detail)


def _unknown(
    program: Program, settings: Iterable[Setting], env: Environment
) -> list[str]:
    """Return the variables with the package's prefix that it doesn't read."""
    known = {one.name for one in settings}
    files = {one.name + SUFFIX for one in settings if one.is_secret}
    unread = env.keys() - known - files
    return sorted(name for name in unread if name.startswith(f"{program.variables}_"))


def _finding(setting: Setting, faults: Sequence[str], source: str) -> Finding:
    has_value = source != NOWHERE
    if faults:
        state = "malformed" if has_value else "missing"
    else:
        state = "ok" if has_value else "unset"
    need = f" ({setting.need})" if state == "missing" and setting.need else ""
    return Finding(state, setting.name, source, "; ".join(faults) + need)


def _source(setting: Setting, env: Environment, places: Mapping[str, str]) -> str:
    """Return where the value of a setting comes from."""
    if env.get(setting.name):
        return "variable"
    if setting.name in places:
        return f"file {places[setting.name]}"
    if setting.is_secret and setting.name + SUFFIX in env:
        return "file"
    return "default" if setting.default else NOWHERE


def _places(program: Program, env: Environment) -> Mapping[str, str]:
    """Return the files that hold values of settings; none if one is unusable."""
    declared = [one.authentication for one in program.over_http if one.authentication]
    try:
        places = dict(program.places(env))
        for authentication in declared:
            places |= authentication.places(env)
    except SettingsError:
        return {}
    return places


def _faults_of_forms(table: Iterable[Setting], env: Environment) -> Iterator[str]:
    """Yield the faults of values that haven't the form in the table."""
    for setting in table:
        try:
            _read(setting, env)
        except SettingsError as error:
            yield from error.faults


def _read(setting: Setting, env: Environment) -> Any:
    match setting.form:
        case "switch":
            return switch(env, setting.name)
        case "seconds":
            return seconds(env, setting.name, float(setting.default))
        case "number" if env.get(setting.name):
            return whole_number(env, setting.name, 0, setting.low, setting.high)
        case "choice":
            return read_text(env, setting.name, Usual(setting.default, setting.choices))
        case "file" if (path := env.get(setting.name)) and not Path(path).is_file():
            raise SettingsError(f"{setting.name} must be the path of a file")
        case _:
            return None


def _faults(program: Program, env: Environment) -> Sequence[str]:
    """Return the faults that would end a start of `serve`."""
    adapters, allowed = program.over_http, open_variable(program)
    try:
        with Variables(env) as variables:
            is_allowed = variables.read(False, switch, allowed)
            program.limits(variables)
            variables.read(
                ClientLimits(), read_client_limits, program.variables, grace=0
            )
            for adapter in (*adapters, *program.mcp):
                adapter.own_options(variables)
            authentications = authentications_of(adapters, env, is_mocked=False)
            open_to_all = unguarded(variables, authentications)
            variables.read(None, _connected, program)
            listeners = read_listeners(variables, adapters, program.platform_port)
    except SettingsError as error:
        return error.faults
    exposed = exposed_adapters(listeners, open_to_all, is_allowed=is_allowed)
    return [
        f"{one}_HOST can be reached by other machines, and clients aren't "
        f"authenticated; set a credential of theirs, or {allowed}=1"
        for one in exposed
    ]


def _faults_of_audit(name: str, env: Environment) -> Iterator[str]:
    """Yield the fault of the audit's file, without making one.

    A server that starts now may have made it, so it couldn't be removed again.
    """
    place = env.get(name, "")
    if place and place != "stderr":
        path = Path(place)
        is_new = not path.exists()
        if not os.access(path.parent if is_new else path, os.W_OK):
            yield f"{name} must be the path of a file that can be written"
        elif not is_new and path.is_dir():
            yield f"{name} must be the path of a file, and is a directory"


def _connected(env: Environment, program: Program) -> None:
    """Read the settings of the client and its credentials, without opening it."""
    program.open({**env}, None)


def _subject(fault: str, names: Sequence[str]) -> str | None:
    """Return the first setting that a fault names."""
    return next((word for word in re.findall(r"\w+", fault) if word in names), None)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(finding.name) for finding in findings)
    for one in findings:
        line = f"{one.state:9}  {one.name:{width}}  {one.source}"
        yield f"{line}: {one.detail}" if one.detail else line
