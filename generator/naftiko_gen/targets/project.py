"""`pyproject.toml`: the frame around the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.literals import bare, toml

if TYPE_CHECKING:
    from naftiko_gen.literals import Code
    from naftiko_gen.targets.emission import Emission

# Lower bounds are the oldest versions that the emitted tests pass with.
DEPENDENCIES = (
    "aiohttp>=3.13,<4",
    "orjson>=3.11,<4",
    "starlette>=1.3,<2",
    "uvicorn[standard]>=0.38,<1",
    "yarl>=1.20,<2",
)
MCP_DEPENDENCY = "mcp>=2.3,<3"
TEST_DEPENDENCIES = ("anyio>=4.10", "httpx2>=2.10,<3", "mypy>=1.18", "pytest>=8.4")


@dataclass(frozen=True)
class ProjectView:
    """What `pyproject.toml.jinja` shows."""

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
    capability = emission.capability
    needed = [*DEPENDENCIES, *([MCP_DEPENDENCY] if capability.mcp else [])]
    return ProjectView(
        source=emission.source,
        name=toml(capability.slug),
        module=emission.names.module,
        version=toml(capability.version),
        description=toml(" ".join(capability.label.split())),
        dependencies=toml(tuple(sorted(needed))),
        development=toml(TEST_DEPENDENCIES),
        script=bare(capability.slug),
    )
