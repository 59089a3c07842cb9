"""Write forms: of fields that are inputs, or of an object that is a single input."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.openapi.read.api import JSON, Body, Media, PartHeader, Place
from naftiko_gen.openapi.read.shapes import Member, Shape, distinct_shapes
from naftiko_gen.openapi.read.swagger import FORM, MULTIPART
from naftiko_gen.openapi.write.inputs import (
    Input,
    field_styling,
    put_styling,
    with_reserved,
)
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    MediaChoice,
    MediaKind,
    is_file,
    kind_of,
    parts_of,
)
from naftiko_gen.openapi.write.names import InputNames
from naftiko_gen.openapi.write.schemas import Declaration, declare
from naftiko_gen.resolve.consumed.places import is_token
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block, Value

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
            about = member.shape.description or f"{humanise(member.name)}."
            declaration = declare(about, self._shape(member.name))
            members = self._members[member.name]
            is_everywhere = len(members) == len(self.choice.media)
            is_needed = is_everywhere and all(member.required for member in members)
            self.fields[member.name] = self._declare(
                member.name, declaration, is_needed
            )
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
        place = Place.QUERY.value if self.choice.is_whole else ""
        self.inputs.append(replace(input_, route_place=place))
        return f"{{{{{name}}}}}"


def _usual_type(shape: Shape) -> str:
    """Return the type of a part that a document doesn't declare."""
    is_object = shape.kind == "object" or (shape.kind is None and bool(shape.members))
    return JSON if is_object else ""
