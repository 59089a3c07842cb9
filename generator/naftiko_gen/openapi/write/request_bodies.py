"""Write the bodies of requests, and the inputs that feed them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.models import is_textual
from naftiko_gen.openapi.read.api import JSON, Place, Remark
from naftiko_gen.openapi.write.inputs import Constant, Input
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    MediaKind,
    choose_media,
    is_listed,
    is_range,
    is_string,
    kind_of,
    media_choice,
    other_kind_of,
    pattern_of,
)
from naftiko_gen.openapi.write.prose import brief
from naftiko_gen.openapi.write.schemas import Declaration, declare
from naftiko_gen.openapi.write.styles import field_styling, with_reserved
from naftiko_gen.resolve.consumed.headers import is_token
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.openapi.read.api import Body, Media, PartHeader
    from naftiko_gen.openapi.read.shapes import Member, Shape
    from naftiko_gen.openapi.write.media_choices import MediaChoice
    from naftiko_gen.openapi.write.names import InputNames
    from naftiko_gen.openapi.write.styles import Styling
    from naftiko_gen.syntax.yaml_writer import Value

_TYPE = "Content-Type"
BYTES = "application/octet-stream"
_TEXTS = {
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
}
_OF_PARTS = ("content-type", "content-disposition", "content-transfer-encoding")
"""The headers of parts that aren't the caller's to choose."""
WITHOUT_BODY = ("GET", "HEAD")


@dataclass
class BodyBuilder:
    """Builds the body of a request."""

    method: str
    names: InputNames
    inputs: list[Input] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    body: Block = field(default_factory=Block)
    fields: dict[str, str] = field(default_factory=dict)
    """The inputs of a form's fields, by the names of the fields."""

    def add(self, body: Body) -> None:
        """Build the body with its preferred media type."""
        media = choose_media(body.media)
        if self.method in WITHOUT_BODY:
            self._refuse(body, f"a {self.method} has none")
        elif media is None:
            self._refuse(body, "nothing says what it is")
        else:
            choice = media_choice(body.media, media)
            self._compose(body, self._chosen(body, choice))

    @property
    def value(self) -> Value:
        """The body; an empty text for a method that could have one, but doesn't."""
        is_open = self.method in ("POST", "PUT", "PATCH")
        return "" if is_open and not self.body.entries else self.body

    def _mention(self, body: Body, others: Sequence[str]) -> None:
        """Add a remark about the other media types of the body."""
        if others:
            listed = ", ".join(brief(media_type, 60) for media_type in others[:8])
            text = f"the body could be {listed} as well"
            self.remarks.append(Remark(text, body.span))

    def _refuse(self, body: Body, why: str) -> None:
        self.remarks.append(Remark(f"the body is left out: {why}", body.span))

    def _chosen(self, body: Body, choice: MediaChoice) -> MediaChoice:
        """Return the choice that callers have; mention the types that they lack."""
        is_fixed = _TYPE in self.names
        others = choice.others if is_fixed else ()
        self._mention(body, [*choice.unusable, *(item.type for item in others)])
        return replace(choice, others=()) if is_fixed else choice

    def _compose(self, body: Body, choice: MediaChoice) -> None:
        match kind_of(choice.preferred):
            case MediaKind.JSON:
                self._json(body, choice)
            case MediaKind.FORM:
                self._form(body, choice.preferred)
            case MediaKind.MULTIPART:
                self._multipart(body, choice.preferred)
            case MediaKind.TEXT | MediaKind.BYTES:
                self._content(body, choice)
            case never:
                assert_never(never)
        if self.body.entries:
            self._choose(body, choice)

    def _json(self, body: Body, choice: MediaChoice) -> None:
        media, shape = choice.preferred, choice.shape
        about = self._about(body, media)
        declared = Declaration(None, about)
        if shape is not None:
            declared = declare(about, shape, "object")
        self._whole(body, declared, "json")
        if len(choice.media) == 1 and media.is_json and media.type != JSON:
            self.constants.append(Constant(_TYPE, Place.HEADER, media.type))

    def _choose(self, body: Body, choice: MediaChoice) -> None:
        """Let callers choose among several media types."""
        if not choice.is_open or _TYPE in self.names:
            return
        self.body.put("alternatives", self._alternatives(body, choice), MEANT)
        usable = {item.type: item for item in choice.media}
        types = [item.type for item in body.media]
        chosen = [usable[kind] for kind in dict.fromkeys(types) if kind in usable]
        self._declare_type(chosen, choice)

    def _declare_type(self, media: Sequence[Media], choice: MediaChoice) -> None:
        """Declare the input that is the media type."""
        name = self.names.take_free("content-type", "header")
        is_bytes = kind_of(choice.preferred) is MediaKind.BYTES
        keys = Block()
        if choice.has_ranges:
            keys.put("pattern", pattern_of(media))
        else:
            keys.put("enum", [item.type for item in media])
        usual = _named_type(choice.preferred)
        if any(is_listed(usual, item) for item in media):
            # Without a value, a route passes the type of its client's bytes on.
            keys.put("apiDefault" if is_bytes else "default", usual)
        about = _about_types(media, choice)
        chosen = Input(_TYPE, Place.HEADER.value, name, "string", False, about, keys)
        # A client's own Content-Type is that of its request to the package.
        self.inputs.append(replace(chosen, route_place=Place.QUERY.value))

    def _alternatives(self, body: Body, choice: MediaChoice) -> list[Value]:
        """Return the bodies of other kinds, which have the same inputs."""
        return [self._alternative(body, media) for media in choice.others]

    def _alternative(self, body: Body, media: Media) -> Block:
        """Return a body of the inputs that the preferred one has already."""
        if not self.fields:
            return _alternative(media, self.body)
        parts = [self._part(member, body, media) for member in _parts(media)]
        return Block().put("type", "multipartForm").put("data", parts)

    def _content(self, body: Body, choice: MediaChoice) -> None:
        """Build a body of text or bytes, which a single input feeds."""
        media = choice.preferred
        is_text = is_string(media)
        kind = _named_type(media)
        if is_text and not is_textual(kind) and "json" not in kind:
            if not choice.is_open:
                self.constants.append(Constant(_TYPE, Place.HEADER, kind))
            kind = "text/plain"
        declared = Declaration("string", self._about(body, media))
        self._whole(body, declared, _TEXTS.get(kind, kind))

    def _about(self, body: Body, media: Media) -> str:
        about = body.description or media.shape.description
        return about or f"The body of the request ({brief(media.type, 60)})."

    def _whole(self, body: Body, declared: Declaration, type_: str) -> None:
        name = self.names.take_free("body", "request")
        self._declare(name, declared, body.required)
        self.body.put("type", type_).put("data", f"{{{{{name}}}}}")

    def _form(self, body: Body, media: Media) -> None:
        if not _writable(media.shape):
            declared = Declaration("object", self._about(body, media))
            self._whole(body, declared, "formUrlEncoded")
            return
        fields, encoding = Block(), Block()
        for member in _writable(media.shape):
            fields.put(member.name, f"{{{{{self._field(member, body)}}}}}")
            sent = media.encoding(member.name)
            styling = field_styling(member.shape, sent.spread)
            styling = with_reserved(styling, sent.allows_reserved)
            encoding.put(member.name, put_styling(Block(), styling))
        self.body.put("type", "formUrlEncoded").put("data", fields)
        self.body.put("encoding", encoding)

    def _multipart(self, body: Body, media: Media) -> None:
        if not _writable(media.shape):
            self._refuse(body, "nothing says what parts it has")
            return
        parts = [self._part(member, body, media) for member in _parts(media)]
        self.body.put("type", "multipartForm").put("data", parts)

    def _part(self, member: Member, body: Body, media: Media) -> Value:
        sent = media.encoding(member.name)
        shape = member.shape.items or member.shape
        part = Block().put("name", member.name)
        part.put("value", f"{{{{{self._field(member, body)}}}}}")
        kind = sent.media_type
        if shape.is_binary:
            self._file(part, member, kind)
            return part.put("headers", self._part_headers(member, body, media), MEANT)
        style = field_styling(member.shape, sent.spread)
        put_styling(part, style)
        kind = kind or _usual_type(shape)
        if not style and kind not in ("", "text/plain"):
            # Without a file name, the type is that of a field.
            part.put("filename", "").put("contentType", kind)
        return part.put("headers", self._part_headers(member, body, media), MEANT)

    def _part_headers(self, member: Member, body: Body, media: Media) -> Block:
        """Return the headers of a part: constants, and inputs for the others."""
        block = Block()
        for header in media.encoding(member.name).headers:
            choices = header.shape.facts.choices
            if not is_token(header.name) or header.name.lower() in _OF_PARTS:
                continue
            if len(choices) == 1:
                block.put(header.name, str(choices[0]))
            else:
                name = self._declare_header(header, member, body)
                block.put(header.name, f"{{{{{name}}}}}")
        return block

    def _declare_header(self, header: PartHeader, member: Member, body: Body) -> str:
        name = self.names.take_free(header.name, "body")
        about = header.description or f"A header of {shown(member.name)}."
        declared = declare(about, header.shape)
        # A part that isn't sent has no headers.
        is_needed = header.required and member.required
        self._declare(name, declared, body.required and is_needed)
        return name

    def _file(self, part: Block, member: Member, kind: str) -> None:
        """Add the name and the type of a file, which callers choose."""
        is_type = MEDIA_TYPE.fullmatch(kind) is not None
        if member.shape.kind == "array":
            part.put("filename", member.name).put(
                "contentType", kind if is_type else None
            )
            return
        name = self._about_file(member, "filename", "name", member.name)
        part.put("filename", name)
        if not is_type:
            kind = self._about_file(member, "type", "media type", BYTES)
        part.put("contentType", kind)

    def _about_file(self, member: Member, suffix: str, noun: str, usual: str) -> str:
        """Declare an input about a file, and return its template."""
        name = self.names.take_free(f"{member.name}-{suffix}", "body")
        text = f"The {noun} of the file {shown(member.name)}."
        keys = Block().put("default", usual)
        declared = Declaration("string", text, keys)
        self._declare(name, declared, required=False)
        return f"{{{{{name}}}}}"

    def _field(self, member: Member, body: Body) -> str:
        """Return the name of the input of a form's field, which forms share."""
        if member.name not in self.fields:
            self.fields[member.name] = self._declare_field(member, body)
        return self.fields[member.name]

    def _declare_field(self, member: Member, body: Body) -> str:
        name = self.names.take_free(member.name, "body")
        about = member.shape.description or f"{humanised(member.name)}."
        declared = declare(about, member.shape)
        # The preferred form comes first: it has no fields of other forms.
        is_needed = member.required and not self.body.entries
        self._declare(name, declared, body.required and is_needed)
        return name

    def _declare(self, name: str, declared: Declaration, required: bool) -> None:
        kind, text, keys = declared.kind, declared.text, declared.keys
        self.inputs.append(Input(name, "body", name, kind, required, text, keys))


