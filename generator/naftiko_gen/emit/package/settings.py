"""The settings of a package: its client's, files of values, and its own variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.code.names import Names, base_uri_variable, spell_template
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    other_half,
    partial_variables,
)
from naftiko_gen.emit.requests.parts import (
    base_variables,
    request_variables,
    upstream_variables,
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
        without_effect = (*time, MAX_CONCURRENCY, TRUST_ENV, TRACE_UPSTREAM)
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
    capability = names.capability
    return View(
        prefix=names.environment,
        is_partial=bool(partial_variables(capability)),
        files=file_views(capability.variables),
        variables=[_setting(variable, names) for variable in settings(capability)],
        base_uris=[_base_uri(upstream, names) for upstream in capability.upstreams],
    )


def settings(capability: ir.Capability) -> tuple[ir.Variable, ...]:
    """Return the variables that are fields; the others occur in base URIs only."""
    in_credentials = chain.from_iterable(map(upstream_variables, capability.upstreams))
    used_variables = {*request_variables(capability), *in_credentials}
    return tuple(
        variable for variable in capability.variables if variable in used_variables
    )


def _setting(variable: ir.Variable, names: Names) -> View:
    """Return the field of a variable; it is read as a credential unless it is text."""
    capability = names.capability
    is_text = not variable.secret or variable in variables_in_files(capability)
    is_alternative = variable in alternative_variables(capability)
    partial = partial_variables(capability)
    return View(
        name=names.setting(variable),
        variable=variable,
        is_text=is_text,
        is_alternative=is_alternative,
        # The variable that is set with it; empty if the spec has the other half.
        other_half=None if is_text else other_half(variable, capability),
        # The package can't start without it, though it can without others.
        is_demanded=bool(partial) and not is_alternative and variable not in partial,
        is_public=not is_text and _is_public(variable, capability),
        is_secret=is_text and variable.is_private,
        has_default=_has_default(variable),
    )


def _is_public(variable: ir.Variable, capability: ir.Capability) -> bool:
    """Return whether responses may repeat a variable, which is a user's name or so."""
    credentials = (upstream.credential for upstream in capability.upstreams)
    users = [c for c in credentials if c is not None and variable in c.variables]
    return bool(users) and all(variable in user.public_variables for user in users)


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
