"""Tables of HTML documents: their values, selectors and limits."""

from typing import Any

import pytest
from cssselect import HTMLTranslator
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from case_tables import in_table
from naftiko_gen.language.css_selectors import table_selector
from naftiko_runtime.outputs.html import DEEPEST, MOST, Part, html_document, html_tables
from naftiko_runtime.transport import Reply

HTML = ((b"content-type", b"text/html"),)


def reply(body: str | bytes, charset: str = "") -> Reply:
    content = body.encode() if isinstance(body, str) else body
    headers = ((b"content-type", f"text/html{charset}".encode()),)
    return Reply(200, headers, content)


def tables(body: str | bytes, charset: str = "") -> Any:
    return html_document(reply(body, charset))["tables"]


def parts(selector: str) -> list[tuple[Part, ...]]:
    """Return a selector as packages declare it."""
    return [
        tuple(
            Part(part.name, part.tests, part.combinator, part.child, part.of_type)
            for part in alternative
        )
        for alternative in table_selector(selector).selectors
    ]


def select(body: str, selector: str) -> Any:
    return html_tables(*parts(selector))(reply(body))["tables"]


@in_table
def test_rows_become_objects(rows: str, records: object) -> None:
    assert tables(f"<table>{rows}</table>") == [records]


@pytest.mark.parametrize(
    "body", ["", " ", "<p>x", "<table><tr><td>1", '{"a": 1}', "\0"]
)
def test_documents_without_headers_have_no_tables(body: str) -> None:
    assert tables(body) == []


def test_tables_inside_tables_follow_them() -> None:
    inner = "<table><tr><th>B<tr><td>2</table>"
    body = f"<table><tr><th>A<tr><td>1 {inner}</table><table><tr><th>C</table>"
    assert tables(body) == [[{"A": "1 B 2"}], [{"B": "2"}], []]


@in_table
def test_charsets_are_read(text: str, charset: str, encoding: str) -> None:
    body = f"<table><tr><th>A<tr><td>{text}</table>".encode(encoding)
    assert tables(body, charset) == [[{"A": text}]]


def test_a_charset_in_the_document_does_not_override_utf_8() -> None:
    assert tables("<meta charset=utf-7><table><tr><th>A<tr><td>+AOk-é") == [
        [{"A": "+AOk-é"}]
    ]


def test_a_declared_charset_is_read() -> None:
    head = b"<meta charset=shift_jis><table><tr><th>A<tr><td>"
    assert tables(head + "日本".encode("shift_jis")) == [[{"A": "日本"}]]


# --- selectors ---

NAMES = st.sampled_from(["div", "p", "section", "table"])
ATTRIBUTES = st.sampled_from(
    ["", " class=a", " class='b a'", " id=c", " data-k='a-b'", " data-k=b"]
)
SIMPLE = st.builds(
    "{}{}{}".format,
    st.sampled_from(["div", "section", "table"]),
    st.sampled_from(["", ".a", "#c", "[data-k]", "[data-k=b]", "[class~='a']"]),
    st.sampled_from(
        ["", ":first-child", ":nth-child(2)", ":nth-of-type(2)", ":first-of-type"]
    ),
)
ANY = st.sampled_from(["*", ".a", "#c", "*.b:first-child", "[data-k]"])
OPERATORS = st.sampled_from(["|=", "^=", "$=", "*="]).map("table[data-k{}'a']".format)
SELECTORS = st.lists(
    st.lists(st.one_of(SIMPLE, ANY, OPERATORS), min_size=1, max_size=3).flatmap(
        lambda pieces: st.lists(
            st.sampled_from([" ", " > ", " + ", " ~ ", ">"]),
            min_size=len(pieces) - 1,
            max_size=len(pieces) - 1,
        ).map(lambda between: join_selectors(pieces, between))
    ),
    min_size=1,
    max_size=2,
).map(", ".join)


def join_selectors(pieces: list[str], between: list[str]) -> str:
    return pieces[0] + "".join(
        f"{combinator}{part}"
        for combinator, part in zip(between, pieces[1:], strict=True)
    )


def element(name: str, attributes: str, inside: list[str]) -> str:
    if name == "table":
        return f"<table{attributes}><tr><th>{{}}<tr><td>{''.join(inside)}</table>"
    name = "div" if name == "p" and inside else name
    return f"<{name}{attributes}>{''.join(inside)}</{name}>"


TREES = st.recursive(
    st.builds(element, NAMES, ATTRIBUTES, st.just([])),
    lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=3)),
    max_leaves=8,
)


@given(TREES, SELECTORS)
@pytest.mark.slow
def test_selectors_select_elements_as_the_standard(tree: str, selector: str) -> None:
    pieces = f"<body>{tree}</body>".split("{}")
    body = "".join(f"{piece}{at}" for at, piece in enumerate(pieces[:-1]))
    body += pieces[-1].replace("<body>", "", 1) if len(pieces) > 1 else pieces[0]
    root = etree.HTML(body)
    xpath = HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::")
    found_by_library = root.xpath(xpath)
    assert isinstance(found_by_library, list)
    elements = {*found_by_library}
    expected = [
        str(table.xpath("normalize-space((tr|*/tr)[1]/th)"))
        for table in root.iter("table")
        if elements & {table, *table.iterancestors()}
    ]
    all_rows = html_tables(*parts(selector))(reply(body.replace("<td>", "<td>x")))[
        "tables"
    ]
    assert [next(iter(rows[0])) for rows in all_rows] == expected


def test_tables_inside_of_selected_elements_are_read() -> None:
    body = "<table><tr><th>A<tr><td>1</table><div id=x><p><table><tr><th>B<tr><td>2"
    assert select(body, "#x") == [[{"B": "2"}]]
    assert select(body, "#x, table") == [[{"A": "1"}], [{"B": "2"}]]
    assert select(body, "#y") == []


# --- limits ---


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * (DEEPEST + 1),
        "<table><tr><td>" * 20,
        "<br>" * (MOST + 1),
        "<table><tr>" + "<th>A" * 2_000 + "<tr><td>1" * 2_000,
        ("<table><tr>" + "<th>A" * 500 + "<tr><td>1" * 500 + "</table>") * 5,
        "<table><tr>" + "<td><div>" * 11,
    ],
    ids=[
        *("deep", "deep tables", "many elements", "many cells"),
        *("cells of many tables", "deep cells"),
    ],
)
@pytest.mark.slow
def test_too_large_documents_are_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"too many|nested too deeply"):
        tables(body)


@pytest.mark.parametrize(
    "body",
    [
        "<a " + " ".join(f"a{at}=1" for at in range(50_000)) + ">",
        "<" * 200_000,
        "<!--" * 100_000,
        "&amp" * 100_000,
        "<b>" * 200 + "<p>x" * 50_000,
        "</p>" * 100_000,
        "<table>" + "x<tr>" * 20_000,
    ],
)
def test_strange_documents_are_read_at_once(body: str) -> None:
    assert tables(body) == []
