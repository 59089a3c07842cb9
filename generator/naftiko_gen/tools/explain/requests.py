"""Upstream requests: the URL, and every value with its place and source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.credentials import credential
from naftiko_gen.tools.explain.explanation import FromVariable, Request, Sent
from naftiko_gen.tools.explain.sources import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.tools.explain.explanation import Credential

_JSON = "application/json"


def request(call: ir.Call) -> Request:
    """Return the upstream request of a call."""
    operation = call.operation
    body, media_type = _kind(operation.body)
    return Request(
        operation.upstream.namespace,
        operation.name,
        operation.method,
        _url(operation),
        tuple(_Values(call).sent()),
        body,
        media_type,
        _credential(operation),
    )


def _credential(operation: ir.Operation) -> Credential | None:
    """Return a call's credential; a key in the body is a part of a multipart body."""
    configured, body = operation.upstream.credential, operation.body
    described = credential(configured)
    if (
        described
        and isinstance(configured, ir.BodyKey)
        and isinstance(body, ir.MultipartBody)
    ):
        return replace(described, sent=(f"part {configured.name}",))
    return described


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


def _kind(body: ir.Body | None) -> tuple[str | None, str | None]:
    """Return the kind of a body and its media type."""
    match body:
        case None:
            return None, None
        case ir.Entity() | ir.BodyTemplate():
            return "json", _JSON
        case ir.BytesBody(media_type=media_type):
            return "bytes", media_type
        case ir.TextBody(media_type=media_type):
            return "text", media_type
        case ir.FormBody():
            return "form", "application/x-www-form-urlencoded"
        case ir.MultipartBody():
            return "multipart", "multipart/form-data"
        case _:
            assert_never(body)


@dataclass(frozen=True)
class _Values:
    """The values that a call sends, without the credential."""

    call: ir.Call

    def sent(self) -> Iterator[Sent]:
        operation = self.call.operation
        yield from self._in_path()
        for name, value in operation.query:
            yield from self._at("query", name, value)
        for name, value in operation.headers:
            yield from self._at("header", name, value)
        if operation.body is not None:
            yield from self._in_body(operation.body)

    def _at(
        self, place: str, name: str, value: ir.Template, *, is_document: bool = False
    ) -> Iterator[Sent]:
        for leaf in leaves(value, self.call, is_document=is_document):
            yield Sent(place, name, leaf.pointer, leaf.parameters, leaf.source)

    def _in_path(self) -> Iterator[Sent]:
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

    def _in_body(self, body: ir.Body) -> Iterator[Sent]:
        match body:
            case ir.Entity(parameter=parameter) | ir.BytesBody(parameter=parameter):
                yield from self._at("body", "", ir.Argument(parameter))
            case ir.BodyTemplate(template=template):
                yield from self._at("body", "", template)
            case ir.TextBody(template=template):
                yield from self._at("body", "", template, is_document=True)
            case ir.FormBody(template=ir.ObjectTemplate(entries=entries)):
                for name, value in entries:
                    yield from self._at("form", name, value)
            case ir.FormBody(template=template):
                yield from self._at("form", "", template)
            case ir.MultipartBody(parts=parts):
                key = self.call.operation.upstream.credential
                for part in parts:
                    if not isinstance(key, ir.BodyKey) or part.name != key.name:
                        yield from self._in_part(part)
            case _:
                assert_never(body)

    def _in_part(self, part: ir.Part) -> Iterator[Sent]:
        yield from self._at("part", part.name, part.value)
        if isinstance(part, ir.FilePart):
            yield from self._at("filename", part.name, part.filename)
            yield from self._at("media-type", part.name, part.media_type)


def _variable(place: str, variable: ir.Variable) -> Sent:
    source = FromVariable(variable.name, variable.secret)
    return Sent(place, variable.name, "", (), source)
