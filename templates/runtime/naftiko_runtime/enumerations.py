"""Inputs that have one of the values that a spec lists."""

from dataclasses import replace
from typing import Any

from .inputs import JsonType
from .values import text_of

SHOWN = 20


def one_of(base: JsonType, *values: Any) -> JsonType:
    """Return the type of these values, which are all of one scalar type."""

    def accepts(value: Any) -> bool:
        return base.accepts(value) and value in values

    def parse(text: str) -> Any:
        value = base.parse(text)
        if value not in values:
            raise ValueError(text)
        return value

    listed = ", ".join(text_of(value) or '""' for value in values[:SHOWN])
    more = ", …" if len(values) > SHOWN else ""
    return replace(
        base,
        noun=f"one of {listed}{more}",
        accepts=accepts,
        parse=parse,
        schema={**base.schema, "enum": list(values)},
        reads_members=True,
    )
