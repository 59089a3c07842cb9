"""Formats of upstream responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.models import media_kind

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models

_FORMATS = {format_.name.lower(): format_ for format_ in ir.Format}
_BYTES = ("application/octet-stream",)
_TEXT = ("text/plain",)


def answer_format(operation: models.ConsumedOperation) -> ir.Format | None:
    """Return the format of an operation's response, or None if it can't be parsed."""
    return _FORMATS.get(operation.raw_format.lower())


def check_readable(
    operation: models.ConsumedOperation, span: Span, report: Report
) -> None:
    """Report responses that can't be read, at the place that needs them."""
    format_ = answer_format(operation)
    if format_ is None:
        message = f"an answer in the format {quote(operation.raw_format)} can't be read"
        report.add(Code.UNSUPPORTED, message, span)
    elif format_.value.needs_schema and operation.output_schema is None:
        raw = quote(operation.raw_format)
        message = f"an answer in the format {raw} can't be read without 'outputSchema'"
        key = operation.node.value_span("outputRawFormat")
        report.add_first(Code.MISSING_SCHEMA, message, key, key)


def media_types(operation: models.ConsumedOperation) -> tuple[str, ...]:
    """Return the media types of an operation's response; an unknown format is bytes.

    JSON is the default: an example knows better.
    """
    example = operation.example.media_type if operation.example else None
    is_json = answer_format(operation) is ir.Format.JSON
    if is_json and example and media_kind(example) != "json":
        return (example,)
    if format_ := answer_format(operation):
        return format_.value.media_types
    return _TEXT if operation.raw_format.lower() == "text" else _BYTES
