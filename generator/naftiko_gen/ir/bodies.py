"""Bodies of upstream requests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.parameters import Parameter
    from naftiko_gen.ir.templates import Template


@dataclass(frozen=True)
class Entity:
    """A JSON body that is the value of one parameter.

    Bytes are sent unchanged.
    """

    parameter: Parameter


@dataclass(frozen=True)
class BodyTemplate:
    """A JSON body built from parameters and settings."""

    template: Template


@dataclass(frozen=True)
class BytesBody:
    """A body that is the bytes of one parameter.

    `media_type` applies if the client sends no media type.
    """

    media_type: str
    parameter: Parameter


class Escaping(Enum):
    """The escaping of values inside text."""

    NONE = "none"
    XML = "xml"
    FORM = "form"


@dataclass(frozen=True)
class TextBody:
    """A body of text.

    No body is sent if one argument is the whole text and is absent. An absent argument
    inside other text is empty.
    """

    media_type: str
    template: Template
    escaping: Escaping = Escaping.NONE


@dataclass(frozen=True)
class FormBody:
    """A URL-encoded body: the members of an object, with a pair for each list item.

    Text is already encoded, and sent unchanged.
    """

    template: Template


@dataclass(frozen=True)
class FieldPart:
    """A field of a multipart body: left out if absent, repeated for a list."""

    name: str
    value: Template


@dataclass(frozen=True)
class FilePart:
    """A file of a multipart body; text is sent as UTF-8."""

    name: str
    value: Template
    filename: Template
    media_type: Template


Part = FieldPart | FilePart


@dataclass(frozen=True)
class MultipartBody:
    """A `multipart/form-data` body."""

    parts: tuple[Part, ...]


Body = Entity | BodyTemplate | BytesBody | TextBody | FormBody | MultipartBody
