"""The package of `specs/conformance.yaml`, run as its users do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import service

from delivery import compiled_package
from naftiko_gen.configuration.options import Options

SPEC = Path(__file__).parents[2] / "specs" / "conformance.yaml"


@dataclass(frozen=True)
class Package:
    """The compiled package: its project's directory, and its upstream's URL."""

    project: Path
    upstream: str

    @property
    def stdio_command(self) -> tuple[str, ...]:
        """Return the command that speaks MCP on standard input and output."""
        return self._process.command("mcp", "--stdio", **self._settings)

    @property
    def environment(self) -> dict[str, str]:
        """Return the whole environment that the package needs."""
        return service.environment(self._settings)

    @contextmanager
    def serving(self, **env: str) -> Iterator[str]:
        """Serve Streamable HTTP on a free port until the end of the block."""
        with service.running(self._process, **self._settings, **env) as running:
            yield running.url("mcp")

    @property
    def _process(self) -> service.Package:
        return service.Package(self.project, ("conformance-mcp",))

    @property
    def _settings(self) -> dict[str, str]:
        return {"SAMPLES_BASE_URI": self.upstream}


def compile_server(output: Path, upstream: str) -> Package:
    """Compile the capability."""
    return Package(compiled_package(SPEC, Options(output)), upstream)
