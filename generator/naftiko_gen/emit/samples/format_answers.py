"""Sample responses in the format that an operation declares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.samples.avro_answers import avro_answer
from naftiko_gen.emit.samples.page_answers import html_answer, markdown_answer
from naftiko_gen.emit.samples.protobuf_answers import protobuf_answer
from naftiko_gen.ir import AvroSchema, Format, ProtobufSchema

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Operation


@dataclass(frozen=True)
class WrittenAnswer:
    """A response in a format.

    Attributes:
        value: The value that a package reads from it.
        has_types: Whether all values of the wished document have their types in it.
    """

    value: Plain
    content: str | bytes
    media_type: str
    has_types: bool


def written_answer(operation: Operation, document: Plain) -> WrittenAnswer | None:
    """Return a response with all parts of a document.

    None if the format can't have them, or is one that `text_answers` knows.
    """
    answer, form = _write_answer(operation, document), operation.response_format
    if form is None or answer is None or not _has_parts(answer[0], document):
        return None
    value, content = answer
    [media_type, *_] = form.value.media_types
    return WrittenAnswer(value, content, media_type, _has_types(value, document))


def _write_answer(
    operation: Operation, document: Plain
) -> tuple[Plain, str | bytes] | None:
    match operation.response_format, operation.schema:
        case Format.YAML, _:
            # JSON is YAML as well.
            return document, json.dumps(document, ensure_ascii=False)
        case Format.HTML, schema:
            return html_answer(schema, document)
        case Format.MARKDOWN, schema:
            return markdown_answer(schema, document)
        case Format.AVRO, AvroSchema(value=value):
            return avro_answer(value, document)
        case Format.PROTOBUF, ProtobufSchema() as schema:
            return protobuf_answer(schema, document)
        case _:
            return None


def _has_parts(value: Plain, document: Plain) -> bool:
    """Return whether a value has all members and items of a document."""
    match value, document:
        case _, None:
            return True
        case dict(), dict():
            return all(
                name in value and _has_parts(value[name], member)
                for name, member in document.items()
            )
        case list(), list():
            return len(value) >= len(document) and all(map(_has_parts, value, document))
        case _:
            return not isinstance(document, dict | list)


def _has_types(value: Plain, document: Plain) -> bool:
    match value, document:
        case _, None:
            return True
        case dict(), dict():
            return all(
                _has_types(value[name], member) for name, member in document.items()
            )
        case list(), list():
            return all(map(_has_types, value, document))
        case int() | float(), float():
            return not isinstance(value, bool)
        case _:
            return type(value) is type(document)
