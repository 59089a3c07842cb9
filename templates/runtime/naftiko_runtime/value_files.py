"""Files of values: the texts at the root of a JSON or YAML file.

No message holds a value.
"""

import json
import os
import stat
from collections.abc import Container, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from .errors import NaftikoError

LIMIT = 256 * 1024
# PyYAML's time grows with the square of the depth.
DEEPEST = 100
_BEFORE_ROOT = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
_NULL = ("", "~", "null", "Null", "NULL")
_TEXT = "tag:yaml.org,2002:str"


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

    Nothing is constructed, and no alias is expanded: only events are read.
    """
    try:
        return list(_entries(yaml.parse(content, Loader=yaml.SafeLoader)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise UnusableFileError(f"isn't valid YAML{line}") from None


def _entries(events: Iterator[yaml.Event]) -> Iterator[Entry]:
    """Yield the entries of the mapping at the root of a document."""
    anchors: dict[str, Value] = {}
    start = next(one for one in events if not isinstance(one, _BEFORE_ROOT))
    if not isinstance(start, yaml.MappingStartEvent):
        raise UnusableFileError("holds no YAML mapping")
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, anchors)
        value = _node(next(events), events, anchors)
        if isinstance(key, str):
            yield key, value
    if any(isinstance(one, yaml.DocumentStartEvent) for one in events):
        raise UnusableFileError("holds more than one YAML document")


def _node(
    event: yaml.Event, events: Iterator[yaml.Event], anchors: dict[str, Value]
) -> Value:
    """Return the text of a node, and read all of its events."""
    match event:
        case yaml.AliasEvent():
            return anchors.get(str(event.anchor), Other.STRUCTURE)
        case yaml.ScalarEvent():
            value = _scalar(event)
            if event.anchor:
                anchors[event.anchor] = value
            return value
        case _:
            _skip(events)
            return Other.STRUCTURE


def _scalar(event: yaml.ScalarEvent) -> Value:
    """Return the text of a scalar as typed; other tags than text aren't read."""
    if event.tag not in (None, "!", _TEXT):
        return Other.STRUCTURE
    is_plain = event.implicit[0]
    return None if is_plain and event.value in _NULL else str(event.value)


def _skip(events: Iterator[yaml.Event]) -> None:
    """Read the rest of a list or a mapping."""
    depth = 1
    while depth:
        if depth > DEEPEST:
            raise UnusableFileError("is nested too deeply")
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
