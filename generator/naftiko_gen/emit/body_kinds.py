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
from naftiko_gen.emit.package.bodies import holds_bytes, media_type
from naftiko_gen.emit.package.parts import wire_text
from naftiko_gen.emit.package.styles import delimited, styled_pairs, with_reserved
from naftiko_gen.emit.tests.styled import styled_texts, with_reserved_text
from naftiko_gen.ir import (
    Argument,
    BodyTemplate,
    BytesBody,
    Entity,
    Escaping,
    FieldPart,
    FilePart,
    FormBody,
    GraphQL,
    Joined,
    MultipartBody,
    MultipartObject,
    ObjectTemplate,
    Style,
    TextBody,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.expressions import Templates
    from naftiko_gen.ir import Part, SingleBody, Template
    from naftiko_gen.ir.bodies import Members

_ESCAPES = {Escaping.XML: "xml_escaped", Escaping.FORM: "form_escaped"}

# --- expressions in the client ----------------------------------


@dataclass(frozen=True)
class BodyExpressions:
    """Writes the bodies of an operation's coroutine."""

    templates: Templates
    imports: Imports

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
                body.styles or body.reserved
            ):
                fields = join(", ", self._fields(entries, body))
                return self._call("form_body", fill("{{{}}}", fields))
            case FormBody(template=template):
                return self._call("form_body", self._value(template))
            case MultipartBody(parts=parts):
                return self._call("multipart_body", *map(self._part, parts))
            case MultipartObject(template=template, files=files):
                types = [py(dict(files))] if files else []
                return self._call("multipart_object", self._value(template), *types)
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
            if name in form.reserved:
                value = with_reserved(style, value, self.imports)
            if style is None:
                yield fill("{}: {}", py(name), value)
            elif joined := delimited(style, value, self.imports):
                yield fill("{}: {}", py(name), joined)
            else:
                yield fill("**{}", styled_pairs(style, name, value, self.imports))

    def _part(self, part: Part) -> Code:
        name, value = py(part.name), self._value(part.value)
        match part:
            case FieldPart(style=Style.DEEP):
                return self._call("deep_parts", name, value)
            case FieldPart(style=Style() as style) if style.separator is not None:
                self.imports.use("delimited_text")
                joined = fill("delimited_text({}, {})", py(style.separator), value)
                return self._call("field_parts", name, joined, *self._headers(part))
            case FieldPart(media_type=str() as kind):
                types = (py(kind), *self._headers(part))
                return self._call("field_parts", name, value, *types)
            case FieldPart():
                return self._call("field_parts", name, value, *self._headers(part))
            case FilePart():
                about = (self._value(part.filename), self._value(part.media_type))
                return self._call(
                    "file_parts", name, value, *about, *self._headers(part)
                )
            case _:
                assert_never(part)

    def _headers(self, part: Part) -> Iterator[Code]:
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
        self.imports.use(function)
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
            case BytesBody(parameter=parameter):
                return next(self._contents(Argument(parameter)), None)
            case TextBody():
                return self._text(body)
            case FormBody():
                return self._form(body)
            case MultipartBody(parts=parts):
                start = f"--{BOUNDARY}\r\n".encode()
                lines = [start + x + b"\r\n" for p in parts for x in self._part(p)]
                return b"".join((*lines, f"--{BOUNDARY}--\r\n".encode()))
            case MultipartObject(template=template, files=files):
                return self._object(self.value(template), dict(files))
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
                    for name, text in _field_texts(body, key, value)
                )
                return "&".join(pairs).encode()
            case value:
                return wire_text(value).encode()

    def _object(self, value: Plain, files: Mapping[str, str]) -> bytes | None:
        if not isinstance(value, dict):
            return None
        lines = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quote(name)}"'
            f"{_part_header(name, item, files)}\r\n\r\n".encode()
            + (base64.b64decode(str(item)) if name in files else _bytes(item))
            + b"\r\n"
            for name, member in value.items()
            for item in _items(member)
        ]
        return b"".join((*lines, f"--{BOUNDARY}--\r\n".encode()))

    def _part(self, part: Part) -> Iterator[bytes]:
        if isinstance(part, FieldPart) and part.style is not None:
            yield from self._styled_part(part, part.style)
            return
        header = f'Content-Disposition: form-data; name="{_quote(part.name)}"'
        if isinstance(part, FilePart):
            filename, kind = self.value(part.filename), self.value(part.media_type)
            header += f'; filename="{_quote(wire_text(filename))}"'
            header += f"\r\nContent-Type: {wire_text(kind)}"
        if isinstance(part, FieldPart) and part.media_type is not None:
            header += f"\r\nContent-Type: {part.media_type}"
        for name, template in part.headers:
            if (value := self.value(template)) is not None:
                header += f"\r\n{name}: {wire_text(value)}"
        for data in self._contents(part.value):
            yield f"{header}\r\n\r\n".encode() + data

    def _styled_part(self, part: FieldPart, style: Style) -> Iterator[bytes]:
        value = self.value(part.value)
        for name, text in styled_texts(style, part.name, value, str, str):
            header = f'Content-Disposition: form-data; name="{_quote(name)}"'
            yield f"{header}\r\n\r\n{text}".encode()

    def _contents(self, template: Template) -> Iterator[bytes]:
        """Yield a value, or each value of a list, as bytes."""
        is_encoded = (
            isinstance(template, Argument) and template.source.name in self.encoded
        )
        for item in _items(self.value(template)):
            text = wire_text(item)
            yield base64.b64decode(text) if is_encoded else text.encode()


def _field_texts(body: FormBody, key: str, value: Plain) -> Iterator[tuple[str, str]]:
    """Yield the names and the encoded values of a field."""
    style = dict(body.styles).get(key)
    if key in body.reserved:
        return styled_texts(style, key, value, with_reserved_text, with_reserved_text)
    return styled_texts(style, key, value, quote_plus)


def _bytes(value: Plain) -> bytes:
    return wire_text(value).encode()


def _part_header(name: str, value: Plain, files: Mapping[str, str]) -> str:
    """Return the other headers of an object's member."""
    if name in files:
        return f'; filename="{_quote(name)}"\r\nContent-Type: {files[name]}'
    is_object = isinstance(value, dict)
    return "\r\nContent-Type: application/json" if is_object else ""


def _items(value: Plain) -> list[Plain]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _quote(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
