"""The arguments of tools, and the variables of resources, in `mcp_server.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import bare, fill, join, py, py_text
from naftiko_gen.emit.package.answers import listed_output
from naftiko_gen.emit.package.input_types import TypeWriter
from naftiko_gen.emit.package.schemas import type_schema
from naftiko_gen.emit.package.tool_lists import hints
from naftiko_gen.ir import Check, InContent, InText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.calls import Performance
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Input, Tool, Type


def inputs(performing: Performance, emission: Emission) -> Iterator[Code]:
    """Yield the list of a unit's inputs, if it has any."""
    types = TypeWriter(emission.input_types.names, described=True)
    parameters = [
        _argument(value.source, keyword, types)
        for value, keyword in performing.arguments.items()
    ]
    if parameters:
        yield fill("[{}]", join(", ", parameters))


def tool_document(tool: Tool, performing: Performance, emission: Emission) -> Plain:
    """Return the arguments of a tool's declaration, but for its coroutine, as JSON."""
    output = listed_output(tool)
    facts: dict[str, Plain] = {
        "title": tool.title,
        "description": tool.description,
        "inputs": [
            _argument_row(value.source, keyword, emission)
            for value, keyword in performing.arguments.items()
        ],
        "output": output,
        "hints": dict(hints(tool.hints)),
    }
    return {key: fact for key, fact in facts.items() if fact}


def _argument_row(source: Input, keyword: Code, emission: Emission) -> Plain:
    description = {"description": source.description} if source.description else {}
    row = input_row(source, _kind(source), emission.input_types.names)
    return {**row, **description, **options(source, keyword)}


def input_row(source: Input, kind: str, names: Mapping[Type, str]) -> dict[str, Plain]:
    """Return the beginning of an input's row in a JSON file."""
    row: dict[str, Plain] = {"kind": kind, "name": source.name}
    if not isinstance(source.location, InText | InContent):
        row["type"] = type_schema(source.type, names)
    if source.check is not Check.STRICT:
        row["check"] = str(source.check)
    return row


def options(source: Input, keyword: Code) -> dict[str, Plain]:
    """Return the keyword arguments of the class of any input."""
    facts: dict[str, Plain] = {}
    if not source.is_demanded:
        facts["required"] = False
    if source.default is not None:
        facts["default"] = source.default.value
    if keyword != source.name:
        facts["keyword"] = str(keyword)
    return facts


def keywords(arguments: Mapping[str, Plain]) -> Iterator[Code]:
    """Yield keyword arguments as code."""
    for name, value in arguments.items():
        yield fill("{}={}", bare(name), py(value))


def _kind(source: Input) -> str:
    return "Argument" if source.default is None else "DefaultArgument"


def _argument(source: Input, keyword: Code, types: TypeWriter) -> Code:
    kind = bare(_kind(source))
    arguments = [py(source.name), types.input_type(source)]
    if source.description:
        arguments.append(py_text(source.description, 71, 60))
    arguments += keywords(options(source, keyword))
    return fill("{}({})", kind, join(", ", arguments))
