"""The arguments of tools, and the variables of resources, in `mcp_server.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, join, py, py_text, verbatim
from naftiko_gen.emit.package.expressions import json_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.calls import Performance
    from naftiko_gen.ir import Input


def inputs(performing: Performance, imports: Imports) -> Iterator[Code]:
    """Yield the list of a unit's inputs, if it has any."""
    declared = [
        _argument(value.source, keyword, imports)
        for value, keyword in performing.arguments.items()
    ]
    if declared:
        yield fill("[{}]", join(", ", declared))


def _argument(source: Input, keyword: Code, imports: Imports) -> Code:
    kind = verbatim("Argument")
    if source.default is not None:
        kind = verbatim("DefaultArgument")
    imports.use(kind)
    arguments = [py(source.name), json_type(source.type, imports, described=True)]
    if source.description:
        arguments.append(py_text(source.description, 60, 72))
    if not source.is_demanded:
        arguments.append(verbatim("required=False"))
    if source.default is not None:
        arguments.append(fill("default={}", py(source.default.value)))
    if keyword != source.name:
        arguments.append(fill("keyword={}", py(str(keyword))))
    return fill("{}({})", kind, join(", ", arguments))
