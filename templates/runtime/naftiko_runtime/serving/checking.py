"""The table of a package's settings: for `--help`, and for the command `check`."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path

from ..errors import Fault, SettingsError
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
from .listening import Start, did_you_mean, read_settings
from .program import Program

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
    from ..observing.audit import open_file  # a server may have no audit

    path = Path(place)
    try:
        if path.exists():
            os.close(open_file(path, 0))
            return ""
    except (OSError, ValueError) as failure:
        return getattr(failure, "strerror", None) or "its path isn't valid"
    return "" if os.access(path.parent, os.W_OK) else "its directory can't be"
