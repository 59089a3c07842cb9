"""`settings.py`: the variables that the client reads at start-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, fill, join, py, verbatim
from naftiko_gen.emit.package.names import base_uri_variable
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    optional_variables,
    other_half,
    partial_variables,
)
from naftiko_gen.emit.package.parts import (
    credential_variables,
    request_variables,
    variables_in_files,
)
from naftiko_gen.ir import Variable
from naftiko_gen.language.package_settings import PARTIAL

if TYPE_CHECKING:
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, Upstream


@dataclass(frozen=True)
class SettingView:
    """A field of the settings: how it is declared, and how it is read."""

    name: Code
    declared: Code
    read: Code


@dataclass(frozen=True)
class SettingsView:
    """The variables of `settings.py.jinja`."""

    imports: Code
    fields: tuple[SettingView, ...]
    environment: Code
    variables: Code
    """The arguments of the reader of environment variables."""
    reader: Code
    has_optional: bool


def settings_view(emission: Emission) -> SettingsView:
    """Return the view of a package's settings: required ones first."""
    names, imports = emission.names, _imports(emission)
    capability = names.capability
    optional = optional_variables(capability)
    partial = partial_variables(capability)
    required = [_variable(variable, names) for variable in settings(capability)]
    upstreams = [_base_uri(upstream, names) for upstream in capability.upstreams]
    # A field without a default can't follow a field with a default.
    fields = sorted((*required, *upstreams), key=lambda view: "=" in view.declared)
    return SettingsView(
        imports=imports.code(),
        fields=tuple(fields),
        environment=py(names.environment),
        variables=_partial_arguments(names) if partial else verbatim("env"),
        reader=_reader(capability),
        has_optional=bool(optional),
    )


def _partial_arguments(names: Names) -> Code:
    """Return the arguments of a reader that allows missing credentials."""
    return fill("env, {}", py(PARTIAL.variable(names.capability.slug)))


def settings(capability: Capability) -> tuple[Variable, ...]:
    """Return the variables that are fields; the others occur in base URIs only."""
    used = {*request_variables(capability), *credential_variables(capability)}
    return tuple(variable for variable in capability.variables if variable in used)


def _reader(capability: Capability) -> Code:
    """Return the class that reads the variables."""
    if alternative_variables(capability):
        return verbatim("AlternativeVariables")
    return verbatim("Variables")


def _imports(emission: Emission) -> Imports:
    imports = emission.imports()
    imports.add("os")
    imports.add("collections.abc", "Mapping")
    imports.add("dataclasses", "dataclass", "field")
    imports.add("typing", "Self")
    imports.use("Limits")
    imports.use(_reader(emission.capability))
    return imports


def _variable(variable: Variable, names: Names) -> SettingView:
    capability = names.capability
    is_text = not variable.secret or variable in variables_in_files(capability)
    is_alternative = variable in alternative_variables(capability)
    partial = partial_variables(capability)
    reader = verbatim("text") if is_text else verbatim("credential")
    arguments = [py(variable.name)]
    other = None if is_text else other_half(variable, capability)
    if other is not None:
        arguments.append(fill("beside={}", py(other)))
    if is_alternative:
        reader = fill("alternative_{}", reader)
    elif partial and variable not in partial:
        arguments.append(verbatim("always=True"))
    declared = (
        verbatim("str = field(repr=False)") if variable.secret else verbatim("str")
    )
    return SettingView(
        name=names.setting(variable),
        declared=declared,
        read=fill("variables.{}({})", reader, join(", ", arguments)),
    )


def _base_uri(upstream: Upstream, names: Names) -> SettingView:
    """Return the field of a base URI, whose default may depend on variables."""
    parts = [
        py(f"{{{part.name}}}" if isinstance(part, Variable) else part)
        for part in upstream.base_uri
    ]
    arguments = join(", ", (py(base_uri_variable(upstream)), *parts))
    is_fixed = all(isinstance(part, str) for part in upstream.base_uri)
    return SettingView(
        name=names.base_uri(upstream),
        declared=fill("str = {}", join(" ", parts)) if is_fixed else verbatim("str"),
        read=fill("variables.base_uri({})", arguments),
    )
