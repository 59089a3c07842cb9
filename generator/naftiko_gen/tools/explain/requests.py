"""Upstream requests: the URL, the credential, and every value with its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import (
    Credential,
    Example,
    FromInput,
    FromVariable,
    Request,
    SentBody,
    SentValue,
)
from naftiko_gen.tools.explain.values import leaves, type_words

_NONE = Credential("none", (), ())


def request(call: ir.Call, projection: ir.Projection) -> Request:
    """Return the upstream request of a call whose response is read as projected."""
    operation = call.operation
    is_read = not isinstance(projection, ir.Identity)
    read_as = operation.response_format if is_read else None
    return Request(
        operation.upstream.namespace,
        operation.name,
        operation.method,
        _url(operation),
        tuple(_Values(call).sent_values()),
        _body(operation.body) if operation.body else None,
        _credential_of(operation),
        read_as.name.lower() if read_as else None,
        _schema(operation.schema) if is_read and operation.schema else None,
        type_words(operation.answer) if operation.answer else None,
        _example(operation.example) if operation.example else None,
    )


def _body(body: ir.Body) -> SentBody:
    """Return the kinds that a body can have, the default one first."""
    kinds = (SentBody(kind.label, kind.media_type) for kind in ir.kinds_of(body))
    return replace(next(kinds), alternatives=tuple(kinds))


def _example(example: ir.ResponseExample) -> Example:
    return Example(example.status, example.media_type, example.text)


def _schema(schema: ir.AnswerSchema) -> str:
    match schema:
        case ir.TableSelector(text=text) | ir.HeadingPrefix(text=text):
            return text
        case ir.AvroSchema():
            return str(schema.value["name"])
        case ir.ProtobufSchema(message=message):
            return message
        case _:
            assert_never(schema)


def forwarded_request(forward: ir.Forward) -> Request:
    """Return the upstream request of a forward: its path and body are the client's."""
    upstream = forward.upstream
    key = upstream.credential
    tail = key.tail if isinstance(key, ir.PathKey) else ()
    below = f"/{{{forward.tail.name}}}" if forward.tail else ""
    return Request(
        upstream.namespace,
        "",
        ir.ANY_METHOD,
        base_uri(upstream) + "".join(map(_piece, tail)) + below,
        tuple(_forwarded_values(forward)),
        SentBody("forwarded", "*/*"),
        credential(key),
    )


def _forwarded_values(forward: ir.Forward) -> Iterator[SentValue]:
    for piece in forward.upstream.base_uri:
        if isinstance(piece, ir.Variable):
            yield _variable("base-uri", piece)
    if forward.tail is not None:
        source = FromInput(forward.tail.name, required=True)
        yield SentValue("path", forward.tail.name, "", (), source)
    empty = ir.Call(_no_operation(forward), ())
    for place, pairs in _fixed_values(forward):
        for name, value in pairs:
            for leaf in leaves(value, empty):
                yield SentValue(place, name, leaf.pointer, leaf.parameters, leaf.source)
    for name in forward.trusted:
        yield SentValue("header", name, "", (), FromInput(name, required=False))


def _fixed_values(
    forward: ir.Forward,
) -> tuple[tuple[str, tuple[tuple[str, ir.Template], ...]], ...]:
    """Return the values that the spec sets, by place."""
    return (
        ("query", forward.query),
        ("header", forward.headers),
        ("cookie", forward.cookies),
    )


def _no_operation(forward: ir.Forward) -> ir.Operation:
    return ir.Operation("", forward.upstream, ir.ANY_METHOD, (), ())


def _credential_of(operation: ir.Operation) -> Credential | None:
    """Return a call's credential; a key in the body is a part of a multipart body."""
    source, body = operation.upstream.credential, operation.body
    description = credential(source)
    has_parts = body is not None and body.has_parts
    if description and has_parts and isinstance(source, ir.BodyKey):
        return replace(description, sent=(f"part {source.name}",))
    return description


def base_uri(upstream: ir.Upstream) -> str:
    """Return the base URI of an upstream, with variables in braces."""
    return "".join(map(_piece, upstream.base_uri))


