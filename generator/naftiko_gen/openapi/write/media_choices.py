"""The media types of a body: the preferred one, and those that callers can choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain
from typing import Literal, assert_never

from naftiko_gen.language.models import is_textual
from naftiko_gen.openapi.read.api import JSON, Media
from naftiko_gen.openapi.read.shapes import Member, Shape, distinct_shapes
from naftiko_gen.openapi.read.swagger import FORM, MULTIPART

_FORMS = (FORM, MULTIPART)
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_RANGE = re.compile(r"\*/\*|[\w.+-]+/\*(\+[\w.-]+)?", re.ASCII)
_ANY_WORD = r"[\w.+-]+"
_BOUNDARY = " *;.*boundary=.+"
_BINARY = re.compile(
    r"(image|audio|video|font)/.+"
    r"|application/(octet-stream|pdf|zip|gzip|x-tar|cbor|x-protobuf|protobuf)"
)
"""Media types of bytes, also if a document says that they are texts."""
_YAML = re.compile(r"(application|text)/((x-)?yaml|.+\+yaml)")


class MediaKind(Enum):
    """How a body of a media type is sent."""

    JSON = "json"
    FORM = "form"
    MULTIPART = "multipart"
    TEXT = "text"
    BYTES = "bytes"


def kind_of(media: Media) -> MediaKind:
    """Return how a body of a media type is sent."""
    if media.is_json or _is_any_json(media):
        return MediaKind.JSON
    if media.type == FORM:
        return MediaKind.FORM
    if media.type == MULTIPART:
        return MediaKind.MULTIPART
    if is_composed(media):
        return MediaKind.BYTES
    is_text = is_string(media) or is_textual(media.type)
    return MediaKind.TEXT if is_text else MediaKind.BYTES


def other_kind_of(media: Media) -> MediaKind:
    """Return how a body of a media type is sent beside a preferred one.

    The caller writes the text of a structure whose format isn't known.
    """
    kind = kind_of(media)
    is_unknown = kind is MediaKind.JSON and not media.is_json
    return MediaKind.TEXT if is_unknown else kind


def is_range(media: Media) -> bool:
    """Return whether it is a range of media types, such as `image/*`."""
    return _RANGE.fullmatch(media.type) is not None


def is_composed(media: Media) -> bool:
    """Return whether callers write the parts, and name their boundary in the type."""
    return media.type.startswith("multipart/") and media.type != MULTIPART


def is_no_object(media: Media) -> bool:
    """Return whether it is a form by its type, but no object by its schema."""
    return media.type in _FORMS and media.shape.kind not in (None, "object")


def has_no_parts(media: Media) -> bool:
    """Return whether it is a form of which nothing says the parts."""
    is_multipart = media.type == MULTIPART and not parts_of(media)
    return is_multipart or is_no_object(media)


def is_listed(media_type: str, media_range: Media) -> bool:
    """Return whether a media type is a listed one, or one of a listed range."""
    return re.fullmatch(_pattern(media_range.name), media_type) is not None


def pattern_of(media: Iterable[Media]) -> str:
    """Return a regular expression of types and ranges."""
    patterns = [_pattern(item.name) for item in media]
    widest = _pattern("*/*")
    return f"^(?:{widest if widest in patterns else '|'.join(patterns)})$"


def _pattern(media_type: str) -> str:
    pattern = re.sub(r"[.+]", r"\\\g<0>", media_type).replace("*", _ANY_WORD)
    is_open = media_type.startswith("multipart/") and media_type != MULTIPART
    return f"{pattern}{_BOUNDARY}" if is_open else pattern


def types_of(pattern: str) -> tuple[str, ...]:
    """Return the types and ranges of a pattern that `pattern_of` has written.

    Other patterns have none that are known: a search by a stranger's pattern could take
    forever.
    """
    inner = pattern.removeprefix("^(?:").removesuffix(")$")
    is_written = pattern == f"^(?:{inner})$"
    return tuple(map(_type, inner.split("|"))) if is_written else ()


def _type(pattern: str) -> str:
    type_ = pattern.removesuffix(_BOUNDARY).replace(_ANY_WORD, "*")
    return re.sub(r"\\([.+])", r"\1", type_)


def _is_any_json(media: Media) -> bool:
    """Return whether a body of any type has a structure, which JSON can hold."""
    shape = media.shape
    has_structure = shape.kind in ("object", "array") or bool(shape.members)
    return media.type.startswith(("*", "application/*")) and has_structure


def is_string(media: Media) -> bool:
    """Return whether a schema is a text: base64 is one, as `format: byte` says."""
    shape = media.shape
    is_encoded = shape.facts.format == "byte"
    is_text_shape = shape.kind == "string" and not shape.is_binary
    return is_text_shape and (is_encoded or _BINARY.fullmatch(media.type) is None)


def is_file(shape: Shape) -> bool:
    """Return whether a value is bytes, or a list of bytes."""
    return shape.is_binary or (shape.items is not None and shape.items.is_binary)


def parts_of(media: Media) -> list[Member]:
    """Return the fields of a form that callers can write, or the parts of a body."""
    fields = [m for m in media.shape.members if m.name and not m.shape.is_read_only]
    return list(map(_as_file, fields)) if media.type == MULTIPART else fields


def _as_file(member: Member) -> Member:
    """Return a text part called `file` as one of bytes, which its name says it is."""
    is_text_file = member.shape.kind == "string" and member.name == "file"
    shape = replace(member.shape, is_binary=True) if is_text_file else member.shape
    return replace(member, shape=shape)


_PREFERENCES: tuple[Callable[[Media], bool], ...] = (
    lambda media: media.type == JSON,
    lambda media: media.type == "application/merge-patch+json",
    lambda media: media.is_json and media.type != "application/json-patch+json",
    lambda media: media.is_json,
    lambda media: (
        media.type == MULTIPART and any(is_file(m.shape) for m in parts_of(media))
    ),
    lambda media: media.type == FORM,
    lambda media: media.type == MULTIPART,
    _is_any_json,
    lambda media: media.type.startswith("text/"),
    lambda media: media.type.endswith("xml"),
)


def choose_media(media: Sequence[Media]) -> Media | None:
    """Return the preferred media type of a body, or None without any."""
    usable = [item for item in media if not is_no_object(item)] or media
    named_first = sorted(usable, key=is_range)
    by_rank = (
        item for is_liked in _PREFERENCES for item in named_first if is_liked(item)
    )
    return next(chain(by_rank, named_first), None)


@dataclass(frozen=True)
class MediaChoice:
    """The media types that a body can have.

    Attributes:
        alike: The types that are sent like the preferred one, in the document's order.
        others: Types that are sent in another way.
        unusable: The names of types that callers can't choose.
    """

    preferred: Media
    alike: tuple[Media, ...]
    others: tuple[Media, ...]
    unusable: tuple[str, ...]

    @property
    def media(self) -> tuple[Media, ...]:
        """Return all types that callers can choose."""
        return (*self.alike, *self.others)

    @property
    def is_open(self) -> bool:
        """Return whether callers choose: among several types, or one of a range."""
        is_content = kind_of(self.preferred) in (MediaKind.TEXT, MediaKind.BYTES)
        return len(self.media) > 1 or (is_content and self.has_patterns)

    @property
    def is_whole(self) -> bool:
        """Return whether one input is the value of all types.

        Otherwise all types are forms, which share their fields.
        """
        return not all(item.type in _FORMS and parts_of(item) for item in self.media)

    @property
    def has_patterns(self) -> bool:
        """Return whether callers can choose any type of a range, or any boundary."""
        return any(is_range(item) or is_composed(item) for item in self.media)

    @property
    def shape(self) -> Shape | None:
        """Return the shape of bodies of all types; None if they can be any value."""
        shapes = distinct_shapes(map(self._sent_shape, self.media))
        if len(shapes) == 1:
            return shapes[0]
        is_open = any(shape.is_open for shape in shapes)
        return None if is_open else Shape(variants=tuple(shapes))

    def _sent_shape(self, media: Media) -> Shape:
        """Return the shape of an input; bytes, and the text of XML, are strings."""
        kind = kind_of(media)
        is_alone = kind_of(self.preferred) is MediaKind.TEXT
        if kind is MediaKind.BYTES or (is_alone and not is_string(media)):
            return Shape("string")
        is_other = media is not self.preferred and other_kind_of(media) is not kind
        if media.type.endswith("xml") or is_other:
            # The caller writes the text of a structure.
            return Shape("string")
        # Beside JSON, the schema of JSON tells enough.
        is_first = kind_of(self.preferred) is not MediaKind.JSON
        return _form_object(media) if is_first else media.shape


def _form_object(media: Media) -> Shape:
    """Return the shape of a form's object, in which files are base64."""
    if media.type not in _FORMS:
        return media.shape
    kind = media.shape.kind or (None if media.shape.variants else "object")
    if media.type == FORM:
        return replace(media.shape, kind=kind)
    members = (replace(part, shape=_in_base64(part.shape)) for part in parts_of(media))
    return replace(media.shape, kind=kind, members=tuple(members))


