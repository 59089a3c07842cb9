"""JSON is read whole, nothing else is, and every digit stays."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from naftiko_runtime.values import (
    DuplicateMemberError,
    parse,
    parse_unambiguous,
    skim,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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


def written(value: Any, layout: dict[str, Any]) -> bytes:
    return json.dumps(value, **layout).encode()


def expected(text: str) -> Any:
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
def test_json_is_read_as_the_standard_library_reads_it(
    value: Any, layout: dict[str, Any]
) -> None:
    body = written(value, layout)

    for read in (parse, parse_unambiguous):
        assert json.dumps(read(body)) == json.dumps(json.loads(body))
    assert type(skim(body)) is type(value)


@given(st.one_of(TEXTS_OF_PIECES, TEXTS_OF_PIECES.map("[{}]".format)))
@example('"\\')
@example('["' + "1" * 19 + '\\"')
@example('{"a": "\\u5361' + "1" * 19 + '", "b": ' + "1" * 25 + "}")
def test_a_text_is_read_exactly_if_it_is_json(text: str) -> None:
    try:
        value = expected(text)
    except ValueError:
        assert refuses(parse, text)
    else:
        assert json.dumps(parse(text.encode())) == json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a":1,"\\u0061":2}',
        '[{"b": {"a": [], "x": 1, "a": {}}}]',
        '{"a":"\\u003a","a":1}',
        '{"a":"\\u003A::","a":{"b":1}}',
        '{"a":"::\\\\u003a","a":1}',
        '{"a": 12345678901234567890123, "a": "12345678901234567890123"}',
    ],
)
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
