"""The surroundings of an adapter when a package serves it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another adapter of the package: its name, its kind, and where it listens."""

    name: str
    kind: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The port of an adapter, the adapters beside it, and whether answers are made up.

    Without a port, another server serves the application.
    """

    port: int | None = None
    neighbours: tuple[Neighbour, ...] = ()
    is_mocked: bool = False
