"""Bodies of upstream requests.

Each kind of body knows its values; the other facts follow from them.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import ClassVar, Self

from naftiko_gen.ir.parameters import (
    InBody,
    InContent,
    Input,
    InText,
    Location,
    Parameter,
    Style,
    Styles,
)
from naftiko_gen.ir.templates import (
    Argument,
    Constant,
    ObjectTemplate,
    Template,
    placeholders,
)

Members = tuple[tuple[str, Template], ...]
"""Members of a body: name and template."""

__all__ = ["Body", "BodyTemplate", "BodyValue", "BytesBody", "ChosenBody", "Entity"]
__all__ += ["Escaping", "FieldMember", "FieldPart", "FileMember", "FilePart"]
__all__ += ["FormBody", "Member", "MultipartBody", "MultipartObject", "Part"]
__all__ += ["SingleBody", "StructuredBody", "TextBody", "is_of_type", "is_range"]
__all__ += ["kinds_of"]

_JSON = "application/json"
_JSON_RANGES = ("application/*+json", "*/json")
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_KEYED = frozenset({_JSON, _FORM})
"""Media types of text to which a package can add a credential's key."""


@dataclass(frozen=True)
class BodyValue:
    """A value of a body.

    `place` is a word for documentation. `name` is empty if the value is the whole body.
    """

    place: str
    name: str
    template: Template
    style: Style | None = None


class _Body(ABC):
    """The facts about a body of any kind. Most of them follow from its values."""

    label: ClassVar[str]
    """A word for the kind."""
    has_fixed_text: ClassVar[bool] = False
    """Whether text is sent even if an argument inside it is absent."""
    has_parts: ClassVar[bool] = False
    """Whether the body has parts, one of which is a credential's key in the body."""
    is_json: ClassVar[bool] = False
    is_structured: ClassVar[bool] = False
    """Whether the body can be an object."""

    @property
    def content(self) -> Template | None:
        """Return the template of the whole body, None if parts make it up."""
        return None

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the values, in their order."""
        return () if self.content is None else (BodyValue("body", "", self.content),)

    @property
    def json(self) -> Template | None:
        """Return the template of a JSON body, else None."""
        return self.content if self.is_json else None

    @property
    def structure(self) -> Template | None:
        """Return the template of a body that can be an object, else None."""
        return self.content if self.is_structured else None

    @property
    def entity(self) -> Parameter | None:
        """Return the parameter that is the whole JSON, or its bytes, else None."""
        return None

    @property
    def location(self) -> Location:
        """Return the location of an input that a route passes on as the body."""
        return InBody()

    @property
    def accepts_key(self) -> bool:
        """Return whether a credential's key can be sent in the body."""
        return True

    @property
    def described_parts(self) -> tuple[Part | Member, ...]:
        """Return the parts and members that the spec describes one by one."""
        return ()

    def with_key(self, name: str, value: Template) -> Self:
        """Return the body with a credential's key as a part, if it has parts.

        The package adds the key to other bodies when it sends them.
        """
        del name, value
        return self

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
            case (BodyValue(name="", template=Argument(source=Parameter() as entity)),):
                return entity
            case _:
                return None

    @property
    def members(self) -> Members | None:
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
    is_json = is_structured = True

    parameter: Parameter

    @property
    def content(self) -> Template:
        """Return the parameter."""
        return Argument(self.parameter)

    @property
    def entity(self) -> Parameter:
        """Return the parameter."""
        return self.parameter


@dataclass(frozen=True)
class StructuredBody(_Body):
    """A body of one template, whose members others can join if it is an object."""

    is_structured = True

    template: Template

    @property
    def content(self) -> Template:
        """Return the template."""
        return self.template

    @property
    def open_members(self) -> Members | None:
        """Return the members that others can join, or None if it isn't an object."""
        match self.template:
            case ObjectTemplate(entries=entries):
                return entries
            case Constant(value=dict() as members):
                return tuple((key, Constant(value)) for key, value in members.items())
            case _:
                return None

    def with_members(self, members: Members) -> Self:
        """Return the body with further members."""
        own_members = self.open_members or ()
        return replace(self, template=ObjectTemplate((*own_members, *members)))


@dataclass(frozen=True)
class BodyTemplate(StructuredBody):
    """A JSON body built from parameters and settings."""

    label = "json"
    media_type: ClassVar[str] = _JSON
    is_json = True


