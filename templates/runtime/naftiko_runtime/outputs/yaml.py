"""Parses YAML responses for shaping."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import yaml

from ..transport import Reply, utf8
from ..values import Room
from .mismatches import UnreadableError, reads

T = TypeVar("T")
DEEPEST = 100
# Larger documents would delay all other calls for a second.
MOST = 200_000
MOST_BYTES = 1_000_000
# The parser compares each directive with all before it.
MOST_DIRECTIVES = 100
LONGEST_NUMBER = 1_000
PREFIX = "tag:yaml.org,2002:"
MERGE = object()


@reads("YAML")
def yaml_document(reply: Reply) -> Any:
    """Parse the first document of a YAML stream; raises ValueError.

    Scalars are those of YAML 1.1, but dates are text. Aliases are resolved, and count
    as often as they occur. Tags of other types are ignored.
    """
    return yaml_value(utf8(reply))


def yaml_value(content: bytes) -> Any:
    """Parse the first document of a YAML stream in UTF-8, as `yaml_document` does."""
    if len(content) > MOST_BYTES:
        raise UnreadableError("too long a document")
    if content.count(b"%TAG") > MOST_DIRECTIVES:
        raise UnreadableError("too many directives")
    try:
        return _Reader(content).document()
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error


class _Reader:
    """Builds a value from the events of a parser, which runs no code of a document."""

    def __init__(self, content: bytes) -> None:
        text = content.decode("utf-8-sig")
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._scalars = yaml.SafeLoader("")
        self._anchors: dict[str, Any] = {}
        self._values = Room(MOST, lambda: UnreadableError("too many values"))
        self._characters = Room(MOST_BYTES, lambda: UnreadableError("too many aliases"))

    def document(self) -> Any:
        """Return the first document, None if there is none."""
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                value = self._value(event, 1)
                return None if value is MERGE else value
        return None

    def _value(self, event: yaml.Event, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise UnreadableError("an alias inside its own value, or of none")
            value = self._anchors[event.anchor]
            self._take_all(value, depth)
            return value
        self._take(getattr(event, "value", ""), depth)
        value = None
        match event:
            case yaml.ScalarEvent():
                value = self._scalar(event)
            case yaml.SequenceStartEvent():
                items = self._inside(yaml.SequenceEndEvent, depth + 1)
                value = ["<<" if item is MERGE else item for item in items]
            case _:
                parts = self._inside(yaml.MappingEndEvent, depth + 1)
                value = _mapping(zip(parts, parts, strict=True))
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = value
        return value

    def _inside(self, end: type[yaml.Event], depth: int) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield self._value(event, depth)

    def _take(self, text: str, depth: int) -> None:
        self._values.take(1)
        self._characters.take(len(text))
        if depth > DEEPEST:
            raise UnreadableError("nested too deeply")

    def _take_all(self, value: Any, depth: int) -> None:
        """Take the room of a value again, and of all values inside it."""
        self._take(value if isinstance(value, str) else "", depth)
        if isinstance(value, dict):
            for key in value:
                self._take(key, depth + 1)
            value = value.values()
        elif not isinstance(value, list):
            return
        for item in value:
            self._take_all(item, depth + 1)

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        tag = event.tag
        if tag is None:
            tag = _implicit_tag(event.value) if event.implicit[0] else ""
        node = yaml.ScalarNode(tag, event.value)
        match tag.removeprefix(PREFIX):
            case "null":
                return None
            case "bool" if event.value.lower() in self._scalars.bool_values:
                return self._scalars.construct_yaml_bool(node)
            case "int":
                return _number(self._scalars.construct_yaml_int, node)
            case "float":
                return _finite(_number(self._scalars.construct_yaml_float, node))
            case "merge":
                return MERGE
            case _:
                return event.value


def _implicit_tag(text: str) -> str:
    """Return the tag of a scalar without quotes; that of a text is empty."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], ())
    return next((tag for tag, pattern in resolvers if pattern.match(text)), "")


def _number(construct: Callable[[yaml.ScalarNode], T], node: yaml.ScalarNode) -> T:
    """Return a number; raises ValueError for one that is too long or none."""
    # `1:59:59` is to the base 60: the time grows with the square of its length.
    if len(node.value) > LONGEST_NUMBER:
        raise UnreadableError("too long a number")
    try:
        return construct(node)
    except (ArithmeticError, IndexError) as error:
        raise ValueError("no number") from error


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise UnreadableError("a number that JSON doesn't have")
    return number


def _name(key: Any) -> str:
    """Return a key as JSON has it: a text."""
    match key:
        case str():
            return key
        case None | bool() | int() | float():
            return json.dumps(key)
        case _:
            raise UnreadableError("a key that isn't a scalar")


def _mapping(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return the members of a mapping, then those that `<<` adds, the earlier first."""
    own: dict[str, Any] = {}
    mappings: list[dict[str, Any]] = []
    for key, value in pairs:
        if key is MERGE:
            mappings += _mappings(value)
        else:
            own[_name(key)] = "<<" if value is MERGE else value
    members: dict[str, Any] = {}
    for mapping in (*reversed(mappings), own):
        members.update(mapping)
    return members


def _mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings that `<<` adds."""
    mappings = value if isinstance(value, list) else [value]
    if not all(isinstance(mapping, dict) for mapping in mappings):
        raise UnreadableError("'<<' with another value than mappings")
    return mappings
