"""The arguments of tools."""

from __future__ import annotations

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.types.schemas import (
    Schema,
    describe,
    object_schema,
    type_schema,
    with_default,
    with_example,
)


def arguments_schema(inputs: tuple[ir.Input, ...]) -> Schema:
    """Return the schema of a tool's arguments, which allows no others."""
    properties: Schema = {
        source.name: with_default(
            with_example(
                describe(type_schema(source.type), source.description), source.example
            ),
            source.default,
        )
        for source in inputs
    }
    required: list[Plain] = [source.name for source in inputs if source.is_demanded]
    return object_schema(properties, required, None)