def _alternative(media: Media, usual: Block) -> Block:
    """Return a body of the value that is the whole preferred body."""
    data = next(entry.value for entry in usual.entries if entry.key == "data")
    match kind_of(media):
        case MediaKind.FORM:
            return Block().put("type", "formUrlEncoded").put("data", data)
        case MediaKind.MULTIPART:
            block = Block().put("type", "multipartForm").put("data", data)
            return block.put("encoding", _file_types(media))
        case _:
            return _content_type(media).put("data", data)


def _content_type(media: Media) -> Block:
    """Return the type of a body of text or bytes."""
    is_text = other_kind_of(media) is MediaKind.TEXT
    if is_text and not is_textual(media.type):
        return Block().put("type", "text").put("contentType", media.type)
    return Block().put("type", _TEXTS.get(media.type, media.type))


def _named_type(media: Media) -> str:
    """Return the media type that is sent unless the caller chooses."""
    if MEDIA_TYPE.fullmatch(media.type):
        return media.type
    if kind_of(media) is MediaKind.JSON:
        return JSON
    is_plain = is_string(media) or media.type.startswith("text/")
    return "text/plain" if is_plain else BYTES


def _file_types(media: Media) -> Block:
    """Return the media types of the members that are bytes."""
    block = Block()
    for member in _parts(media):
        shape = member.shape.items or member.shape
        kind = media.encoding(member.name).media_type
        if shape.is_binary:
            named = kind if MEDIA_TYPE.fullmatch(kind) else BYTES
            block.put(member.name, Block().put("contentType", named))
    return block


