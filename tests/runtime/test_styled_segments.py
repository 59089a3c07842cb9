"""Lists and objects in paths and headers: the examples of OpenAPI, and others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.upstream.requests import (
    label_segment,
    matrix_segment,
    reserved_path,
    simple_segment,
    simple_text,
)
from naftiko_runtime.upstream.requests import segment as plain_segment

if TYPE_CHECKING:
    from collections.abc import Callable

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("segment", "value", "plain", "exploded"),
    [
        # The table "Style Examples" of OpenAPI, whose parameter is called color.
        (simple_segment, "blue", "blue", "blue"),
        (simple_segment, COLORS, "blue,black,brown", "blue,black,brown"),
        (simple_segment, RGB, "R,100,G,200,B,150", "R=100,G=200,B=150"),
        (label_segment, "blue", ".blue", ".blue"),
        (label_segment, COLORS, ".blue,black,brown", ".blue.black.brown"),
        (label_segment, RGB, ".R,100,G,200,B,150", ".R=100.G=200.B=150"),
        (matrix_segment, "blue", ";color=blue", ";color=blue"),
        (
            *(matrix_segment, COLORS, ";color=blue,black,brown"),
            ";color=blue;color=black;color=brown",
        ),
        (matrix_segment, RGB, ";color=R,100,G,200,B,150", ";R=100;G=200;B=150"),
        # A separator in an item isn't one between items.
        (simple_segment, ["a,b", "ü/x"], "a%2Cb,%C3%BC%2Fx", "a%2Cb,%C3%BC%2Fx"),
        (simple_segment, {"a": None, "b=c": True}, "b%3Dc,true", "b%3Dc=true"),
    ],
)
def test_a_segment_has_the_style(
    segment: Callable[..., str], value: object, plain: str, exploded: str
) -> None:
    assert segment("color", value) == plain
    assert segment("color", value, explode=True) == exploded


@pytest.mark.parametrize("segment", [simple_segment, label_segment, matrix_segment])
@pytest.mark.parametrize("value", [None, [], {}, ["a/../b"], ["a\n"]])
def test_a_value_that_is_no_segment_is_refused(
    segment: Callable[..., str], value: object
) -> None:
    with pytest.raises(InvalidInputError):
        segment("color", value)


@pytest.mark.parametrize(
    ("segment", "value"),
    [
        (simple_segment, [".."]),
        (simple_segment, [""]),
        (simple_segment, ["%2e%2e"]),
        (label_segment, ["."]),
        (label_segment, [""]),
    ],
)
def test_a_relative_segment_is_refused(
    segment: Callable[..., str], value: object
) -> None:
    with pytest.raises(InvalidInputError):
        segment("color", value)
    if segment is label_segment:
        with pytest.raises(InvalidInputError):
            label_segment("color", ["", ""], explode=True)


def test_a_header_has_items_between_commas() -> None:
    assert simple_text(COLORS) == "blue,black,brown"
    assert simple_text(RGB) == "R,100,G,200,B,150"
    assert simple_text(RGB, explode=True) == "R=100,G=200,B=150"
    assert simple_text(None) is simple_text([]) is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("docs/guide.md", "docs/guide.md"),
        ("a b/ü?#%2F", "a%20b/%C3%BC%3F%23%252F"),
        ("a:b@c,d;e=f", "a:b@c,d;e=f"),
        ("//evil.example/x/", "%2F%2Fevil.example/x/"),
        ("a\x1fb", "a%1Fb"),
        (5, "5"),
    ],
)
def test_reserved_characters_may_stay(value: object, path: str) -> None:
    assert reserved_path("path", value) == path


@pytest.mark.parametrize(
    "value",
    [
        *("", "..", "a/../b", "a/..", "%2e%2e/a", "a/..;x/b", "a\\..\\b", "."),
        *("a\r", "a\nb", "a%0Ab", "a\0b", "\ud800"),
    ],
)
def test_no_path_leaves_its_address(value: str) -> None:
    for encode in (reserved_path, plain_segment):
        with pytest.raises(InvalidInputError):
            encode("path", value)


@pytest.mark.parametrize("code", [*range(1, 10), 11, 12, *range(14, 32), 127])
def test_control_characters_are_encoded(code: int) -> None:
    assert plain_segment("path", f"a{chr(code)}b") == f"a%{code:02X}b"
    assert plain_segment("path", f"a%{code:02x}b") == f"a%25{code:02x}b"
