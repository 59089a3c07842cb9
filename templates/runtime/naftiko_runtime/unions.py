"""Inputs of one of several types."""

from typing import Any

from .inputs import Fault, JsonType

SHOWN = 300
"""The most characters of a list of types in a message."""


def any_of(*types: JsonType) -> JsonType:
    """Return the type of values that are of at least one of several types."""
    return _union(types, "anyOf", range(1, len(types) + 1))


def just_one_of(*types: JsonType) -> JsonType:
    """Return the type of values that are of exactly one of several types."""
    return _union(types, "oneOf", range(1, 2))


def _union(types: tuple[JsonType, ...], key: str, counts: range) -> JsonType:
    def accepts(value: Any) -> bool:
        return sum(one.accepts(value) for one in types) in counts

    # A text stays as it is if it may be a string.
    readers = sorted(types, key=lambda one: one.schema.get("type") != "string")

    def parse(text: str) -> Any:
        for one in readers:
            try:
                value = one.parse(text)
            except ValueError:
                continue
            if accepts(value):
                return value
        raise ValueError(text)

    def wrong_part(name: str, value: Any) -> Fault | None:
        # If a single type has such parts, the client means that one.
        faults = [fault for one in types if (fault := one.wrong_part(name, value))]
        return faults[0] if len(faults) == 1 else None

    items = (item for one in types for item in (one.items, *one.possible_items) if item)
    nouns = " or ".join(dict.fromkeys(one.noun for one in types))
    return JsonType(
        nouns if len(nouns) <= SHOWN else "a value of one of several types",
        accepts,
        parse,
        {key: [one.schema for one in types]},
        reads_members=True,
        possible_items=tuple(items),
        wrong_part=wrong_part,
    )
