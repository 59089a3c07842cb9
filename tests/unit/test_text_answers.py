"""Sample responses in XML and separated values: packages read them as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from naftiko_gen.emit.samples.format_answers import text_answer
from naftiko_gen.ir import Format
from naftiko_runtime.outputs.shapes import csv_rows, psv_rows, tsv_rows
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.testing.formats import table_reply, xml_reply

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

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