def _url(operation: ir.Operation) -> str:
    key = operation.upstream.credential
    tail = key.tail if isinstance(key, ir.PathKey) else ()
    pieces = "".join(map(_piece, (*tail, *operation.path)))
    return base_uri(operation.upstream) + pieces


def _piece(part: str | ir.Variable | ir.Parameter | ir.Text) -> str:
    match part:
        case str():
            return part
        case ir.Variable(name=name) | ir.Setting(variable=ir.Variable(name=name)):
            return f"{{${name}}}"
        case ir.Parameter(name=name):
            return f"{{{name}}}"
        case ir.Constant() | ir.Joined():
            # The part is a credential.
            return "{credential}"
        case _:
            assert_never(part)


@dataclass(frozen=True)
class _Values:
    """The values that a call sends, without the credential."""

    call: ir.Call

    def sent_values(self) -> Iterator[SentValue]:
        operation = self.call.operation
        yield from self._in_path()
        styles = dict(operation.styles)
        for name, value in operation.query:
            yield from self._at("query", name, value, style=styles.get(name))
        for name, value in operation.headers:
            yield from self._at("header", name, value)
        for name, value in operation.cookies:
            yield from self._at("cookie", name, value)
        if operation.body is not None:
            yield from self._in_body(operation.body)

    def _at(
        self,
        place: str,
        name: str,
        value: ir.Template,
        *,
        is_document: bool = False,
        style: ir.Style | None = None,
    ) -> Iterator[SentValue]:
        word = style.value if style else None
        for leaf in leaves(value, self.call, is_document=is_document):
            yield SentValue(
                place, name, leaf.pointer, leaf.parameters, leaf.source, word
            )

    def _in_path(self) -> Iterator[SentValue]:
        operation = self.call.operation
        for piece in operation.upstream.base_uri:
            if isinstance(piece, ir.Variable):
                yield _variable("base-uri", piece)
        for part in operation.path:
            match part:
                case ir.Parameter(name=name):
                    yield from self._at("path", name, ir.Argument(part))
                case ir.Variable():
                    yield _variable("path", part)
                case str():
                    pass
                case _:
                    assert_never(part)

    def _in_body(self, body: ir.Body) -> Iterator[SentValue]:
        credential = self.call.operation.upstream.credential
        slots = credential.slots if credential else ()
        for value in body.values:
            is_key = ir.Slot(ir.SlotPlace.BODY, value.name) in slots
            if value.place != "part" or not is_key:
                yield from self._at(
                    value.place,
                    value.name,
                    value.template,
                    is_document=body.has_fixed_text,
                    style=value.style,
                )


def _variable(place: str, variable: ir.Variable) -> SentValue:
    source = FromVariable(variable.name, variable.secret)
    return SentValue(place, variable.name, "", (), source)


# --- credentials -----------------------------------------------------


def credential(source: ir.Credential | None) -> Credential | None:
    """Return the public facts about a credential: no values."""
    if source is None:
        return None
    first, *others = map(_single, ir.choices(source))
    none = (_NONE,) if ir.is_optional(source) else ()
    return replace(first, alternatives=(*others, *none))


def guard(source: ir.Guard | None) -> Credential | None:
    """Return the public facts about the credential of clients: no values."""
    return None if source is None else _single(source)


def _single(source: ir.Single | ir.Guard) -> Credential:
    names = dict.fromkeys(variable.name for variable in source.variables)
    files = {
        variable.name: f"{variable.source.key} in {variable.source.file.path}"
        for variable in source.variables
        if isinstance(variable.source, ir.FileKey)
    }
    slots = tuple(map(_slot, source.slots))
    return Credential(source.label, slots, tuple(names), files)


def _slot(slot: ir.Slot) -> str:
    match slot.place:
        case ir.SlotPlace.CONNECTION:
            return "the TLS connection"
        case ir.SlotPlace.BODY:
            return f"body /{slot.name}"
        case place:
            return f"{place.value} {slot.name}"
