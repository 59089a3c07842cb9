"""Sample responses in several formats: packages read the values that were written."""

from pathlib import Path
from typing import Any

import pytest

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.samples.encoded_answers import avro_answer, protobuf_answer
from naftiko_gen.emit.samples.format_answers import (
    html_answer,
    markdown_answer,
    text_answer,
)
from naftiko_gen.ir import Format, HeadingPrefix
from naftiko_gen.language.avro_schemas import avro_schema
from naftiko_gen.language.css_selectors import table_selector
from naftiko_gen.language.protobuf_schemas import protobuf_schema
from naftiko_runtime.outputs.avro import avro_reader
from naftiko_runtime.outputs.html import Part, html_document, html_tables
from naftiko_runtime.outputs.markdown import markdown_document, markdown_sections
from naftiko_runtime.outputs.protobuf import protobuf_reader
from naftiko_runtime.outputs.shapes import csv_rows, psv_rows, tsv_rows
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.testing import content_reply, table_reply, xml_reply

AVRO = Path(__file__).with_name("format_answers.avsc").read_text("utf-8")
PROTOBUF = Path(__file__).with_name("format_answers.proto").read_text("utf-8")
WISHES: list[Plain] = [
    None,
    {"name": "x"},
    {"name": "ü" * 100, "kind": "A", "owner": "y", "owners": ["z"], "flags": {"f": 1}},
    {"owners": "B", "imo": -(2**40), "length": 1.25},
]


@pytest.mark.parametrize("wish", WISHES)
def test_avro_is_read_as_it_is_written(wish: Plain) -> None:
    schema = avro_schema(AVRO).value
    value, content = avro_answer(schema, wish)
    assert avro_reader(schema)(content_reply("application/avro", content)) == value
    assert isinstance(value, dict)
    members = wish if isinstance(wish, dict) else {}
    assert {name: value[name] for name in members} == members


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, {}),
        ({"name": "x"}, {"name": "x"}),
        (
            {"name": "x", "ports": [None, {"berth": None}], "kind": "A", "since": None},
            {
                "name": "x",
                "ports": [{"name": "text", "berth": 10}, {"name": "text", "berth": 10}],
                "kind": "A",
                "since": "1970-01-01T00:00:07Z",
            },
        ),
        ({"flags": {"f": 3}, "rate": None}, {"flags": {"f": 3}, "rate": 0.5}),
        ({"person": "p", "port": {"name": "q"}}, {"person": "p"}),
    ],
)
def test_protobuf_is_read_as_it_is_written(
    wish: Plain, expected: dict[str, object]
) -> None:
    schema = protobuf_schema(PROTOBUF, load=lambda _: None)
    answer = protobuf_answer(schema, wish)
    assert answer is not None
    value, content = answer
    files: list[Any] = schema.files
    read = protobuf_reader(schema.message, *files)(
        content_reply("application/x-protobuf", content)
    )
    assert isinstance(value, dict)
    assert without_defaults(read, value) == value
    assert {name: value[name] for name in expected} == expected


def without_defaults(read: Any, value: Any) -> Any:
    """Return only the members that were written, also inside."""
    match read, value:
        case dict(), dict():
            return {name: without_defaults(read[name], value[name]) for name in value}
        case list(), list():
            return list(map(without_defaults, read, value))
        case _:
            return read


def test_a_message_that_requires_itself_has_no_sample() -> None:
    text = 'syntax = "proto2"; message A { required A a = 1; }'
    schema = protobuf_schema(text, load=lambda _: None)
    assert protobuf_answer(schema, {}) is None


TABLES: Plain = {"tables": [[{"a b": "<x>", "c|d": 1}, {"c|d": "# 1. *y*"}], None]}
READ: Plain = [
    [{"a b": "<x>", "c|d": "1"}, {"a b": "text", "c|d": "# 1. *y*"}],
    [{"name": "text"}],
]


