"""Inputs and their types, read from the JSON Schemas in the files of packages."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from .bodies import BASE64
from .inputs import (
    ANYTHING,
    ARRAY,
    OBJECT,
    JsonType,
    Property,
    array,
    object_of,
)
from .restrictions import (
    KEYWORDS,
    KINDS,
    any_of,
    just_one_of,
    nullable,
    one_of,
    refined,
    shallow,
    unchecked,
)
from .values import JsonObject, read_table

Declared = TypeVar("Declared")

CHECKS = {"shallow": shallow, "none": unchecked}


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

    def _nullable(self, schema: JsonObject) -> JsonType:
        match schema:
            case {"type": [kind, "null"], "enum": [*values, None]}:
                return nullable(self._refined({**schema, "type": kind, "enum": values}))
            case {"type": [kind, "null"]}:
                return nullable(self._refined({**schema, "type": kind}))
            case {"anyOf": [{"$ref": name}, {"type": "null"}]}:
                return nullable(self[name])
            case {"anyOf": [*options, {"type": "null"}]}:
                return nullable(self._refined({**schema, "anyOf": options}))
            case {"oneOf": [*options, {"type": "null"}]}:
                return nullable(self._refined({**schema, "oneOf": options}))
            case _:
                return self._refined(schema)

    def _refined(self, schema: JsonObject) -> JsonType:
        facts = {KEYWORDS[key]: schema[key] for key in schema if key in KEYWORDS}
        kind = self._base(schema)
        return refined(kind, **facts) if facts else kind

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
            case {"type": kind}:
                return self._scalar(kind, schema)
            case _:
                return ANYTHING

    def _scalar(self, kind: str, schema: JsonObject) -> JsonType:
        match schema:
            case {"contentEncoding": _}:
                return BASE64
            case {"pattern": pattern} if self._matching is not None:
                return self._matching(pattern)
            case {"enum": values}:
                return one_of(KINDS[kind], *values)
            case _:
                return KINDS[kind]

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


def read_inputs(
    rows: Iterable[JsonObject], types: Types, kinds: Iterable[Callable[..., Declared]]
) -> list[Declared]:
    """Return the inputs of a route or tool: a row has a kind and its arguments."""
    by_name = {kind.__name__: kind for kind in kinds}
    return [by_name[row["kind"]](**_arguments(row, types)) for row in rows]


def _arguments(row: JsonObject, types: Types) -> JsonObject:
    arguments = {key: row[key] for key in row if key not in ("kind", "check")}
    if "type" in row:
        arguments["type"] = types.read(row["type"], row.get("check"))
    return arguments


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
        return read_inputs(self._rows[route], self._types, self._kinds)
