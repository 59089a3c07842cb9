"""`settings.json`: all settings of a package, in the order of its README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.names import base_uri_variable, spell_template
from naftiko_gen.emit.files import File
from naftiko_gen.emit.package.guards import adapter_settings
from naftiko_gen.emit.package.settings import (
    bound_files,
    file_pairs,
    has_platform_port,
    own_settings,
)
from naftiko_gen.emit.package.variables import Choice, PackageVariables, choice_text
from naftiko_gen.language.package_settings import (
    BASE_URI,
    MAX_RESULT,
    PARTIAL,
    PLATFORM_PORT,
    PORT,
    SSL_CERT_FILE,
    TEXT,
    Form,
    PackageSetting,
    choice,
)

_ENVIRONMENT = ir.FromEnvironment()


@dataclass(frozen=True)
class SettingRow:
    """A setting: the name of its variable, its meaning and the form of its value.

    `meaning` is prose of the project with code in backticks, or text of a spec with
    `is_quoted`. Without a default value, `need` says who needs it.
    """

    name: str
    meaning: str
    form: Form = TEXT
    default: str = ""
    need: str = ""
    is_secret: bool = False
    """Whether the variable `_FILE` may name a file with the value."""
    is_quoted: bool = False
    owner: str = ""
    """The name that stands for `{owner}` in the meaning."""
    source: ir.Source = _ENVIRONMENT
    """Where the value is if the variable isn't set."""
    file_keys: tuple[str, ...] = ()
    """The keys of a file, if it is the variable of one."""


def setting_rows(variables: PackageVariables) -> Iterator[SettingRow]:
    """Yield all settings that the package of a capability reads."""
    capability = variables.capability
    for variable in capability.variables:
        yield _variable(variable, variables)
    for variable in capability.guard_variables:
        if variable not in capability.variables:
            yield _guard_variable(variable, capability)
    for file in bound_files(capability.all_variables):
        keys = tuple(key for _, key in file_pairs(file, capability.all_variables))
        yield SettingRow(file.variable, "", default=file.path, file_keys=keys)
    for upstream in capability.upstreams:
        yield SettingRow(
            base_uri_variable(upstream),
            BASE_URI.meaning_for(variables.upstream_text(upstream)),
            default=spell_template(upstream.base_uri),
            is_quoted=True,
        )
    for adapter in capability.servers:
        own_defaults = {PORT: str(adapter.port), MAX_RESULT: str(adapter.list_limit)}
        for setting in adapter_settings(adapter, capability):
            default = own_defaults.get(setting, setting.default)
            yield _own(setting, adapter.namespace, default)
    partial = (PARTIAL,) if variables.optional else ()
    for setting in own_settings(capability, partial):
        yield _own(setting, capability.slug, setting.default)
    listens = any(adapter.listens for adapter in capability.servers)
    if listens and has_platform_port(capability):
        yield _own(PLATFORM_PORT, "", PLATFORM_PORT.default)
    if capability.operations or capability.forwards:
        yield _own(SSL_CERT_FILE, "", SSL_CERT_FILE.default)


def settings_file(path: str, variables: PackageVariables) -> File:
    """Return the file that `check` and `--help` read, with a line for each row."""
    rows = (json.dumps(_members(row)) for row in setting_rows(variables))
    # Like all JSON of packages, it may stand in HTML.
    lines = (line.replace("<", "\\u003c") for line in rows)
    return File(path, "\n".join(("[", ",\n".join(lines), "]\n")).encode())


def _members(row: SettingRow) -> Plain:
    """Return the members of a row that the package reads, without empty ones."""
    form = row.form
    meaning = "a file that may hold values of others" if row.file_keys else row.meaning
    members: dict[str, Plain] = {
        "meaning": " ".join(meaning.replace("{owner}", row.owner).split()),
        "form": "" if form == TEXT else form.kind,
        "low": form.low,
        "high": form.high,
        "choices": list(form.choices),
        "default": row.default,
        "need": row.need,
        "is_secret": row.is_secret,
    }
    # A number says something, even 0.
    row_members = {
        k: value for k, value in members.items() if value or type(value) is int
    }
    return {"name": row.name, **row_members}


def _variable(variable: ir.Variable, variables: PackageVariables) -> SettingRow:
    meaning = "credential of the upstream API" if variable.secret else "configuration"
    if variable in variables.in_files:
        meaning = "credential of the upstream API: a file, its path or password"
    row = _of_spec(variable, meaning)
    if variable.default is not None:
        form = choice(*variable.choices) if variable.choices else TEXT
        return replace(row, default=variable.default, form=form)
    need = f"required by {variables.operations_text(variable)}"
    if variable in variables.alternative:
        need = "; ".join(_choices(variable, variables.choices))
    if variable not in variables.fields:
        need += ", unless the address is set"
    return replace(row, need=need, source=variable.source)


def _guard_variable(variable: ir.Variable, capability: ir.Capability) -> SettingRow:
    names = ", ".join(
        adapter.namespace
        for adapter in capability.servers
        if adapter.guard is not None and variable in adapter.guard.variables
    )
    row = _of_spec(variable, "credential of clients")
    need = f"required to serve {names} over HTTP"
    return replace(row, need=need, source=variable.source, is_secret=True)


def _of_spec(variable: ir.Variable, default_meaning: str) -> SettingRow:
    meaning, is_secret = variable.description or default_meaning, variable.is_private
    return SettingRow(variable.name, meaning, is_quoted=True, is_secret=is_secret)


def _choices(variable: ir.Variable, choices: Mapping[Choice, str]) -> Iterator[str]:
    """Yield the alternatives that a variable is a part of, with their operations."""
    for names, operations in choices.items():
        if any(variable.name in credential for credential in names):
            if () in names:
                yield f"optional for {operations}: {choice_text(names)}"
            else:
                enough = f"one is enough for {operations}: {choice_text(names)}"
                yield f"{enough}; without any, calls get 503"


def _own(setting: PackageSetting, owner: str, default: str) -> SettingRow:
    return SettingRow(
        setting.variable(owner),
        setting.meaning,
        setting.form,
        default,
        is_secret=setting.is_secret,
        owner=owner,
    )
