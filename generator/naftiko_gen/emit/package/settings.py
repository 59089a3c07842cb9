"""`settings.py`: the variables that the client reads at start-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, join, py, verbatim
from naftiko_gen.emit.package.bound_files import bound_files, file_codes
from naftiko_gen.emit.package.names import base_uri_variable
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
from naftiko_gen.ir import FromEnvironment, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, Upstream


@dataclass(frozen=True)
class SettingsView:
    """The variables of `settings.py.jinja`."""

    base: Code
    fields: tuple[Code, ...]
    options: Code
    """The prefix of the package's own variables, and whether it can start partially."""


def settings_view(emission: Emission) -> SettingsView:
    """Return the view of a package's settings: those of requests, then addresses."""
    names = emission.names
    capability = names.capability
    files = bound_files(capability.variables)
    base = verbatim("FileSettings") if files else verbatim("BaseSettings")
    fields = (
        *(_variable(variable, names) for variable in settings(capability)),
        *(_base_uri(upstream, names) for upstream in capability.upstreams),
    )
    options = [fill("prefix={}", py(names.environment))]
    if partial_variables(capability):
        options.append(verbatim("partial=True"))
    if files:
        codes = file_codes(capability.variables)
        options.append(fill("files=[{}]", join(", ", codes)))
    return SettingsView(base, fields, join(", ", options))


def settings(capability: Capability) -> tuple[Variable, ...]:
    """Return the variables that are fields; the others occur in base URIs only."""
    used_variables = {*request_variables(capability), *credential_variables(capability)}
    return tuple(
        variable for variable in capability.variables if variable in used_variables
    )


def _variable(variable: Variable, names: Names) -> Code:
    """Return the field of a variable; it is read as a credential if headers have it."""
    capability = names.capability
    is_text = not variable.secret or variable in variables_in_files(capability)
    kind = verbatim("text") if is_text else verbatim("credential")
    arguments = [py(variable.name)]
    other = None if is_text else other_half(variable, capability)
    if other is not None:
        arguments.append(fill("beside={}", py(other)))
    partial = partial_variables(capability)
    if variable in alternative_variables(capability):
        kind = verbatim("alternative_credential")
    elif partial and variable not in partial:
        arguments.append(verbatim("always=True"))
    is_private = variable.secret or not isinstance(variable.source, FromEnvironment)
    if not is_text and _is_public(variable, capability):
        arguments.append(verbatim("public=True"))
    if is_text and is_private:
        arguments.append(verbatim("secret=True"))
    if _has_usual(variable):
        arguments.append(fill("usual={}", _usual(variable)))
    arguments_text = join(", ", arguments)
    return fill("{}: str = {}({})", names.setting(variable), kind, arguments_text)


def _is_public(variable: Variable, capability: Capability) -> bool:
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


def _base_uri(upstream: Upstream, names: Names) -> Code:
    """Return the field of a base URI, whose default may depend on variables."""
    parts = [
        f"{{{part.name}}}" if isinstance(part, Variable) else part
        for part in upstream.base_uri
    ]
    name, default = py(base_uri_variable(upstream)), py("".join(parts))
    field = names.base_uri(upstream)
    if all(isinstance(part, str) for part in upstream.base_uri):
        return fill("{}: str = base_uri({}, default={})", field, name, default)
    arguments = [name, default, *_usual_values(upstream)]
    return fill("{}: str = templated_base_uri({})", field, join(", ", arguments))


def _usual_values(upstream: Upstream) -> Iterator[Code]:
    """Yield a dictionary of the usual values of a base URI's variables, if any."""
    usual = [
        fill("{}: {}", py(part.name), _usual(part))
        for part in dict.fromkeys(upstream.base_uri)
        if isinstance(part, Variable) and _has_usual(part)
    ]
    if usual:
        yield fill("{{{}}}", join(", ", usual))


def _has_usual(variable: Variable) -> bool:
    return variable.default is not None or bool(variable.choices)


def _usual(variable: Variable) -> Code:
    """Return the default value of a variable, and its choices."""
    arguments = [py(variable.default)] if variable.default is not None else []
    if variable.choices:
        choices = join(", ", map(py, variable.choices))
        arguments.append(fill("choices=[{}]", choices))
    return fill("Usual({})", join(", ", arguments))
