"""The bodies of requests, and the inputs that they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.openapi.read.api import Place, Remark
from naftiko_gen.openapi.read.swagger import FORM, MULTIPART
from naftiko_gen.openapi.write.inputs import Constant, Input
from naftiko_gen.openapi.write.prose import brief
from naftiko_gen.openapi.write.summary import outlined
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Body, Media
    from naftiko_gen.openapi.read.shapes import Member, Shape
    from naftiko_gen.openapi.write.names import CallerNames
    from naftiko_gen.syntax.yaml_writer import Value

MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_TEXTS = {
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
}
_PREFERENCES: tuple[Callable[[Media], bool], ...] = (
    lambda media: media.is_json,
    lambda media: media.type == FORM,
    lambda media: media.type == MULTIPART,
    lambda media: media.type.startswith("text/"),
    lambda media: media.type.endswith("xml"),
)


def preferred(media: Sequence[Media]) -> Media | None:
    """Return what a body is, if it can be several things."""
    liked = (each for wish in _PREFERENCES for each in media if wish(each))
    return next(chain(liked, media), None)


@dataclass
class Composition:
    """The body of a request while it is put together."""

    method: str
    names: CallerNames
    inputs: list[Input] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    body: Block = field(default_factory=Block)

    def add(self, body: Body) -> None:
        """Compose the body of a request, of what it can be."""
        media = preferred(body.media)
        if self.method == "GET":
            self._refuse(body, "a GET has none")
        elif media is None:
            self._refuse(body, "nothing says what it is")
        else:
            self._mention(body, [each.type for each in body.media if each is not media])
            self._compose(body, media)

    @property
    def said(self) -> Value:
        """The body; a method that could have one has to say that it has none."""
        is_open = self.method in ("POST", "PUT", "PATCH")
        return "" if is_open and not self.body.entries else self.body

    def _mention(self, body: Body, others: Sequence[str]) -> None:
        """Say what else the body could be."""
        if others:
            listed = ", ".join(brief(each, 60) for each in others[:8])
            text = f"the body could be {listed} as well"
            self.remarks.append(Remark(text, body.span))

    def _refuse(self, body: Body, why: str) -> None:
        self.remarks.append(Remark(f"the body is left out: {why}", body.span))

    def _compose(self, body: Body, media: Media) -> None:
        if media.is_json or "*" in media.type.partition("/")[0]:
            self._json(body, media)
        elif media.type == FORM:
            self._form(body, media)
        elif media.type == MULTIPART:
            self._multipart(body, media)
        else:
            self._content(body, media)

    def _json(self, body: Body, media: Media) -> None:
        kind = media.shape.kind or "object"
        self._whole(body, media, kind, "json")
        if media.is_json and media.type != "application/json":
            constant = Constant("Content-Type", Place.HEADER, media.type)
            self.constants.append(constant)

    def _content(self, body: Body, media: Media) -> None:
        """Make a body of text or of bytes, which the caller gives whole."""
        is_type = MEDIA_TYPE.fullmatch(media.type)
        kind = media.type if is_type else "application/octet-stream"
        self._whole(body, media, "string", _TEXTS.get(kind, kind))

    def _whole(self, body: Body, media: Media, kind: Kind, type_: str) -> None:
        name = self.names.free("body", "request")
        about = body.description or media.shape.description
        if media.shape.members and not about:
            about = f"The body of the request ({brief(media.type, 60)}):"
        said = outlined(about, media.shape)
        text = said or f"The body of the request ({brief(media.type, 60)})."
        self.inputs.append(Input(name, "body", name, kind, body.required, text))
        self.body.put("type", type_).put("data", f"{{{{{name}}}}}")

    def _form(self, body: Body, media: Media) -> None:
        if not self._writable(media.shape):
            self._whole(body, media, "object", "formUrlEncoded")
            return
        fields = Block()
        for member in self._writable(media.shape):
            fields.put(member.name, f"{{{{{self._field(member, body)}}}}}")
        self.body.put("type", "formUrlEncoded").put("data", fields)

    def _multipart(self, body: Body, media: Media) -> None:
        if not self._writable(media.shape):
            self._refuse(body, "nothing says what parts it has")
            return
        types = dict(media.part_types)
        parts: list[Value] = []
        for member in self._writable(media.shape):
            held = member.shape.items or member.shape
            part = Block().put("name", member.name)
            part.put("value", f"{{{{{self._field(member, body)}}}}}")
            if held.is_binary:
                kind = types.get(member.name, "")
                part.put("filename", member.name)
                part.put("contentType", kind if MEDIA_TYPE.fullmatch(kind) else None)
            elif member.name in types:
                self._mention_type(body, member.name, types[member.name])
            parts.append(part)
        self.body.put("type", "multipartForm").put("data", parts)

    def _mention_type(self, body: Body, name: str, kind: str) -> None:
        # What has a type is a file to the language, and what a file holds is bytes.
        if kind != "text/plain":
            said = f"the part {shown(name)} is sent without its type {brief(kind, 60)}"
            self.remarks.append(Remark(said, body.span))

    def _writable(self, shape: Shape) -> list[Member]:
        return [m for m in shape.members if m.name and not m.shape.is_read_only]

    def _field(self, member: Member, body: Body) -> str:
        """Declare a field of a form, and return what it is called."""
        name = self.names.free(member.name, "body")
        shape = member.shape
        text = outlined(shape.description, shape) or f"{humanised(member.name)}."
        required = body.required and member.required
        kind = shape.kind or "string"
        self.inputs.append(Input(name, "body", name, kind, required, text))
        return name
