"""Settings whose values may stand in a file: JSON, or YAML by the end of its name.

A variable of the environment wins over the file, and the file is read only if a
variable isn't set. No message holds a value.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from .configuration import BaseSettings
from .errors import SettingsError
from .value_files import UnusableFileError, read_texts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BoundFile:
    """A file of values.

    `variable` overrides `path`, which is relative to the working directory. `keys` maps
    variables to keys of the file.
    """

    variable: str
    path: str
    keys: Mapping[str, str]


class FileSettings(BaseSettings, prefix=""):
    """Settings whose variables may stand in `files`."""

    FILES: ClassVar[tuple[BoundFile, ...]] = ()

    def __init_subclass__(
        cls, *, prefix: str, partial: bool = False, files: Iterable[BoundFile] = ()
    ) -> None:
        """Turn a subclass into a dataclass, and keep its files."""
        super().__init_subclass__(prefix=prefix, partial=partial)
        cls.FILES = tuple(files)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises SettingsError with a line for each fault."""
        return read_with_files(cls.FILES, env, super().from_env)


def read_with_files(
    files: Iterable[BoundFile],
    env: Mapping[str, str],
    read: Callable[[Mapping[str, str]], T],
) -> T:
    """Call `read` with the environment and the values of files; return its result.

    Raises SettingsError with a line for each fault, which names the key and the file.
    """
    sources = [_Source(file, env) for file in files]
    faults = [source.fault for source in sources if source.fault]
    values = {
        name: value for source in sources for name, value in source.values.items()
    }
    try:
        settings = read({**env, **values})
    except SettingsError as error:
        explained = (_explained(fault, sources) for fault in error.faults)
        raise SettingsError(*faults, *filter(None, explained)) from None
    if faults:
        raise SettingsError(*faults)
    return settings


class _Source:
    """The values of one file for variables that the environment doesn't set."""

    def __init__(self, file: BoundFile, env: Mapping[str, str]) -> None:
        self.keys = {name: key for name, key in file.keys.items() if not env.get(name)}
        self.values: dict[str, str] = {}
        self.fault = ""
        self._file = file
        self._named = env.get(file.variable, "")
        self.path = self._named or file.path
        try:
            self._read()
        except UnusableFileError as unusable:
            self.fault = f"{file.variable}: the file {self.path!r} {unusable}"

    def place(self, name: str) -> str:
        """Return a key, its file, and the variable that names another file."""
        return f"the key {self.keys[name]!r} of the file {self.path!r}"

    def missing(self, name: str) -> str:
        """Describe the missing value of a variable."""
        start = "" if Path(self.path).is_absolute() else "from the working directory; "
        where = f"{start}{self._file.variable} names another file"
        return f"set the environment variable {name}, or {self.place(name)} ({where})"

    def _read(self) -> None:
        if not self.keys:
            return
        texts = read_texts(self._path(), frozenset(self.keys.values()))
        for name, key in self.keys.items():
            if key in texts:
                self.values[name] = texts[key]

    def _path(self) -> Path:
        """Return the path; the default one stays in the working directory."""
        path = Path(self.path)
        if self._named or path.is_absolute():
            return path
        try:
            is_inside = path.resolve().is_relative_to(Path.cwd().resolve())
        except (OSError, RuntimeError):
            raise UnusableFileError("is a circular link") from None
        if not is_inside:
            raise UnusableFileError("leads out of the working directory by a link")
        return path


def _explained(fault: str, sources: Iterable[_Source]) -> str:
    """Add the key and the file that should hold a value, or hold an invalid one.

    A missing value has no line if its file is unusable, which has one.
    """
    for source in sources:
        for name in source.keys:
            if fault == f"set the environment variable {name}":
                return "" if source.fault else source.missing(name)
            if name in source.values and fault.startswith(f"{name} "):
                return f"{fault}: {source.place(name)} has it"
    return fault
