"""Inputs with listed values, patterns and defaults."""

import re
from typing import Any

import jsonschema
import pytest
from test_mcp import BOOK, echo, values_of
from test_route_inputs import JSON, read

from case_tables import table
from naftiko_runtime.bodies import BASE64
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.inputs import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    JsonType,
    Property,
    array,
    object_of,
)
from naftiko_runtime.mcp.tools import Argument, Tool
from naftiko_runtime.patterns import LONGEST, matching
from naftiko_runtime.rest import Body, Header, Input, Member, Query
from naftiko_runtime.schemas import any_of, just_one_of, nullable, one_of, refine

TYPES = [
    *(ANYTHING, ARRAY, BASE64, BOOLEAN, INTEGER, NUMBER, OBJECT, STRING),
    *(array(STRING), array(array(INTEGER)), BOOK, array(BOOK)),
    *(one_of(STRING, "new", "used"), one_of(INTEGER, 1, 2), one_of(NUMBER, 1.5, 2)),
    *(matching("^[a-z]{2}$"), array(matching("b")), array(one_of(STRING, "a"))),
    *(refine(INTEGER, minimum=2), refine(NUMBER, maximum=1.5)),
    *(refine(NUMBER, exclusive_minimum=1), refine(NUMBER, exclusive_maximum=2)),
    *(refine(STRING, min_length=3), refine(STRING, max_length=1)),
    *(refine(ARRAY, min_items=2), refine(ARRAY, max_items=0)),
    *(nullable(STRING), nullable(one_of(INTEGER, 1)), nullable(any_of(INTEGER))),
    *(any_of(INTEGER, refine(STRING, max_length=2)), just_one_of(NUMBER, INTEGER)),
    *(object_of(others=INTEGER), object_of(Property("a", STRING), others=ANYTHING)),
    refine(STRING, form="date", default="2020-01-01"),
]
VALUES: list[Any] = [
    *table(__file__, "values"),
    *(None, True, 1, 2, 3, 1.5, "new", "NEW", "ab", "abc", "b", ""),
    *([], ["a"], ["b"], ["ab", 1], {}, {"a": 1}, {"a": "b"}, {"a": "b", "c": 1}),
]


@pytest.mark.parametrize("json_type", TYPES, ids=lambda json_type: json_type.noun)
def test_a_check_agrees_with_its_schema(json_type: JsonType) -> None:
    validator = jsonschema.Draft202012Validator(json_type.schema)
    for value in VALUES:
        assert json_type.accepts(value) is validator.is_valid(value), value


@pytest.mark.parametrize(
    ("json_type", "text", "value"),
    [
        (one_of(STRING, "new"), "new", "new"),
        (one_of(INTEGER, 1, 2), "2", 2),
        (matching("^a+$"), "aa", "aa"),
        (refine(INTEGER, maximum=2), "2", 2),
        (any_of(refine(INTEGER, minimum=7), one_of(STRING, "all")), "7", 7),
        (any_of(refine(INTEGER, maximum=2), one_of(STRING, "02")), "02", "02"),
    ],
)
def test_a_text_is_read_as_one_of_the_values(
    json_type: JsonType, text: str, value: object
) -> None:
    assert json_type.read("x", text) == value
    with pytest.raises(InvalidInputError, match=re.escape(json_type.noun[:9])):
        json_type.read("x", "3")


def test_a_long_text_matches_no_pattern() -> None:
    assert matching("a").accepts("a" * LONGEST)
    assert not matching("a").accepts("a" * (LONGEST + 1))


def test_a_message_lists_few_values() -> None:
    assert one_of(STRING, *"abc").noun == "one of a, b, c"
    assert one_of(STRING, "a", "").noun == 'one of a, ""'
    assert len(one_of(INTEGER, *range(1000)).noun) < 100


@pytest.mark.parametrize(
    ("arguments", "value"), [({}, 7), ({"n": None}, 7), ({"n": 0}, 0)]
)
def test_an_absent_argument_has_its_default(
    arguments: dict[str, Any], value: int
) -> None:
    # The words of a list name the default; they are part of the description.
    text = "How many. {default: 7}"
    argument = Argument("n", INTEGER, text, required=False, default=7)
    tool = Tool("t", "", echo, [argument])
    assert values_of(tool, arguments) == repr({"n": value})
    assert tool.definition["inputSchema"]["properties"]["n"] == {
        "type": "integer",
        "description": "How many. {default: 7}",
    }
    assert "required" not in tool.definition["inputSchema"]


@pytest.mark.parametrize(
    ("source", "request_parts", "value"),
    [
        (Query("n", INTEGER, required=False, default=7), {}, 7),
        (Query("n", INTEGER, required=False, default=7), {"query": b"n=0"}, 0),
        (Query("n", array(STRING), required=False, default=["a"]), {}, ["a"]),
        (Header("n", STRING, required=False, default="a"), {}, "a"),
        (Member("n", STRING, required=False, default="a"), {}, "a"),
        (
            Member("n", STRING, required=False, default="a"),
            {"body": b'{"n":"b"}', "headers": (JSON,)},
            "b",
        ),
    ],
)
async def test_an_absent_input_has_its_default(
    source: Input, request_parts: dict[str, Any], value: object
) -> None:
    assert await read(source, **request_parts) == value


async def test_calls_share_no_default() -> None:
    source = Query("n", array(STRING), required=False, default=["a"])
    first = await read(source)
    first.append("b")
    assert await read(source) == ["a"]


async def test_items_of_a_query_are_checked() -> None:
    with pytest.raises(InvalidInputError, match="one of a, b"):
        await read(Query("n", array(one_of(STRING, "a", "b"))), query=b"n=a&n=c")


@pytest.mark.parametrize(
    "body", [b"[100000000000000000000]", b"[-99999999999999999999]"]
)
async def test_a_long_integer_of_a_body_is_no_other_value(body: bytes) -> None:
    source = Body("body", array(one_of(INTEGER, 0, 1)))
    assert await read(source, body=b"[0, 1]", headers=(JSON,)) == b"[0, 1]"
    with pytest.raises(InvalidInputError, match="one of 0, 1"):
        await read(source, body=body, headers=(JSON,))
