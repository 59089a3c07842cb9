"""`pyproject.toml`: the project around the package, and its dependencies."""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.answers.readers import format_dependencies, format_stubs
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.credentials import LIBRARIES as CREDENTIAL_LIBRARIES
from naftiko_gen.emit.credentials import (
    credential_dependencies,
    credential_stubs,
)
from naftiko_gen.emit.literals import Code, bare, toml
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import bound_files
from naftiko_gen.emit.runtime.source import DISTRIBUTION, compatible_versions

PATTERNS = "google-re2>=1.1,<2"
_STUBS = "google-re2-stubs>=0.1"


def pattern_dependencies(capability: ir.Capability) -> set[str]:
    """Return the distribution that matches patterns, if there are any."""
    return {PATTERNS} if _has_patterns(capability) else set()


def pattern_stubs(capability: ir.Capability) -> set[str]:
    """Return the type stubs of that distribution."""
    return {_STUBS} if _has_patterns(capability) else set()


def _has_patterns(capability: ir.Capability) -> bool:
    values = (value for flow in capability.flows for value in flow.step_values)
    queries = (value.query for value in values if value.query is not None)
    return (
        any(ir.uses_patterns(unit.output) for unit in capability.exposed)
        or any(map(ir.has_patterns, queries))
        or any(
            isinstance(part, ir.Matching)
            for unit in capability.exposed
            for source in unit.inputs
            for part in ir.type_parts(source.type)
        )
    )


# Lower bounds: the oldest versions without known flaws that pass the emitted tests.
DEPENDENCIES = (
    "httptools>=0.6.4,<1",
    "orjson>=3.11.6,<4",
    "starlette>=1.3,<2",
    "uvicorn>=0.38,<1",
    "uvloop>=0.21,<1; sys_platform != 'win32'",
)
MCP_DEPENDENCIES = ("anyio>=4.10,<5", "mcp>=2.3,<3")
OPTIONAL_DEPENDENCIES = {
    "metrics": ("prometheus-client>=0.22,<1",),
    "traces": ("opentelemetry-api>=1.30,<2",),
}
"""The extras of every package; the type checker needs them as well."""
TEST_DEPENDENCIES = ("mypy>=1.18", "pytest>=8.4")
REST_TEST_DEPENDENCIES = ("httpx2>=2.10,<3",)
JWT_DEPENDENCIES = ("PyJWT[crypto]>=2.12,<3",)
_EXTRAS = {
    **{form.name.lower(): form.value.libraries for form in ir.Format},
    **{library.extra: (library.requirement,) for library in CREDENTIAL_LIBRARIES},
    "jwt": JWT_DEPENDENCIES,
    "mcp": MCP_DEPENDENCIES,
    "patterns": (PATTERNS,),
    **OPTIONAL_DEPENDENCIES,
}
EXTRAS = {extra: _EXTRAS[extra] for extra in sorted(_EXTRAS) if _EXTRAS[extra]}
"""The extras of the runtime's distribution; `DEPENDENCIES` are those of its own."""

_NAME = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class ProjectView:
    """The variables of `pyproject.toml.jinja`."""

    source: Code
    name: Code
    module: Code
    version: Code
    description: Code
    dependencies: Code
    extras: tuple[tuple[Code, Code], ...]
    """Those of all packages, with their distributions."""
    development: Code
    script: Code


def project_view(emission: Emission, libraries: Collection[str]) -> ProjectView:
    """Return the view of a project file; `libraries` are imported by it."""
    capability, module = emission.capability, emission.names.module
    command = distribution_name(capability.slug)
    return ProjectView(
        source=emission.source,
        # It never equals the name of a dependency.
        name=toml(command),
        module=module,
        version=toml(capability.version),
        description=toml(" ".join(capability.label.split())),
        dependencies=toml(dependencies(emission, libraries)),
        extras=tuple(
            (bare(extra), toml(distributions))
            for extra, distributions in OPTIONAL_DEPENDENCIES.items()
        ),
        development=toml(_test_dependencies(capability)),
        script=bare(command),
    )


def dependencies(emission: Emission, libraries: Collection[str]) -> tuple[str, ...]:
    """Return the distributions that the package imports, its runtime included.

    `libraries` are imported by its own modules.
    """
    distributions = _needed_distributions(emission.capability)
    match emission.runtime:
        case Delivery.LIBRARY:
            own = (name for name in distributions if _import_name(name) in libraries)
            return tuple(sorted((runtime_requirement(distributions), *own)))
        case Delivery.VENDORED:
            return tuple(sorted(distributions))
        case _:
            assert_never(emission.runtime)


def runtime_requirement(distributions: Set[str]) -> str:
    """Return the runtime's requirement, with the extras for needed distributions."""
    extras = [extra for extra, names in EXTRAS.items() if set(names) <= distributions]
    suffix = f"[{','.join(extras)}]" if extras else ""
    return f"{DISTRIBUTION}{suffix}{compatible_versions()}"


def _import_name(requirement: str) -> str:
    name = _NAME.match(requirement)
    return name[0] if name else ""


def _needed_distributions(capability: ir.Capability) -> set[str]:
    """Return the distributions that the modules and the runtime import."""
    for_adapters = {d for a in capability.adapters for d in _needed_by(a)}
    has_tokens = any(
        isinstance(adapter.guard, ir.AccessToken) for adapter in capability.servers
    )
    for_tokens = JWT_DEPENDENCIES if has_tokens else ()
    for_files = (
        ir.Format.YAML.value.libraries if bound_files(capability.all_variables) else ()
    )
    others = (
        credential_dependencies(capability)
        | format_dependencies(capability)
        | pattern_dependencies(capability)
    )
    return {*DEPENDENCIES, *for_adapters, *for_tokens, *for_files, *others}


def _needed_by(adapter: ir.Adapter) -> tuple[str, ...]:
    """Return the distributions that an adapter's module and runtime import."""
    match adapter:
        case ir.McpAdapter():
            return MCP_DEPENDENCIES
        case (
            ir.RestAdapter()
            | ir.ControlAdapter()
            | ir.SkillServer()
            | ir.SkillAdapter()
        ):
            return ()
        case _:
            assert_never(adapter)


def _needed_by_tests(adapter: ir.Adapter) -> tuple[str, ...]:
    """Return the distributions that only an adapter's tests import."""
    match adapter:
        case ir.RestAdapter():
            return REST_TEST_DEPENDENCIES
        case (
            ir.McpAdapter() | ir.ControlAdapter() | ir.SkillServer() | ir.SkillAdapter()
        ):
            return ()
        case _:
            assert_never(adapter)


def _test_dependencies(capability: ir.Capability) -> tuple[str, ...]:
    for_adapters = {d for a in capability.adapters for d in _needed_by_tests(a)}
    for_files = (
        ir.Format.YAML.value.stubs if bound_files(capability.all_variables) else ()
    )
    stubs = (
        credential_stubs(capability)
        | format_stubs(capability)
        | pattern_stubs(capability)
    )
    optional = chain.from_iterable(OPTIONAL_DEPENDENCIES.values())
    own = (*TEST_DEPENDENCIES, *optional)
    return tuple(sorted((*own, *for_adapters, *for_files, *stubs)))
