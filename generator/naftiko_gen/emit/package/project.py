"""`pyproject.toml`: the project around the package, and its dependencies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Set
from itertools import chain
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.answers.readers import read_operations
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.credentials import LIBRARIES, library
from naftiko_gen.emit.literals import bare, toml
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import bound_files
from naftiko_gen.emit.runtime.source import DISTRIBUTION, compatible_versions

PATTERNS = "google-re2>=1.1,<2"
_PATTERN_STUBS = ("google-re2-stubs>=0.1",)
# Lower bounds: the oldest versions without known flaws that pass the emitted tests.
DEPENDENCIES = (
    "httptools>=0.6.4,<1",
    "orjson>=3.11.6,<4",
    "starlette>=1.3,<2",
    "uvicorn>=0.38,<1",
    "uvloop>=0.21,<1; sys_platform != 'win32'",
)
SDK_DEPENDENCIES = ("mcp>=2.3,<3",)
"""Those of `create_server`, and of the emitted tests of MCP adapters."""
OPTIONAL_DEPENDENCIES = {
    "metrics": ("prometheus-client>=0.22,<1",),
    "traces": ("opentelemetry-api>=1.30,<2",),
}
"""The extras of every package; the type checker needs all extras as well."""
TEST_DEPENDENCIES = ("mypy>=1.18", "pytest>=8.4")
REST_TEST_DEPENDENCIES = ("httpx2>=2.10,<3",)
JWT_DEPENDENCIES = ("PyJWT[crypto]>=2.12,<3",)
_EXTRAS = {
    **{form.name.lower(): form.value.libraries for form in ir.Format},
    **{library.extra: (library.requirement,) for library in LIBRARIES},
    "jwt": JWT_DEPENDENCIES,
    "patterns": (PATTERNS,),
    "sdk": SDK_DEPENDENCIES,
    **OPTIONAL_DEPENDENCIES,
}
EXTRAS = {extra: _EXTRAS[extra] for extra in sorted(_EXTRAS) if _EXTRAS[extra]}
"""The extras of the runtime's distribution; `DEPENDENCIES` are those of its own."""

_NAME = re.compile(r"[a-z0-9]+")


def project_view(emission: Emission, libraries: Collection[str]) -> View:
    """Return the view of a project file; `libraries` are imported by it."""
    capability = emission.capability
    command = distribution_name(capability.slug)
    return View(
        source=emission.source,
        # It never equals the name of a dependency.
        name=toml(command),
        module=emission.names.module,
        version=toml(capability.version),
        description=toml(" ".join(capability.label.split())),
        dependencies=toml(dependencies(emission, libraries)),
        # Those of all packages, with their distributions.
        extras=[
            (bare(extra), toml(distributions))
            for extra, distributions in _optional_dependencies(capability).items()
        ],
        development=toml(_test_dependencies(capability)),
        script=bare(command),
    )


def dependencies(emission: Emission, libraries: Collection[str]) -> tuple[str, ...]:
    """Return the distributions that the package imports, its runtime included.

    `libraries` are imported by its own modules.
    """
    needs = _needs(emission.capability)
    distributions = {*DEPENDENCIES, *(name for names, _ in needs for name in names)}
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


_Need = tuple[tuple[str, ...], tuple[str, ...]]
"""Distributions that the modules and the runtime import, and their type stubs."""


def _needs(capability: ir.Capability) -> Iterator[_Need]:
    """Yield the distributions that not all packages need."""
    if any(isinstance(server.guard, ir.AccessToken) for server in capability.servers):
        yield JWT_DEPENDENCIES, ()
    if _has_patterns(capability):
        yield (PATTERNS,), _PATTERN_STUBS
    credentials = (upstream.credential for upstream in capability.upstreams)
    for credential in credentials:
        signing = library(credential) if isinstance(credential, ir.Signing) else None
        if signing is not None:
            yield (signing.requirement,), signing.stubs
    formats = {operation.response_format for operation in read_operations(capability)}
    if bound_files(capability.all_variables):
        formats.add(ir.Format.YAML)
    for form in filter(None, formats):
        yield form.value.libraries, form.value.stubs


def _has_patterns(capability: ir.Capability) -> bool:
    values = (value for flow in capability.flows for value in flow.step_values)
    queries = (value.query for value in values if value.query is not None)
    inputs = (source for unit in capability.exposed for source in unit.inputs)
    parts = (part for source in inputs for part in ir.type_parts(source.type))
    return (
        any(ir.uses_patterns(unit.output) for unit in capability.exposed)
        or any(map(ir.has_patterns, queries))
        or any(isinstance(part, ir.Matching) for part in parts)
    )


def _optional_dependencies(capability: ir.Capability) -> dict[str, tuple[str, ...]]:
    own_extras = {"sdk": SDK_DEPENDENCIES} if capability.mcp else {}
    return {**OPTIONAL_DEPENDENCIES, **own_extras}


def _test_dependencies(capability: ir.Capability) -> tuple[str, ...]:
    for_rest = REST_TEST_DEPENDENCIES if capability.rest else ()
    stubs = chain.from_iterable(stubs for _, stubs in _needs(capability))
    optional = chain.from_iterable(_optional_dependencies(capability).values())
    return tuple(sorted({*TEST_DEPENDENCIES, *optional, *for_rest, *stubs}))