@dataclass(frozen=True)
class BytesBody(_Body):
    """A body that is the bytes of one parameter.

    `media_type` applies if the client sends no media type.
    """

    label = "bytes"

    media_type: str
    parameter: Parameter

    @property
    def content(self) -> Template:
        """Return the parameter."""
        return Argument(self.parameter)

    @property
    def location(self) -> Location:
        """Return the location of bytes."""
        return InContent(self.media_type)

    @property
    def accepts_key(self) -> bool:
        """Return False: nothing can be added to bytes."""
        return False


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
    def content(self) -> Template:
        """Return the text."""
        return self.template

    @property
    def location(self) -> Location:
        """Return the location of text."""
        return InText()

    @property
    def accepts_key(self) -> bool:
        """Return whether the text is JSON or a form."""
        return self.media_type in _KEYED


@dataclass(frozen=True)
class FormBody(StructuredBody):
    """A URL-encoded body: the members of an object, with a pair for each list item.

    Text is already encoded, and sent unchanged.
    """

    label = "form"
    media_type: ClassVar[str] = _FORM

    styles: Styles = ()
    reserved: tuple[str, ...] = ()
    """Fields whose reserved characters aren't encoded."""
    base64: tuple[str, ...] = ()
    """Fields whose bytes are sent as base64."""

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the members, or the template if it has none."""
        if self.members is None:
            return (BodyValue("form", "", self.template),)
        styles = dict(self.styles)
        return tuple(BodyValue("form", *m, styles.get(m[0])) for m in self.members)


@dataclass(frozen=True)
class FieldPart:
    """A field of a multipart body: left out if absent, repeated for a list.

    One with a media type has it as its header; a style has none.
    """

    name: str
    value: Template
    style: Style | None = None
    media_type: str | None = None
    headers: Members = ()


@dataclass(frozen=True)
class FilePart:
    """A file of a multipart body; text is sent as UTF-8."""

    style: ClassVar[None] = None

    name: str
    value: Template
    filename: Template
    media_type: Template
    headers: Members = ()


Part = FieldPart | FilePart


@dataclass(frozen=True)
class MultipartBody(_Body):
    """A `multipart/form-data` body."""

    label = "multipart"
    has_parts = True
    media_type: ClassVar[str] = _MULTIPART

    parts: tuple[Part, ...]

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the value of each part; a file has a name and a media type, too."""
        return tuple(
            value
            for part in self.parts
            for value in (
                BodyValue("part", part.name, part.value, part.style),
                *_about(part),
            )
        )

    @property
    def members(self) -> Members:
        """Return the parts."""
        return tuple((part.name, part.value) for part in self.parts)

    @property
    def described_parts(self) -> tuple[Part, ...]:
        """Return the parts."""
        return self.parts

    def with_key(self, name: str, value: Template) -> Self:
        """Return the body with a credential's key, which replaces parts of its name."""
        key = FieldPart(name, value)
        parts = tuple(key if part.name == name else part for part in self.parts)
        return replace(self, parts=parts if key in parts else (*parts, key))


def _about(part: Part | Member) -> Iterator[BodyValue]:
    """Yield the name and the type of a file, and the headers of a part."""
    if isinstance(part, FilePart | FileMember):
        yield BodyValue("filename", part.name, part.filename)
        yield BodyValue("media-type", part.name, part.media_type)
    for name, template in part.headers:
        yield BodyValue("part-header", name, template)


@dataclass(frozen=True)
class FieldMember:
    """A member that is a part, as a `FieldPart` is."""

    name: str
    style: Style | None = None
    media_type: str | None = None
    headers: Members = ()


@dataclass(frozen=True)
class FileMember:
    """A member that is a file, in base64."""

    name: str
    filename: Template
    media_type: Template
    headers: Members = ()


Member = FieldMember | FileMember


@dataclass(frozen=True)
class MultipartObject(_Body):
    """A `multipart/form-data` body of an object's members.

    A list repeats its part, and an object is JSON, unless `listed` says otherwise.
    """

    label = "multipart"
    media_type: ClassVar[str] = _MULTIPART
    is_structured = True

    template: Template
    listed: tuple[Member, ...] = ()

    @property
    def content(self) -> Template:
        """Return the object."""
        return self.template

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the object, and the texts about its files and in headers of parts."""
        about = (value for member in self.listed for value in _about(member))
        return (*super().values, *about)

    @cached_property
    def whole(self) -> Parameter | None:
        """Return the parameter that is the object, else None."""
        match self.template:
            case Argument(source=Parameter() as parameter):
                return parameter
            case _:
                return None

    @property
    def described_parts(self) -> tuple[Member, ...]:
        """Return the listed members."""
        return self.listed

    @property
    def accepts_key(self) -> bool:
        """Return False: the members aren't known."""
        return False


