"""Responses: those that a route declares, and those that are passed on unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Plain, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.models.base import DEFAULT_SIZE, LARGEST_SIZE, bytes_of
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.tree import Mapping, Node, Sequence


def unchanged_answer(
    unit: Unit, declaration: DeclaredOperation | None, report: Report
) -> ir.Identity:
    """Return the answer of a unit that passes a response of an operation on."""
    if declaration is None:
        return ir.Identity()
    operation = declaration.operation
    media_type = _own_media_type(unit.model) or operation.media_type
    return ir.Identity(media_type, _limit(unit, operation, report))


def is_binary(operation: models.ConsumedOperation) -> bool:
    """Return whether the responses of an operation are bytes."""
    return operation.raw_format.lower() == "binary"


def _limit(
    unit: Unit, operation: models.ConsumedOperation, report: Report
) -> int | None:
    """Return the most bytes of a binary response; None for others."""
    own = operation.size_limit
    if own is not None and not is_binary(operation):
        message = "'maxBinarySize' is ignored: the responses aren't binary"
        span = operation.node.key_span("maxBinarySize")
        report.add(Code.IGNORED_KEY, message, span)
    if not is_binary(operation):
        return None
    if own is not None:
        return _cap_size(own, operation.at("maxBinarySize"), report)
    limit = unit.adapter.size_limit
    return DEFAULT_SIZE if limit is None else min(bytes_of(limit), LARGEST_SIZE)


def check_size(adapter: models.Rest | models.Mcp, report: Report) -> None:
    """Report a limit of an adapter that is too large."""
    if adapter.size_limit is not None:
        _cap_size(adapter.size_limit, adapter.at("maxBinarySize"), report)


def _cap_size(size: str, span: Span, report: Report) -> int:
    number = bytes_of(size)
    if number > LARGEST_SIZE:
        message = f"{quote(size)} is read as 256MiB, the most that a package holds"
        report.add(Code.LIMITED_SIZE, message, span)
    return min(number, LARGEST_SIZE)


def _own_media_type(model: models.ExposedUnit) -> str | None:
    """Return the media type that a unit declares for its successful answers."""
    if isinstance(model, models.RestOperation):
        if model.binary_response is not None:
            return model.binary_response.media_type
        responses = (r for status, r in model.responses.items() if status[0] == "2")
        contents = (pair for r in responses for pair in r.content.items())
        bodies = {media_type for media_type, content in contents if content.binary}
        if len(bodies) == 1:
            return bodies.pop()
    return model.advertised


_DEFINITIONS = "$defs"
_MOST = 10_000
"""The most values of a schema, because references may multiply them."""


def whole_schema(schema: Mapping, report: Report) -> Plain:
    """Return a schema without references; report those that can't be replaced.

    A reference is a pointer into the schema itself, such as `#/$defs/ship`.
    """
    parts = [entry for entry in schema.entries if entry.key != _DEFINITIONS]
    return _Schema(schema, report).plain(schema.with_entries(parts), ())


@dataclass
class _Schema:
    root: Mapping
    report: Report
    _values: int = field(default=0, init=False)

    def plain(self, node: Node, outer: tuple[str, ...]) -> Plain:
        """Return a part of the schema as JSON; references in `outer` lead to it."""
        self._values += 1
        match node:
            case Mapping():
                reference = node.text("$ref")
                if reference is not None:
                    return self._expand_reference(node, reference, outer)
                return {e.key: self.plain(e.value, outer) for e in node.entries}
            case Sequence():
                return [self.plain(item, outer) for item in node]
            case _:
                return node.plain()

    def _expand_reference(
        self, node: Mapping, reference: str, outer: tuple[str, ...]
    ) -> Plain:
        target = self._target(reference)
        if target is None or reference in outer or self._values > _MOST:
            message = f"the reference {quote(reference)} can't be compiled"
            hint = (
                "refer to `#/$defs/…` of the same schema, which may not contain itself"
            )
            self.report.add(Code.UNSUPPORTED, message, node.value_span("$ref"), hint)
            return {}
        value = self.plain(target, (*outer, reference))
        entries = node.drop("$ref").entries
        others = {entry.key: self.plain(entry.value, outer) for entry in entries}
        return {"allOf": [value], **others} if others else value

    def _target(self, reference: str) -> Mapping | None:
        start, *names = reference.split("/")
        node: Node | None = self.root if start == "#" else None
        for name in names:
            key = name.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node if isinstance(node, Mapping) else None


def declared_responses(
    unit: Unit, model: models.RestOperation, report: Report
) -> tuple[ir.DeclaredResponse, ...]:
    """Return the responses that a route declares, and check them."""
    if model.responses and model.binary_response is not None:
        message = "'responses' and 'responseBinary' exclude each other"
        span = model.node.key_span("responseBinary")
        report.add(Code.SEVERAL_CONTENTS, message, span)
    responses = (*_responses(model, report), *_binary(model))
    if any(body.is_binary for response in responses for body in response.bodies):
        _check_operation(unit, model, report)
    return responses


def _responses(
    model: models.RestOperation, report: Report
) -> Iterator[ir.DeclaredResponse]:
    for status, response in model.responses.items():
        bodies: list[ir.ResponseBody] = []
        for media_type, content in response.content.items():
            schema = None if content.binary else content.schema_
            value = whole_schema(schema, report) if schema else None
            bodies.append(ir.ResponseBody(media_type, content.binary, value))
        yield ir.DeclaredResponse(status, response.description, tuple(bodies))


def _binary(model: models.RestOperation) -> Iterator[ir.DeclaredResponse]:
    response = model.binary_response
    if response is not None:
        body = ir.ResponseBody(response.media_type, is_binary=True)
        yield ir.DeclaredResponse(str(response.status), response.description, (body,))


def _check_operation(unit: Unit, model: models.RestOperation, report: Report) -> None:
    """Report bytes as the answer of an operation that declares something else."""
    callers = unit.callers
    operation = callers[-1].declared.operation if callers else None
    if operation is not None and is_binary(operation) and not model.outputs:
        return
    key = "responseBinary" if model.binary_response is not None else "responses"
    subject = "the answer" if operation is None else quote(operation.name)
    message = f"{quote(key)} declares bytes, but {subject} isn't binary"
    report.add(Code.UNDECLARED_BINARY, message, model.node.key_span(key))
