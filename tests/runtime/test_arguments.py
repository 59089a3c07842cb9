"""Members of a body as arguments of a tool, and a liberal reading of arguments."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({"kind": "event", "id": "a"}, {"kind": "event"}),
        ({"size_max": 1, "kind": "event"}, {"size[max]": 1, "kind": "event"}),
        (
            {"kind": "event", "count": None, "note": None},
            {"kind": "event", "note": None},
        ),
        ({"kind": "event", "clear": ["note"]}, {"kind": "event", "note": None}),
        ({"kind": "event", "clear": '["note"]'}, {"kind": "event", "note": None}),
        ({"kind": "event", "count": "5"}, {"kind": "event", "count": 5}),
        ({"kind": "event", "is_new": "true"}, {"kind": "event", "is_new": True}),
        ({"kind": "event", "count": "", "tags": "null"}, {"kind": "event"}),
        ({"kind": "event", "tags": '["5"]'}, {"kind": "event", "tags": ["5"]}),
        ({"kind": "event", "part": '{"x": "5"}'}, {"kind": "event", "part": {"x": 5}}),
        (
            {"kind": "event", "rank": None, "count": "5"},
            {"kind": "event", "rank": None, "count": 5},
        ),
        ({"kind": "event", "rank": "null"}, {"kind": "event", "rank": None}),
        ({"kind": "event", "rank": ""}, {"kind": "event"}),
        ({"kind": "event", "unnamed": 1}, {"kind": "event", "": 1}),
        ({"kind": "event", "tags": "a b"}, {"kind": "event", "tags": ["a b"]}),
        (
            {"kind": "event", "moods": "calm, loud"},
            {"kind": "event", "moods": ["calm", "loud"]},
        ),
        (
            {"kind": "event", "fields": "id, items.name"},
            {"kind": "event", "fields": ["id", "items.name"]},
        ),
        ({"kind": "event", "ids": ["a", "b"]}, {"kind": "event", "ids": "a,b"}),
        ({"kind": "event", "note": "5"}, {"kind": "event", "note": "5"}),
        ({"kind": "event", "note": ""}, {"kind": "event", "note": ""}),
    ],
)
async def test_members_become_the_body(arguments: dict[str, Any], body: Any) -> None:
    assert await sending().body(arguments) == body


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "kind is required"),
        ({"kind": "other"}, "kind must be one of event, general"),
        ({"kind": "event", "tags": [1]}, "tags[0] must be a string"),
        ({"kind": "event", "tags": "a,b"}, "tags must be an array, each item a string"),
        ({"kind": "event", "moods": "calm,new"}, "moods[1] must be one of calm, loud"),
        ({"kind": "event", "ids": ["a,b"]}, "ids must be a string"),
        ({"kind": "event", "part": {"x": "a"}}, "part.x must be an integer"),
        ({"kind": "event", "size_max": "a"}, "size_max (size[max]) must be an integer"),
        ({"kind": "event", "count": "5.5"}, "count must be an integer"),
        ({"kind": "event", "clear": ["kind"]}, "clear must be a list of some of note"),
        ({"kind": "event", "clear": 5}, "clear must be a list of some of note"),
        (
            {"kind": "event", "clear": ["note"], "note": "a"},
            "clear lists note, which has a value",
        ),
        (
            {"body": '{"kind": "event"}'},
            "'body' isn't an argument of this tool: its members are: kind, count, note,"
            " size_max, tags, moods, ids, fields, part, is_new, rank, unnamed, clear",
        ),
        (
            {"kind": "event", "x": 1},
            "'x' is not an argument of this tool, but a member of part",
        ),
        (
            {"kind": "event", "other": 1},
            "'other' is not an argument of this tool: it has id, kind, count, note,"
            " size_max, tags, moods, ids, fields, part, is_new, rank, unnamed, clear",
        ),
    ],
)
def test_a_wrong_member_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        sending().tool.call(None, arguments)

    assert error.value.detail == message


def test_all_missing_arguments_are_named_at_once() -> None:
    kind = object_of(*(Property(name, STRING) for name in "abc"))
    with pytest.raises(InvalidInputError, match=r"^a, c are required$"):
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "other"}, "kind must be one of only"),
        ({"part": {"x": 1, "kind": "other"}}, "part.kind must be one of only"),
        ({"part": {"x": "a"}}, r"part\.\$x must be an integer"),
        ({"none": 1}, "it has id, part$"),
        ({"body": 1}, "its members are: part$"),
    ],
)
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
