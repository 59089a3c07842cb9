"""Markdown documents: front matter, tables, sections and limits."""

from typing import Any

import pytest

from case_tables import in_table
from naftiko_runtime.outputs.markdown import (
    MOST_BYTES,
    markdown_document,
    markdown_sections,
)
from naftiko_runtime.transport import Reply

MARKDOWN = ((b"content-type", b"text/markdown"),)


def read(body: str | bytes) -> Any:
    content = body.encode() if isinstance(body, str) else body
    return markdown_document(Reply(200, MARKDOWN, content))


def sections(body: str, prefix: str) -> list[str]:
    document = markdown_sections(prefix)(Reply(200, MARKDOWN, body.encode()))
    return [section["heading"] for section in document["sections"]]


@in_table
def test_front_matter_is_yaml(body: str, matter: object) -> None:
    assert read(body)["frontMatter"] == matter


@in_table
def test_tables_at_the_top_are_read(body: str, tables: object) -> None:
    assert read(body)["tables"] == tables


def test_sections_have_the_text_up_to_the_next_heading() -> None:
    body = (
        "lost\n\n# A *b*\nx **y**\nz\n\n- one\n- two\n\n|T|\n|-|\n|1|\n\n"
        "```py\ncode\n```\n\nC\n---\n<b>h</b> &amp; \\*\n"
    )
    assert read(body)["sections"] == [
        {"heading": "A b", "level": 1, "content": "x y z\none\ntwo\ncode"},
        {"heading": "C", "level": 2, "content": "h & *"},
    ]


def test_headings_are_chosen_by_their_start() -> None:
    body = "# Results\n## Results of A\n### Results\n## Other\n"
    assert sections(body, "Results") == ["Results", "Results of A", "Results"]
    assert sections(body, "## Results") == ["Results of A"]
    assert sections(body, "##") == []
    assert sections(body, "## ") == ["Results of A", "Other"]
    # No heading begins with white space.
    assert sections(body, " \n\u3000") == sections(body, "")
    assert sections(body, "##   Results") == ["Results of A"]


@pytest.mark.parametrize(
    "body",
    [
        "a" * (MOST_BYTES + 1),
        "---\na: [\n---\n",
        "---\n" + "[" * 5_000 + "\n---\n",
        "---\na: .nan\n---\n",
        b"\xff",
    ],
)
def test_other_documents_are_refused(body: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(body)


@pytest.mark.parametrize(
    "piece",
    [">", "> ", "[", "![", "*a_ ", "`", "<", "[](", "|", "- ", "# a\n", "a\n=\n", "\\"],
)
@pytest.mark.slow
def test_strange_documents_are_read(piece: str) -> None:
    document = read(piece * (10_000 // len(piece)))
    assert {*document} == {"frontMatter", "tables", "sections"}
