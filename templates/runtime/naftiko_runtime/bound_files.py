"""Files of JSON or YAML that may hold the values of variables.

A variable of the environment wins over the file, and the file is read only if a
variable isn't set. No message holds a value.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from .errors import Fault
from .settings import (
    AbsentFileError,
    Environment,
    UnusableFileError,
    ValueFile,
    is_set,
    read_explained,
    read_file,
)

LIMIT = 256 * 1024
_NULL = ("", "~", "null", "Null", "NULL")
_TEXT = "tag:yaml.org,2002:str"

T = TypeVar("T")


class Other(Enum):
    """A value that is neither a text nor null."""

    STRUCTURE = "structure"


Value = str | Other | None
Entry = tuple[str, Value]


class BoundFile(ValueFile):
    """A file of values whose format its name tells: YAML, else JSON."""

    __slots__ = ()

    def places(self, env: Environment) -> Mapping[str, str]:
        """Return the path of the file by each variable whose value it holds."""
        values, _ = self._values(env)
        return dict.fromkeys(values, self._path(env))

    def read(self, reader: Callable[[Environment], T], env: Environment) -> T:
        """Call a reader with the environment and the values of the file.

        Raises SettingsError, whose lines name the key and the file.
        """
        values, unusable = self._values(env)
        start = f"{self.variable}: the file {self._path(env)!r}"
        faults = [Fault(f"{start} {unusable}", self.variable)] if unusable else []
        explain = partial(self._explain, env, values, bool(unusable))
        return read_explained(reader, {**env, **values}, faults, explain)

    def _path(self, env: Environment) -> str:
        return env.get(self.variable) or self.path

    def _values(self, env: Environment) -> tuple[Mapping[str, str], str]:
        """Return the values of variables that aren't set, or why there are none."""
        keys = {k: key for k, key in self.keys.items() if not is_set(env, k)}
        try:
            texts = self._texts(env, frozenset(keys.values())) if keys else {}
        except UnusableFileError as unusable:
            return {}, str(unusable)
        return {k: texts[key] for k, key in keys.items() if key in texts}, ""

    def _texts(self, env: Environment, keys: Container[str]) -> dict[str, str]:
        """Return the texts of keys; the default path stays in the working directory."""
        path = Path(self._path(env))
        if not env.get(self.variable) and not path.is_absolute():
            _refuse_outside(path)
        return read_texts(path, keys)

    def _explain(
        self,
        env: Environment,
        values: Mapping[str, str],
        is_unusable: bool,
        fault: Fault,
    ) -> Fault | None:
        """Add the key and the file that should hold a value, or hold an invalid one.

        A missing value has no line if the file is unusable, which has one.
        """
        name, path = fault.variable, self._path(env)
        if name not in self.keys or is_set(env, name):
            return fault
        place = f"the key {self.keys[name]!r} of the file {path!r}"
        if not fault.is_missing:
            return fault.with_end(f": {place} has it") if name in values else fault
        start = "" if Path(path).is_absolute() else "from the working directory; "
        where = f"{start}{self.variable} names another file"
        return None if is_unusable else fault.with_end(f", or {place} ({where})")


def _refuse_outside(path: Path) -> None:
    """Raise UnusableFileError for a path that a link leads out of the directory."""
    try:
        is_inside = path.resolve().is_relative_to(Path.cwd().resolve())
    except (OSError, RuntimeError):
        raise UnusableFileError("is a circular link") from None
    if not is_inside:
        raise UnusableFileError("leads out of the working directory by a link")


def read_texts(path: Path, wanted: Container[str]) -> dict[str, str]:
    """Return the texts of the wanted keys; none if the file doesn't exist.

    A null counts as a missing key. Raises UnusableFileError.
    """
    try:
        _, content = read_file(path, LIMIT)
    except AbsentFileError:
        return {}
    is_yaml = path.suffix.lower() in (".yaml", ".yml")
    values: dict[str, Value] = {}
    for key, value in (_yaml_entries if is_yaml else _json_entries)(content):
        if key not in wanted:
            continue
        if key in values:
            raise UnusableFileError(f"has the key {key!r} twice")
        if value is Other.STRUCTURE:
            raise UnusableFileError(f"has a list or an object as {key!r}")
        values[key] = value
    return {key: value for key, value in values.items() if isinstance(value, str)}


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, which may repeat a key."""


def _json_entries(content: str) -> Iterable[Entry]:
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


def _json_text(value: object) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | None) else Other.STRUCTURE


def _yaml_entries(content: str) -> Iterable[Entry]:
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
