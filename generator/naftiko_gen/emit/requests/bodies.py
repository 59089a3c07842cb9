"""Bodies of requests to routes and to upstreams, and the expressions of the latter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals import (
    Code,
    array,
    call_of,
    fill,
    join,
    keyword,
    mapping,
    py,
)
from naftiko_gen.emit.requests.template_kinds import (
    TemplateExpressions,
    exploded_pairs,
    styled_value,
    with_reserved,
)
from naftiko_gen.ir.bodies import Members

JSON = "application/json"
_WRITES = frozenset({"POST", "PUT", "PATCH"})


def media_type(body: ir.Body | None) -> str:
    """Return the media type of a body that is sent to an upstream."""
    return body.media_type if body else JSON


def has_dispensable_body(operation: ir.Operation) -> bool:
    """Return whether an empty object is sent as no body; few upstreams expect one."""
    template = operation.body.json if operation.body else None
    if operation.method in _WRITES or not isinstance(template, ir.ObjectTemplate):
        return False
    entries = template.entries
    return bool(entries) and all(
        isinstance(value, ir.Argument) and not value.source.required
        for _, value in entries
    )


def holds_bytes(kind: ir.Type) -> bool:
    """Return whether values of a type are bytes, or lists of bytes."""
    return kind in (ir.Bytes(), ir.Array(ir.Bytes()))


def raw_input(inputs: Iterable[ir.Input]) -> ir.Input | None:
    """Return the input that is a whole body other than JSON, if there is one."""
    kinds = ir.InText | ir.InContent
    return next((raw for raw in inputs if isinstance(raw.location, kinds)), None)


def callers_media_type(route: ir.Route) -> str:
    """Return the media type of the body that a route's clients send."""
    raw = raw_input(route.inputs)
    return _raw_media_type(route.implementation) if raw else JSON


def _raw_media_type(implementation: ir.Implementation) -> str:
    match implementation:
        case ir.ProjectedCall(call=call):
            return media_type(call.operation.body)
        case ir.Flow(call_steps=steps):
            bodies = (step.call.operation.body for step in steps)
            return media_type(next((body for body in bodies if body), None))
        case ir.Forward():
            raise TypeError("a forward has no input that is the body")
        case _:
            assert_never(implementation)


def body_of(inputs: Iterable[ir.Input], value: Callable[[ir.Input], Plain]) -> Plain:
    """Return the JSON body with the values of inputs, None if no input is in the body.

    If inputs are both the whole body and members of it, the members are added to it.
    """
    body: Plain = None
    members: list[tuple[tuple[str, ...], Plain]] = []
    for source in inputs:
        match source.location:
            case ir.InBody():
                body = value(source)
            case ir.InField(path=path):
                members.append((path, value(source)))
            case _:
                pass
    fields = dict(body) if isinstance(body, dict) else {}
    for path, member in members:
        _plant(fields, path, member)
    return fields or body


def _plant(members: dict[str, Plain], path: tuple[str, ...], value: Plain) -> None:
    key, *inner = path
    if not inner:
        members[key] = value
        return
    member = members.setdefault(key, {})
    if isinstance(member, dict):
        _plant(member, tuple(inner), value)


_ESCAPES = {ir.Escaping.XML: "xml_escaped", ir.Escaping.FORM: "form_escaped"}


