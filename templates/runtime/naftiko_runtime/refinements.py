"""Inputs with limits or facts that only describe them, and inputs that may be null."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from .inputs import JsonType
from .json import JsonObject, JsonValue


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


def refined(
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
    checks = [(_LIMITS[name].is_kept, at) for name, at in limits.items()]

    def accepts(value: Any) -> bool:
        return base.accepts(value) and all(kept(value, at) for kept, at in checks)

    def parse(text: str) -> Any:
        value = base.parse(text)
        if not accepts(value):
            raise ValueError(text)
        return value

    facts = {"format": form, "default": default}
    known = {key: fact for key, fact in facts.items() if fact is not None}
    return replace(
        base,
        noun=_noun(base.noun, limits),
        accepts=accepts,
        parse=parse,
        schema={**base.schema, **_limit_schema(limits), **known},
        # A long number may be read as another one unless it is looked at.
        reads_members=base.reads_members or not _OF_NUMBERS.isdisjoint(limits),
    )


def nullable(base: JsonType) -> JsonType:
    """Return a type whose values may also be null, which no text is."""

    def accepts(value: Any) -> bool:
        return value is None or base.accepts(value)

    return replace(
        base,
        noun=f"{base.noun} or null",
        accepts=accepts,
        schema=_nullable_schema(base.schema),
    )


def _noun(noun: str, limits: dict[str, float]) -> str:
    words = [_LIMITS[name].words.format(at) for name, at in limits.items()]
    return f"{noun}, {' and '.join(words)}" if words else noun


def _limit_schema(limits: dict[str, float]) -> JsonObject:
    return {_LIMITS[name].key: at for name, at in limits.items()}


def _nullable_schema(schema: JsonObject) -> JsonObject:
    return dict(_nullable_members(schema))


def _nullable_members(schema: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    for key, value in schema.items():
        match key:
            case "type":
                yield key, [value, "null"]
            case "enum":
                yield key, [*value, None]
            case "anyOf" | "oneOf":
                yield key, [*value, {"type": "null"}]
            case _:
                yield key, value
