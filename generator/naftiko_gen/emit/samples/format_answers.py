"""Sample responses in the format that an operation declares."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.samples.encoded_answers import avro_answer, protobuf_answer
from naftiko_gen.emit.samples.page_answers import html_answer, markdown_answer


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


def written_answer(operation: ir.Operation, document: Plain) -> WrittenAnswer | None:
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
    operation: ir.Operation, document: Plain
) -> tuple[Plain, str | bytes] | None:
    match operation.response_format, operation.schema:
        case ir.Format.YAML, _:
            # JSON is YAML as well.
            return document, json.dumps(document, ensure_ascii=False)
        case ir.Format.HTML, schema:
            return html_answer(schema, document)
        case ir.Format.MARKDOWN, schema:
            return markdown_answer(schema, document)
        case ir.Format.AVRO, ir.AvroSchema(value=value):
            return avro_answer(value, document)
        case ir.Format.PROTOBUF, ir.ProtobufSchema() as schema:
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


_NAME = re.compile(r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*")


def text_answer(document: Plain, response_format: ir.Format) -> Plain:
    """Return a document as a package reads it in a format; None if it has no such form.

    In XML, every array has two items, because an array of one looks like its item.
    """
    if response_format is ir.Format.XML:
        in_texts = _in_texts(document, 2)
        return in_texts if _is_xml(in_texts) else None
    in_texts = _in_texts(document, 1)
    return in_texts if _is_table(in_texts) else None


def _in_texts(value: Plain, items: int) -> Plain:
    match value:
        case None:
            return None
        case dict():
            return {name: _in_texts(member, items) for name, member in value.items()}
        case list():
            texts = [_in_texts(item, items) for item in value]
            return texts if len(texts) >= items else texts * items
        case _:
            return wire_text(value)


def _is_xml(value: Plain) -> bool:
    """Return whether elements can have the names and values of a document."""
    match value:
        case dict():
            names = all(_NAME.fullmatch(name) for name in value)
            return bool(value) and names and all(map(_is_child, value.values()))
        case list():
            return bool(value) and all(map(_is_xml, value))
        case _:
            return isinstance(value, str)


def _is_child(value: Plain) -> bool:
    is_nested = isinstance(value, list) and any(isinstance(i, list) for i in value)
    return _is_xml(value) and not is_nested


def _is_table(value: Plain) -> bool:
    """Return whether a document is a list of objects with equal names, all of texts."""
    if not isinstance(value, list) or not value:
        return False
    rows = [row for row in value if isinstance(row, dict) and row]
    cells = (cell for row in rows for cell in row.values())
    is_even = len(rows) == len(value) and len({tuple(row) for row in rows}) == 1
    return is_even and all(isinstance(cell, str) for cell in cells)
