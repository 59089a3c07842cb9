"""The contents of a page as data, and how JSON Schemas become inputs and shapes."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from ..values import JsonObject, text_of

Effect = Literal["read-only", "changes", "destructive"]

DEEPEST = 4
"""The most levels of shapes and samples, and of references to references."""
LONGEST_SHAPE = 1_200
"""The most characters of a shape."""
LARGEST_SAMPLE = 300
"""The most members of all objects in a sample."""
LONGEST_SAMPLE = 2_000
"""The most characters of the sample of an input."""
SHORT_COMMAND = 76
BROKEN = frozenset(("-H", "-b", "-d", "-F", "--data-urlencode", "--data-binary"))
"""The options that begin a line of a long command."""
MORE = "…"
FORMATS: Mapping[str, str] = {
    "date": "2026-05-01",
    "date-time": "2026-05-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "6f1c2b34-5d6e-4f70-8a91-b2c3d4e5f607",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
}


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a route or tool.

    `place` is where a request has it: `path`, `query`, `header`, `cookie`, `body` (a
    member), `whole` (the body itself) or `argument`. `kind` is its type in words, and
    `control` that of a field of a form. `sample` is the value that the command sends,
    if it sends one.
    """

    name: str
    place: str
    kind: str = "string"
    is_required: bool = False
    description: str = ""
    control: str = "string"
    choices: Sequence[Any] = ()
    usual: Any = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, or nothing, its media type and its shape."""

    label: str
    media_type: str
    shape: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route, tool, resource or prompt.

    `badge` is a word in front of the name. `command` is a command for a shell, or
    empty. `request` are the facts by which the script of the page sends a request;
    without any, the entry can't be tried.
    """

    name: str
    badge: str = ""
    effect: Effect | None = None
    title: str = ""
    description: str = ""
    inputs: Sequence[Input] = ()
    answers: Sequence[Answer] = ()
    command: str = ""
    request: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of entries, with a text above it and commands that concern all of them."""

    title: str
    entries: Sequence[Entry] = ()
    description: str = ""
    commands: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a page: the adapter, and its lists.

    `facts` are short, such as the version. `links` lead to documents of the adapter:
    addresses relative to the page, and their subjects.
    """

    kind: str
    name: str
    description: str
    sections: Sequence[Section]
    facts: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()


class Source(Protocol):
    """An adapter as its page shows it."""

    def contents(self) -> Contents:
        """Return the contents of the page."""

    def index(self, root: str) -> JsonObject:
        """Return the members of the JSON for other clients than browsers."""


class Members(NamedTuple):
    """The members of an object by name, and the names of those that it must have."""

    schemas: Mapping[str, JsonObject]
    required: frozenset[str]


