"""Schemas of responses: how a format is read into values of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

__all__ = [
    "AnswerSchema",
    "AvroSchema",
    "HeadingPrefix",
    "ProtobufSchema",
    "SelectorPart",
    "TableSelector",
]


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

    selectors: tuple[tuple[SelectorPart, ...], ...]
    text: str = field(compare=False)


@dataclass(frozen=True)
class HeadingPrefix:
    """The start of the headings of Markdown whose sections are read."""

    text: str


@dataclass(frozen=True)
class AvroSchema:
    """A schema of Avro as JSON, without the parts that don't decide on values."""

    text: str

    @property
    def value(self) -> dict[str, Plain]:
        """Return the schema as a value of JSON."""
        value: dict[str, Plain] = json.loads(self.text)
        return value


@dataclass(frozen=True)
class ProtobufSchema:
    """The whole name of a message of Protocol Buffers, and the files of its schema.

    `text` is a list of `FileDescriptorProto` as JSON; each stands behind those that it
    depends on.
    """

    message: str
    text: str

    @property
    def files(self) -> list[Plain]:
        """Return the files as values of JSON."""
        value: list[Plain] = json.loads(self.text)
        return value


AnswerSchema = TableSelector | HeadingPrefix | AvroSchema | ProtobufSchema
