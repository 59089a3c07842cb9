"""The settings of a package: its client's, files of values, and its own variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.code.names import Names, base_uri_variable, spell_template
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.variables import base_variables
from naftiko_gen.language.package_settings import (
    ALWAYS,
    MAX_CONCURRENCY,
    PLATFORM_PORT,
    SCRIPTING,
    STEPS_TIMEOUT,
    TIMEOUT,
    TRACE_UPSTREAM,
    TRUST_ENV,
    TRUST_NETRC,
    PackageSetting,
)


def bound_files(variables: Iterable[ir.Variable]) -> tuple[ir.BoundFile, ...]:
    """Return the files that may hold values of variables, in their order."""
    files = (variable.file for variable in variables)
    return tuple(dict.fromkeys(file for file in files if file is not None))


def file_views(variables: Collection[ir.Variable]) -> list[View]:
    """Return the declaration of each file, with the key of each variable in it."""
    return [
        View(
            variable=file.variable, path=file.path, keys=[*file_pairs(file, variables)]
        )
        for file in bound_files(variables)
    ]


def file_pairs(
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
    without_effect: tuple[PackageSetting, ...] = ()
    if not (capability.operations or capability.forwards):
        time = () if capability.has_client else (TIMEOUT,)
        of_calls = (MAX_CONCURRENCY, TRUST_ENV, TRUST_NETRC, TRACE_UPSTREAM)
        without_effect = (*time, *of_calls)
    effective = (setting for setting in ALWAYS if setting not in without_effect)
    timeout = STEPS_TIMEOUT if capability.has_steps else TIMEOUT
    return (
        *(timeout if setting is TIMEOUT else setting for setting in effective),
        *partial,
        *scripts,
    )


def has_platform_port(capability: ir.Capability) -> bool:
    """Return whether the platform's `PORT` is a port: the spec has no other use."""
    names = {variable.name for variable in capability.all_variables}
    return PLATFORM_PORT.name not in names


def settings_view(emission: Emission) -> View:
    """Return the view of a package's settings: those of requests, then addresses."""
    names = emission.names
    capability, variables = emission.capability, emission.variables
    return View(
        prefix=names.environment,
        is_partial=bool(variables.partial),
        files=file_views(capability.variables),
        variables=[_setting(variable, emission) for variable in variables.fields],
        base_uris=[_base_uri(upstream, names) for upstream in capability.upstreams],
    )


def _setting(variable: ir.Variable, emission: Emission) -> View:
    """Return the field of a variable; it is read as a credential unless it is text."""
    variables = emission.variables
    is_text = not variable.secret or variable in variables.in_files
    is_alternative = variable in variables.alternative
    partial = variables.partial
    return View(
        name=emission.names.setting(variable),
        variable=variable,
        is_text=is_text,
        is_alternative=is_alternative,
        # The variable that is set with it; empty if the spec has the other half.
        other_half=None if is_text else variables.other_half(variable),
        # The package can't start without it, though it can without others.
        is_demanded=bool(partial) and not is_alternative and variable not in partial,
        is_public=not is_text and variables.is_public(variable),
        is_secret=is_text and variable.is_private,
        has_default=_has_default(variable),
    )


def _base_uri(upstream: ir.Upstream, names: Names) -> View:
    """Return the field of a base URI, whose default may depend on variables."""
    variables = base_variables(upstream)
    return View(
        name=names.base_uri(upstream),
        variable=base_uri_variable(upstream),
        default=spell_template(upstream.base_uri),
        is_templated=bool(variables),
        # The variables of the default that have default values.
        usual=[*filter(_has_default, dict.fromkeys(variables))],
    )


def _has_default(variable: ir.Variable) -> bool:
    return variable.default is not None or bool(variable.choices)