SingleBody = (
    Entity
    | BodyTemplate
    | BytesBody
    | TextBody
    | FormBody
    | MultipartBody
    | MultipartObject
)


@dataclass(frozen=True)
class ChosenBody(_Body):
    """A body of several kinds, one of which a media type chooses.

    `usual` is sent if `choice` is absent, or the media type of none of the `others`. Of
    these, the ones with a range of media types are the last.
    """

    label = "chosen"

    usual: SingleBody
    others: tuple[SingleBody, ...]
    choice: Template

    @property
    def media_type(self) -> str:
        """Return the default media type."""
        return self.usual.media_type

    @property
    def kinds(self) -> tuple[SingleBody, ...]:
        """Return all kinds, the default one first."""
        return (self.usual, *self.others)

    @property
    def values(self) -> tuple[BodyValue, ...]:
        """Return the values of all kinds; one that they share is there once."""
        distinct: list[BodyValue] = []
        for value in chain(*(kind.values for kind in self.kinds)):
            if all(value.template != other.template for other in distinct):
                distinct.append(value)
        return tuple(distinct)

    @cached_property
    def whole(self) -> Parameter | None:
        """Return the parameter that is the whole body of each kind, else None."""
        first, *others = (kind.whole for kind in self.kinds)
        return first if all(other == first for other in others) else None

    @property
    def structure(self) -> Template | None:
        """Return the default structure."""
        return self.usual.structure

    @property
    def entity(self) -> Parameter | None:
        """Return the parameter that is usually the whole JSON, or its bytes."""
        return self.usual.entity

    @property
    def accepts_key(self) -> bool:
        """Return whether each kind accepts a key."""
        return all(kind.accepts_key for kind in self.kinds)

    @property
    def described_parts(self) -> tuple[Part | Member, ...]:
        """Return the described parts of each kind."""
        return tuple(chain(*(kind.described_parts for kind in self.kinds)))

    def with_key(self, name: str, value: Template) -> Self:
        """Return the body with a credential's key in each kind that has parts."""
        usual, *others = (kind.with_key(name, value) for kind in self.kinds)
        return replace(self, usual=usual, others=tuple(others))

    def kind_of(self, media_type: str | None) -> SingleBody:
        """Return the kind of a media type, without parameters and in lower case."""
        name = media_type or ""
        kinds = (kind for of, kind in self.listed if is_of_type(name, of))
        return self.usual if media_type is None else next(kinds, self.usual)

    @property
    def listed(self) -> tuple[tuple[str, SingleBody], ...]:
        """Return the media types and ranges of the kinds, the first that fits counts.

        Beside JSON, a range has no types of JSON.
        """
        pairs = [(kind.media_type, kind) for kind in self.kinds]
        exact = (pair for pair in pairs if not is_range(pair[0]))
        ranges = (pair for pair in pairs if is_range(pair[0]))
        json_ranges = _JSON_RANGES if self.usual.is_json else ()
        return (*exact, *((name, self.usual) for name in json_ranges), *ranges)

    @property
    def has_ranges(self) -> bool:
        """Return whether a kind has any type of a range, such as `image/*`."""
        return any(is_range(kind.media_type) for kind in self.kinds)


Body = SingleBody | ChosenBody


def is_range(media_type: str) -> bool:
    """Return whether it is a range of media types, such as `image/*`."""
    return "*" in media_type


def is_of_type(media_type: str, media_range: str) -> bool:
    """Return whether a media type is a listed one, or one of a listed range."""
    if media_range == "*/*":
        return "/" in media_type
    start, star, end = media_range.partition("*")
    if not star:
        return media_type == media_range
    return media_type.startswith(start) and media_type.endswith(end)


def kinds_of(body: Body) -> tuple[SingleBody, ...]:
    """Return the kinds that a body can have, the default one first."""
    return body.kinds if isinstance(body, ChosenBody) else (body,)
