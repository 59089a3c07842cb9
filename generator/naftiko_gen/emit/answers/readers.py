"""How responses are read: by the functions of formats, by schemas, up to limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import free_name
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.literals import Code, bare, fill, join, py
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
    outputs = (ir.projection_of(unit.implementation) for unit in capability.exposed)
    limits = (
        output.limit or 0 for output in outputs if isinstance(output, ir.Identity)
    )
    return max((DEFAULT_LIMIT, *limits))


@dataclass(frozen=True)
class ReadersView:
    """The variables of `readers.py.jinja`."""

    readers: tuple[Keyword, ...]


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


def readers_view(readers: Readers) -> ReadersView:
    """Return the view of the readers of a package."""
    constants = tuple(
        Keyword(bare(name), _reader(schema)) for schema, name in readers.names.items()
    )
    return ReadersView(constants)


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
        return fill("xml_below({})", py(start))
    name = operation.response_format.value.reader
    return None if name is None else bare(name)


def format_dependencies(capability: ir.Capability) -> set[str]:
    """Return the distributions that read responses."""
    return {library for facts in _facts(capability) for library in facts.libraries}


def format_stubs(capability: ir.Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    return {stubs for facts in _facts(capability) for stubs in facts.stubs}


def _facts(capability: ir.Capability) -> set[ir.FormatFacts]:
    formats = (operation.response_format for operation in read_operations(capability))
    return {form.value for form in formats if form is not None}


def _reader(schema: ir.AnswerSchema) -> Code:
    if isinstance(schema, ir.TableSelector):
        arguments = [_selector(selector) for selector in schema.selectors]
    else:
        arguments = [py(argument) for argument in schema.arguments]
    return fill("{}({})", bare(schema.reader), join(", ", arguments))


def _selector(selector: tuple[ir.SelectorPart, ...]) -> Code:
    return _tuple([_part(part) for part in selector])


def _part(part: ir.SelectorPart) -> Code:
    arguments = [py(part.name)] if part.name or part.tests else []
    if part.tests:
        arguments.append(_tuple([_tuple(list(map(py, test))) for test in part.tests]))
    if part.combinator != " ":
        arguments.append(fill("combinator={}", py(part.combinator)))
    if part.child is not None:
        arguments.append(fill("child={}", py(part.child)))
    if part.of_type is not None:
        arguments.append(fill("of_type={}", py(part.of_type)))
    return fill("Part({})", join(", ", arguments))


def _tuple(items: list[Code]) -> Code:
    if len(items) == 1:
        return fill("({},)", items[0])
    return fill("({})", join(", ", items))
