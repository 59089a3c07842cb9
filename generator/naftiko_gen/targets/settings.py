"""`settings.py`: what the client reads from the environment at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.imports import Imports
from naftiko_gen.ir import Variable
from naftiko_gen.literals import Code, fill, join, py, verbatim
from naftiko_gen.targets.names import base_uri_variable
from naftiko_gen.targets.parts import (
    credential_variables,
    request_variables,
    variables_in_files,
)

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability, Upstream
    from naftiko_gen.targets.names import Names


@dataclass(frozen=True)
class SettingView:
    """A field of the settings: how it is declared, and how it is read."""

    name: Code
    declared: Code
    read: Code


@dataclass(frozen=True)
class SettingsView:
    """What `settings.py.jinja` shows."""

    imports: Code
    fields: tuple[SettingView, ...]
    environment: Code


def settings_view(names: Names) -> SettingsView:
    """Return the view of a package's settings: required ones first."""
    capability, imports = names.capability, _imports()
    required = [_variable(one, names, imports) for one in settings(capability)]
    upstreams = [_base_uri(one, names, imports) for one in capability.upstreams]
    # A field without a default can't stand behind one that has it.
    fields = sorted((*required, *upstreams), key=lambda view: "=" in view.declared)
    return SettingsView(
        imports=imports.code(),
        fields=tuple(fields),
        environment=py(names.environment),
    )


def settings(capability: Capability) -> tuple[Variable, ...]:
    """Return the variables that are fields: an address alone reads the others."""
    used = {*request_variables(capability), *credential_variables(capability)}
    return tuple(one for one in capability.variables if one in used)


def _imports() -> Imports:
    imports = Imports()
    imports.add("os")
    imports.add("collections.abc", "Mapping")
    imports.add("dataclasses", "dataclass", "field")
    imports.add("typing", "Self")
    imports.add("._settings", "Limits", "limits")
    return imports


def _variable(variable: Variable, names: Names, imports: Imports) -> SettingView:
    is_text = not variable.secret or variable in variables_in_files(names.capability)
    reader = verbatim("text") if is_text else verbatim("credential")
    imports.add("._settings", reader)
    declared = (
        verbatim("str = field(repr=False)") if variable.secret else verbatim("str")
    )
    return SettingView(
        name=names.setting(variable),
        declared=declared,
        read=fill("{}(env, {})", reader, py(variable.name)),
    )


def _base_uri(upstream: Upstream, names: Names, imports: Imports) -> SettingView:
    """Return where an upstream lives; its default may depend on variables."""
    imports.add("._settings", "base_uri")
    parts = [
        py(f"{{{part.name}}}" if isinstance(part, Variable) else part)
        for part in upstream.base_uri
    ]
    arguments = join(", ", (py(base_uri_variable(upstream)), *parts))
    fixed = all(isinstance(part, str) for part in upstream.base_uri)
    return SettingView(
        name=names.base_uri(upstream),
        declared=fill("str = {}", join(" ", parts)) if fixed else verbatim("str"),
        read=fill("base_uri(env, {})", arguments),
    )
