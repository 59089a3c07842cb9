"""Write the bodies of requests, and the inputs that feed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import assert_never

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.models import is_textual
from naftiko_gen.openapi.prose import brief
from naftiko_gen.openapi.read.api import (
    JSON,
    Body,
    Media,
    Operation,
    PartHeader,
    Place,
    Remark,
)
from naftiko_gen.openapi.read.shapes import Member, Shape, distinct_shapes
from naftiko_gen.openapi.read.swagger import FORM, MULTIPART
from naftiko_gen.openapi.write.inputs import (
    Constant,
    Input,
    field_styling,
    put_styling,
    with_reserved,
)
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    MediaChoice,
    MediaKind,
    choose_media,
    has_no_parts,
    is_composed,
    is_file,
    is_known,
    is_listed,
    is_range,
    is_string,
    kind_of,
    media_choice,
    other_kind_of,
    parts_of,
    pattern_of,
)
from naftiko_gen.openapi.write.names import InputNames
from naftiko_gen.openapi.write.schemas import Declaration, declare, with_example
from naftiko_gen.resolve.consumed.places import is_token
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block, Value

_TYPE = "Content-Type"
_TEXTS = {
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
}
WITHOUT_BODY = ("GET", "HEAD")


@dataclass
class BodyParts:
    """The body of a request, and the parameters that it needs.

    Attributes:
        value: The body; an empty text for a method that could have one, but doesn't.
        problem: The reason why the body can't be sent, as the end of a sentence.
    """

    value: Value
    inputs: list[Input] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    problem: str = ""

    def leave_out(self, body: Body, why: str) -> None:
        """Add the remark that the body can't be sent."""
        self.problem = why
        self.remarks.append(Remark(f"the body is left out: {why}", body.span))


def write_body(operation: Operation, names: InputNames) -> BodyParts:
    """Return the body of an operation, with its preferred media type."""
    method, body = operation.method, operation.body
    body_parts = BodyParts("" if method in ("POST", "PUT", "PATCH") else None)
    media = choose_media(body.media) if body else None
    if body is None:
        return body_parts
    if method in WITHOUT_BODY:
        remark = Remark(f"the body is left out: a {method} has none", body.span)
        body_parts.remarks.append(remark)
    elif media is None:
        body_parts.leave_out(body, "it declares no media type")
    else:
        choice = media_choice(body.media, media)
        _BodyWriter(names, body, choice, body_parts).write()
    return body_parts