def _about_types(media: Sequence[Media], choice: MediaChoice) -> str:
    """Return the description of the media type that callers choose."""
    text = "The media type of the body."
    if choice.has_ranges:
        # A pattern shows neither the usual types nor the ranges.
        listed = ", ".join(item.type for item in sorted(media, key=is_range)[:8])
        text = f"The media type of the body: {listed}."
    others = [one.type for one in choice.others if kind_of(one) is MediaKind.BYTES]
    return f"{text} In base64: {', '.join(others)}." if others else text


def _parts(media: Media) -> list[Member]:
    return [_as_file(member) for member in _writable(media.shape)]


def _writable(shape: Shape) -> list[Member]:
    return [m for m in shape.members if m.name and not m.shape.is_read_only]


def _as_file(member: Member) -> Member:
    """Return a text part called `file` as one of bytes, which its name says it is."""
    is_text = member.shape.kind == "string" and member.name == "file"
    shape = replace(member.shape, is_binary=True) if is_text else member.shape
    return replace(member, shape=shape)


def _usual_type(shape: Shape) -> str:
    """Return the type of a part that a document doesn't declare."""
    is_object = shape.kind == "object" or (shape.kind is None and bool(shape.members))
    return JSON if is_object else ""


def put_styling(block: Block, styling: Styling) -> Block:
    """Add the style of a parameter, with the comment of an extension."""
    for index, (key, value) in enumerate(styling):
        block.put(key, value, *(() if index else (MEANT,)))
    return block
