"""The state of a process that serves adapters."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

Opening: TypeAlias = AbstractAsyncContextManager[Any]
"""The context of an API client, whose type is the package's."""


class Server(Protocol):
    """A server that may have started."""

    started: bool


class State:
    """The state of a process; at first, none of its servers runs.

    `connect` returns the API client that the adapters share. `ports` are those of the
    adapters, by the prefixes of their variables. With `is_mocked`, no upstream is
    called.
    """

    def __init__(
        self,
        connect: Callable[[], Opening],
        ports: Mapping[str, int],
        *,
        is_mocked: bool,
    ) -> None:
        self.connect = connect
        self.ports = ports
        self.is_mocked = is_mocked
        self.is_stopping = False
        self._servers: Sequence[Server] = ()

    def follow(self, servers: Sequence[Server]) -> None:
        """Take the servers that are about to start."""
        self._servers = servers

    @property
    def is_serving(self) -> bool:
        """Return whether all servers have started and none is asked to stop."""
        has_started = all(server.started for server in self._servers)
        return bool(self._servers) and has_started and not self.is_stopping
