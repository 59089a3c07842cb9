"""Arguments that ask for a page, where clients and where calls have them."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..inputs import ANYTHING, INTEGER, STRING, JsonType
from ..values import JsonObject
from .arguments import kinds_of
from .fields import Path, split


class Input(Protocol):
    """An argument of a tool, as far as answers depend on it."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def keyword(self) -> str:
        """Return the keyword of its value, if it has another name."""

    @property
    def type(self) -> JsonType:
        """Return the type of its values."""


class Places:
    """The places of arguments, some of which are members of a body.

    `inside` has the paths of these from the body, each with that of clients.
    """

    def __init__(self, inputs: Iterable[Input], inside: Mapping[str, str]) -> None:
        by_name = {one.name: one for one in inputs}
        self.types = {name: one.type for name, one in by_name.items()}
        self._values: dict[str, Path] = {
            name: (one.keyword or name,) for name, one in by_name.items()
        }
        self._arguments: dict[str, Path] = {name: (name,) for name in by_name}
        for name, path in inside.items():
            body, *inner = split(name)
            self.types[name] = _type_at(self.types[body].schema, inner)
            self._values[name] = (*self._values[body], *inner)
            self._arguments[name] = split(path)

    def read(self, values: JsonObject) -> JsonObject:
        """Return the values of arguments by name."""
        return {name: at(values, path) for name, path in self._values.items()}

    def with_value(self, values: JsonObject, name: str, value: Any) -> JsonObject:
        """Return values of which one is another."""
        return _with_member(values, self._values[name], value)

    def parsed(self, arguments: JsonObject, values: JsonObject) -> JsonObject:
        """Return arguments with objects in place of texts that are read as such."""
        parsed = dict(arguments)
        for name, (top, *inner) in self._arguments.items():
            path = self._values[name]
            if inner and isinstance(parsed.get(top), str):
                parsed[top] = at(values, path[: len(path) - len(inner)])
        return parsed

    def changed(self, arguments: JsonObject, changes: JsonObject) -> JsonObject:
        """Return arguments with changes; None leaves out."""
        changed = arguments
        for name, value in changes.items():
            path = self._arguments.get(name, (name,))
            changed = _with_member(changed, path, value)
        return {name: value for name, value in changed.items() if value is not None}


def _type_at(schema: JsonObject, path: Iterable[str]) -> JsonType:
    """Return the type of a member: a text, a whole number, or any value."""
    for name in path:
        schema = schema.get("properties", {}).get(name, {})
    kinds = kinds_of(schema)
    if len(kinds - {"null"}) > 1:
        return ANYTHING
    return STRING if "string" in kinds else INTEGER


def at(document: Any, path: Path) -> Any:
    """Return the value at a path of names, None if there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _with_member(document: JsonObject, path: Path, value: Any) -> JsonObject:
    """Return an object with another value at a path; None leaves it out."""
    name, *inner = path
    if inner:
        part = document.get(name)
        value = _with_member(part or {}, tuple(inner), value) or part
    others = {key: item for key, item in document.items() if key != name}
    return others if value is None else {**others, name: value}
