"""Answers of consumed operations: their formats, schemas and examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.models import media_kind
from naftiko_gen.resolve.served_files import ServedFiles
from naftiko_gen.resolve.types import InputTypes

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
        key = operation.at("outputRawFormat")
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


@dataclass(frozen=True)
class AnswerSchemas:
    """Reader of the schemas of operations' responses."""

    files: ServedFiles
    report: Report

    def of(self, operation: models.ConsumedOperation) -> ir.AnswerSchema | None:
        """Return an operation's schema; None without one, or after reporting why."""
        text = operation.output_schema
        if not isinstance(text, str):
            return None
        match answer_format(operation):
            case ir.Format.HTML:
                from naftiko_gen.language.css_selectors import table_selector

                return self._parse_schema(operation, text, table_selector)
            case ir.Format.MARKDOWN:
                return ir.HeadingPrefix(text)
            case ir.Format.AVRO:
                from naftiko_gen.language.avro_schemas import avro_schema

                return self._of_file(operation, text, avro_schema)
            case ir.Format.PROTOBUF:
                from naftiko_gen.language.protobuf_schemas import protobuf_schema

                load = partial(self._imported_text, operation)
                parse = partial(protobuf_schema, load=load)
                return self._of_file(operation, text, parse)
            case _:
                raw = quote(operation.raw_format)
                message = f"answers in the format {raw} have no schema: it is ignored"
                span = operation.node.key_span("outputSchema")
                self.report.add(Code.IGNORED_SCHEMA, message, span)
                return None

    def type_of(self, operation: models.ConsumedOperation) -> ir.Type | None:
        """Return the declared type of an operation's responses in JSON."""
        schema = operation.output_schema
        if schema is None or isinstance(schema, str):
            return None
        span = operation.node.key_span("outputSchema")
        if answer_format(operation) is not ir.Format.JSON:
            raw = quote(operation.raw_format)
            message = f"answers in the format {raw} have no such schema: it is ignored"
            self.report.add(Code.IGNORED_SCHEMA, message, span)
            return None
        message = "the official language has no schema of JSON responses"
        self.report.add(Code.RESPONSE_SCHEMA, message, span)
        return InputTypes(self.report).type(schema)

    def _imported_text(
        self, operation: models.ConsumedOperation, path: str
    ) -> str | None:
        """Return the text of a file that a schema imports, None if there is none.

        Its path starts where the schema is, or where the file that names the schema is.
        """
        span = operation.at("outputSchema")
        schema = operation.node.text("outputSchema") or ""
        beside = PurePosixPath(schema).parent / path
        for location in dict.fromkeys((str(beside), path)):
            text = self.files.optional_text(location, span)
            if text is not None:
                return text
        return None

    def _of_file(
        self,
        operation: models.ConsumedOperation,
        location: str,
        parse: Callable[[str], ir.AnswerSchema],
    ) -> ir.AnswerSchema | None:
        text = self.files.text(location, operation.at("outputSchema"))
        return None if text is None else self._parse_schema(operation, text, parse)

    def _parse_schema(
        self,
        operation: models.ConsumedOperation,
        text: str,
        parse: Callable[[str], ir.AnswerSchema],
    ) -> ir.AnswerSchema | None:
        """Parse a schema; the diagnostic quotes the spec, and of a file only names."""
        try:
            return parse(text)
        except ir.SchemaError as error:
            schema = quote(operation.node.text("outputSchema") or "")
            message = f"{schema} can't be used: {error}"
            span = operation.at("outputSchema")
            self.report.add(Code.UNUSABLE_SCHEMA, message, span, error.remedy)
            return None


def response_example(
    operation: models.ConsumedOperation, report: Report
) -> ir.ResponseExample | None:
    """Return the example of an operation's responses, if it has one."""
    example = operation.example
    if example is None:
        return None
    message = "the official language has no examples of responses"
    report.add(Code.RESPONSE_SCHEMA, message, operation.node.key_span("outputExample"))
    return ir.ResponseExample(example.status, example.media_type, example.text)
