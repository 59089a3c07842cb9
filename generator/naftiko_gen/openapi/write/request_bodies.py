"""Write the bodies of requests, and the inputs that feed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.models import is_textual
from naftiko_gen.openapi.prose import brief
from naftiko_gen.openapi.read.api import JSON, Body, Media, Place, Remark
from naftiko_gen.openapi.read.swagger import MULTIPART
from naftiko_gen.openapi.write.forms import BYTES, FormWriter
from naftiko_gen.openapi.write.inputs import Constant, Input
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
            self._refuse(body, "it declares no media type")
        else:
            choice = media_choice(body.media, media)
            self._name_unknown(body, media)
            self._compose(body, self._available_choice(body, choice))

    @property
    def value(self) -> Value:
        """The body; an empty text for a method that could have one, but doesn't."""
        is_open = self.method in ("POST", "PUT", "PATCH")
        return "" if is_open and not self.body.entries else self.body

    def _mention(self, body: Body, others: Sequence[str]) -> None:
        """Add a remark about the other media types of the body."""
        if others:
            types = ", ".join(brief(media_type, 60) for media_type in others[:8])
            text = f"the body could be {types} as well"
            self.remarks.append(Remark(text, body.span))

    def _name_unknown(self, body: Body, media: Media) -> None:
        """Add a remark if the only type of the body is none."""
        if not is_known(media):
            text = f"{quote(brief(media.type, 60))} is no media type"
            fallback = f"the body is sent as {_named_type(media)}"
            self.remarks.append(Remark(f"{text}: {fallback}", body.span))

    def _refuse(self, body: Body, why: str) -> None:
        self.remarks.append(Remark(f"the body is left out: {why}", body.span))

    def _available_choice(self, body: Body, choice: MediaChoice) -> MediaChoice:
        """Return the choice that callers have; mention the types that they lack."""
        is_fixed = _TYPE in self.names
        others = choice.others if is_fixed else ()
        self._mention(body, [*choice.unusable, *(item.type for item in others)])
        return replace(choice, others=()) if is_fixed else choice

    def _compose(self, body: Body, choice: MediaChoice) -> None:
        forms = FormWriter(self.names, self.inputs, body, choice)
        match kind_of(choice.preferred):
            case MediaKind.JSON:
                self._json(body, choice)
            case MediaKind.FORM | MediaKind.MULTIPART:
                self._form(body, choice, forms)
            case MediaKind.TEXT | MediaKind.BYTES:
                self._content(body, choice)
            case never:
                assert_never(never)
        if self.body.entries:
            self._choose(body, choice, forms)

    def _json(self, body: Body, choice: MediaChoice) -> None:
        media = choice.preferred
        self._whole(body, self._declaration(body, choice), "json")
        if len(choice.media) == 1 and media.is_json and media.name != JSON:
            self.constants.append(Constant(_TYPE, Place.HEADER, media.name))

    def _declaration(self, body: Body, choice: MediaChoice) -> Declaration:
        """Return the declaration of the value of all types."""
        about = self._about(body, choice.preferred)
        shape, example = choice.shape, choice.preferred.example
        if shape is None:
            return Declaration(None, about)
        is_shown = choice.preferred.is_json and example
        shape_with_example = with_example(shape, example) if is_shown else shape
        return declare(about, shape_with_example, "object")

    def _choose(self, body: Body, choice: MediaChoice, forms: FormWriter) -> None:
        """Let callers choose among several media types."""
        if not choice.is_open or _TYPE in self.names:
            return
        kinds = {media.type: media for media in choice.others}.values()
        others = [self._alternative(media, choice, forms) for media in kinds]
        self.body.put("alternatives", others, MEANT)
        usable = {item.name: item for item in choice.media}
        names = dict.fromkeys(item.name for item in body.media)
        media = [usable[name] for name in names if name in usable]
        self._declare_type(body, media, choice)

    def _declare_type(
        self, body: Body, media: Sequence[Media], choice: MediaChoice
    ) -> None:
        """Declare the input that is the media type."""
        name = self.names.take_free("content-type", "header")
        about = _about_types(media, choice)
        is_required = body.required and is_composed(choice.preferred)
        place = Place.HEADER.value
        keys = _type_keys(media, choice)
        input_ = Input(_TYPE, place, name, "string", is_required, about, keys)
        # A client's own Content-Type is that of its request to the package.
        self.inputs.append(replace(input_, route_place=Place.QUERY.value))

    def _alternative(
        self, media: Media, choice: MediaChoice, forms: FormWriter
    ) -> Block:
        """Return a body of the inputs that the preferred one has already."""
        if not choice.is_whole:
            return forms.of_fields(media)
        usual = self.body.entries
        data = next(str(entry.value) for entry in usual if entry.key == "data")
        if kind_of(media) in (MediaKind.FORM, MediaKind.MULTIPART):
            return forms.of_object(media, data)
        return _content_type(media).put("data", data)

    def _content(self, body: Body, choice: MediaChoice) -> None:
        """Build a body of text or bytes, which a single input feeds."""
        media = choice.preferred
        is_text = is_string(media)
        kind = _named_type(media)
        is_plain = is_text and not is_textual(kind) and "json" not in kind
        if (is_plain or media.parameters) and not choice.is_open:
            name = media.name if media.parameters else kind
            self.constants.append(Constant(_TYPE, Place.HEADER, name))
        if is_plain:
            kind = "text/plain"
        declaration = Declaration("string", self._about(body, media))
        self._whole(body, declaration, _TEXTS.get(kind, kind))

    def _about(self, body: Body, media: Media) -> str:
        about = body.description or media.shape.description
        return about or f"The body of the request ({brief(media.type, 60)})."

    def _whole(self, body: Body, declaration: Declaration, type_: str) -> None:
        self.body.put("type", type_).put("data", self._value(body, declaration))

    def _value(self, body: Body, declaration: Declaration) -> str:
        """Declare the input that is the whole body, and return its template."""
        name = self.names.take_free("body", "request")
        kind, text, keys = declaration.kind, declaration.text, declaration.keys
        self.inputs.append(Input(name, "body", name, kind, body.required, text, keys))
        return f"{{{{{name}}}}}"

    def _form(self, body: Body, choice: MediaChoice, forms: FormWriter) -> None:
        media = choice.preferred
        if not choice.is_whole:
            self.body = forms.of_fields(media)
        elif has_no_parts(media) and len(choice.media) == 1:
            self._refuse(body, "it declares no parts")
        else:
            data = self._value(body, self._declaration(body, choice))
            self.body = forms.of_object(media, data)


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


def _type_keys(media: Sequence[Media], choice: MediaChoice) -> Block:
    """Return the media types as keys of an input, and a default, if there is one."""
    keys, first = Block(), choice.preferred
    if choice.has_patterns:
        keys.put("pattern", pattern_of(media))
    else:
        keys.put("enum", [item.name for item in media])
    usual = _named_type(first) if is_range(first) else first.name
    if any(is_listed(usual, item) for item in media):
        is_bytes = kind_of(first) is MediaKind.BYTES
        # Without a value, a route passes the type of its client's bytes on.
        keys.put("apiDefault" if is_bytes else "default", usual)
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
    others += _files(choice) if kind_of(choice.preferred) is MediaKind.JSON else []
    return f"{text} In base64: {', '.join(others[:8])}." if others else text


def _files(choice: MediaChoice) -> list[str]:
    """Return the files of multipart bodies, which are members of an object."""
    return [
        f"{quote(member.name)} of {media.type}"
        for media in choice.others
        for member in parts_of(media)
        if media.type == MULTIPART and is_file(member.shape)
    ]
