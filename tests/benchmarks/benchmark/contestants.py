"""How generated and hand-written servers are started."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import nginx
from .process import Command

SERVERS = Path(__file__).with_name("servers")
Starting = Callable[[Path, int], Command]
"""Says how a server is started, in a directory of its own, on a port."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where servers run: their Python, the generated project, the upstream's port.

    `path` are further directories from which the project imports modules.
    """

    python: Path
    project: Path
    upstream_port: int
    path: tuple[Path, ...] = ()

    def generated(self, adapter: str) -> Starting:
        """Start an adapter of the generated package."""

        def start(home: Path, port: int) -> Command:
            environment = {
                "DOCUMENTS_BASE_URI": self._upstream,
                f"DOCUMENTS_{adapter.upper()}_PORT": str(port),
                "PYTHONPATH": os.pathsep.join(map(str, (self.project, *self.path))),
            }
            arguments = (self.python, "-m", self.project.name, adapter)
            return Command(arguments, environment, home)

        return start

    def written(self, module: str, app: str = "app") -> Starting:
        """Start an application of the directory `servers` with uvicorn."""

        def start(home: Path, port: int) -> Command:
            arguments = (
                *(
                    self.python,
                    "-m",
                    "uvicorn",
                    "--app-dir",
                    SERVERS,
                    f"{module}:{app}",
                ),
                *("--port", str(port), "--no-access-log", "--no-server-header"),
            )
            return Command(arguments, {"UPSTREAM": self._upstream}, home)

        return start

    def proxy(self, home: Path, port: int) -> Command:
        """Start nginx as a proxy."""
        return nginx.proxy(home, port, self.upstream_port)

    @property
    def _upstream(self) -> str:
        return f"http://127.0.0.1:{self.upstream_port}"
