"""JSON, styles of values, and limits of requests that are built."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from case_tables import in_table
from naftiko_runtime.bodies import (
    FieldMember,
    deep_parts,
    field_parts,
    file_parts,
    form_body,
    multipart_body,
    multipart_object,
    object_form,
)
from naftiko_runtime.errors import CallError, InvalidInputError
from naftiko_runtime.upstream.requests import (
    Pairs,
    header_fields,
    query_text,
    target_text,
)
from naftiko_runtime.values import (
    BODY_LIMIT,
    HEAD_LIMIT,
    Deep,
    DuplicateMemberError,
    delimited_items,
    delimited_text,
    exploded_members,
    keep_reserved,
    parse,
    parse_unambiguous,
    reserved_parts,
)

DIGITS = st.text("0123456789", min_size=15, max_size=25)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.builds("".join, st.lists(st.one_of(DIGITS, st.sampled_from('克"\\:u\n/é{')))),
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=8,
)
LAYOUTS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 1]),
        "separators": st.sampled_from([(",", ":"), (", ", " : ")]),
    }
)
PIECES = st.sampled_from(
    [
        *('"', "\\", '\\"', "\\\\", "\\u5361", "\\u003a", "\\ud800", "\\udc00", "é"),
        *("1234567890123456789", "0" * 19, "1" * 40, "7", "-", ".5", "e1", "E400"),
        *("{", "}", "[", "]", ",", ":", '"a":', '"a"', '""', " ", "\n", "\t"),
        *("null", "true", "NaN", "Infinity", "\x00", "\x7f", "[[", "]]"),
    ]
)
TEXTS_OF_PIECES = st.lists(PIECES, max_size=12).map("".join)


def write_json(value: Any, layout: dict[str, Any]) -> bytes:
    return json.dumps(value, **layout).encode()


def expected_value(text: str) -> Any:
    """Read JSON by the standard library, which takes a little more than JSON is."""
    value = json.loads(text, parse_constant=refuse, parse_float=finite)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def refuse(text: str) -> Any:
    raise ValueError(text)


def finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else refuse(text)


def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else refuse("twice")


@given(VALUES, LAYOUTS)
@example({"a": "\u53611234567890123456789"}, {})
@pytest.mark.slow
def test_json_is_read_as_the_standard_library_reads_it(
    value: Any, layout: dict[str, Any]
) -> None:
    body = write_json(value, layout)

    for read in (parse, parse_unambiguous):
        assert json.dumps(read(body)) == json.dumps(json.loads(body))


@given(st.one_of(TEXTS_OF_PIECES, TEXTS_OF_PIECES.map("[{}]".format)))
@example('"\\')
@example('["' + "1" * 19 + '\\"')
@example('{"a": "\\u5361' + "1" * 19 + '", "b": ' + "1" * 25 + "}")
def test_a_text_is_read_exactly_if_it_is_json(text: str) -> None:
    try:
        value = expected_value(text)
    except ValueError:
        assert refuses(parse, text)
    else:
        assert json.dumps(parse(text.encode())) == json.dumps(value)


@in_table
def test_a_member_that_is_named_twice_is_noticed(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)
    with pytest.raises(DuplicateMemberError):
        parse_unambiguous(text.encode())


MEMBERS = st.lists(
    st.tuples(
        st.sampled_from(['"a"', '"b"', '"\\u0061"', '":"', '"\\u003a"', '"a:b"']),
        st.sampled_from(['":"', '"\\u003A"', "1", "[]", '{"a":1}', '{"a":1,"a":2}']),
    ),
    max_size=4,
)


@given(MEMBERS, st.sampled_from([":", " : "]))
def test_members_named_twice_are_noticed_wherever_colons_stand(
    members: list[tuple[str, str]], colon: str
) -> None:
    text = "{" + ",".join(colon.join(pair) for pair in members) + "}"
    try:
        value = json.loads(text, object_pairs_hook=unambiguous)
    except ValueError:
        with pytest.raises(DuplicateMemberError):
            parse_unambiguous(text.encode())
    else:
        assert parse_unambiguous(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 12345678901234567890, "a": NaN}',
        '["' + '\\"' * 200_000 + "1" * 19,
        '"' * 399_999 + "1" * 19,
        "1" * 19 + "[" * 200_000,
        "[" * 201 + "]" * 201,
        "1" * 5000,
    ],
)
def test_texts_other_than_json_or_too_much_are_refused(text: str) -> None:
    assert refuses(parse, text)
    assert refuses(parse_unambiguous, text)


def refuses(read: Callable[[bytes], Any], text: str) -> bool:
    try:
        read(text.encode())
    except ValueError:
        return True
    return False


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
        ([("color", Deep(RGB))], "?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
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
        b'Content-Type: application/json\r\n\r\n{"a":1}'
    ]


def test_reserved_characters_are_sent_as_they_are() -> None:
    pairs: Pairs = [
        ("a", keep_reserved("/:?@!$'()*,;=")),
        ("b", keep_reserved(["&#+[]", "%2f%"])),
        ("c", delimited_items(",", reserved_parts(["x/y", "ü&"]))),
        ("d", Deep(reserved_parts({"k": "a:b", "n": None}))),
        ("e", keep_reserved(None)),
    ]
    assert query_text(pairs) == (
        "?a=/:?@!$'()*,;=&b=%26%23%2B%5B%5D&b=%2f%25&c=x/y,%C3%BC%26&d%5Bk%5D=a:b"
    )
    with pytest.raises(InvalidInputError):
        keep_reserved("\ud800")


def test_a_part_has_further_headers() -> None:
    headers = [("X-A", 1), ("X-B", None)]
    assert list(field_parts("f", "v", headers=headers)) == [
        b'Content-Disposition: form-data; name="f"\r\nX-A: 1\r\n\r\nv'
    ]
    assert list(file_parts("f", "v", "n", "a/b", headers=headers)) == [
        b'Content-Disposition: form-data; name="f"; filename="n"\r\n'
        b"Content-Type: a/b\r\nX-A: 1\r\n\r\nv"
    ]
    with pytest.raises(InvalidInputError):
        list(field_parts("f", "v", headers=[("X-A", "a\r\nb")]))


NAME = "n" * 30_000
ITEMS = [1] * 15_000
SHORT = {NAME: ITEMS}
EMPTY: dict[str, list[object]] = {NAME: [{}] * 15_000}
"""No field is sent of these, and yet a name is built for each."""
BODIES: dict[str, Callable[[], object]] = {
    "form": lambda: form_body(SHORT),
    "deep form": lambda: form_body({"a": Deep(SHORT)}),
    "deep form of nothing": lambda: form_body({"a": Deep(EMPTY)}),
    "many deep fields": lambda: form_body(
        {f"a{n}": Deep({NAME: [1] * 100}) for n in range(20)}
    ),
    "object": lambda: object_form(SHORT),
    "deep object": lambda: object_form({"a": SHORT}, styles={"a": "deep"}),
    "exploded object": lambda: object_form({"a": SHORT}, styles={"a": "members"}),
    "multipart": lambda: multipart_body(field_parts("a", ITEMS, NAME)),
    "deep multipart": lambda: multipart_body(deep_parts("a", SHORT)),
    "multipart file": lambda: multipart_body(file_parts("a", ITEMS, NAME, "a/b")),
    "multipart headers": lambda: multipart_body(
        field_parts("a", ITEMS, headers=[("X-A", NAME)])
    ),
    "multipart object": lambda: multipart_object(SHORT),
    "deep multipart object": lambda: multipart_object(
        {"a": SHORT}, {"a": FieldMember(style="deep")}
    ),
}
HEADS: dict[str, Callable[[], object]] = {
    "query": lambda: query_text([("name", ITEMS)]),
    "deep query": lambda: query_text([("a", Deep(SHORT))]),
    "deep query of nothing": lambda: query_text([("a", Deep(EMPTY))]),
    "path": lambda: target_text("/" + "a" * HEAD_LIMIT, ""),
    "headers": lambda: header_fields((), [("X-Name", ITEMS)], None),
}


@pytest.mark.parametrize("build", BODIES.values(), ids=BODIES)
def test_a_body_is_refused_while_it_is_built(build: Callable[[], object]) -> None:
    with pytest.raises(CallError, match="16 MiB") as refusal:
        build()
    assert refusal.value.status == 413


@pytest.mark.parametrize("build", HEADS.values(), ids=HEADS)
def test_a_head_is_refused_while_it_is_built(build: Callable[[], object]) -> None:
    with pytest.raises(CallError, match="64 KiB") as refusal:
        build()
    assert refusal.value.status == 400


def test_requests_up_to_the_limits_are_built() -> None:
    value = "v" * (BODY_LIMIT - len("a="))
    query = "?a=" + "v" * (HEAD_LIMIT - len("a="))

    assert form_body({"a": value}) is not None
    assert query_text([("a", query[3:])]) == query
