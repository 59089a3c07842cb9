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
    """Where servers run: their Python, the generated project, the upstream's URLs.

    They trust `certificate`. `path` are further directories from which the
    project imports modules.
    """

    python: Path
    project: Path
    upstream: str
    secure_upstream: str
    certificate: Path
    path: tuple[Path, ...] = ()

    def start_generated(self, adapter: str, *options: str) -> Starting:
        """Start an adapter of the generated package."""

        def start(home: Path, port: int) -> Command:
            environment = {
                "DOCUMENTS_BASE_URI": self.upstream,
                "SSL_CERT_FILE": str(self.certificate),
                f"DOCUMENTS_{adapter.upper()}_PORT": str(port),
                "PYTHONPATH": os.pathsep.join(map(str, (self.project, *self.path))),
            }
            package = (self.python, "-m", self.project.name)
            return Command([*package, adapter, *options], environment, home)

        return start

    def start_written(self, module: str, app: str = "app") -> Starting:
        """Start an application of the directory `servers` with uvicorn."""

        def start(home: Path, port: int) -> Command:
            uvicorn = (self.python, "-m", "uvicorn", f"{module}:{app}")
            options = ("--app-dir", SERVERS, "--port", str(port))
            quiet = ("--no-access-log", "--no-server-header")
            certificate = {"SSL_CERT_FILE": str(self.certificate)}
            environment = {"UPSTREAM": self.upstream, **certificate}
            return Command([*uvicorn, *options, *quiet], environment, home)

        return start

    def proxy(self, home: Path, port: int) -> Command:
        """Start nginx as a proxy."""
        return nginx.proxy(home, port, self.upstream)
