"""Expressions: templates, routes and JSONPath."""

import pytest

from naftiko_gen.ir import Each, PathSegment
from naftiko_gen.language.expressions import (
    Pieces,
    Placeholder,
    Scope,
    is_name,
    json_path,
    json_path_of,
    route,
    template,
)
from naftiko_gen.language.json_paths import query


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{{a}}", (Placeholder("a", Scope.ANY),)),
        ("{{ a }}", (Placeholder("a", Scope.ANY),)),
        ("{{{a}}}", (Placeholder("a", Scope.ANY),)),
        (
            "x {{a}}{{b}} y",
            ("x ", Placeholder("a", Scope.ANY), Placeholder("b", Scope.ANY), " y"),
        ),
        ("{{env.KEY}}", (Placeholder("KEY", Scope.ENVIRONMENT),)),
        ("{{tools.a.b}}", (Placeholder("a.b", Scope.INPUT),)),
        ("{{rest.page[size]}}", (Placeholder("page[size]", Scope.INPUT),)),
        ("{{vault.KEY}}", (Placeholder("vault.KEY", Scope.ANY),)),
        ("{{env.}}", (Placeholder("env.", Scope.ANY),)),
        ("{a}", ("{a}",)),
        ("{{a", ("{{a",)),
    ],
)
def test_a_template_is_text_and_placeholders(text: str, pieces: Pieces) -> None:
    assert template(text) == pieces


def test_a_route_is_compared_as_requests_are() -> None:
    (text,) = route("/%40a/b%2fc/%7ed/e%20f")
    assert text == "/@a/b%2Fc/~d/e%20f"


@pytest.mark.parametrize("text", ["{{}}", "{{#a}}", "{{/a}}", "{{>a}}"])
def test_mustache_beyond_names_is_told_apart(text: str) -> None:
    (placeholder,) = template(text)
    assert isinstance(placeholder, Placeholder)
    assert not is_name(placeholder)


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
        ("$.a[1000000000]", None),
        ("$.a[\u0661]", None),
        ("$" + ".a" * 100, ("a",) * 100),
        ("$" + ".a" * 101, None),
    ],
)
def test_a_json_path_is_steps(text: str, steps: tuple[PathSegment, ...] | None) -> None:
    assert json_path(text) == steps


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ((), "$"),
        (("a", "b-c"), "$.a.b-c"),
        (("$top",), "$['$top']"),
        (('"it\'s" \\',), r"""$["\"it's\" \\"]"""),
        (("a.b", "it's", "[0]"), """$['a.b']["it's"]['[0]']"""),
    ],
)
def test_a_path_is_written_as_it_is_read(keys: tuple[str, ...], text: str) -> None:
    assert json_path_of(keys) == text
    assert query(text).steps == keys
