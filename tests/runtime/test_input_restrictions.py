"""Inputs with listed values, patterns and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from test_route_inputs import JSON, anyio_backend, read
from test_tool_arguments import echo, values_of

from naftiko_runtime.enumerations import one_of
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.inputs import INTEGER, NUMBER, STRING, array
from naftiko_runtime.mcp.defaults import DefaultArgument
from naftiko_runtime.mcp.tools import Tool
from naftiko_runtime.patterns import LONGEST, matching
from naftiko_runtime.rest.defaults import DefaultHeader, DefaultMember, DefaultQuery
from naftiko_runtime.rest.inputs import Body, Query

if TYPE_CHECKING:
    from naftiko_runtime.inputs import JsonType
    from naftiko_runtime.rest.inputs import Input

__all__ = ["anyio_backend"]

TYPES = [
    *(one_of(STRING, "new", "used"), one_of(INTEGER, 1, 2), one_of(NUMBER, 1.5, 2)),
    *(matching("^[a-z]{2}$"), array(matching("b")), array(one_of(STRING, "a"))),
]
VALUES: list[Any] = [
    *(None, True, 1, 2, 3, 1.5, "new", "NEW", "ab", "abc", "b", ""),
    *([], ["a"], ["b"], ["ab", 1], {}),
]
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("json_type", TYPES, ids=lambda one: one.noun)
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
    ],
)
def test_a_text_is_read_as_one_of_the_values(
    json_type: JsonType, text: str, value: object
) -> None:
    assert json_type.read("x", text) == value
    with pytest.raises(InvalidInputError, match=json_type.noun.replace("^", r"\^")[:9]):
        json_type.read("x", "3")


def test_a_long_text_matches_no_pattern() -> None:
    assert matching("a").accepts("a" * LONGEST)
    assert not matching("a").accepts("a" * (LONGEST + 1))


def test_a_message_lists_few_values() -> None:
    assert one_of(STRING, *"abc").noun == "one of a, b, c"
    assert len(one_of(INTEGER, *range(1000)).noun) < 100


@pytest.mark.parametrize(
    ("arguments", "value"), [({}, 7), ({"n": None}, 7), ({"n": 0}, 0)]
)
def test_an_absent_argument_has_its_default(
    arguments: dict[str, Any], value: int
) -> None:
    argument = DefaultArgument("n", INTEGER, "How many.", required=False, default=7)
    tool = Tool("t", "", echo, [argument])
    assert values_of(tool, arguments) == repr({"n": value})
    assert tool.definition.input_schema["properties"]["n"] == {
        "type": "integer",
        "description": "How many.",
        "default": 7,
    }
    assert "required" not in tool.definition.input_schema


@pytest.mark.parametrize(
    ("source", "request_parts", "value"),
    [
        (DefaultQuery("n", INTEGER, required=False, default=7), {}, 7),
        (
            DefaultQuery("n", INTEGER, required=False, default=7),
            {"query": b"n=0"},
            0,
        ),
        (DefaultQuery("n", array(STRING), required=False, default=["a"]), {}, ["a"]),
        (DefaultHeader("n", STRING, required=False, default="a"), {}, "a"),
        (DefaultMember("n", STRING, required=False, default="a"), {}, "a"),
        (
            DefaultMember("n", STRING, required=False, default="a"),
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
    source = DefaultQuery("n", array(STRING), required=False, default=["a"])
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
