"""Bodies of upstream requests.

Each kind of body knows its values; the other facts follow from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from naftiko_gen.ir.parameters import Parameter
from naftiko_gen.ir.templates import Argument, ObjectTemplate, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir.inputs import Input
    from naftiko_gen.ir.templates import Template

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class BodyValue:
    """A value of a body.

    `place` is a word for documentation. `name` is empty if the value is the whole body.
    """

    place: str
    name: str
    template: Template


class _Body(ABC):
    """The facts that follow from the values of a body."""

    label: ClassVar[str]
    """A word for the kind."""
    has_fixed_text: ClassVar[bool] = False
    """Whether text is sent even if an argument inside it is absent."""

    @property
    @abstractmethod
    def values(self) -> tuple[BodyValue, ...]:
        """Return the values, in their order."""

    @property
    def structure(self) -> Template | None:
        """Return the template of a body that can be an object, else None."""
        return None

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """Return the templates of all values."""
        return tuple(value.template for value in self.values)

    @cached_property
    def placeholders(self) -> tuple[Parameter | Input, ...]:
        """Return the parameters that the values refer to."""
        return tuple(
            source for template in self.templates for source in placeholders(template)
        )

    @cached_property
    def whole(self) -> Parameter | None:
        """Return the parameter that is the whole body, else None."""
        match self.values:
            case (BodyValue(name="", template=Argument(source=Parameter() as whole)),):
                return whole
            case _:
                return None

    @property
    def members(self) -> tuple[tuple[str, Template], ...] | None:
        """Return the named members of a body, or None if it has no such parts."""
        match self.structure:
            case ObjectTemplate(entries=entries):
                return entries
            case _:
                return None


@dataclass(frozen=True)
class Entity(_Body):
    """A JSON body that is the value of one parameter.

    Bytes are sent unchanged.
    """

    label = "json"
    media_type: ClassVar[str] = _JSON

    parameter: Parameter

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the parameter."""
        return (BodyValue("body", "", Argument(self.parameter)),)

    @property
    def structure(self) -> Template:
        """Return the parameter."""
        return Argument(self.parameter)


@dataclass(frozen=True)
class BodyTemplate(_Body):
    """A JSON body built from parameters and settings."""

    label = "json"
    media_type: ClassVar[str] = _JSON

    template: Template

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the template."""
        return (BodyValue("body", "", self.template),)

    @property
    def structure(self) -> Template:
        """Return the template."""
        return self.template


@dataclass(frozen=True)
class BytesBody(_Body):
    """A body that is the bytes of one parameter.

    `media_type` applies if the client sends no media type.
    """

    label = "bytes"

    media_type: str
    parameter: Parameter

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the parameter."""
        return (BodyValue("body", "", Argument(self.parameter)),)


class Escaping(Enum):
    """The escaping of values inside text."""

    NONE = "none"
    XML = "xml"
    FORM = "form"


@dataclass(frozen=True)
class TextBody(_Body):
    """A body of text.

    No body is sent if one argument is the whole text and is absent. An absent argument
    inside other text is empty.
    """

    label = "text"
    has_fixed_text = True

    media_type: str
    template: Template
    escaping: Escaping = Escaping.NONE

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the text."""
        return (BodyValue("body", "", self.template),)


@dataclass(frozen=True)
class FormBody(_Body):
    """A URL-encoded body: the members of an object, with a pair for each list item.

    Text is already encoded, and sent unchanged.
    """

    label = "form"
    media_type: ClassVar[str] = _FORM

    template: Template

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the members, or the template if it has none."""
        if self.members is None:
            return (BodyValue("form", "", self.template),)
        return tuple(BodyValue("form", name, value) for name, value in self.members)

    @property
    def structure(self) -> Template:
        """Return the template."""
        return self.template


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
class MultipartBody(_Body):
    """A `multipart/form-data` body."""

    label = "multipart"
    media_type: ClassVar[str] = _MULTIPART

    parts: tuple[Part, ...]

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the value of each part; a file has a name and a media type, too."""
        return tuple(value for part in self.parts for value in _part_values(part))

    @property
    def members(self) -> tuple[tuple[str, Template], ...]:
        """Return the parts."""
        return tuple((part.name, part.value) for part in self.parts)


def _part_values(part: Part) -> Iterator[BodyValue]:
    yield BodyValue("part", part.name, part.value)
    if isinstance(part, FilePart):
        yield BodyValue("filename", part.name, part.filename)
        yield BodyValue("media-type", part.name, part.media_type)


Body = Entity | BodyTemplate | BytesBody | TextBody | FormBody | MultipartBody