def _in_base64(shape: Shape) -> Shape:
    if shape.is_binary:
        facts = replace(shape.facts, format="byte")
        return replace(shape, is_binary=False, facts=facts)
    if shape.items is not None and shape.items.is_binary:
        return replace(shape, items=_in_base64(shape.items))
    return shape


def media_choice(media: Sequence[Media], preferred_media: Media) -> MediaChoice:
    """Return which media types callers can choose."""
    preferred_media = _bytes_first(media, preferred_media)
    distinct = {item.name: item for item in media}
    ways: dict[str, _Way] = {
        item.name: "alike" if item is preferred_media else _way(item, preferred_media)
        for item in distinct.values()
    }
    if any(is_range(distinct[name]) for name, way in ways.items() if way == "other"):
        # A range would have them: it only leaves the types of JSON to JSON.
        texts = (name for name in ways if _YAML.fullmatch(distinct[name].type))
        ways |= {name: "other" for name in texts if ways[name] == "alike"}
    pairs = [(ways[item.name], item) for item in distinct.values()]
    return MediaChoice(
        preferred_media,
        tuple(item for way, item in pairs if way == "alike"),
        tuple(item for way, item in pairs if way == "other"),
        tuple(item.name for way, item in pairs if way == "unusable"),
    )


def _bytes_first(media: Sequence[Media], preferred_media: Media) -> Media:
    """Return the first type of bytes instead of a text: bytes can be any text."""
    if kind_of(preferred_media) is not MediaKind.TEXT:
        return preferred_media
    usable = (item for item in media if _way(item, preferred_media) == "alike")
    of_bytes = (item for item in usable if kind_of(item) is MediaKind.BYTES)
    return next(of_bytes, preferred_media)


_Way = Literal["alike", "other", "unusable"]


def _way(media: Media, preferred_media: Media) -> _Way:
    """Return whether a type is sent `alike`, in an `other` way, or is `unusable`."""
    is_odd = is_composed(media) or is_no_object(media)
    if is_odd or not all(map(is_known, (media, preferred_media))):
        return "unusable"
    if media.type == preferred_media.type:
        return "alike"
    match kind_of(preferred_media):
        case MediaKind.JSON:
            is_json = other_kind_of(media) is MediaKind.JSON
            return "alike" if is_json or _YAML.fullmatch(media.type) else "other"
        case MediaKind.FORM | MediaKind.MULTIPART:
            return "other"
        case MediaKind.TEXT | MediaKind.BYTES:
            # JSON and forms would be preferred.
            return "alike"
        case never:
            assert_never(never)


def is_known(media: Media) -> bool:
    """Return whether it is a media type or a range, and no other word."""
    return is_range(media) or MEDIA_TYPE.fullmatch(media.type) is not None
