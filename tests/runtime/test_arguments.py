"""Members of a body as arguments of a tool, and a liberal reading of arguments."""

from __future__ import annotations

from typing import Any

import pytest

from case_tables import in_table
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.inputs import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    STRING,
    JsonType,
    Property,
    array,
    object_of,
)
from naftiko_runtime.mcp.tools import Argument, BodyArguments, ConstantArgument, Tool
from naftiko_runtime.schemas import any_of, nullable, one_of
from naftiko_runtime.transport import Reply

PART = object_of(Property("x", INTEGER, required=False))
BODY = object_of(
    Property("kind", one_of(STRING, "event", "general"), "The kind."),
    Property("count", INTEGER, required=False),
    Property("note", nullable(STRING), required=False),
    Property("size[max]", INTEGER, required=False),
    Property("tags", array(STRING), required=False),
    Property("moods", array(one_of(STRING, "calm", "loud")), required=False),
    Property("ids", STRING, "The ids.", required=False),
    Property("fields", array(STRING), required=False),
    Property("part", PART, required=False),
    Property("is_new", BOOLEAN, required=False),
    Property("rank", nullable(INTEGER), required=False),
    Property("", INTEGER, required=False),
    others=ANYTHING,
)
FACTS: dict[str, Any] = {
    "names": {"size_max": "size[max]", "unnamed": ""},
    "clears": ["note"],
    "parts": {"ids": {"joined": True}},
}


class Sent:
    """The values that the operation of a tool gets."""

    def __init__(self, body: BodyArguments, *others: Argument) -> None:
        self.values: dict[str, Any] = {}
        self.tool = Tool("t", "", self._operation, [*others, body])

    async def _operation(self, _: object, **values: Any) -> Reply:
        self.values = values
        return Reply(200, (), b"")

    async def body(self, arguments: dict[str, Any]) -> Any:
        await self.tool.call(None, arguments)
        return self.values["body"]


def sending(kind: JsonType = BODY, *, required: bool = True, **facts: Any) -> Sent:
    body = BodyArguments("body", kind, required=required, **(facts or FACTS))
    return Sent(body, Argument("id", STRING, required=False))


@in_table
async def test_members_become_the_body(arguments: dict[str, Any], body: Any) -> None:
    assert await sending().body(arguments) == body


@in_table
def test_a_wrong_member_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        sending().tool.call(None, arguments)

    assert error.value.detail == message


def test_all_missing_arguments_are_named_at_once() -> None:
    kind = object_of(*(Property(name, STRING) for name in "abc"))
    with pytest.raises(InvalidInputError, match=r"^a is required\nc is required$"):
        sending(kind, clears=()).tool.call(None, {"b": "x"})


UNION = any_of(STRING, PART)
TEXT = {"type": "string", "description": "{string or object}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"x": 5}', {"x": 5}),
        *((text, text) for text in ("[1]", "5", "true", "null", '"a"', "{")),
    ],
)
async def test_a_text_that_is_no_object_stays_a_text(text: str, value: Any) -> None:
    kind = object_of(Property("of", UNION))
    spread = sending(kind, shown={"of": TEXT})
    assert await spread.body({"of": text}) == {"of": value}
    for shape in (TEXT, {"type": "object"}):
        argument = Argument("body", UNION, shown=shape)
        assert argument.read({"body": text}) == value


async def test_further_arguments_are_members_if_the_body_has_others() -> None:
    tool = sending(object_of(Property("a", STRING), others=INTEGER), siblings=["id"])

    assert await tool.body({"a": "x", "b": 1, "id": "i"}) == {"a": "x", "b": 1}
    with pytest.raises(InvalidInputError, match="b must be an integer"):
        tool.tool.call(None, {"a": "x", "b": []})
    for body in ({"a": "x"}, '{"a": "x"}'):
        with pytest.raises(InvalidInputError, match=r"its members are: a$"):
            tool.tool.call(None, {"body": body})
    assert tool.tool.definition["inputSchema"]["additionalProperties"] is True


def test_a_renamed_member_has_no_second_argument() -> None:
    kind = object_of(Property("a[b]", STRING), others=STRING)
    tool = sending(kind, names={"a_b": "a[b]"}, siblings=[]).tool
    with pytest.raises(InvalidInputError, match="is not an argument of this tool"):
        tool.call(None, {"a_b": "x", "a[b]": "y"})


async def test_an_optional_body_without_members_is_none() -> None:
    assert await sending(required=False).body({}) is None
    assert (
        await sending(object_of(Property("a", STRING, required=False))).body({}) == {}
    )


ONLY = one_of(STRING, "only")
FIXED: dict[str, Any] = {
    "constants": {"kind": "only"},
    "parts": {"part": {"names": {"x": "$x"}, "constants": {"kind": "only"}}},
    "shown": {"part": {"type": "object", "properties": {"x": {"type": "integer"}}}},
}
FIXED_PART = object_of(Property("kind", ONLY), Property("$x", INTEGER))


def fixed_sending(*, required: bool = True) -> Sent:
    members = [Property("kind", ONLY), Property("part", FIXED_PART, required=False)]
    return sending(object_of(*members), required=required, **FIXED)


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {"kind": "only"}),
        ({"kind": "only"}, {"kind": "only"}),
        *(
            ({"part": part}, {"kind": "only", "part": {"kind": "only", "$x": 5}})
            for part in ({"x": 5}, {"$x": 5, "kind": "only"}, '{"x": "5"}')
        ),
    ],
)
async def test_constants_and_own_names_needn_t_be_passed(
    arguments: dict[str, Any], body: Any
) -> None:
    assert await fixed_sending().body(arguments) == body
    assert [*fixed_sending().tool.definition["inputSchema"]["properties"]] == [
        "id",
        "part",
    ]


@in_table
def test_a_constant_has_no_other_value(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        fixed_sending().tool.call(None, arguments)


async def test_an_optional_body_of_only_constants_is_none() -> None:
    assert await fixed_sending(required=False).body({}) is None
    assert await fixed_sending(required=False).body({"kind": "only"}) == {
        "kind": "only"
    }


async def test_a_required_member_may_be_cleared() -> None:
    tool = sending(object_of(Property("a", nullable(STRING))), clears=["a"])
    assert await tool.body({"clear": ["a"]}) == {"a": None}
    assert "required" not in tool.tool.definition["inputSchema"]
    with pytest.raises(InvalidInputError, match=r"^a is required$"):
        tool.tool.call(None, {})


def test_a_constant_argument_is_not_listed() -> None:
    argument = ConstantArgument("mode", ONLY)
    assert [argument.read(call) for call in ({}, {"mode": "only"})] == ["only"] * 2
    with pytest.raises(InvalidInputError, match="mode must be one of only"):
        argument.read({"mode": "other"})
    tool = Sent(BodyArguments("body", BODY, **FACTS), argument).tool
    assert "mode" not in tool.definition["inputSchema"]["properties"]


def test_the_members_are_listed_with_the_other_arguments() -> None:
    schema = sending().tool.definition["inputSchema"]

    assert [*schema["properties"]] == [
        *("id", "kind", "count", "note", "size_max", "tags", "moods", "ids", "fields"),
        *("part", "is_new", "rank", "unnamed", "clear"),
    ]
    assert schema["properties"]["kind"]["description"] == "The kind."
    assert schema["required"] == ["kind"]
    assert schema["additionalProperties"] is False
