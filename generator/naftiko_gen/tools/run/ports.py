"""The ports of a package's adapters, as environment variables."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from naftiko_gen.language.package_settings import HOST, PORT
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from pathlib import Path


class Ports:
    """Consecutive ports from a first one, or free ports if that is 0.

    An adapter keeps its port when the package is served again.
    """

    def __init__(self, first: int | None) -> None:
        self._first = first
        self._free: list[int] = []

    def variables(self, project: Path) -> dict[str, str]:
        """Return the variables that set the ports of a package's adapters."""
        if self._first is None:
            return {}
        manifest = json.loads((project / MANIFEST_NAME).read_bytes())
        names = [PORT.variable(namespace) for namespace in manifest["ports"]]
        ports = map(str, self._ports(len(names)))
        return dict(zip(names, ports, strict=True))

    def _ports(self, count: int) -> list[int]:
        if self._first:
            return list(range(self._first, self._first + count))
        self._free += _free_ports(count - len(self._free))
        return self._free[:count]


def _free_ports(count: int) -> list[int]:
    """Return ports that no process uses at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind((HOST.default, 0))
        return [listener.getsockname()[1] for listener in sockets]
