"""Expressions: templates, routes and JSONPath."""

from __future__ import annotations

import pytest

from naftiko_gen.ir import Each, PathSegment, selectors
from naftiko_gen.language.expressions import (
    Pieces,
    Placeholder,
    Scope,
    has_placeholders,
    is_name,
    json_path,
    json_path_of,
    route,
    template,
)

EACH = Each.ELEMENT


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


def test_a_route_has_single_braces() -> None:
    assert route("/v1/{a-b}:scale/{c}") == (
        "/v1/",
        Placeholder("a-b", Scope.ANY),
        ":scale/",
        Placeholder("c", Scope.ANY),
    )


@pytest.mark.parametrize("text", ["{{}}", "{{#a}}", "{{/a}}", "{{>a}}"])
def test_mustache_beyond_names_is_told_apart(text: str) -> None:
    (placeholder,) = template(text)
    assert isinstance(placeholder, Placeholder)
    assert not is_name(placeholder)


def test_a_constant_has_no_placeholders() -> None:
    assert has_placeholders("Bearer {{KEY}}")
    assert not has_placeholders("Bearer {KEY}")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$", ()),
        ("$.", ()),
        (" $. ", ()),
        ("$.a.b", ("a", "b")),
        ("$.@id", ("@id",)),
        ("$.a-b", ("a-b",)),
        ("$.a[0].b", ("a", 0, "b")),
        ("$.[0]", (0,)),
        ("$[*].a", (Each.ELEMENT, "a")),
        ("$['a b'].c", ("a b", "c")),
        ('$["a.b"]', ("a.b",)),
        ("a.b", ("a", "b")),
        ("@.a", ("a",)),
        ("{{$.a.b}}", ("a", "b")),
        ("{{ $ }}", ()),
        ("$.a b.c", ("a b", "c")),
        ("$.a.", None),
        ("$.a[-1]", ("a", -1)),
        (r"$['it\'s']['\u00fc\n']", ("it's", "ü\n")),
        (r"$['\ud800']", None),
        (r"$['\x']", None),
        ("$.a.length()", None),
        ("$.a[-0]", None),
        ("$.a[]", None),
        ("$.a['b'", None),
        ("$...a", None),
        ("$..", None),
        ("$.a[(@.length-1)]", None),
        ("$[" + ",".join("0" * 101) + "]", None),
        ("$.a[1000000000]", None),
        ("$.a[\u0661]", None),
        ("$" + ".a" * 100, ("a",) * 100),
        ("$" + ".a" * 101, None),
    ],
)
def test_a_json_path_is_steps(text: str, steps: tuple[PathSegment, ...] | None) -> None:
    assert json_path(text) == steps


PRICE = selectors.Reference(is_root=False, path=("price",))
CHEAP = selectors.Comparison(PRICE, selectors.Operator.LESS, 10)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.*", (selectors.Wildcard.CHILD,)),
        ("$..a", (selectors.Descendants("a"),)),
        ("$.a..b", ("a", selectors.Descendants("b"))),
        ("$..*", (selectors.Descendants(selectors.Wildcard.CHILD),)),
        ("$..[0]", (selectors.Descendants(0),)),
        ("$[0:2]", (selectors.Slice(0, 2, 1),)),
        ("$[ -2 : : -1 ]", (selectors.Slice(-2, None, -1),)),
        ("$[::0]", (selectors.Several(()),)),
        ("$['a','b']", (selectors.Several(("a", "b")),)),
        ("$[*, 1:]", (selectors.Several((EACH, selectors.Slice(1, None, 1))),)),
    ],
)
def test_selectors_lead_to_many_values(
    text: str, steps: tuple[PathSegment, ...]
) -> None:
    assert json_path(text) == steps


@pytest.mark.parametrize(
    ("text", "tested"),
    [
        ("?(@.price)", selectors.Existence(PRICE)),
        ("?@.price < 10", CHEAP),
        ("?(@['price']<10)", CHEAP),
        ("?!(@.price < 10)", selectors.Negation(CHEAP)),
        ("?!@.price", selectors.Negation(selectors.Existence(PRICE))),
        (
            "?@.price<10 && (@.price || $[-1])",
            selectors.Conjunction(
                (
                    CHEAP,
                    selectors.Disjunction(
                        (
                            selectors.Existence(PRICE),
                            selectors.Existence(selectors.Reference(True, (-1,))),
                        )
                    ),
                )
            ),
        ),
        (
            "?length(@.price) >= 2e1",
            selectors.Comparison(
                selectors.Length(PRICE), selectors.Operator.AT_LEAST, 20.0
            ),
        ),
        (
            "?null != @.price",
            selectors.Comparison(None, selectors.Operator.UNEQUAL, PRICE),
        ),
        ("?@.a =~ /b/", None),
        ("?@.a[*]", None),
        ("?!@.a == 1", None),
        ("?@.a == 1 == 1", None),
        ("?1", None),
        ("?@.a == 'b", None),
        ("?" + "(" * 20 + "@.a" + ")" * 20, None),
        ("?" + " || ".join(["@.a"] * 60), None),
    ],
)
def test_a_filter_has_a_test(text: str, tested: selectors.Test | None) -> None:
    expected = None if tested is None else (selectors.Filter(tested),)
    assert json_path(f"$[{text}]") == expected


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
