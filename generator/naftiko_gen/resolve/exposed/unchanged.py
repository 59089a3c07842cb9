"""Responses that are passed on unchanged: their media types, and limits of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models
from naftiko_gen.language.models.scalars import DEFAULT_SIZE, LARGEST_SIZE, bytes_of

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.catalogue import DeclaredOperation
    from naftiko_gen.resolve.units import Unit


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
    if not is_binary(operation):
        if own is not None:
            span = operation.node.key_span("maxBinarySize")
            message = "'maxBinarySize' is ignored: the responses aren't binary"
            report.add(Code.IGNORED_KEY, message, span)
        return None
    if own is not None:
        return _cap_size(own, operation.node.value_span("maxBinarySize"), report)
    if unit.size_limit is None:
        return DEFAULT_SIZE
    return min(bytes_of(unit.size_limit), LARGEST_SIZE)


def check_size(adapter: models.Rest | models.Mcp, report: Report) -> None:
    """Report a limit of an adapter that is too large."""
    if adapter.size_limit is not None:
        span = adapter.node.value_span("maxBinarySize")
        _cap_size(adapter.size_limit, span, report)


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
        bodies = [
            media_type
            for status, response in model.responses.items()
            for media_type, content in response.content.items()
            if status.startswith("2") and content.binary
        ]
        if len(set(bodies)) == 1:
            return bodies[0]
    return model.advertised
