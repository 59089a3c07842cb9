"""Types with restrictions, and inputs and types that JSON Schemas describe."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from .bodies import BASE64
from .errors import MOST_FAULTS
from .inputs import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    Fault,
    JsonType,
    Property,
    array,
    narrow,
    object_of,
)
from .values import JsonObject, JsonValue, read_table, text_of

SHOWN = 20

LONGEST = 300
"""The most characters of a list of types in a message."""


def one_of(base: JsonType, *values: Any) -> JsonType:
    """Return the type of these values, which are all of one scalar type."""
    words = ", ".join(text_of(value) or '""' for value in values[:SHOWN])
    return narrow(
        base,
        lambda value: value in values,
        noun=f"one of {words}{', …' if len(values) > SHOWN else ''}",
        schema={**base.schema, "enum": list(values)},
        reads_members=True,
    )


class _Limit(NamedTuple):
    """A limit: its key in JSON Schema, its words in messages, and its check."""

    key: str
    words: str
    is_kept: Callable[[Any, float], bool]


_LIMITS = {
    "minimum": _Limit("minimum", "at least {}", lambda value, at: value >= at),
    "maximum": _Limit("maximum", "at most {}", lambda value, at: value <= at),
    "exclusive_minimum": _Limit(
        "exclusiveMinimum", "more than {}", lambda value, at: value > at
    ),
    "exclusive_maximum": _Limit(
        "exclusiveMaximum", "less than {}", lambda value, at: value < at
    ),
    "min_length": _Limit(
        "minLength", "at least {} characters", lambda value, at: len(value) >= at
    ),
    "max_length": _Limit(
        "maxLength", "at most {} characters", lambda value, at: len(value) <= at
    ),
    "min_items": _Limit(
        "minItems", "at least {} items", lambda value, at: len(value) >= at
    ),
    "max_items": _Limit(
        "maxItems", "at most {} items", lambda value, at: len(value) <= at
    ),
}
KEYWORDS = {
    **{limit.key: name for name, limit in _LIMITS.items()},
    "format": "form",
    "default": "default",
}
"""The keyword arguments of `refined` by the keys of JSON Schema."""
_OF_NUMBERS = {"minimum", "maximum", "exclusive_minimum", "exclusive_maximum"}


def refine(
    base: JsonType,
    *,
    form: str | None = None,
    default: JsonValue = None,
    **limits: float,
) -> JsonType:
    """Return a type with limits, by the keys of JSON Schema in snake case.

    The `form` of a text and the `default`, which an upstream assumes if it gets no
    value, stand in the schema and aren't checked.
    """
    bounds = [(_LIMITS[name], bound) for name, bound in limits.items()]
    words = " and ".join(limit.words.format(bound) for limit, bound in bounds)
    facts = {"format": form, "default": default}
    return narrow(
        base,
        lambda value: all(limit.is_kept(value, bound) for limit, bound in bounds),
        noun=f"{base.noun}, {words}" if words else base.noun,
        schema={
            **base.schema,
            **{limit.key: bound for limit, bound in bounds},
            **{key: fact for key, fact in facts.items() if fact is not None},
        },
        # A long number may be read as another one unless it is looked at.
        reads_members=base.reads_members or not _OF_NUMBERS.isdisjoint(limits),
    )


def nullable(base: JsonType) -> JsonType:
    """Return a type whose values may also be null, which no text is."""
    return replace(
        base,
        noun=f"{base.noun} or null",
        accepts=lambda value: value is None or base.accepts(value),
        schema={key: _with_null(key, value) for key, value in base.schema.items()},
    )


def _with_null(key: str, value: Any) -> Any:
    match key:
        case "type":
            return [value, "null"]
        case "enum":
            return [*value, None]
        case "anyOf" | "oneOf":
            return [*value, {"type": "null"}]
        case _:
            return value


def any_of(*types: JsonType) -> JsonType:
    """Return the type of values that are of at least one of several types."""
    return _union(types, "anyOf", range(1, len(types) + 1))


def just_one_of(*types: JsonType) -> JsonType:
    """Return the type of values that are of exactly one of several types."""
    return _union(types, "oneOf", range(1, 2))


def _union(types: tuple[JsonType, ...], key: str, counts: range) -> JsonType:
    def accepts(value: Any) -> bool:
        return sum(kind.accepts(value) for kind in types) in counts

    # A text stays as it is if it may be a string.
    readers = sorted(types, key=lambda kind: kind.schema.get("type") != "string")

    def parse(text: str) -> Any:
        for reader in readers:
            try:
                value = reader.parse(text)
            except ValueError:
                continue
            if accepts(value):
                return value
        raise ValueError(text)

    def wrong_parts(name: str, value: Any) -> Iterator[Fault]:
        # If a single type has such parts, the client means that one.
        by_type = (islice(kind.wrong_parts(name, value), MOST_FAULTS) for kind in types)
        faults = [*filter(None, map(list, by_type))]
        return iter(faults[0] if len(faults) == 1 else ())

    items = (
        item for kind in types for item in (kind.items, *kind.possible_items) if item
    )
    nouns = " or ".join(dict.fromkeys(kind.noun for kind in types))
    return JsonType(
        nouns if len(nouns) <= LONGEST else "a value of one of several types",
        accepts,
        parse,
        {key: [kind.schema for kind in types]},
        reads_members=True,
        possible_items=tuple(items),
        wrong_parts=wrong_parts,
    )


KINDS = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "object": OBJECT,
    "array": ARRAY,
    "null": nullable(any_of()),
}


def shallow(base: JsonType) -> JsonType:
    """Return a type that checks the kind of a value, and of its members or items."""
    return replace(_outline(base.schema, levels=1), schema=base.schema)


def without_check(base: JsonType) -> JsonType:
    """Return a type that accepts any value, but has the schema of another one."""
    return replace(ANYTHING, schema=base.schema)


def _outline(schema: JsonObject, levels: int) -> JsonType:
    """Return the type of a schema without restrictions, down to a level."""
    match schema:
        case {"anyOf": options} | {"oneOf": options}:
            return any_of(*(_outline(option, levels) for option in options))
        case {"type": [kind, "null"]}:
            return nullable(_outline({**schema, "type": kind}, levels))
        case {"type": "object", "properties": members} if levels:
            properties = (
                Property(name, _outline(member, 0), required=False)
                for name, member in members.items()
            )
            return object_of(*properties, others=ANYTHING)
        case {"type": "array", "items": items} if levels:
            return array(_outline(items, 0))
        case {"type": kind}:
            return KINDS[kind]
        case _:
            return ANYTHING


Declared = TypeVar("Declared")

CHECKS = {"shallow": shallow, "none": without_check}


class Types(dict[str, JsonType]):
    """Named types; `$ref` of a schema is a name. A type comes after its parts.

    `matching` makes the types of patterns. Only packages that have such types pass it,
    because it needs a library.
    """

    def __init__(
        self, schemas: JsonObject, matching: Callable[[str], JsonType] | None = None
    ) -> None:
        super().__init__()
        self._matching = matching
        self._known: dict[str, JsonType] = {}
        """Types by their schemas as text, most of which occur many times."""
        for name, schema in schemas.items():
            self[name] = self.read(schema)

    def read(self, schema: JsonObject, check: str | None = None) -> JsonType:
        """Return the type of a schema; `check` names how it is checked otherwise."""
        text = repr(schema)
        kind = self._known.get(text)
        if kind is None:
            kind = self._known[text] = self._nullable(schema)
        return CHECKS[check](kind) if check else kind

    def inputs(
        self, rows: Iterable[JsonObject], kinds: Iterable[Callable[..., Declared]], /
    ) -> list[Declared]:
        """Return the inputs of a route or tool: a row has a kind and its arguments."""
        by_name = {kind.__name__: kind for kind in kinds}
        return [by_name[row["kind"]](**self._arguments(row)) for row in rows]

    def _arguments(self, row: JsonObject) -> JsonObject:
        arguments = {key: row[key] for key in row if key not in ("kind", "check")}
        if "type" in row:
            arguments["type"] = self.read(row["type"], row.get("check"))
        return arguments

    def _nullable(self, schema: JsonObject) -> JsonType:
        match schema:
            case {"type": [kind, "null"], "enum": [*values, None]}:
                return nullable(self._refine({**schema, "type": kind, "enum": values}))
            case {"type": [kind, "null"]}:
                return nullable(self._refine({**schema, "type": kind}))
            case {"anyOf": [{"$ref": name}, {"type": "null"}]}:
                return nullable(self[name])
            case {"anyOf": [*options, {"type": "null"}]}:
                return nullable(self._refine({**schema, "anyOf": options}))
            case {"oneOf": [*options, {"type": "null"}]}:
                return nullable(self._refine({**schema, "oneOf": options}))
            case _:
                return self._refine(schema)

    def _refine(self, schema: JsonObject) -> JsonType:
        facts = {KEYWORDS[key]: schema[key] for key in schema if key in KEYWORDS}
        kind = self._base(schema)
        return refine(kind, **facts) if facts else kind

    def _base(self, schema: JsonObject) -> JsonType:
        match schema:
            case {"$ref": name}:
                return self[name]
            case {"anyOf": options}:
                return any_of(*map(self.read, options))
            case {"oneOf": options}:
                return just_one_of(*map(self.read, options))
            case {"type": "array", "items": items}:
                return array(self.read(items)) if items else ARRAY
            case {"type": "object"}:
                return self._object(schema)
            case {"type": _, "contentEncoding": _}:
                return BASE64
            case {"type": _, "pattern": pattern} if self._matching is not None:
                return self._matching(pattern)
            case {"type": kind, "enum": values}:
                return one_of(KINDS[kind], *values)
            case {"type": kind}:
                return KINDS[kind]
            case _:
                return ANYTHING

    def _object(self, schema: JsonObject) -> JsonType:
        if "properties" not in schema and "additionalProperties" not in schema:
            return OBJECT
        others = schema.get("additionalProperties", {})
        return object_of(
            *self._properties(schema),
            others=None if others is False else self.read(others),
        )

    def _properties(self, schema: JsonObject) -> Iterator[Property]:
        required = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            kind = self.read(member)
            text = _description(member, kind)
            yield Property(name, kind, text, required=name in required)


def _description(schema: JsonObject, kind: JsonType) -> str:
    """Return the description of a member, without the one that its type has itself."""
    text: str = schema.get("description", "")
    own: str | None = kind.schema.get("description")
    return text if own is None else text.removesuffix(own).removesuffix("\n\n")


class InputTable(Generic[Declared]):
    """The inputs in the JSON file of a module by route; `kinds` are their classes."""

    def __init__(
        self, module: str, types: Types, *kinds: Callable[..., Declared]
    ) -> None:
        self._rows = read_table(module)
        self._types = types
        self._kinds = kinds

    def __getitem__(self, route: str) -> list[Declared]:
        return self._types.inputs(self._rows[route], self._kinds)
