"""`pyproject.toml`: the project around the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import bare, toml
from naftiko_gen.emit.package.credentials import (
    credential_dependencies,
    credential_stubs,
)
from naftiko_gen.emit.package.formats import format_dependencies, format_stubs

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Capability

# Lower bounds: the oldest versions without known flaws that pass the emitted tests.
DEPENDENCIES = (
    # aiohttp may change a class that `upstream/connection.py` of the runtime extends
    # in any minor version.
    "aiohttp>=3.13.3,<3.15",
    "httptools>=0.6.4,<1",
    "orjson>=3.11.6,<4",
    "starlette>=1.3,<2",
    "uvicorn>=0.38,<1",
    "uvloop>=0.21,<1; sys_platform != 'win32'",
    "yarl>=1.20,<2",
)
MCP_DEPENDENCIES = ("anyio>=4.10,<5", "mcp>=2.3,<3")
TEST_DEPENDENCIES = ("mypy>=1.18", "pytest>=8.4")
REST_TEST_DEPENDENCIES = ("httpx2>=2.10,<3",)


@dataclass(frozen=True)
class ProjectView:
    """The variables of `pyproject.toml.jinja`."""

    source: Code
    name: Code
    module: Code
    version: Code
    description: Code
    dependencies: Code
    development: Code
    script: Code


def project_view(emission: Emission) -> ProjectView:
    """Return the view of a package's project file."""
    capability, module = emission.capability, emission.names.module
    command = distribution_name(capability.slug)
    return ProjectView(
        source=emission.source,
        # It never equals the name of a dependency.
        name=toml(command),
        module=module,
        version=toml(capability.version),
        description=toml(" ".join(capability.label.split())),
        dependencies=toml(_dependencies(capability)),
        development=toml(_test_dependencies(capability)),
        script=bare(command),
    )


def _dependencies(capability: Capability) -> tuple[str, ...]:
    """Return the distributions that the package itself imports."""
    for_mcp = MCP_DEPENDENCIES if capability.mcp else ()
    others = credential_dependencies(capability) | format_dependencies(capability)
    return tuple(sorted((*DEPENDENCIES, *for_mcp, *others)))


def _test_dependencies(capability: Capability) -> tuple[str, ...]:
    for_rest = REST_TEST_DEPENDENCIES if capability.rest else ()
    stubs = credential_stubs(capability) | format_stubs(capability)
    return tuple(sorted((*TEST_DEPENDENCIES, *for_rest, *stubs)))
