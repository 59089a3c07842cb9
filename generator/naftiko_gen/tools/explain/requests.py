"""Upstream requests: the URL, the credential, and every value with its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain import explanation as facts
from naftiko_gen.tools.explain.values import leaves, type_words


def request(call: ir.Call, projection: ir.Projection) -> facts.Request:
    """Return the upstream request of a call whose response is read as projected."""
    operation = call.operation
    is_read = not isinstance(projection, ir.Identity)
    read_as = operation.response_format if is_read else None
    return facts.Request(
        operation.upstream.namespace,
        operation.name,
        operation.method,
        _url(operation.upstream, operation.path),
        tuple(_sent_values(call)),
        _body(operation.body) if operation.body else None,
        _credential_of(operation),
        read_as.name.lower() if read_as else None,
        _schema(operation.schema) if is_read and operation.schema else None,
        type_words(operation.answer) if operation.answer else None,
        operation.example,
    )


def _body(body: ir.Body) -> facts.SentBody:
    """Return the kinds that a body can have, the default one first."""
    kinds = (facts.SentBody(kind.label, kind.media_type) for kind in ir.kinds_of(body))
    return replace(next(kinds), alternatives=tuple(kinds))


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


def forwarded_request(forward: ir.Forward) -> facts.Request:
    """Return the upstream request of a forward: its path and body are the client's."""
    upstream, tail = forward.upstream, forward.tail
    return facts.Request(
        upstream.namespace,
        "",
        ir.ANY_METHOD,
        _url(upstream, ("/", tail) if tail else ()),
        tuple(_forwarded_values(forward)),
        facts.SentBody("forwarded", "*/*"),
        credential(upstream.credential),
    )


# --- URLs ------------------------------------------------------------------------


def base_uri(upstream: ir.Upstream) -> str:
    """Return the base URI of an upstream, with variables in braces."""
    return "".join(map(_piece, upstream.base_uri))


def _url(
    upstream: ir.Upstream, path: Iterable[str | ir.Variable | ir.Parameter | ir.Input]
) -> str:
    key = upstream.credential
    tail = key.tail if isinstance(key, ir.PathKey) else ()
    return base_uri(upstream) + "".join(map(_piece, (*tail, *path)))


def _piece(part: str | ir.Variable | ir.Parameter | ir.Input | ir.Text) -> str:
    match part:
        case str():
            return part
        case ir.Variable(name=name) | ir.Setting(variable=ir.Variable(name=name)):
            return f"{{${name}}}"
        case ir.Parameter(name=name) | ir.Input(name=name):
            return f"{{{name}}}"
        case ir.Constant() | ir.Joined():
            # The part is a credential.
            return "{credential}"
        case _:
            assert_never(part)


# --- values, without the credential ----------------------------------------------


def _sent_values(call: ir.Call) -> Iterator[facts.SentValue]:
    operation, body = call.operation, call.operation.body
    arguments = {parameter.name: value for parameter, value in call.arguments}
    yield from _variables("base-uri", operation.upstream.base_uri)
    for part in operation.path:
        if isinstance(part, ir.Parameter):
            at = facts.SentValue("path", part.name)
            yield from leaves(ir.Argument(part), at, arguments)
        else:
            yield from _variables("path", (part,))
    for at, template in _fields(operation, dict(operation.styles)):
        yield from leaves(template, at, arguments)
    key = operation.upstream.credential
    slots = key.slots if key else ()
    for value in body.values if body else ():
        is_key = ir.Slot(ir.SlotPlace.BODY, value.name) in slots
        if value.place != "part" or not is_key:
            at = _at(value.place, value.name, value.style)
            is_document = body is not None and body.has_fixed_text
            yield from leaves(value.template, at, arguments, is_document=is_document)


def _forwarded_values(forward: ir.Forward) -> Iterator[facts.SentValue]:
    yield from _variables("base-uri", forward.upstream.base_uri)
    if forward.tail is not None:
        source = facts.FromInput(forward.tail.name, required=True)
        yield facts.SentValue("path", forward.tail.name, source=source)
    for at, template in _fields(forward, {}):
        yield from leaves(template, at, {})
    for name in forward.trusted:
        yield facts.SentValue(
            "header", name, source=facts.FromInput(name, required=False)
        )


def _variables(
    place: str, parts: Iterable[str | ir.Variable]
) -> Iterator[facts.SentValue]:
    for part in parts:
        if isinstance(part, ir.Variable):
            source = facts.FromVariable(part.name, part.secret)
            yield facts.SentValue(place, part.name, source=source)


def _fields(
    source: ir.Operation | ir.Forward, styles: Mapping[str, ir.Style]
) -> Iterator[tuple[facts.SentValue, ir.Template]]:
    """Yield the templates of the query, the headers and the cookies, by their place."""
    for name, template in source.query:
        yield _at("query", name, styles.get(name)), template
    for name, template in source.headers:
        yield facts.SentValue("header", name), template
    for name, template in source.cookies:
        yield facts.SentValue("cookie", name), template


def _at(place: str, name: str, style: ir.Style | None) -> facts.SentValue:
    return facts.SentValue(place, name, style=style.value if style else None)


# --- credentials -----------------------------------------------------------------


def credential(source: ir.Credential | None) -> facts.Credential | None:
    """Return the public facts about a credential: no values."""
    if source is None:
        return None
    first, *others = map(single, ir.choices(source))
    none = (facts.Credential("none"),) if ir.is_optional(source) else ()
    return replace(first, alternatives=(*others, *none))


def _credential_of(operation: ir.Operation) -> facts.Credential | None:
    """Return a call's credential; a key in the body is a part of a multipart body."""
    source, body = operation.upstream.credential, operation.body
    description = credential(source)
    has_parts = body is not None and body.has_parts
    if description and has_parts and isinstance(source, ir.BodyKey):
        return replace(description, sent=(f"part {source.name}",))
    return description


def single(source: ir.Single | ir.Guard) -> facts.Credential:
    """Return the public facts about one credential, or about that of clients."""
    names = dict.fromkeys(variable.name for variable in source.variables)
    files = {
        variable.name: f"{variable.source.key} in {variable.source.file.path}"
        for variable in source.variables
        if isinstance(variable.source, ir.FileKey)
    }
    return facts.Credential(
        source.label, tuple(map(_slot, source.slots)), tuple(names), files
    )


def _slot(slot: ir.Slot) -> str:
    match slot.place:
        case ir.SlotPlace.CONNECTION:
            return "the TLS connection"
        case ir.SlotPlace.BODY:
            return f"body /{slot.name}"
        case place:
            return f"{place.value} {slot.name}"
