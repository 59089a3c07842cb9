"""Responses that a route declares, for the documents about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.exposed.response_schemas import whole_schema
from naftiko_gen.resolve.exposed.unchanged import is_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit


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
        bodies = tuple(
            _body(media_type, content, report)
            for media_type, content in response.content.items()
        )
        yield ir.DeclaredResponse(status, response.description, bodies)


def _body(
    media_type: str, content: models.ResponseContent, report: Report
) -> ir.ResponseBody:
    schema = None if content.binary else content.schema_
    if schema is None:
        return ir.ResponseBody(media_type, content.binary)
    json_schema = whole_schema(schema, report)
    return ir.ResponseBody(media_type, is_binary=False, schema=json_schema)


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
