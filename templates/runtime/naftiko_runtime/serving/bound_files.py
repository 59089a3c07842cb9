"""Settings and credentials whose values may stand in files of JSON or YAML.

A variable of the environment wins over the file, and the file is read only if a
variable isn't set. No message holds a value.
"""

import json
import os
import stat
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import yaml
from starlette.types import ASGIApp

from ..errors import NaftikoError, SettingsError
from ..http.authentication import Authentication, Text
from ..http.guards import WaitingGuard
from ..secret_files import is_set, missing
from ..settings import BaseSettings, Environment
from ..values import JsonObject
from .program import Program

LIMIT = 256 * 1024
_NULL = ("", "~", "null", "Null", "NULL")
_TEXT = "tag:yaml.org,2002:str"

T = TypeVar("T")


class Other(Enum):
    """A value that is neither a text nor null."""

    STRUCTURE = "structure"


Value = str | Other | None
Entry = tuple[str, Value]


class UnusableFileError(NaftikoError):
    """A file can't be used; the message is the end of a sentence."""


def read_texts(path: Path, wanted: Container[str]) -> dict[str, str]:
    """Return the texts of the wanted keys; none if the file doesn't exist.

    A file is YAML if its name ends so, else JSON. Raises UnusableFileError.
    """
    content = _content(path)
    if content is None:
        return {}
    is_yaml = path.suffix.lower() in (".yaml", ".yml")
    return _by_key((_yaml_entries if is_yaml else _json_entries)(content), wanted)


def _content(path: Path) -> str | None:
    """Return the text of a file, or None if it doesn't exist."""
    try:
        # Without blocking: opening a pipe would wait for somebody who writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnusableFileError("isn't a regular file")
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or "its path isn't valid"
        raise UnusableFileError(f"can't be read: {why}") from None
    if len(content) > LIMIT:
        raise UnusableFileError(f"is larger than {LIMIT // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableFileError("isn't UTF-8 text") from None


def _by_key(entries: Iterable[Entry], wanted: Container[str]) -> dict[str, str]:
    """Return the texts of the wanted keys; null counts as a missing key."""
    texts: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in entries:
        if key not in wanted:
            continue
        if key in seen:
            raise UnusableFileError(f"has the key {key!r} twice")
        seen.add(key)
        if value is Other.STRUCTURE:
            raise UnusableFileError(f"has a list or an object as {key!r}")
        if isinstance(value, str):
            texts[key] = value
    return texts


def _json_entries(content: str) -> list[Entry]:
    """Return the members of the object in a JSON file; numbers stay as typed."""
    try:
        root = json.loads(
            content,
            object_pairs_hook=_Pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError):
        raise UnusableFileError("isn't valid JSON") from None
    if not isinstance(root, _Pairs):
        raise UnusableFileError("holds no JSON object")
    return [(key, _json_text(value)) for key, value in root]


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, which may repeat a key."""


def _json_text(value: object) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | None) else Other.STRUCTURE


def _yaml_entries(content: str) -> list[Entry]:
    """Return the entries of the mapping in a YAML file; values stay as typed.

    Nothing is constructed, and no alias is expanded: only nodes are composed.
    """
    try:
        documents = list(yaml.compose_all(content, Loader=yaml.BaseLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise UnusableFileError(f"isn't valid YAML{line}") from None
    except RecursionError:
        raise UnusableFileError("is nested too deeply") from None
    if len(documents) > 1:
        raise UnusableFileError("holds more than one YAML document")
    if not documents or not isinstance(documents[0], yaml.MappingNode):
        raise UnusableFileError("holds no YAML mapping")
    entries = [(_scalar(key), _scalar(value)) for key, value in documents[0].value]
    return [(key, value) for key, value in entries if isinstance(key, str)]


def _scalar(node: yaml.Node) -> Value:
    """Return the text of a scalar as typed; other tags than text aren't read."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
        return Other.STRUCTURE
    is_plain = node.style is None
    return None if is_plain and node.value in _NULL else str(node.value)


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


def places_of(files: Iterable[BoundFile], env: Environment) -> Mapping[str, str]:
    """Return the paths of the files that hold values, by the variables of these."""
    sources = [_Source(file, env) for file in files]
    return {name: source.path for source in sources for name in source.values}


class _Source:
    """The values of one file for variables that the environment doesn't set."""

    def __init__(self, file: BoundFile, env: Mapping[str, str]) -> None:
        self.keys = {
            name: key for name, key in file.keys.items() if not is_set(env, name)
        }
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
            if fault == missing(name):
                return "" if source.fault else source.missing(name)
            if name in source.values and fault.startswith(f"{name} "):
                return f"{fault}: {source.place(name)} has it"
    return fault


@dataclass(frozen=True, slots=True, init=False)
class FileAuthentication(Authentication):
    """An authentication whose variables may stand in files."""

    declared: Authentication
    files: tuple[BoundFile, ...]

    def __init__(self, declared: Authentication, *files: BoundFile) -> None:
        object.__setattr__(self, "declared", declared)
        object.__setattr__(self, "files", files)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables that have to be set, or to stand in a file."""
        return self.declared.variables

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {file.variable: file.path for file in self.files}

    def places(self, env: Environment) -> Mapping[str, str]:
        """Return the files that hold values, by the variables of these."""
        return places_of(self.files, env)

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the headers with which clients authenticate, if they are enough."""
        return self.declared.headers

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameters with which clients authenticate."""
        return self.declared.query

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options by which curl authenticates, quoted for a shell."""
        return self.declared.curl_options

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return the parts of a credential as a person types them into a page."""
        return self.declared.typed

    def lacks_variable(self, env: Environment = os.environ) -> bool:
        """Return whether neither the environment nor a file has some variable.

        Raises SettingsError for an unusable file.
        """
        return read_with_files(self.files, env, self.declared.lacks_variable)

    def guard(self, realm: str, env: Environment = os.environ) -> WaitingGuard | None:
        """Return the guard; raises SettingsError for a faulty variable or file."""
        read = partial(self.declared.guard, realm)
        return read_with_files(self.files, env, read)

    def with_open_pages(self, app: ASGIApp, env: Environment = os.environ) -> ASGIApp:
        """Return the application with the pages that the guard opens to any client.

        Raises SettingsError for a faulty variable or file.
        """
        read = partial(self.declared.with_open_pages, app)
        return read_with_files(self.files, env, read)


class FileProgram(Program):
    """A program whose `settings` are FileSettings."""

    __slots__ = ()

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {file.variable: file.path for file in self._files}

    def places(self, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return the files that hold values, by the variables of these."""
        return places_of(self._files, env)

    def needed(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """Return the variables to set; a file's own one stands for those it holds.

        A client starts the package in another working directory, so it has to name the
        file.
        """
        holders = {name: file for file in reversed(self._files) for name in file.keys}
        named = (
            holders[name].variable if name in holders and not env.get(name) else name
            for name in Program.needed(self, env)
        )
        return tuple(dict.fromkeys(named))

    @property
    def _files(self) -> tuple[BoundFile, ...]:
        settings = self.settings
        return settings.FILES if issubclass(settings, FileSettings) else ()