@dataclass
class _BodyWriter:
    """Writes a body that the language can express."""

    names: InputNames
    body: Body
    choice: MediaChoice
    body_parts: BodyParts

    def __post_init__(self) -> None:
        self._media = self.choice.preferred
        self._is_fixed = _TYPE in self.names
        others = self.choice.others if self._is_fixed else ()
        unusable = (*self.choice.unusable, *(item.type for item in others))
        self._name_types(unusable)
        if others:
            self.choice = replace(self.choice, others=())
        inputs = self.body_parts.inputs
        self._forms = FormWriter(self.names, inputs, self.body, self.choice)

    def write(self) -> None:
        block = self._compose()
        if block is None:
            self.body_parts.leave_out(self.body, "it declares no parts")
        elif block.entries:
            self.body_parts.value = block
            if self.choice.is_open and not self._is_fixed:
                self._choose(block)

    def _name_types(self, unusable: Sequence[str]) -> None:
        """Add remarks about types that callers can't choose, or that are none."""
        if not is_known(self._media):
            text = f"{quote(brief(self._media.type, 60))} is no media type"
            self._remark(f"{text}: the body is sent as {_named_type(self._media)}")
        if unusable:
            types = ", ".join(brief(media_type, 60) for media_type in unusable[:8])
            self._remark(f"the body could be {types} as well")

    def _remark(self, text: str) -> None:
        self.body_parts.remarks.append(Remark(text, self.body.span))

    def _compose(self) -> Block | None:
        media, choice = self._media, self.choice
        match kind_of(media):
            case MediaKind.JSON:
                if len(choice.media) == 1 and media.is_json and media.name != JSON:
                    self._fix_type(media.name)
                return self._whole("json", self._declaration())
            case MediaKind.FORM | MediaKind.MULTIPART if not choice.is_whole:
                return self._forms.of_fields(media)
            case MediaKind.FORM | MediaKind.MULTIPART:
                if has_no_parts(media) and len(choice.media) == 1:
                    return None
                return self._forms.of_object(media, self._value(self._declaration()))
            case MediaKind.TEXT | MediaKind.BYTES:
                return self._content()
            case never:
                assert_never(never)

    def _content(self) -> Block:
        """Return a body of text or bytes, which a single input feeds."""
        media, kind = self._media, _named_type(self._media)
        is_plain = is_string(media) and not is_textual(kind) and "json" not in kind
        if (is_plain or media.parameters) and not self.choice.is_open:
            self._fix_type(media.name if media.parameters else kind)
        if is_plain:
            kind = "text/plain"
        return self._whole(_TEXTS.get(kind, kind), Declaration("string", self._about))

    def _fix_type(self, name: str) -> None:
        self.body_parts.constants.append(Constant(_TYPE, Place.HEADER, name))

    @property
    def _about(self) -> str:
        about = self.body.description or self._media.shape.description
        return about or f"The body of the request ({brief(self._media.type, 60)})."

    def _declaration(self) -> Declaration:
        """Return the declaration of the value of all types."""
        shape, example = self.choice.shape, self._media.example
        if shape is None:
            return Declaration(None, self._about)
        is_shown = self._media.is_json and example
        shape_with_example = with_example(shape, example) if is_shown else shape
        return declare(self._about, shape_with_example, "object")

    def _whole(self, type_: str, declaration: Declaration) -> Block:
        return Block().put("type", type_).put("data", self._value(declaration))

    def _value(self, declaration: Declaration) -> str:
        """Declare the input that is the whole body, and return its template."""
        name = self.names.take_free("body", "request")
        input_ = Input(name, "body", declaration, self.body.required, name)
        self.body_parts.inputs.append(input_)
        return f"{{{{{name}}}}}"

    def _choose(self, block: Block) -> None:
        """Let callers choose among several media types."""
        kinds = {media.type: media for media in self.choice.others}.values()
        others = [self._alternative(media, block) for media in kinds]
        block.put("alternatives", others, MEANT)
        usable = {item.name: item for item in self.choice.media}
        names = dict.fromkeys(item.name for item in self.body.media)
        media = [usable[name] for name in names if name in usable]
        keys = _type_keys(media, self.choice)
        declaration = Declaration("string", _about_types(media, self.choice), keys)
        name = self.names.take_free("content-type", "header")
        is_required = self.body.required and is_composed(self._media)
        input_ = Input(_TYPE, Place.HEADER, declaration, is_required, name)
        # A client's own Content-Type is that of its request to the package.
        self.body_parts.inputs.append(replace(input_, route_place=Place.QUERY))

    def _alternative(self, media: Media, usual: Block) -> Block:
        """Return a body of the inputs that the preferred one has already."""
        if not self.choice.is_whole:
            return self._forms.of_fields(media)
        data = next(str(entry.value) for entry in usual.entries if entry.key == "data")
        if kind_of(media) in (MediaKind.FORM, MediaKind.MULTIPART):
            return self._forms.of_object(media, data)
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


def _type_keys(media: Sequence[Media], choice: MediaChoice) -> dict[str, Value]:
    """Return the media types as keys of an input, and a default, if there is one."""
    keys: dict[str, Value] = {"enum": [item.name for item in media]}
    if choice.has_patterns:
        keys = {"pattern": pattern_of(media)}
    first = choice.preferred
    usual = _named_type(first) if is_range(first) else first.name
    if any(is_listed(usual, item) for item in media):
        is_bytes = kind_of(first) is MediaKind.BYTES
        # Without a value, a route passes the type of its client's bytes on.
        keys["apiDefault" if is_bytes else "default"] = usual
    return keys