class Schemas:
    """The schemas of a document, whose references are resolved in it."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._objects: dict[int, tuple[JsonObject, Members]] = {}

    def resolve(self, node: Any) -> JsonObject:
        """Return an object itself, or the one that it refers to."""
        for _ in range(DEEPEST):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            others = {key: value for key, value in node.items() if key != "$ref"}
            node = self._target(reference)
            if isinstance(node, dict) and others:
                node = {**node, **others}
        return {}

    def _target(self, reference: str) -> Any:
        node: Any = self._document
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def input(
        self, name: str, place: str, node: Any, about: str = "", *, is_required: bool
    ) -> Input:
        """Return an input of a schema, with a sample if it is required."""
        schema = self.resolve(node)
        kind = self.word(schema)
        plain = kind.removesuffix(" or null")
        is_plain = plain in ("string", "integer", "number", "boolean")
        is_file = schema.get("format") == "binary"
        sample = text_of(self.sample(schema)) if is_required else ""
        return Input(
            name,
            place,
            kind="file" if is_file else kind,
            is_required=is_required,
            description=about or schema.get("description", ""),
            control="file" if is_file else plain if is_plain else "json",
            choices=[choice for choice in schema.get("enum", ()) if choice is not None],
            usual=schema.get("default"),
            sample=sample if is_required and len(sample) <= LONGEST_SAMPLE else None,
        )

    def inputs(self, schema: JsonObject, place: str) -> list[Input]:
        """Return an input for each member of an object."""
        members, required = self.members(schema)
        return [
            self.input(name, place, member, is_required=name in required)
            for name, member in members.items()
        ]

    def members(self, schema: JsonObject) -> Members:
        """Return the members of an object, also those of all its parts."""
        schema = self.resolve(schema)
        entry = self._objects.get(id(schema))
        if entry is None or entry[0] is not schema:
            parts = list(self._parts(schema, 0))
            schemas = {
                name: self.resolve(member)
                for part in parts
                for name, member in part.get("properties", {}).items()
            }
            required = (name for part in parts for name in part.get("required", ()))
            entry = schema, Members(schemas, frozenset(required))
            self._objects[id(schema)] = entry
        return entry[1]

    def _parts(self, schema: JsonObject, depth: int) -> Iterator[JsonObject]:
        """Yield the parts of a schema by `allOf`, then the schema itself."""
        schema = self.resolve(schema)
        for part in schema.get("allOf", ()) if depth < DEEPEST else ():
            yield from self._parts(part, depth + 1)
        yield schema

    def word(self, schema: JsonObject, depth: int = 0) -> str:
        """Return the type of a schema in few words."""
        schema = self.resolve(schema)
        if "const" in schema:
            return json.dumps(schema["const"], ensure_ascii=False)
        if alternatives := _alternatives(schema):
            words = [self.word(part, depth + 1) for part in alternatives[:4]]
            is_any = depth >= DEEPEST or "any" in words
            return "any" if is_any else " or ".join(dict.fromkeys(words))
        names = _types(schema)
        if names[:1] == ["array"] and depth < DEEPEST:
            items = self.word(schema.get("items", {}), depth + 1)
            items = f"({items})" if " or " in items else items
            names[0] = "list" if items == "any" else f"list of {items}"
        has_members = bool(self.members(schema).schemas)
        return " or ".join(names) or ("object" if has_members else "any")

    def shape(self, schema: JsonObject) -> str:
        """Return the shape of a value as indented text, cut if it is long."""
        lines: list[str] = []
        size = 0
        for line in self._lines(schema, "", "", 0):
            size += len(line) + 1
            if size > LONGEST_SHAPE:
                return "\n".join((*lines, MORE))
            lines.append(line)
        return "\n".join(lines)

    def _lines(
        self, schema: JsonObject, indent: str, name: str, depth: int
    ) -> Iterator[str]:
        schema = self.resolve(schema)
        for part, word in (schema, ""), (schema.get("items", {}), "list of "):
            members, required = self.members(part)
            if members and depth < DEEPEST:
                yield f"{indent}{name}{word}{{"
                for key, member in members.items():
                    mark = "" if key in required or not required else "?"
                    start = f"{key}{mark}: "
                    yield from self._lines(member, f"{indent}  ", start, depth + 1)
                yield f"{indent}}}"
                return
        yield f"{indent}{name}{self.word(schema)}"

    def sample(
        self, schema: JsonObject, depth: int = 0, room: Iterator[int] | None = None
    ) -> Any:
        """Return a value of a schema: its example, its default, or one of its type.

        Each value takes a place of the room that is left.
        """
        schema = self.resolve(schema)
        for key in ("example", "const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        for key in ("examples", "enum"):
            values = schema.get(key)
            if isinstance(values, list) and values:
                return values[0]
        room = room or iter(range(LARGEST_SAMPLE))
        if (alternatives := _alternatives(schema)) and depth < DEEPEST:
            return self.sample(alternatives[0], depth + 1, room)
        has_members = bool(self.members(schema).schemas)
        match (_types(schema) or ["object" if has_members else ""])[0]:
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "array":
                items = schema.get("items", {})
                count = min(schema.get("minItems", 0), 3) if depth < DEEPEST else 0
                return [self.sample(items, depth + 1, room) for _ in range(count)]
            case "object":
                return self.required_sample(schema, depth, room)
            case _:
                return _text(schema)

    def required_sample(
        self, schema: JsonObject, depth: int = 0, room: Iterator[int] | None = None
    ) -> JsonObject:
        """Return an object with the members that it must have."""
        members, required = self.members(schema)
        room = room or iter(range(LARGEST_SAMPLE))
        return {
            name: self.sample(member, depth + 1, room)
            for name, member in members.items()
            if name in required and depth < DEEPEST and next(room, None) is not None
        }


def curl(*words: str, options: Iterable[tuple[str, str]] = ()) -> str:
    """Return a command for a shell, whose options have lines of their own if long."""
    pairs = ((name, shlex.quote(text)) for name, text in options)
    words = ("curl", *words, *(word for pair in pairs for word in pair))
    command = " ".join(words)
    if len(command) <= SHORT_COMMAND:
        return command
    return " ".join(f"\\\n  {word}" if word in BROKEN else word for word in words)


def count_of(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _types(schema: JsonObject) -> list[str]:
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    return sorted(names, key=lambda name: name == "null")


def _alternatives(schema: JsonObject) -> list[Any]:
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    return alternatives if isinstance(alternatives, list) else []


def _number(schema: JsonObject) -> float | int:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    high = schema.get("maximum", low)
    value = low if low > high or low >= 1 else max(low, min(1, high))
    step = schema.get("multipleOf")
    if step and value % step:
        value = step * (value // step + 1)
    return int(value) if value == int(value) else float(value)


def _text(schema: JsonObject) -> str:
    text = FORMATS.get(schema.get("format", ""), "example")
    longest = schema.get("maxLength", LONGEST_SAMPLE)
    return text.ljust(min(schema.get("minLength", 0), LONGEST_SAMPLE), "e")[:longest]
