"""Kinds of bodies: their expressions in the client, and their bytes in emitted tests.

The two sides share no function: a mistake of either makes a test of the package fail.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote_plus

from naftiko_gen.emit.literals import bare, fill, join, py
from naftiko_gen.emit.requests.bodies import JSON, holds_bytes, media_type
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.requests.styles import exploded_pairs, styled_value, with_reserved
from naftiko_gen.emit.requests.styles_expected import styled_texts, with_reserved_text
from naftiko_gen.ir import (
    Argument,
    BodyTemplate,
    BytesBody,
    Entity,
    Escaping,
    FieldMember,
    FieldPart,
    FileMember,
    FilePart,
    FormBody,
    GraphQL,
    Joined,
    MultipartBody,
    MultipartObject,
    ObjectTemplate,
    Style,
    TextBody,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.requests.template_kinds import TemplateExpressions
    from naftiko_gen.ir import Member, Part, SingleBody, Template
    from naftiko_gen.ir.bodies import Members

_ESCAPES = {Escaping.XML: "xml_escaped", Escaping.FORM: "form_escaped"}

# --- expressions in the client ----------------------------------


@dataclass(frozen=True)
class BodyExpressions:
    """Writes the bodies of an operation's coroutine."""

    templates: TemplateExpressions

    def of(self, body: SingleBody) -> Code:
        """Return the expression of a body."""
        match body:
            case Entity(parameter=parameter):
                return self._value(Argument(parameter))
            case BodyTemplate(template=template):
                return self._value(template)
            case BytesBody(media_type=media_type, parameter=parameter):
                value = self._value(Argument(parameter))
                is_bytes = holds_bytes(parameter.type)
                function = "bytes_body" if is_bytes else "base64_body"
                return self._call(function, py(media_type), value)
            case TextBody():
                return self._call("text_body", py(body.media_type), self._text(body))
            case FormBody(template=ObjectTemplate(entries=entries)) if (
                body.styles or body.reserved or body.base64
            ):
                fields = join(", ", self._fields(entries, body))
                return self._call("form_body", fill("{{{}}}", fields))
            case FormBody(template=template) if body.styles or body.reserved:
                return self._object_form(body)
            case FormBody(template=template):
                return self._call("form_body", self._value(template))
            case MultipartBody(parts=parts):
                return self._call("multipart_body", *map(self._part, parts))
            case MultipartObject(template=template, listed=listed_members):
                members = join(", ", map(self._member, listed_members))
                arguments = [fill("{{{}}}", members)] if listed_members else []
                return self._call("multipart_object", self._value(template), *arguments)
            case _:
                assert_never(body)

    def _value(self, template: Template) -> Code:
        return self.templates.expression(template)

    def _text(self, body: TextBody) -> Code:
        match body.template:
            case Joined(parts=parts) if not isinstance(body.template, GraphQL):
                pieces = (self._piece(part, body.escaping) for part in parts)
                return self._call("written", *pieces)
            case template:
                return self._value(template)

    def _fields(self, entries: Members, form: FormBody) -> Iterator[Code]:
        """Yield the fields of a form; a styled value may become several."""
        styles = dict(form.styles)
        for name, template in entries:
            value, style = self._value(template), styles.get(name)
            if name in form.base64:
                value = self._call("base64_text", value)
            if name in form.reserved:
                value = with_reserved(style, value)
            if style is None:
                yield fill("{}: {}", py(name), value)
            elif single := styled_value(style, value):
                yield fill("{}: {}", py(name), single)
            else:
                yield fill("**{}", exploded_pairs(name, value))

    def _object_form(self, form: FormBody) -> Code:
        """Return the form of an object some of whose members have a style."""
        styles: Plain = {name: style.value for name, style in form.styles}
        options = [fill("styles={}", py(styles))] if styles else []
        if form.reserved:
            options.append(fill("reserved={}", py(list(form.reserved))))
        return self._call("object_form", self._value(form.template), *options)

    def _member(self, member: Member) -> Code:
        """Return an entry of the members that aren't sent as usual."""
        match member:
            case FieldMember(style=style, media_type=media_type):
                words = {
                    "media_type": media_type,
                    "style": style.value if style else None,
                }
                options = [
                    fill("{}={}", bare(key), py(word))
                    for key, word in words.items()
                    if word is not None
                ]
                code = self._call("FieldMember", *options, *self._headers(member))
            case FileMember(filename=filename, media_type=media_type):
                about = (self._value(media_type), self._file_name(filename))
                code = self._call("FileMember", *about, *self._headers(member))
            case _:
                assert_never(member)
        return fill("{}: {}", py(member.name), code)

    def _file_name(self, filename: Template) -> Code:
        """Return the expression of a file's name, checked if a client chooses it."""
        value = self._value(filename)
        is_chosen = any(placeholders(filename))
        return self._call("checked_file_name", value) if is_chosen else value

    def _part(self, part: Part) -> Code:
        name, value = py(part.name), self._value(part.value)
        match part:
            case FieldPart(style=Style.DEEP):
                return self._call("deep_parts", name, value)
            case FieldPart(style=Style() as style) if style.separator is not None:
                list_text = fill("delimited_text({}, {})", py(style.separator), value)
                return self._call("field_parts", name, list_text, *self._headers(part))
            case FieldPart(media_type=str() as kind):
                types = (py(kind), *self._headers(part))
                return self._call("field_parts", name, value, *types)
            case FieldPart():
                return self._call("field_parts", name, value, *self._headers(part))
            case FilePart():
                about = (self._file_name(part.filename), self._value(part.media_type))
                return self._call(
                    "file_parts", name, value, *about, *self._headers(part)
                )
            case _:
                assert_never(part)

    def _headers(self, part: Part | Member) -> Iterator[Code]:
        """Yield the argument with the headers of a part, if it has some."""
        if part.headers:
            pairs = (
                fill("({}, {})", py(name), self._value(value))
                for name, value in part.headers
            )
            yield fill("headers=[{}]", join(", ", pairs))

    def _piece(self, part: str | Template, escaping: Escaping) -> Code:
        if isinstance(part, str):
            return py(part)
        value = self._value(part)
        escape = _ESCAPES.get(escaping)
        return value if escape is None else self._call(escape, value)

    def _call(self, function: str, *arguments: Code) -> Code:
        return fill("{}({})", bare(function), join(", ", arguments))


