"""Converters of responses: the steps that their worst documents take, and limits."""

from collections.abc import Callable
from functools import partial

import pytest

from naftiko_runtime.outputs import html, markdown
from naftiko_runtime.outputs.html import html_document
from naftiko_runtime.outputs.markdown import markdown_document
from naftiko_runtime.outputs.shapes import Read, csv_rows
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.outputs.yaml import yaml_document
from naftiko_runtime.transport import Reply
from steps import IN_PROPORTION, steps_of

MARKDOWN = (b"[", b"![", b"[[a]", b"![](", b"*a_ ", b"a|b\n-|-\n", b"# a\n", b"`a``b")
HTML = (b"<", b"<!--", b"&amp", b"</p>", b"<b>x</b>", b"<tr><td>x", b"\0", b"<br x=1>")


def reply(body: bytes) -> Reply:
    return Reply(200, (), body)


def cell(piece: bytes, count: int) -> bytes:
    return b"<table><tr><th>A<tr><td>" + piece * count


def attributes(count: int) -> bytes:
    return b"<a %b/>" % b" ".join(b'a%d="1"' % at for at in range(count))


def members(count: int) -> bytes:
    return b"".join(b"a%d: 1\n" % at for at in range(count))


def elements(count: int) -> bytes:
    return b"<a>%b</a>" % b"".join(b"<b%d/>" % at for at in range(count))


def rows(count: int) -> bytes:
    return b"a,b\n" + b'"1\n",2\n' * count


@pytest.mark.parametrize(
    ("read", "document"),
    [
        *((markdown_document, piece.__mul__) for piece in MARKDOWN),
        *((html_document, partial(cell, piece)) for piece in HTML),
        (xml_document, attributes),
        (xml_document, elements),
        (yaml_document, members),
        (csv_rows, rows),
    ],
)
def test_the_steps_are_in_proportion_to_the_document(
    read: Read, document: Callable[[int], bytes]
) -> None:
    single = steps_of(partial(read, reply(document(150))))
    double = steps_of(partial(read, reply(document(300))))
    assert double <= IN_PROPORTION * single


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (markdown_document, b"[" * (markdown.MOST_BRACKETS + 1)),
        (markdown_document, b"![" * 49_000),
        (html_document, b"<" * (html.MOST_BYTES + 1)),
        (html_document, b"<!--" * 4_000_000),
        (xml_document, elements(250_000)),
        (yaml_document, members(100_001)),
        (csv_rows, rows(250_000)),
    ],
)
def test_documents_that_would_delay_other_calls_are_refused(
    read: Read, body: bytes
) -> None:
    with pytest.raises(ValueError, match=r"too many|too long"):
        read(reply(body))


def test_as_many_attributes_as_a_document_may_have_are_read() -> None:
    assert len(xml_document(reply(attributes(199_000)))) == 199_000
