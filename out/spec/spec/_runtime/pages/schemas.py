"""JSON Schemas for readers: inputs, types in words, shapes, and sample values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..values import JsonObject
from .contents import Input

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
MOST_MEMBERS = 128
"""The most members of an object within a sample, by 4 for each level."""
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


class Schemas:
    """The schemas of a document, whose references are resolved in it."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._objects: dict[
            int, tuple[JsonObject, Mapping[str, JsonObject], frozenset[str]]
        ] = {}

    def resolved(self, node: Any) -> JsonObject:
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
        self, name: str, place: str, node: Any, about: str, *, is_required: bool
    ) -> Input:
        """Return an input of a schema, with a sample if it is required."""
        schema = self.resolved(node)
        kind = self.word(schema)
        sample = written(self.sample(schema)) if is_required else ""
        plain = kind.removesuffix(" or null")
        is_plain = plain in ("string", "integer", "number", "boolean")
        is_file = schema.get("format") == "binary"
        return Input(
            name,
            place,
            "file" if is_file else kind,
            is_required,
            about or schema.get("description", ""),
            "file" if is_file else plain if is_plain else "json",
            self.choices(schema),
            schema.get("default"),
            sample if is_required and len(sample) <= LONGEST_SAMPLE else None,
        )

    def members(self, schema: JsonObject) -> Mapping[str, JsonObject]:
        """Return the members of an object by name, also those of all its parts."""
        return self._object_of(schema)[0]

    def required(self, schema: JsonObject) -> frozenset[str]:
        """Return the names of the members that an object must have."""
        return self._object_of(schema)[1]

    def _object_of(
        self, schema: JsonObject
    ) -> tuple[Mapping[str, JsonObject], frozenset[str]]:
        """Return the members of an object, and those it must have; find them once."""
        schema = self.resolved(schema)
        known = self._objects.get(id(schema))
        if known is None or known[0] is not schema:
            parts = list(self._parts(schema, 0))
            members = {
                name: self.resolved(member)
                for part in parts
                for name, member in part.get("properties", {}).items()
            }
            needed = frozenset(
                name for one in parts for name in one.get("required", ())
            )
            known = self._objects[id(schema)] = schema, members, needed
        return known[1], known[2]

    def _parts(self, schema: JsonObject, depth: int) -> Iterator[JsonObject]:
        """Yield the parts of a schema by `allOf`, then the schema itself."""
        schema = self.resolved(schema)
        for part in schema.get("allOf", ()) if depth < DEEPEST else ():
            yield from self._parts(part, depth + 1)
        yield schema

    def word(self, schema: JsonObject, depth: int = 0) -> str:
        """Return the type of a schema in few words."""
        schema = self.resolved(schema)
        if "const" in schema:
            return json.dumps(schema["const"], ensure_ascii=False)
        if alternatives := _alternatives(schema):
            words = [self.word(one, depth + 1) for one in alternatives[:4]]
            is_any = depth >= DEEPEST or "any" in words
            return "any" if is_any else " or ".join(dict.fromkeys(words))
        names = _types(schema)
        if names[:1] == ["array"] and depth < DEEPEST:
            return " or ".join((self._list(schema, depth), *names[1:]))
        return " or ".join(names) or ("object" if self.members(schema) else "any")

    def _list(self, schema: JsonObject, depth: int) -> str:
        items = self.word(schema.get("items", {}), depth + 1)
        items = f"({items})" if " or " in items else items
        return "list" if items == "any" else f"list of {items}"

    def choices(self, schema: JsonObject) -> Sequence[Any]:
        """Return the only values of a schema, none if there are others."""
        values: Sequence[Any] = self.resolved(schema).get("enum", ())
        return [one for one in values if one is not None]

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
        schema = self.resolved(schema)
        members = self.members(schema) if depth < DEEPEST else {}
        items = self.resolved(schema.get("items", {}))
        if members:
            yield f"{indent}{name}{{"
            yield from self._member_lines(schema, members, indent, depth)
            yield f"{indent}}}"
        elif depth < DEEPEST and self.members(items):
            yield f"{indent}{name}list of {{"
            yield from self._member_lines(items, self.members(items), indent, depth)
            yield f"{indent}}}"
        else:
            yield f"{indent}{name}{self.word(schema)}"

    def _member_lines(
        self,
        schema: JsonObject,
        members: Mapping[str, JsonObject],
        indent: str,
        depth: int,
    ) -> Iterator[str]:
        required = self.required(schema)
        for name, member in members.items():
            mark = "" if name in required or not required else "?"
            yield from self._lines(member, f"{indent}  ", f"{name}{mark}: ", depth + 1)

    def sample(self, schema: JsonObject) -> Any:
        """Return a value of a schema: its example, its default, or one of its type."""
        return self._sample(schema, 0, iter(range(LARGEST_SAMPLE)))

    def required_sample(self, schema: JsonObject) -> JsonObject:
        """Return an object with the members that it must have."""
        return self._object(schema, 0, iter(range(LARGEST_SAMPLE)))

    def _sample(self, schema: JsonObject, depth: int, room: Iterator[int]) -> Any:
        """Return a sample; each value takes a place of the room that is left."""
        schema = self.resolved(schema)
        for key in ("example", "const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        for key in ("examples", "enum"):
            values = schema.get(key)
            if isinstance(values, list) and values:
                return values[0]
        if (alternatives := _alternatives(schema)) and depth < DEEPEST:
            return self._sample(alternatives[0], depth + 1, room)
        return self._of_type(schema, depth, room)

    def _of_type(self, schema: JsonObject, depth: int, room: Iterator[int]) -> Any:
        match (_types(schema) or ["object" if self.members(schema) else ""])[0]:
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "array":
                items = schema.get("items", {})
                count = min(schema.get("minItems", 0), 3) if depth < DEEPEST else 0
                return [self._sample(items, depth + 1, room) for _ in range(count)]
            case "object":
                return self._object(schema, depth, room)
            case _:
                return _text(schema)

    def _object(
        self, schema: JsonObject, depth: int, room: Iterator[int]
    ) -> JsonObject:
        members, required = self.members(schema), self.required(schema)
        return {
            name: self._sample(members[name], depth + 1, room)
            for name in members
            if name in required and depth < DEEPEST and next(room, None) is not None
        }


def in_lines(*words: str) -> str:
    """Return a command for a shell, whose options have lines of their own if long."""
    command = " ".join(words)
    if len(command) <= SHORT_COMMAND:
        return command
    return " ".join(f"\\\n  {one}" if one in BROKEN else one for one in words)


def written(value: Any) -> str:
    """Return a value as a request has it: a text as it is, others as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _types(schema: JsonObject) -> list[str]:
    declared = schema.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
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
    return text.ljust(min(schema.get("minLength", 0), LONGEST_SAMPLE), "e")[
        : schema.get("maxLength", LONGEST_SAMPLE)
    ]
