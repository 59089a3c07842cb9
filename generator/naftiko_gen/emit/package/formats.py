"""The formats of shaped responses, and the functions that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, py, verbatim
from naftiko_gen.ir import Format, Identity, common_start, projected_calls

if TYPE_CHECKING:
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability, Operation, Projection

_READERS = {
    Format.XML: verbatim("xml_document"),
    Format.CSV: verbatim("csv_rows"),
    Format.TSV: verbatim("tsv_rows"),
    Format.PSV: verbatim("psv_rows"),
    Format.YAML: verbatim("yaml_document"),
}
_LIBRARIES = {Format.XML: "xmltodict>=1.0,<2", Format.YAML: "pyyaml>=6.0.2,<7"}
_STUBS = {Format.XML: "types-xmltodict>=1.0", Format.YAML: "types-pyyaml>=6.0.12"}


def reader(operation: Operation, output: Projection, imports: Imports) -> Code | None:
    """Return the function that parses an operation's responses; JSON has none.

    Raises:
        ValueError: The responses have no format that can be shaped.
    """
    if operation.response_format is None:
        raise ValueError(f"nothing reads the answers of {operation.name!r}")
    start = common_start(output)
    if operation.response_format is Format.XML and start is not None:
        imports.use("xml_below")
        return fill("xml_below({})", py(start))
    read = _READERS.get(operation.response_format)
    if read is not None:
        imports.use(read)
    return read


def format_dependencies(capability: Capability) -> set[str]:
    """Return the distributions that read responses."""
    return {_LIBRARIES[used] for used in _formats(capability) & _LIBRARIES.keys()}


def format_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    return {_STUBS[used] for used in _formats(capability) & _STUBS.keys()}


def _formats(capability: Capability) -> set[Format]:
    formats = (
        call.operation.response_format
        for unit in capability.exposed
        for call, projection in projected_calls(unit.implementation)
        if not isinstance(projection, Identity)
    )
    return {name for name in formats if name in _READERS and name is not None}
