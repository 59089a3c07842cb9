"""Styles of lists and objects: the examples of OpenAPI, and others by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.forms import deep_parts, field_parts, file_parts, form_body
from naftiko_runtime.upstream.requests import query_text
from naftiko_runtime.values import (
    Deep,
    delimited_items,
    delimited_text,
    exploded_members,
    reserved,
    reserved_parts,
)

if TYPE_CHECKING:
    from naftiko_runtime.upstream.requests import Pairs

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("pairs", "query"),
    [
        # The table "Style Examples" of OpenAPI, whose parameter is called color.
        ([("color", delimited_items(",", COLORS))], "?color=blue,black,brown"),
        ([("color", delimited_items(",", RGB))], "?color=R,100,G,200,B,150"),
        ([("color", delimited_items("%20", COLORS))], "?color=blue%20black%20brown"),
        ([("color", delimited_items("%7C", COLORS))], "?color=blue%7Cblack%7Cbrown"),
        (exploded_members("color", RGB).items(), "?R=100&G=200&B=150"),
        (
            exploded_members("color", COLORS).items(),
            "?color=blue&color=black&color=brown",
        ),
        (
            [("color", Deep(RGB))],
            "?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
        ),
        # An item's comma isn't one between items.
        ([("c", delimited_items(",", ["a,b", "ü"]))], "?c=a%2Cb,%C3%BC"),
        ([("c", delimited_items(",", "a,b"))], "?c=a%2Cb"),
        ([("c", delimited_items(",", []))], ""),
        ([("c", delimited_items(",", None))], ""),
        (exploded_members("c", None).items(), ""),
        ([("c", Deep(None))], ""),
        ([("c", Deep(5))], "?c=5"),
        (
            [("c", Deep({"a": {"b": [True, {"d": "x y"}]}, "n": None}))],
            "?c%5Ba%5D%5Bb%5D%5B0%5D=true&c%5Ba%5D%5Bb%5D%5B1%5D%5Bd%5D=x%20y",
        ),
    ],
)
def test_a_query_has_the_style(pairs: Pairs, query: str) -> None:
    assert query_text(pairs) == query


def test_a_form_has_the_styles_of_its_fields() -> None:
    form = {
        "a": delimited_items(",", ["x y", "z"]),
        "m": Deep({"k": "x y"}),
        "b": "x y",
    }
    content = form_body(form)

    assert content
    assert content.data == b"a=x%20y,z&m%5Bk%5D=x+y&b=x+y"


def test_a_part_has_a_name_for_each_value() -> None:
    assert list(deep_parts("m", {"k": "v", "n": [1]})) == [
        b'Content-Disposition: form-data; name="m[k]"\r\n\r\nv',
        b'Content-Disposition: form-data; name="m[n][0]"\r\n\r\n1',
    ]
    assert delimited_text("|", ["a b", 2]) == "a b|2"


def test_a_field_may_have_a_type() -> None:
    assert list(field_parts("f", {"a": 1}, "application/json")) == [
        b'Content-Disposition: form-data; name="f"\r\n'
        b'Content-Type: application/json\r\n\r\n{"a":1}',
    ]


def test_reserved_characters_are_sent_as_they_are() -> None:
    pairs: Pairs = [
        ("a", reserved("/:?@!$'()*,;=")),
        ("b", reserved(["&#+[]", "%2f%"])),
        ("c", delimited_items(",", reserved_parts(["x/y", "ü&"]))),
        ("d", Deep(reserved_parts({"k": "a:b", "n": None}))),
        ("e", reserved(None)),
    ]
    assert query_text(pairs) == (
        "?a=/:?@!$'()*,;=&b=%26%23%2B%5B%5D&b=%2f%25&c=x/y,%C3%BC%26&d%5Bk%5D=a:b"
    )
    with pytest.raises(InvalidInputError):
        reserved("\ud800")


def test_a_part_has_further_headers() -> None:
    headers = [("X-A", 1), ("X-B", None)]
    assert list(field_parts("f", "v", headers=headers)) == [
        b'Content-Disposition: form-data; name="f"\r\nX-A: 1\r\n\r\nv',
    ]
    assert list(file_parts("f", "v", "n", "a/b", headers=headers)) == [
        b'Content-Disposition: form-data; name="f"; filename="n"\r\n'
        b"Content-Type: a/b\r\nX-A: 1\r\n\r\nv",
    ]
    with pytest.raises(InvalidInputError):
        list(field_parts("f", "v", headers=[("X-A", "a\r\nb")]))
