"""Write the bodies of requests, and the inputs that feed them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.models import is_textual
from naftiko_gen.openapi.read.api import Place, Remark
from naftiko_gen.openapi.read.swagger import FORM, MULTIPART
from naftiko_gen.openapi.write.inputs import Constant, Input
from naftiko_gen.openapi.write.prose import brief
from naftiko_gen.openapi.write.schemas import Declaration, declare
from naftiko_gen.openapi.write.styles import field_styling
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from naftiko_gen.openapi.read.api import Body, Media
    from naftiko_gen.openapi.read.shapes import Member, Shape
    from naftiko_gen.openapi.write.names import InputNames
    from naftiko_gen.openapi.write.styles import Styling
    from naftiko_gen.syntax.yaml_writer import Value

MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
JSON = "application/json"
_TYPE = "Content-Type"
BYTES = "application/octet-stream"
_BINARY = re.compile(
    r"(image|audio|video|font)/.+"
    r"|application/(octet-stream|pdf|zip|gzip|x-tar|cbor|x-protobuf|protobuf)"
)
"""Media types of bytes, also if a document says that they are texts."""
_TEXTS = {
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
}
WITHOUT_BODY = ("GET", "HEAD")
_PREFERENCES: tuple[Callable[[Media], bool], ...] = (
    lambda media: media.type == JSON,
    lambda media: media.type == "application/merge-patch+json",
    lambda media: media.is_json and media.type != "application/json-patch+json",
    lambda media: media.is_json,
    lambda media: media.type == FORM,
    lambda media: media.type == MULTIPART,
    lambda media: media.type.startswith("text/"),
    lambda media: media.type.endswith("xml"),
)


def _json_types(body: Body) -> list[str]:
    """Return the media types of JSON that a body can have."""
    listed = (item.type for item in body.media if item.is_json)
    return [kind for kind in dict.fromkeys(listed) if MEDIA_TYPE.fullmatch(kind)]


def _is_any_json(media: Media) -> bool:
    """Return whether a body of any type has a structure, which JSON can hold."""
    shape = media.shape
    has_structure = shape.kind in ("object", "array") or bool(shape.members)
    return media.type.startswith(("*", "application/*")) and has_structure


def _is_text(media: Media) -> bool:
    """Return whether a body is a text: base64 is one, for `format: byte` means that."""
    shape = media.shape
    is_encoded = shape.facts.format == "byte"
    is_string = shape.kind == "string" and not shape.is_binary
    return is_string and (is_encoded or _BINARY.fullmatch(media.type) is None)


def choose_media(media: Sequence[Media]) -> Media | None:
    """Return the preferred media type of a body, or None without any."""
    ranked = (item for is_liked in _PREFERENCES for item in media if is_liked(item))
    return next(chain(ranked, media), None)


@dataclass
class BodyBuilder:
    """Builds the body of a request."""

    method: str
    names: InputNames
    inputs: list[Input] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    body: Block = field(default_factory=Block)

    def add(self, body: Body) -> None:
        """Build the body with its preferred media type."""
        media = choose_media(body.media)
        if self.method in WITHOUT_BODY:
            self._refuse(body, f"a {self.method} has none")
        elif media is None:
            self._refuse(body, "nothing says what it is")
        else:
            known = _json_types(body) if media.is_json else [media.type]
            others = [item.type for item in body.media if item.type not in known]
            self._mention(body, others)
            self._compose(body, media)

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

    def _compose(self, body: Body, media: Media) -> None:
        if media.is_json or _is_any_json(media):
            self._json(body, media)
        elif media.type == FORM:
            self._form(body, media)
        elif media.type == MULTIPART:
            self._multipart(body, media)
        else:
            self._content(body, media)

    def _json(self, body: Body, media: Media) -> None:
        about, types = self._about(body, media), _json_types(body)
        declared = declare(about, media.shape, "object")
        if len({item.shape.kind for item in body.media if item.type in types}) > 1:
            # The chosen media type decides on the type of the body.
            declared = Declaration(None, about)
        self._whole(body, declared, "json")
        if len(types) > 1 and _TYPE not in self.names:
            self._choice(media.type, types)
        elif media.is_json and media.type != JSON:
            self.constants.append(Constant(_TYPE, Place.HEADER, media.type))

    def _choice(self, preferred: str, types: Sequence[str]) -> None:
        """Let callers choose among several types of JSON."""
        name = self.names.take_free("content-type", "header")
        about = "The media type of the body."
        keys = Block().put("enum", list(types)).put("default", preferred)
        chosen = Input(_TYPE, Place.HEADER.value, name, "string", False, about, keys)
        # A client's own Content-Type is that of its request to the package.
        self.inputs.append(replace(chosen, route_place=Place.QUERY.value))

    def _content(self, body: Body, media: Media) -> None:
        """Build a body of text or bytes, which a single input feeds."""
        is_text = _is_text(media)
        kind = media.type
        if MEDIA_TYPE.fullmatch(kind) is None:
            is_plain = is_text or kind.startswith("text/")
            kind = "text/plain" if is_plain else "application/octet-stream"
        if is_text and not is_textual(kind) and "json" not in kind:
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
        if not self._writable(media.shape):
            declared = Declaration("object", self._about(body, media))
            self._whole(body, declared, "formUrlEncoded")
            return
        fields, encoding = Block(), Block()
        styles = dict(media.part_styles)
        for member in self._writable(media.shape):
            fields.put(member.name, f"{{{{{self._field(member, body)}}}}}")
            styling = field_styling(member.shape, styles.get(member.name))
            encoding.put(member.name, put_styling(Block(), styling))
        self.body.put("type", "formUrlEncoded").put("data", fields)
        self.body.put("encoding", encoding)

    def _multipart(self, body: Body, media: Media) -> None:
        if not self._writable(media.shape):
            self._refuse(body, "nothing says what parts it has")
            return
        types, styles = dict(media.part_types), dict(media.part_styles)
        parts: list[Value] = []
        for member in map(_as_file, self._writable(media.shape)):
            shape = member.shape.items or member.shape
            part = Block().put("name", member.name)
            part.put("value", f"{{{{{self._field(member, body)}}}}}")
            kind = types.get(member.name, "")
            if shape.is_binary:
                self._file(part, member, kind)
            else:
                style = field_styling(member.shape, styles.get(member.name))
                put_styling(part, style)
                kind = kind or _usual_type(shape)
                if not style and kind not in ("", "text/plain"):
                    # Without a file name, the type is that of a field.
                    part.put("filename", "").put("contentType", kind)
            parts.append(part)
        self.body.put("type", "multipartForm").put("data", parts)

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

    def _writable(self, shape: Shape) -> list[Member]:
        return [m for m in shape.members if m.name and not m.shape.is_read_only]

    def _field(self, member: Member, body: Body) -> str:
        """Declare the input of a form's field, and return its name."""
        name = self.names.take_free(member.name, "body")
        about = member.shape.description or f"{humanised(member.name)}."
        declared = declare(about, member.shape)
        self._declare(name, declared, body.required and member.required)
        return name

    def _declare(self, name: str, declared: Declaration, required: bool) -> None:
        kind, text, keys = declared.kind, declared.text, declared.keys
        self.inputs.append(Input(name, "body", name, kind, required, text, keys))


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
