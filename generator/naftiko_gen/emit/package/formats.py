"""The formats of shaped responses, and the functions that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, py, verbatim
from naftiko_gen.emit.package.readers import read_operations
from naftiko_gen.ir import Format, common_start

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.readers import Readers
    from naftiko_gen.ir import Capability, Operation, Projection

_READERS = {
    Format.XML: verbatim("xml_document"),
    Format.CSV: verbatim("csv_rows"),
    Format.TSV: verbatim("tsv_rows"),
    Format.PSV: verbatim("psv_rows"),
    Format.YAML: verbatim("yaml_document"),
    Format.HTML: verbatim("html_document"),
    Format.MARKDOWN: verbatim("markdown_document"),
}
_YAML, _YAML_STUBS = "pyyaml>=6.0.2,<7", "types-pyyaml>=6.0.12"
LIBRARIES = {
    Format.XML: ("xmltodict>=1.0,<2",),
    Format.YAML: (_YAML,),
    Format.HTML: ("lxml>=6.0,<7",),
    Format.MARKDOWN: ("markdown-it-py>=4.0,<5", _YAML),
    Format.AVRO: ("fastavro>=1.12,<2",),
    Format.PROTOBUF: ("protobuf>=6.31,<8",),
}
"""The distributions that read responses in a format."""
_STUBS = {
    Format.XML: ("types-xmltodict>=1.0",),
    Format.YAML: (_YAML_STUBS,),
    Format.HTML: ("lxml-stubs>=0.5.1",),
    Format.MARKDOWN: (_YAML_STUBS,),
    Format.PROTOBUF: ("types-protobuf>=7.34.1.20260408",),
}


def reader(operation: Operation, output: Projection, readers: Readers) -> Code | None:
    """Return the function that parses an operation's responses; JSON has none.

    Raises:
        ValueError: The responses have no format that can be shaped.
    """
    if operation.response_format is None:
        raise ValueError(f"nothing reads the answers of {operation.name!r}")
    if operation.schema is not None:
        return readers.name(operation.schema)
    start = common_start(output)
    if operation.response_format is Format.XML and start is not None:
        return fill("xml_below({})", py(start))
    return _READERS.get(operation.response_format)


def format_dependencies(capability: Capability) -> set[str]:
    """Return the distributions that read responses."""
    formats = _formats(capability) & LIBRARIES.keys()
    return {library for name in formats for library in LIBRARIES[name]}


def format_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    formats = _formats(capability) & _STUBS.keys()
    return {stubs for name in formats for stubs in _STUBS[name]}


def _formats(capability: Capability) -> set[Format]:
    formats = {operation.response_format for operation in read_operations(capability)}
    return {name for name in formats if name is not None}
