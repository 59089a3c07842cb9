"""How responses are read: by the functions of formats, by schemas, up to limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import free_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, bare, call_of, fill, join, keyword, py
from naftiko_gen.language.names import env_name

MEBIBYTE = 1024 * 1024
DEFAULT_LIMIT = 16 * MEBIBYTE
"""The most bytes of an answer; binary ones may be larger if the spec says so."""


def size(number: int) -> Code:
    """Return a number of bytes as people write it."""
    for unit, power in ((MEBIBYTE, 2), (1024, 1)):
        if number and number % unit == 0:
            return fill("{} * 1024**{}", py(number // unit), py(power))
    return py(number)


def answer_limit(capability: ir.Capability) -> int:
    """Return the most bytes of any answer that a package has to read."""
    outputs = (unit.output for unit in capability.exposed)
    limits = (
        output.limit or 0 for output in outputs if isinstance(output, ir.Identity)
    )
    return max((DEFAULT_LIMIT, *limits))


@dataclass(frozen=True)
class Readers:
    """The distinct schemas of responses that are read, each with a constant's name."""

    names: dict[ir.AnswerSchema, str]

    @classmethod
    def of(cls, capability: ir.Capability) -> Readers:
        """Collect the schemas; each has the name of the first operation with it."""
        names: dict[ir.AnswerSchema, str] = {}
        for operation in read_operations(capability):
            if operation.schema is not None and operation.schema not in names:
                name = f"{env_name(operation.name)}_READER"
                names[operation.schema] = free_name(name, names.values(), "_")
        return cls(names)

    def name(self, schema: ir.AnswerSchema) -> Code:
        """Return the name of a reader's constant."""
        return bare(self.names[schema])


def readers_view(readers: Readers) -> View:
    """Return the view of the readers of a package."""
    return View(
        readers=[
            View(name=bare(name), value=_reader(schema))
            for schema, name in readers.names.items()
        ]
    )


def read_operations(capability: ir.Capability) -> Iterator[ir.Operation]:
    """Yield the operations whose responses are shaped, or read by a step."""
    for unit in capability.exposed:
        for call, projection in ir.projected_calls(unit.implementation):
            if not isinstance(projection, ir.Identity):
                yield call.operation


def reader(
    operation: ir.Operation, output: ir.Projection, readers: Readers
) -> Code | None:
    """Return the function that parses an operation's responses; JSON has none.

    Raises:
        ValueError: The responses have no format that can be shaped.
    """
    if operation.response_format is None:
        raise ValueError(f"nothing reads the answers of {operation.name!r}")
    if operation.schema is not None:
        return readers.name(operation.schema)
    start = ir.common_start(output)
    if operation.response_format is ir.Format.XML and start is not None:
        return call_of("xml_below", py(start))
    name = operation.response_format.value.reader
    return None if name is None else bare(name)


def _reader(schema: ir.AnswerSchema) -> Code:
    if isinstance(schema, ir.TableSelector):
        selectors = (_tuple(map(_part, selector)) for selector in schema.selectors)
        return call_of(schema.reader, *selectors)
    return call_of(schema.reader, *map(py, schema.arguments))


def _part(part: ir.SelectorPart) -> Code:
    arguments = [py(part.name)] if part.name or part.tests else []
    if part.tests:
        arguments.append(_tuple(_tuple(map(py, test)) for test in part.tests))
    combinator = None if part.combinator == " " else part.combinator
    options = {"combinator": combinator, "child": part.child, "of_type": part.of_type}
    arguments += [keyword(k, py(v)) for k, v in options.items() if v is not None]
    return call_of("Part", *arguments)


def _tuple(items: Iterable[Code]) -> Code:
    codes = [*items]
    if len(codes) == 1:
        return fill("({},)", codes[0])
    return fill("({})", join(", ", codes))