@dataclass(frozen=True)
class BodyExpressions:
    """Writes the bodies of an operation's coroutine."""

    templates: TemplateExpressions

    def of(self, body: ir.SingleBody) -> Code:
        """Return the expression of a body."""
        match body:
            case ir.Entity(parameter=parameter):
                return self._value(ir.Argument(parameter))
            case ir.BodyTemplate(template=template):
                return self._value(template)
            case ir.BytesBody(media_type=media_type, parameter=parameter):
                value = self._value(ir.Argument(parameter))
                is_bytes = holds_bytes(parameter.type)
                function = "bytes_body" if is_bytes else "base64_body"
                return call_of(function, py(media_type), value)
            case ir.TextBody():
                return call_of("text_body", py(body.media_type), self._text(body))
            case ir.FormBody(template=ir.ObjectTemplate(entries=entries)) if (
                body.styles or body.reserved or body.base64
            ):
                fields = join(", ", self._fields(entries, body))
                return call_of("form_body", fill("{{{}}}", fields))
            case ir.FormBody() if body.styles or body.reserved:
                return self._object_form(body)
            case ir.FormBody(template=template):
                return call_of("form_body", self._value(template))
            case ir.MultipartBody(parts=parts):
                return call_of("multipart_body", *map(self._part, parts))
            case ir.MultipartObject(template=template, listed=listed_members):
                members = mapping((m.name, self._member(m)) for m in listed_members)
                arguments = [members] if listed_members else []
                return call_of("multipart_object", self._value(template), *arguments)
            case _:
                assert_never(body)

    def _value(self, template: ir.Template) -> Code:
        return self.templates.expression(template)

    def _text(self, body: ir.TextBody) -> Code:
        match body.template:
            case ir.Joined(parts=parts) if not isinstance(body.template, ir.GraphQL):
                pieces = (self._piece(part, body.escaping) for part in parts)
                return call_of("write_text", *pieces)
            case template:
                return self._value(template)

    def _fields(self, entries: Members, form: ir.FormBody) -> Iterator[Code]:
        """Yield the fields of a form; a styled value may become several."""
        styles = dict(form.styles)
        for name, template in entries:
            value, style = self._value(template), styles.get(name)
            if name in form.base64:
                value = call_of("base64_text", value)
            if name in form.reserved:
                value = with_reserved(style, value)
            if style is None:
                yield fill("{}: {}", py(name), value)
            elif single := styled_value(style, value):
                yield fill("{}: {}", py(name), single)
            else:
                yield fill("**{}", exploded_pairs(name, value))

    def _object_form(self, form: ir.FormBody) -> Code:
        """Return the form of an object some of whose members have a style."""
        styles: Plain = {name: style.value for name, style in form.styles}
        options: dict[str, Plain] = {"styles": styles, "reserved": [*form.reserved]}
        keywords = [keyword(k, py(option)) for k, option in options.items() if option]
        return call_of("object_form", self._value(form.template), *keywords)

    def _member(self, member: ir.Member) -> Code:
        """Return how a member is sent that isn't sent by default."""
        match member:
            case ir.FieldMember(style=style, media_type=media_type):
                words = {
                    "media_type": media_type,
                    "style": style.value if style else None,
                }
                options = [keyword(k, py(v)) for k, v in words.items() if v is not None]
                return call_of("FieldMember", *options, *self._headers(member))
            case ir.FileMember(filename=filename, media_type=media_type):
                about = (self._value(media_type), self._file_name(filename))
                return call_of("FileMember", *about, *self._headers(member))
            case _:
                assert_never(member)

    def _file_name(self, filename: ir.Template) -> Code:
        """Return the expression of a file's name, checked if a client chooses it."""
        value = self._value(filename)
        is_chosen = any(ir.placeholders(filename))
        return call_of("checked_file_name", value) if is_chosen else value

    def _part(self, part: ir.Part) -> Code:
        name, value = py(part.name), self._value(part.value)
        match part:
            case ir.FieldPart(style=ir.Style.DEEP):
                return call_of("deep_parts", name, value)
            case ir.FieldPart(style=ir.Style() as style) if style.separator is not None:
                list_text = call_of("delimited_text", py(style.separator), value)
                return call_of("field_parts", name, list_text, *self._headers(part))
            case ir.FieldPart(media_type=str() as kind):
                types = (py(kind), *self._headers(part))
                return call_of("field_parts", name, value, *types)
            case ir.FieldPart():
                return call_of("field_parts", name, value, *self._headers(part))
            case ir.FilePart():
                about = (self._file_name(part.filename), self._value(part.media_type))
                return call_of("file_parts", name, value, *about, *self._headers(part))
            case _:
                assert_never(part)

    def _headers(self, part: ir.Part | ir.Member) -> Iterator[Code]:
        if part.headers:
            pairs = [(py(name), self._value(value)) for name, value in part.headers]
            yield keyword("headers", array(fill("({}, {})", *pair) for pair in pairs))

    def _piece(self, part: str | ir.Template, escaping: ir.Escaping) -> Code:
        if isinstance(part, str):
            return py(part)
        value = self._value(part)
        escape = _ESCAPES.get(escaping)
        return value if escape is None else call_of(escape, value)
