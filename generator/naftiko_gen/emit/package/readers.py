"""`readers.py`: functions that read responses by a schema."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import Code, bare, fill, join, py
from naftiko_gen.emit.package.statements import Keyword
from naftiko_gen.ir import (
    AvroSchema,
    HeadingPrefix,
    Identity,
    ProtobufSchema,
    SelectorPart,
    TableSelector,
    projected_calls,
)
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import AnswerSchema, Capability, Operation


@dataclass(frozen=True)
class ReadersView:
    """The variables of `readers.py.jinja`."""

    readers: tuple[Keyword, ...]


@dataclass(frozen=True)
class Readers:
    """The distinct schemas of responses that are read, each with a constant's name."""

    names: dict[AnswerSchema, str]

    @classmethod
    def of(cls, capability: Capability) -> Readers:
        """Collect the schemas; each has the name of the first operation with it."""
        names: dict[AnswerSchema, str] = {}
        for operation in read_operations(capability):
            if operation.schema is not None and operation.schema not in names:
                names[operation.schema] = _free(operation, names)
        return cls(names)

    def name(self, schema: AnswerSchema) -> Code:
        """Return the name of a reader's constant."""
        return bare(self.names[schema])


def readers_view(readers: Readers) -> ReadersView:
    """Return the view of the readers of a package."""
    constants = tuple(
        Keyword(bare(name), _reader(schema)) for schema, name in readers.names.items()
    )
    return ReadersView(constants)


def read_operations(capability: Capability) -> Iterator[Operation]:
    """Yield the operations whose responses are shaped, or read by a step."""
    for unit in capability.exposed:
        for call, projection in projected_calls(unit.implementation):
            if not isinstance(projection, Identity):
                yield call.operation


def _free(operation: Operation, names: dict[AnswerSchema, str]) -> str:
    name = f"{env_name(operation.name)}_READER"
    candidates = (name if at == 1 else f"{name}_{at}" for at in count(1))
    return next(
        candidate for candidate in candidates if candidate not in names.values()
    )


def _reader(schema: AnswerSchema) -> Code:
    match schema:
        case TableSelector(selectors=selectors):
            codes = [_selector(selector) for selector in selectors]
            return fill("html_tables({})", join(", ", codes))
        case HeadingPrefix(text=text):
            return fill("markdown_sections({})", py(text))
        case AvroSchema():
            return fill("avro_reader({})", py(schema.value))
        case ProtobufSchema(message=message):
            files = join(", ", map(py, schema.files))
            return fill("protobuf_reader({}, {})", py(message), files)
        case _:
            assert_never(schema)


def _selector(selector: tuple[SelectorPart, ...]) -> Code:
    return _tuple([_part(part) for part in selector])


def _part(part: SelectorPart) -> Code:
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
