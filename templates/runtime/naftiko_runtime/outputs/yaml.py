"""Parses YAML responses for shaping."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

from ..transport import Reply, utf8

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


def yaml_document(reply: Reply) -> Any:
    """Parse the first document of a YAML stream; raises ValueError.

    Scalars are those of YAML 1.1, but dates are text. Aliases are resolved, and count
    as often as they occur. Tags of other types are ignored.
    """
    return yaml_value(utf8(reply))


def yaml_value(content: bytes) -> Any:
    """Parse the first document of a YAML stream in UTF-8, as `yaml_document` does."""
    if len(content) > MOST_BYTES:
        raise ValueError("too long a document")
    if content.count(b"%TAG") > MOST_DIRECTIVES:
        raise ValueError("too many directives")
    try:
        return _Reader(content).document()
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that aliases stand for, and its size with all values inside it."""

    value: Any
    values: int
    characters: int
    levels: int


class _Reader:
    """Builds a value from the events of a parser, which runs no code of a document."""

    def __init__(self, content: bytes) -> None:
        text = content.decode("utf-8-sig")
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._scalars = yaml.SafeLoader("")
        self._anchors: dict[str, _Anchored] = {}
        self._values = 0
        self._characters = 0

    def document(self) -> Any:
        """Return the first document, None if there is none."""
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                value, _ = self._value(event, 1)
                return None if value is MERGE else value
        return None

    def _value(self, event: yaml.Event, depth: int) -> tuple[Any, int]:
        """Return a value and its levels."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        values, characters = self._values, self._characters
        self._add(1, len(getattr(event, "value", "")), depth)
        levels = 1
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value, levels = self._sequence(depth)
        else:
            value, levels = self._mapping(depth)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(
                value, self._values - values, self._characters - characters, levels
            )
        return value, levels

    def _alias(self, event: yaml.AliasEvent, depth: int) -> tuple[Any, int]:
        anchor = self._anchors.get(event.anchor or "")
        if anchor is None:
            raise ValueError("an alias inside its own value, or of none")
        self._add(anchor.values, anchor.characters, depth + anchor.levels - 1)
        return anchor.value, anchor.levels

    def _add(self, values: int, characters: int, deepest: int) -> None:
        self._values += values
        self._characters += characters
        if self._values > MOST or deepest > DEEPEST:
            raise ValueError("too many values, or nested too deeply")
        if self._characters > MOST_BYTES:
            raise ValueError("too long a document, with its aliases")

    def _sequence(self, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        levels = 1
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item, inside = self._value(event, depth + 1)
            items.append("<<" if item is MERGE else item)
            levels = max(levels, inside + 1)
        return items, levels

    def _mapping(self, depth: int) -> tuple[dict[str, Any], int]:
        own: dict[str, Any] = {}
        mappings: list[dict[str, Any]] = []
        levels = 1
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, _ = self._value(event, depth + 1)
            value, inside = self._value(next(self._events), depth + 1)
            levels = max(levels, inside + 1)
            if key is MERGE:
                mappings += _mappings(value)
            else:
                own[_name(key)] = "<<" if value is MERGE else value
        return _with_merged(own, mappings), levels

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
        raise ValueError("too long a number")
    try:
        return construct(node)
    except (ArithmeticError, IndexError) as error:
        raise ValueError("no number") from error


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a number that JSON doesn't have")
    return number


def _name(key: Any) -> str:
    """Return a key as JSON has it: a text."""
    match key:
        case str():
            return key
        case None | bool() | int() | float():
            return json.dumps(key)
        case _:
            raise ValueError("a key that isn't a scalar")


def _mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings that `<<` adds."""
    mappings = value if isinstance(value, list) else [value]
    if not all(isinstance(mapping, dict) for mapping in mappings):
        raise ValueError("'<<' with another value than mappings")
    return mappings


def _with_merged(own: dict[str, Any], mappings: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the members of all mappings; its own win, then those of earlier ones."""
    members: dict[str, Any] = {}
    for mapping in (*reversed(mappings), own):
        members.update(mapping)
    return members