# --- bytes in emitted tests --------------------------------------

BOUNDARY = "boundary"
"""The text by which the tests replace the boundary, which is random."""


@dataclass(frozen=True)
class ExpectedContent:
    """A body and its media type, without the boundary of a multipart body."""

    media_type: str
    data: bytes


@dataclass(frozen=True)
class ExpectedContents:
    """Writes expected bodies.

    `value` returns the value of a template. `encoded` are the names of the parameters
    that get bytes in base64.
    """

    value: Callable[[Template], Plain]
    encoded: frozenset[str]

    def of(self, body: SingleBody | None) -> ExpectedContent | None:
        """Return a body that isn't JSON, None if it is JSON or missing."""
        data = self._data(body)
        return None if data is None else ExpectedContent(media_type(body), data)

    def _data(self, body: SingleBody | None) -> bytes | None:
        match body:
            case BytesBody(parameter=parameter) if holds_bytes(parameter.type):
                return next(self._contents(Argument(parameter)), None)
            case BytesBody(parameter=parameter):
                value = self.value(Argument(parameter))
                return None if value is None else base64.b64decode(str(value))
            case TextBody():
                return self._text(body)
            case FormBody():
                return self._form(body)
            case MultipartBody(parts=parts):
                start = f"--{BOUNDARY}\r\n".encode()
                lines = [start + x + b"\r\n" for p in parts for x in self._part(p)]
                return b"".join((*lines, f"--{BOUNDARY}--\r\n".encode()))
            case MultipartObject(template=template, listed=listed_members):
                members = {member.name: member for member in listed_members}
                return self._object(self.value(template), members)
            case Entity() | BodyTemplate() | None:
                return None
            case _:
                assert_never(body)

    def _text(self, body: TextBody) -> bytes | None:
        match body.template:
            case Joined(parts=parts) if not isinstance(body.template, GraphQL):
                pieces = (
                    part if isinstance(part, str) else self._piece(part, body.escaping)
                    for part in parts
                )
                return "".join(pieces).encode()
            case template:
                return next(self._contents(template), None)

    def _piece(self, part: Template, escaping: Escaping) -> str:
        value = self.value(part)
        text = "" if value is None else wire_text(value)
        match escaping:
            case Escaping.NONE:
                return text
            case Escaping.XML:
                return html.escape(text).replace("&#x27;", "&apos;")
            case Escaping.FORM:
                return quote_plus(text)
            case _:
                assert_never(escaping)

    def _form(self, body: FormBody) -> bytes | None:
        match self.value(body.template):
            case None:
                return None
            case dict() as form:
                pairs = (
                    f"{quote_plus(name)}={text}"
                    for key, value in form.items()
                    for name, text in self._field_texts(body, key, value)
                )
                return "&".join(pairs).encode()
            case value:
                return wire_text(value).encode()

    def _field_texts(
        self, body: FormBody, key: str, value: Plain
    ) -> Iterator[tuple[str, str]]:
        """Yield the names and the encoded values of a field."""
        is_bytes = self._is_encoded(dict(body.members or ()).get(key))
        if is_bytes and key not in body.base64:
            for item in _items(value):
                yield key, quote_plus(base64.b64decode(wire_text(item)))
        else:
            yield from _field_texts(body, key, value)

    def _is_encoded(self, template: Template | None) -> bool:
        """Return whether a value is bytes, whose sample is base64."""
        match template:
            case Argument(source=source):
                return source.name in self.encoded
            case _:
                return False

    def _object(
        self, value: Plain, listed_members: Mapping[str, Member]
    ) -> bytes | None:
        if not isinstance(value, dict):
            return None
        lines = [
            f"--{BOUNDARY}\r\n".encode() + part + b"\r\n"
            for name, member in value.items()
            for part in self._of_member(
                listed_members.get(name, FieldMember(name)), member
            )
        ]
        return b"".join((*lines, f"--{BOUNDARY}--\r\n".encode()))

    def _of_member(self, member: Member, value: Plain) -> Iterator[bytes]:
        """Yield the parts of an object's member."""
        end = f"{''.join(self._header_lines(member.headers))}\r\n\r\n"
        match member:
            case FileMember(filename=filename, media_type=media_type):
                quoted_name = _quote(wire_text(self.value(filename)))
                kind = wire_text(self.value(media_type))
                about = f'; filename="{quoted_name}"\r\nContent-Type: {kind}{end}'
                for item in _items(value):
                    text = f"{_disposition(member.name)}{about}"
                    yield text.encode() + base64.b64decode(str(item))
            case FieldMember(style=Style() as style):
                for name, text in styled_texts(style, member.name, value, str, str):
                    yield f"{_disposition(name)}{end}{text}".encode()
            case FieldMember():
                for item in _items(value):
                    head = _disposition(member.name) + _type_line(member, item)
                    yield f"{head}{end}{wire_text(item)}".encode()
            case _:
                assert_never(member)

    def _header_lines(self, headers: Members) -> Iterator[str]:
        for name, template in headers:
            if (value := self.value(template)) is not None:
                yield f"\r\n{name}: {wire_text(value)}"

    def _part(self, part: Part) -> Iterator[bytes]:
        if isinstance(part, FieldPart) and part.style is not None:
            yield from self._styled_part(part, part.style)
            return
        header = _disposition(part.name)
        if isinstance(part, FilePart):
            filename, kind = self.value(part.filename), self.value(part.media_type)
            header += f'; filename="{_quote(wire_text(filename))}"'
            header += f"\r\nContent-Type: {wire_text(kind)}"
        if isinstance(part, FieldPart) and part.media_type is not None:
            header += f"\r\nContent-Type: {part.media_type}"
        header += "".join(self._header_lines(part.headers))
        for data in self._contents(part.value):
            yield f"{header}\r\n\r\n".encode() + data

    def _styled_part(self, part: FieldPart, style: Style) -> Iterator[bytes]:
        value = self.value(part.value)
        for name, text in styled_texts(style, part.name, value, str, str):
            yield f"{_disposition(name)}\r\n\r\n{text}".encode()

    def _contents(self, template: Template) -> Iterator[bytes]:
        """Yield a value, or each value of a list, as bytes."""
        is_encoded = self._is_encoded(template)
        for item in _items(self.value(template)):
            text = wire_text(item)
            yield base64.b64decode(text) if is_encoded else text.encode()


def _field_texts(body: FormBody, key: str, value: Plain) -> Iterator[tuple[str, str]]:
    """Yield the names and the encoded values of a field."""
    style = dict(body.styles).get(key)
    if key in body.reserved:
        return styled_texts(style, key, value, with_reserved_text, with_reserved_text)
    return styled_texts(style, key, value, quote_plus)


def _disposition(name: str) -> str:
    return f'Content-Disposition: form-data; name="{_quote(name)}"'


def _type_line(member: FieldMember, value: Plain) -> str:
    """Return the type of a member's part; an object without one is JSON."""
    usual = JSON if isinstance(value, dict) else None
    media_type = member.media_type or usual
    return f"\r\nContent-Type: {media_type}" if media_type else ""


def _items(value: Plain) -> list[Plain]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _quote(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
