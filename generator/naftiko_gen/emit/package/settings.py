"""The settings of a package: `settings.py`, files of values, and its own variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.code.names import Names, base_uri_variable, spell_template
from naftiko_gen.emit.literals import Code
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    other_half,
    partial_variables,
)
from naftiko_gen.emit.requests.parts import (
    credential_variables,
    request_variables,
    variables_in_files,
)
from naftiko_gen.language.package_settings import (
    ALWAYS,
    MAX_CONCURRENCY,
    PLATFORM_PORT,
    SCRIPTING,
    STEPS_TIMEOUT,
    TIMEOUT,
    TRACE_UPSTREAM,
    TRUST_ENV,
    PackageSetting,
)


def bound_files(variables: Iterable[ir.Variable]) -> tuple[ir.BoundFile, ...]:
    """Return the files that may hold values of variables, in their order."""
    files = (variable.file for variable in variables)
    return tuple(dict.fromkeys(file for file in files if file is not None))


@dataclass(frozen=True)
class FileView:
    """A file, the variable that names it, and the key of each variable in it."""

    variable: str
    path: str
    keys: tuple[tuple[str, str], ...]


def file_views(variables: Collection[ir.Variable]) -> tuple[FileView, ...]:
    """Return the declaration of each file."""
    return tuple(
        FileView(file.variable, file.path, tuple(_pairs(file, variables)))
        for file in bound_files(variables)
    )


def file_keys(file: ir.BoundFile, variables: Iterable[ir.Variable]) -> Iterator[str]:
    """Yield the keys of a file that hold values of variables."""
    yield from (key for _, key in _pairs(file, variables))


def _pairs(
    file: ir.BoundFile, variables: Iterable[ir.Variable]
) -> Iterator[tuple[str, str]]:
    """Yield the variables of a file, with the keys that hold their values."""
    for variable in variables:
        match variable.source:
            case ir.FileKey(file=source, key=key) if source == file:
                yield variable.name, key
            case _:
                pass


def own_settings(
    capability: ir.Capability, partial: tuple[PackageSetting, ...]
) -> tuple[PackageSetting, ...]:
    """Return the settings that have an effect; `partial` are those of credentials."""
    scripts = SCRIPTING if script_files(capability) else ()
    effective = (
        setting for setting in ALWAYS if setting not in _without_effect(capability)
    )
    return (
        *(_with_meaning(setting, capability) for setting in effective),
        *partial,
        *scripts,
    )


def has_platform_port(capability: ir.Capability) -> bool:
    """Return whether the platform's `PORT` is a port: the spec has no other use."""
    names = {variable.name for variable in capability.all_variables}
    return PLATFORM_PORT.name not in names


def _without_effect(capability: ir.Capability) -> tuple[PackageSetting, ...]:
    if capability.operations or capability.forwards:
        return ()
    time = () if capability.has_client else (TIMEOUT,)
    return (*time, MAX_CONCURRENCY, TRUST_ENV, TRACE_UPSTREAM)


def _with_meaning(setting: PackageSetting, capability: ir.Capability) -> PackageSetting:
    """Return a setting with the meaning that it has for the capability."""
    return STEPS_TIMEOUT if setting is TIMEOUT and capability.has_steps else setting


@dataclass(frozen=True)
class SettingView:
    """The field of a variable; it is read as a credential unless it is text."""

    name: Code
    variable: ir.Variable
    is_text: bool
    is_alternative: bool
    other_half: str | None
    """The variable that is set with it; empty if the spec has the other half."""
    is_demanded: bool
    """Whether the package can't start without it, though it can without others."""
    is_public: bool
    is_secret: bool
    has_default: bool


@dataclass(frozen=True)
class BaseUriView:
    """The field of a base URI, whose default may depend on variables."""

    name: Code
    variable: str
    default: str
    is_templated: bool
    usual: tuple[ir.Variable, ...]
    """The variables of the default that have default values."""


@dataclass(frozen=True)
class SettingsView:
    """The variables of `settings.py.jinja`."""

    prefix: str
    is_partial: bool
    files: tuple[FileView, ...]
    variables: tuple[SettingView, ...]
    base_uris: tuple[BaseUriView, ...]


def settings_view(emission: Emission) -> SettingsView:
    """Return the view of a package's settings: those of requests, then addresses."""
    names = emission.names
    capability = names.capability
    return SettingsView(
        prefix=names.environment,
        is_partial=bool(partial_variables(capability)),
        files=file_views(capability.variables),
        variables=tuple(_setting(v, names) for v in settings(capability)),
        base_uris=tuple(_base_uri(u, names) for u in capability.upstreams),
    )


def settings(capability: ir.Capability) -> tuple[ir.Variable, ...]:
    """Return the variables that are fields; the others occur in base URIs only."""
    used_variables = {*request_variables(capability), *credential_variables(capability)}
    return tuple(
        variable for variable in capability.variables if variable in used_variables
    )


def _setting(variable: ir.Variable, names: Names) -> SettingView:
    capability = names.capability
    is_text = not variable.secret or variable in variables_in_files(capability)
    is_alternative = variable in alternative_variables(capability)
    partial = partial_variables(capability)
    return SettingView(
        name=names.setting(variable),
        variable=variable,
        is_text=is_text,
        is_alternative=is_alternative,
        other_half=None if is_text else other_half(variable, capability),
        is_demanded=bool(partial) and not is_alternative and variable not in partial,
        is_public=not is_text and _is_public(variable, capability),
        is_secret=is_text and variable.is_private,
        has_default=_has_default(variable),
    )


def _is_public(variable: ir.Variable, capability: ir.Capability) -> bool:
    """Return whether responses may repeat a variable, which is a user's name or so."""
    credentials = [
        upstream.credential for upstream in capability.upstreams if upstream.credential
    ]
    users = [
        credential for credential in credentials if variable in credential.variables
    ]
    return bool(users) and all(
        variable in credential.public_variables for credential in users
    )


def _base_uri(upstream: ir.Upstream, names: Names) -> BaseUriView:
    variables = [part for part in upstream.base_uri if isinstance(part, ir.Variable)]
    return BaseUriView(
        name=names.base_uri(upstream),
        variable=base_uri_variable(upstream),
        default=spell_template(upstream.base_uri),
        is_templated=bool(variables),
        usual=tuple(filter(_has_default, dict.fromkeys(variables))),
    )


def _has_default(variable: ir.Variable) -> bool:
    return variable.default is not None or bool(variable.choices)
