"""Settings: environment variables, and the files that may hold their values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BoundFile", "FileKey", "FromEnvironment", "Provider", "Source", "Variable"]


@dataclass(frozen=True)
class FromEnvironment:
    """The environment is the only source of a variable."""


@dataclass(frozen=True)
class BoundFile:
    """A file of values that a package reads at its start.

    The environment variable overrides the path, which is relative to the working
    directory.
    """

    variable: str
    path: str


@dataclass(frozen=True)
class FileKey:
    """A key of a file holds the value, unless the environment has the variable."""

    file: BoundFile
    key: str


@dataclass(frozen=True)
class Provider:
    """A provider of secrets holds the value; somebody has to set the variable."""

    scheme: str
    key: str


Source = FromEnvironment | FileKey | Provider


@dataclass(frozen=True)
class Variable:
    """An environment variable that must be set at the start, or stand in a file.

    One with a `default` needn't be set. With `choices`, it has one of those values.
    """

    name: str
    secret: bool
    description: str | None = None
    source: Source = FromEnvironment()
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def file(self) -> BoundFile | None:
        """Return the file that may hold the value, or None."""
        return self.source.file if isinstance(self.source, FileKey) else None