def _about_types(media: Sequence[Media], choice: MediaChoice) -> str:
    """Return the description of the media type that callers choose."""
    text = "The media type of the body."
    if choice.has_patterns:
        # A pattern shows neither the default types nor the ranges.
        names = ", ".join(item.name for item in sorted(media, key=is_range)[:8])
        text = f"The media type of the body: {names}."
        if is_composed(choice.preferred):
            text = f"{text} It names the boundary of the parts, such as '; boundary=x'."
    others = [item.type for item in choice.others if kind_of(item) is MediaKind.BYTES]
    if kind_of(choice.preferred) is MediaKind.JSON:
        # The files of multipart bodies are members of an object.
        others += [
            f"{quote(member.name)} of {media.type}"
            for media in choice.others
            for member in parts_of(media)
            if media.type == MULTIPART and is_file(member.shape)
        ]
    return f"{text} In base64: {', '.join(others[:8])}." if others else text


BYTES = "application/octet-stream"
_OF_PARTS = ("content-type", "content-disposition", "content-transfer-encoding")
"""The headers of parts that aren't the caller's to choose."""


@dataclass
class FormWriter:
    """Writes the forms among which callers choose, and declares their inputs."""

    names: InputNames
    inputs: list[Input]
    body: Body
    choice: MediaChoice
    fields: dict[str, str] = field(default_factory=dict)
    """The inputs of fields by the names of the fields, which forms share."""

    def of_fields(self, media: Media) -> Block:
        """Return a form whose fields are inputs."""
        if media.type == MULTIPART:
            parts = [self._part(member, media) for member in parts_of(media)]
            return Block().put("type", "multipartForm").put("data", parts)
        fields = Block()
        for member in parts_of(media):
            fields.put(member.name, self._field(member))
        form = Block().put("type", "formUrlEncoded").put("data", fields)
        return form.put("encoding", self._form_encodings(media))

    def of_object(self, media: Media, data: str) -> Block:
        """Return a form of the members of an object."""
        if media.type == FORM:
            form = Block().put("type", "formUrlEncoded").put("data", data)
            return form.put("encoding", self._form_encodings(media))
        encodings = Block()
        for member in parts_of(media):
            encodings.put(member.name, self._encoding(Block(), member, media))
        form = Block().put("type", "multipartForm").put("data", data)
        return form.put("encoding", encodings)

    # --- encodings ---

    def _form_encodings(self, media: Media) -> Block:
        """Return the encodings of the fields that aren't written as usual."""
        encodings = Block()
        for member in parts_of(media):
            encodings.put(member.name, self._form_encoding(member, media))
        return encodings

    def _form_encoding(self, member: Member, media: Media) -> Block:
        if not self.choice.is_whole and is_file(self._shape(member.name)):
            # The input is bytes, because it is a file of another form.
            is_encoded = member.shape.facts.format == "byte"
            return Block().put("contentEncoding", "base64" if is_encoded else None)
        encoding = media.encoding(member.name)
        styling = field_styling(member.shape, encoding.style)
        return put_styling(Block(), with_reserved(styling, encoding.allows_reserved))

    def _part(self, member: Member, media: Media) -> Block:
        part = Block().put("name", member.name).put("value", self._field(member))
        return self._encoding(part, member, media)

    def _encoding(self, part: Block, member: Member, media: Media) -> Block:
        """Add how a member is sent as a part."""
        encoding = media.encoding(member.name)
        shape = member.shape.items or member.shape
        if shape.is_binary:
            self._file(part, member, encoding.media_types)
            return part.put("headers", self._part_headers(member, media), MEANT)
        kind = next(iter(encoding.media_types), "")
        style = field_styling(member.shape, encoding.style)
        put_styling(part, style)
        if not self.choice.is_whole:
            kind = kind or _usual_type(shape)
        if not style and kind not in ("", "text/plain"):
            # A part with a type and without a file name is a field.
            part.put("filename", "").put("contentType", kind)
        return part.put("headers", self._part_headers(member, media), MEANT)

    def _part_headers(self, member: Member, media: Media) -> Block:
        """Return the headers of a part: constants, and inputs for the others."""
        block = Block()
        for header in media.encoding(member.name).headers:
            choices = header.shape.facts.choices
            if not is_token(header.name) or header.name.lower() in _OF_PARTS:
                continue
            if len(choices) == 1:
                block.put(header.name, str(choices[0]))
            else:
                block.put(header.name, self._header(header, member))
        return block

    def _header(self, header: PartHeader, member: Member) -> str:
        about = header.description or f"A header of {quote(member.name)}."
        declaration = declare(about, header.shape)
        # A part that isn't sent has no headers.
        is_needed = header.required and member.required and len(self.choice.media) == 1
        return self._declare(header.name, declaration, is_needed)

    def _file(self, part: Block, member: Member, kinds: tuple[str, ...]) -> None:
        """Add the name and the type of a file, which callers choose."""
        types = [*filter(MEDIA_TYPE.fullmatch, kinds)]
        usual = next(iter(types), BYTES)
        is_unnamed = kind_of(self.choice.preferred) is MediaKind.JSON
        if member.shape.kind == "array" or is_unnamed:
            part.put("filename", None if is_unnamed else member.name)
            part.put("contentType", usual)
            return
        name = self._about_file(member, "filename", "name", {"default": member.name})
        part.put("filename", name)
        if len(kinds) == len(types) == 1:
            part.put("contentType", usual)
            return
        # A range among the types allows others than those that are listed.
        is_listed = types and len(types) == len(kinds)
        keys: dict[str, Value] = {"enum": types} if is_listed else {}
        keys["default"] = usual
        part.put("contentType", self._about_file(member, "type", "media type", keys))

    def _about_file(
        self, member: Member, suffix: str, noun: str, keys: dict[str, Value]
    ) -> str:
        """Declare an input about a file, and return its template."""
        text = f"The {noun} of the file {quote(member.name)}."
        declaration = Declaration("string", text, keys)
        return self._declare(f"{member.name}-{suffix}", declaration)

    # --- inputs ---

    def _field(self, member: Member) -> str:
        """Return the template of a field."""
        if member.name not in self.fields:
            about = member.shape.description
            declaration = declare(about, self._shape(member.name))
            members = self._members[member.name]
            is_everywhere = len(members) == len(self.choice.media)
            is_needed = is_everywhere and all(member.required for member in members)
            template = self._declare(member.name, declaration, is_needed)
            self.fields[member.name] = template
        return self.fields[member.name]

    @cached_property
    def _members(self) -> dict[str, list[Member]]:
        """The fields of that name in all forms."""
        members: dict[str, list[Member]] = {}
        for media in self.choice.media:
            for member in parts_of(media):
                members.setdefault(member.name, []).append(member)
        return members

    def _shape(self, name: str) -> Shape:
        """Return the shape of a field of all forms; a file of one is bytes in all."""
        shapes = [member.shape for member in self._members[name]]
        if len(shapes) == 1:
            return shapes[0]
        closed_shapes = [
            replace(shape, description="") for shape in shapes if not shape.is_open
        ]
        distinct = distinct_shapes(closed_shapes) or shapes[:1]
        usual = Shape(variants=tuple(distinct)) if len(distinct) > 1 else distinct[0]
        return next(filter(is_file, shapes), usual)

    def _declare(
        self, wish: str, declaration: Declaration, is_needed: bool = False
    ) -> str:
        """Declare an input, and return its template."""
        name = self.names.take_free(wish, "body")
        is_required = self.body.required and is_needed
        input_ = Input(name, "body", declaration, is_required, name)
        # A single input is all of the body of a route.
        place = Place.QUERY if self.choice.is_whole else ""
        self.inputs.append(replace(input_, route_place=place))
        return f"{{{{{name}}}}}"


def _usual_type(shape: Shape) -> str:
    """Return the type of a part that a document doesn't declare."""
    is_object = shape.kind == "object" or (shape.kind is None and bool(shape.members))
    return JSON if is_object else ""
