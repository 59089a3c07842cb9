"""The arguments of tools, and the variables of resources, in `mcp_server.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, join, py, py_text, verbatim
from naftiko_gen.emit.package.input_types import TypeWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.calls import Performance
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Input


def inputs(performing: Performance, emission: Emission) -> Iterator[Code]:
    """Yield the list of a unit's inputs, if it has any."""
    types = TypeWriter(emission.input_types.names, described=True)
    parameters = [
        _argument(value.source, keyword, types)
        for value, keyword in performing.arguments.items()
    ]
    if parameters:
        yield fill("[{}]", join(", ", parameters))


def _argument(source: Input, keyword: Code, types: TypeWriter) -> Code:
    kind = verbatim("Argument")
    if source.default is not None:
        kind = verbatim("DefaultArgument")
    arguments = [py(source.name), types.input_type(source)]
    if source.description:
        arguments.append(py_text(source.description, 71, 60))
    if not source.is_demanded:
        arguments.append(verbatim("required=False"))
    if source.default is not None:
        arguments.append(fill("default={}", py(source.default.value)))
    if keyword != source.name:
        arguments.append(fill("keyword={}", py(str(keyword))))
    return fill("{}({})", kind, join(", ", arguments))