@pytest.mark.parametrize(
    "text",
    ["table", ".t", "#x", "main .t.u[lang|='en'] > table[x]", "section.s", "div, p"],
)
def test_html_is_found_by_its_selector(text: str) -> None:
    selector = table_selector(text)
    answer = html_answer(selector, TABLES)
    assert answer is not None
    value, page = answer
    [parts, *_] = selector.selectors
    read = html_tables(
        [Part(part.name, part.tests, combinator=part.combinator) for part in parts]
    )
    assert read(content_reply("text/html", page)) == value == {"tables": READ}


def test_html_needs_no_selector() -> None:
    answer = html_answer(None, TABLES)
    assert answer is not None
    value, page = answer
    assert html_document(content_reply("text/html", page)) == value


@pytest.mark.parametrize("text", ["a + table", "p table", "table:nth-child(2)", "tr"])
def test_some_selectors_have_no_sample(text: str) -> None:
    assert html_answer(table_selector(text), TABLES) is None


@pytest.mark.parametrize("prefix", ["", "Results", "## ", "### A *b*"])
def test_markdown_is_read_as_it_is_written(prefix: str) -> None:
    schema = HeadingPrefix(prefix) if prefix else None
    wish: Plain = {
        "frontMatter": {"title": "ü: x", "on": True, "tags": ["no", 2.5, None]},
        "sections": [{"heading": "1. #x", "content": "- *a*  |"}, None],
    }
    assert isinstance(wish, dict)
    assert isinstance(TABLES, dict)
    answer = markdown_answer(schema, {**wish, **TABLES})
    assert answer is not None
    value, page = answer
    read = markdown_sections(prefix) if prefix else markdown_document
    assert read(content_reply("text/markdown", page)) == value
    assert isinstance(value, dict)
    assert value["frontMatter"] == wish["frontMatter"]
    assert value["tables"] == READ


@pytest.mark.parametrize(
    "wish", [{"tables": [[{"a  b": "x"}]]}, {"frontMatter": ["x"]}, {"sections": "x"}]
)
def test_a_page_may_have_no_such_parts(wish: Plain) -> None:
    assert markdown_answer(None, wish) is None


READERS = {Format.CSV: csv_rows, Format.TSV: tsv_rows, Format.PSV: psv_rows}
DOCUMENTS: list[Plain] = [
    {"a": "x", "b": {"c": 1, "d": True}},
    {"ship": [{"crew": [{"id": 2.5}], "name": "<&\"'>ü"}]},
    {"a": {"b": ["x", "y", "z"]}},
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_xml_is_read_as_it_is_written(document: Plain) -> None:
    answer = text_answer(document, Format.XML)
    assert answer is not None
    assert xml_document(xml_reply(answer)) == answer


def test_a_list_is_the_children_of_the_root() -> None:
    answer = text_answer([{"a": 1}], Format.XML)
    assert xml_document(xml_reply(answer)).as_array() == answer == [{"a": "1"}] * 2


@pytest.mark.parametrize("kind", READERS)
def test_a_table_is_read_as_it_is_written(kind: Format) -> None:
    rows: Plain = [{"a b": 'x,"|\t', "c": 1}, {"a b": "", "c": False}]
    answer = text_answer(rows, kind)
    assert isinstance(answer, list)
    cells = [
        {k: str(v) for k, v in row.items()} for row in answer if isinstance(row, dict)
    ]
    assert READERS[kind](table_reply(cells, str(kind.value.separator))) == answer


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (None, Format.XML),
        ("text", Format.CSV),
        ({}, Format.XML),
        ({"a": {}}, Format.XML),
        ({"a": None}, Format.XML),
        ({"a b": "x"}, Format.XML),
        ({"xmlns": "x"}, Format.XML),
        ({"a": [["x"]]}, Format.XML),
        ([], Format.CSV),
        ([{}], Format.CSV),
        ([{"a": ["x"]}], Format.CSV),
        ([{"a": "x"}, {"b": "x"}], Format.CSV),
        ({"a": "x"}, Format.CSV),
    ],
)
def test_a_document_may_have_no_such_form(document: Plain, kind: Format) -> None:
    assert text_answer(document, kind) is None
