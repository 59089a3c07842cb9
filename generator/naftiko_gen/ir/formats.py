"""Formats of responses, and the schemas by which some are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from naftiko_gen.diagnostics import Plain

__all__ = ["JSON_MEDIA", "AnswerSchema", "AvroSchema", "Format", "FormatFacts"]
__all__ += ["HeadingPrefix", "ProtobufSchema", "SchemaError", "SelectorPart"]
__all__ += ["TableSelector"]

JSON_MEDIA = ("application/json",)
"""The media types of JSON."""
_YAML, _YAML_STUBS = "pyyaml>=6.0.2,<7", "types-pyyaml>=6.0.12"


@dataclass(frozen=True, eq=False)
class FormatFacts:
    """The facts of a format.

    Attributes:
        media_types: Those of responses; samples have the first one.
        reader: The function of the runtime that reads responses without a schema.
        libraries: The distributions that read responses.
        stubs: The type stubs of those distributions.
        separator: The character between the values of a row.
        reply: The function of the runtime that writes a sample of a value; others are
            written by `emit/samples/format_answers.py`.
        has_types: Whether values have the types of JSON; else all are text.
        needs_schema: Whether responses can't be read without a schema.
        has_lone_items: Whether a value and an array of it may look the same.
    """

    media_types: tuple[str, ...]
    reader: str | None = None
    libraries: tuple[str, ...] = ()
    stubs: tuple[str, ...] = ()
    separator: str | None = None
    reply: str | None = None
    has_types: bool = False
    needs_schema: bool = False
    has_lone_items: bool = False


class Format(Enum):
    """The format of a response that a projection can read; specs have its name."""

    JSON = FormatFacts(JSON_MEDIA, has_types=True)
    XML = FormatFacts(
        ("application/xml", "text/xml"),
        reader="xml_document",
        libraries=("xmltodict>=1.0,<2",),
        stubs=("types-xmltodict>=1.0",),
        reply="xml_reply",
        has_lone_items=True,
    )
    CSV = FormatFacts(
        ("text/csv",), reader="csv_rows", separator=",", reply="table_reply"
    )
    TSV = FormatFacts(
        ("text/tab-separated-values",),
        reader="tsv_rows",
        separator="\t",
        reply="table_reply",
    )
    PSV = FormatFacts(
        ("text/plain",), reader="psv_rows", separator="|", reply="table_reply"
    )
    YAML = FormatFacts(
        ("application/yaml", "text/yaml"),
        reader="yaml_document",
        libraries=(_YAML,),
        stubs=(_YAML_STUBS,),
        has_types=True,
    )
    HTML = FormatFacts(
        ("text/html",),
        reader="html_document",
        libraries=("lxml>=6.0,<7",),
        stubs=("lxml-stubs>=0.5.1",),
    )
    MARKDOWN = FormatFacts(
        ("text/markdown",),
        reader="markdown_document",
        libraries=("markdown-it-py>=4.0,<5", _YAML),
        stubs=(_YAML_STUBS,),
    )
    AVRO = FormatFacts(
        ("application/avro",),
        libraries=("fastavro>=1.12,<2",),
        has_types=True,
        needs_schema=True,
        has_lone_items=True,
    )
    PROTOBUF = FormatFacts(
        ("application/x-protobuf", "application/protobuf"),
        libraries=("protobuf>=6.31,<8",),
        stubs=("types-protobuf>=7.34.1.20260408",),
        has_types=True,
        needs_schema=True,
    )

    @property
    def is_written(self) -> bool:
        """Return whether samples are texts or bytes, rather than values."""
        return self is not Format.JSON and self.value.reply is None


class SchemaError(ValueError):
    """A schema can't be used; the message is a sentence without a full stop.

    `remedy` takes the place of the remedy on the diagnostic's page.
    """

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class SelectorPart:
    """A part of a CSS selector: the elements that it matches.

    Attributes:
        name: The name of the elements, empty for any.
        tests: Attributes that they have: name, operator (maybe none) and value.
        combinator: That of CSS between this part and the one before.
        child: Their position among the children of their parent.
        of_type: Their position among those of the same name.
    """

    name: str
    tests: tuple[tuple[str, str, str], ...] = ()
    combinator: str = " "
    child: int | None = None
    of_type: int | None = None


@dataclass(frozen=True)
class TableSelector:
    """The tables of HTML that one of several selectors selects, or inside of these."""

    reader: ClassVar = "html_tables"
    selectors: tuple[tuple[SelectorPart, ...], ...]
    text: str = field(compare=False)


@dataclass(frozen=True)
class HeadingPrefix:
    """The start of the headings of Markdown whose sections are read."""

    reader: ClassVar = "markdown_sections"
    text: str

    @property
    def arguments(self) -> list[Plain]:
        """Return the arguments of the reader."""
        return [self.text]


@dataclass(frozen=True)
class AvroSchema:
    """A schema of Avro as JSON, without the parts that don't decide on values."""

    reader: ClassVar = "avro_reader"
    text: str

    @property
    def value(self) -> dict[str, Plain]:
        """Return the schema as a value of JSON."""
        value: dict[str, Plain] = json.loads(self.text)
        return value

    @property
    def arguments(self) -> list[Plain]:
        """Return the arguments of the reader."""
        return [self.value]


@dataclass(frozen=True)
class ProtobufSchema:
    """The whole name of a message of Protocol Buffers, and the files of its schema.

    `text` is a list of `FileDescriptorProto` as JSON; each stands behind those that it
    depends on.
    """

    reader: ClassVar = "protobuf_reader"
    message: str
    text: str

    @property
    def files(self) -> list[Plain]:
        """Return the files as values of JSON."""
        value: list[Plain] = json.loads(self.text)
        return value

    @property
    def arguments(self) -> list[Plain]:
        """Return the arguments of the reader."""
        return [self.message, *self.files]


AnswerSchema = TableSelector | HeadingPrefix | AvroSchema | ProtobufSchema
