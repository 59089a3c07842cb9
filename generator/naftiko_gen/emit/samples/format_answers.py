"""Sample responses in the format that an operation declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.samples.encoded_answers import avro_answer, protobuf_answer
from naftiko_gen.emit.samples.mock_values import TEXT


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
    return WrittenAnswer(
        value, content, media_type, _has_parts(value, document, with_types=True)
    )


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


def _has_parts(value: Plain, document: Plain, *, with_types: bool = False) -> bool:
    """Return whether a value has the parts of a document, maybe with their types."""
    match value, document:
        case _, None:
            return True
        case dict(), dict():
            return all(
                name in value and _has_parts(value[name], member, with_types=with_types)
                for name, member in document.items()
            )
        case list(), list():
            are_parts = map(partial(_has_parts, with_types=with_types), value, document)
            return len(value) >= len(document) and all(are_parts)
        case int() | float(), float() if with_types:
            return not isinstance(value, bool)
        case _ if with_types:
            return type(value) is type(document)
        case _:
            return not isinstance(document, dict | list)


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


WrittenPage = tuple[Plain, str | bytes]
"""A document as a package reads it, and its text."""
Rows = list[dict[str, Plain]]
"""A table, whose cells are texts."""

_PLAIN = re.compile(r"\S+( \S+)*")
"""A text that stays as it is in pages."""
_MARK = re.compile(r"[!#$%&()*+.:;<=>@\[\\\]^_`{|}~-]")
_PREFIX = re.compile(r"(#{1,6}) +")
_CONTAINERS = frozenset(("", "article", "body", "div", "html", "main", "section"))
_TABLES = frozenset(("", "table"))


def html_answer(schema: ir.AnswerSchema | None, document: Plain) -> WrittenPage | None:
    """Return a page with the tables of a document, where a selector finds them.

    None if the document has other parts, or the selector needs more than one element
    inside another.
    """
    tables = _tables(document)
    selector = schema.selectors[0] if isinstance(schema, ir.TableSelector) else ()
    is_table = not selector or selector[-1].name in _TABLES
    around = selector[:-1] if is_table else selector
    is_simple = all(map(_is_simple, selector)) and all(
        part.name in _CONTAINERS for part in around
    )
    if tables is None or not is_simple:
        return None
    table = _start(selector[-1], "table") if selector and is_table else "<table>"
    start_tags = [_start(part, "div") for part in around]
    inside = [line for rows in tables for line in (table, *_html_rows(rows))]
    end_tags = [f"</{part.name or 'div'}>" for part in reversed(around)]
    lines = ("<!doctype html>", *start_tags, *inside, *end_tags)
    return {"tables": [*map(_plain, tables)]}, "".join(f"{line}\n" for line in lines)


def markdown_answer(
    schema: ir.AnswerSchema | None, document: Plain
) -> WrittenPage | None:
    """Return a page with the front matter, tables and sections of a document.

    None if the document has other parts.
    """
    tables = _tables(document)
    if tables is None or not isinstance(document, dict | None):
        return None
    members = document or {}
    front, entries = members.get("frontMatter") or {}, members.get("sections") or []
    if not isinstance(front, dict) or not isinstance(entries, list):
        return None
    prefix = schema.text if isinstance(schema, ir.HeadingPrefix) else ""
    sections = [_section(prefix, section) for section in entries]
    parts = [*_front_matter(front), *map(_markdown_table, tables)]
    parts += map(_markdown_section, sections)
    value: Plain = {
        "frontMatter": front,
        "tables": [*map(_plain, tables)],
        "sections": [*sections],
    }
    return value, "\n".join(parts) or "\n"


def _front_matter(front: Mapping[str, Plain]) -> Iterator[str]:
    if front:
        head = "".join(
            f"{_json(key)}: {_json(value)}\n" for key, value in front.items()
        )
        yield f"---\n{head}---\n"


def _tables(document: Plain) -> list[Rows] | None:
    """Return the tables of a document, whose values are texts; None if it has none."""
    tables = document.get("tables") if isinstance(document, dict) else None
    rows = [_rows(table) for table in tables] if isinstance(tables, list) else []
    return None if None in rows else [table for table in rows if table is not None]


def _rows(table: Plain) -> Rows | None:
    items = table if isinstance(table, list) else [None]
    rows = [row if isinstance(row, dict) else {} for row in items]
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["name"]
    if not all(map(_PLAIN.fullmatch, names)):
        return None
    return [{name: _cell(row.get(name)) for name in names} for row in rows]


def _plain(rows: Rows) -> Plain:
    return [*rows]


def _cell(value: Plain) -> str:
    text = TEXT if value is None else wire_text(value)
    return text if _PLAIN.fullmatch(text) else TEXT


# --- HTML ---


def _is_simple(part: ir.SelectorPart) -> bool:
    """Return whether a part may select an element by itself, or in another."""
    exact_names = [name for name, operator, _ in part.tests if operator != "~="]
    words = {name for name, operator, _ in part.tests if operator == "~="}
    return (
        part.combinator in (" ", ">")
        and part.child in (None, 1)
        and part.of_type in (None, 1)
        and len(exact_names) == len({*exact_names})
        and words.isdisjoint(exact_names)
    )


def _start(part: ir.SelectorPart, name: str) -> str:
    values: dict[str, str] = {}
    for attribute, _, value in part.tests:
        values[attribute] = f"{values.get(attribute, '')} {value}".strip()
    attributes = [f' {key}="{escape(value)}"' for key, value in values.items()]
    return f"<{part.name or name}{''.join(attributes)}>"


def _html_rows(rows: Rows) -> Iterator[str]:
    yield _html_row("th", list(rows[0]))
    for row in rows:
        yield _html_row("td", list(row.values()))
    yield "</table>"


def _html_row(element: str, cells: Sequence[Plain]) -> str:
    elements = (f"<{element}>{escape(str(cell))}</{element}>" for cell in cells)
    return f"<tr>{''.join(elements)}</tr>"


# --- Markdown ---


def _section(prefix: str, wanted: Plain) -> dict[str, Plain]:
    members = wanted if isinstance(wanted, dict) else {}
    level = _PREFIX.match(prefix)
    words = (prefix[level.end() :] if level else prefix).strip()
    heading = " ".join(f"{words} {_cell(members.get('heading'))}".split())
    return {
        "heading": heading,
        "level": len(level[1]) if level else 1,
        "content": _cell(members.get("content")),
    }


def _markdown_section(section: dict[str, Plain]) -> str:
    level, heading = section["level"], _escape(str(section["heading"]))
    marks = "#" * level if isinstance(level, int) else "#"
    return f"{marks} {heading}\n\n{_escape(str(section['content']))}\n"


def _markdown_table(rows: Rows) -> str:
    names = [_escape(name) for name in rows[0]]
    cells = [[_escape(str(cell)) for cell in row.values()] for row in rows]
    lines = (names, ["---"] * len(names), *cells)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _json(value: Plain) -> str:
    # JSON is YAML as well.
    return json.dumps(value, ensure_ascii=False)


def _escape(text: str) -> str:
    return _MARK.sub(lambda mark: f"\\{mark[0]}", text)
