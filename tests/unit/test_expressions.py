"""Expressions: templates, routes and JSONPath."""

from __future__ import annotations

import pytest

from naftiko_gen.ir import Each, PathSegment
from naftiko_gen.language.expressions import (
    Hole,
    Pieces,
    Scope,
    has_placeholders,
    is_name,
    json_path,
    json_path_of,
    route,
    template,
)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{{a}}", (Hole("a", Scope.ANY),)),
        ("{{ a }}", (Hole("a", Scope.ANY),)),
        ("{{{a}}}", (Hole("a", Scope.ANY),)),
        ("x {{a}}{{b}} y", ("x ", Hole("a", Scope.ANY), Hole("b", Scope.ANY), " y")),
        ("{{env.KEY}}", (Hole("KEY", Scope.ENVIRONMENT),)),
        ("{{tools.a.b}}", (Hole("a.b", Scope.INPUT),)),
        ("{{rest.page[size]}}", (Hole("page[size]", Scope.INPUT),)),
        ("{{vault.KEY}}", (Hole("vault.KEY", Scope.ANY),)),
        ("{{env.}}", (Hole("env.", Scope.ANY),)),
        ("{a}", ("{a}",)),
        ("{{a", ("{{a",)),
    ],
)
def test_a_template_is_text_and_holes(text: str, pieces: Pieces) -> None:
    assert template(text) == pieces


def test_a_route_has_single_braces() -> None:
    assert route("/v1/{a-b}:scale/{c}") == (
        "/v1/",
        Hole("a-b", Scope.ANY),
        ":scale/",
        Hole("c", Scope.ANY),
    )


@pytest.mark.parametrize("text", ["{{}}", "{{#a}}", "{{/a}}", "{{>a}}"])
def test_mustache_beyond_names_is_told_apart(text: str) -> None:
    (hole,) = template(text)
    assert isinstance(hole, Hole)
    assert not is_name(hole)


def test_a_constant_has_no_holes() -> None:
    assert has_placeholders("Bearer {{KEY}}")
    assert not has_placeholders("Bearer {KEY}")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$", ()),
        ("$.", ()),
        (" $. ", ()),
        ("$.a.b", ("a", "b")),
        ("$.@id", None),
        ("$.a-b", ("a-b",)),
        ("$.a[0].b", ("a", 0, "b")),
        ("$.[0]", (0,)),
        ("$[*].a", (Each.ELEMENT, "a")),
        ("$['a b'].c", ("a b", "c")),
        ('$["a.b"]', ("a.b",)),
        ("a.b", ("a", "b")),
        ("@.a", ("a",)),
        ("$..a", None),
        ("$.a..b", None),
        ("$.a.", None),
        ("$.a[-1]", None),
        ("$.a[0:2]", None),
        ("$.a[?(@.b)]", None),
        ("$.a.length()", None),
        ("$.a.*", None),
        ("$['a','b']", None),
    ],
)
def test_a_json_path_is_steps(text: str, steps: tuple[PathSegment, ...] | None) -> None:
    assert json_path(text) == steps


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ((), "$"),
        (("a", "b-c"), "$.a.b-c"),
        (("$top",), "$['$top']"),
        (("a.b", "it's", "[0]"), """$['a.b']["it's"]['[0]']"""),
    ],
)
def test_a_path_is_written_as_it_is_read(keys: tuple[str, ...], written: str) -> None:
    assert json_path_of(keys) == written
    assert json_path(written) == keys
