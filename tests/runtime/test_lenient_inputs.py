"""Inputs that are checked less than their schemas say."""

from typing import Any

import pytest
from test_route_inputs import JSON, read

from naftiko_runtime.errors import CallError
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
from naftiko_runtime.patterns import matching
from naftiko_runtime.rest import Body, JsonBody, Member
from naftiko_runtime.schemas import (
    any_of,
    just_one_of,
    nullable,
    one_of,
    refine,
    shallow,
    without_check,
)

KINDS = one_of(STRING, "event", "general")
TICKET = object_of(
    Property("kind", KINDS),
    Property("count", refine(INTEGER, minimum=1)),
    Property("tags", array(KINDS)),
    Property("place", object_of(Property("id", STRING))),
)
TYPES = [
    *(STRING, INTEGER, NUMBER, BOOLEAN, OBJECT, ARRAY, ANYTHING, TICKET, KINDS),
    *(nullable(TICKET), nullable(any_of(STRING, TICKET)), array(TICKET)),
    *(
        just_one_of(TICKET, array(TICKET)),
        matching("^a$"),
        refine(STRING, form="date"),
    ),
]
HINT = "set `check` of this input"


@pytest.mark.parametrize("json_type", TYPES, ids=lambda json_type: json_type.noun)
def test_the_schema_stays(json_type: JsonType) -> None:
    assert shallow(json_type).schema == json_type.schema
    assert without_check(json_type).schema == json_type.schema


@pytest.mark.parametrize(
    ("json_type", "value"),
    [
        (TICKET, {}),
        (TICKET, {"kind": "concert", "count": 0, "more": None}),
        (TICKET, {"tags": [1], "place": {"name": 2}}),
        (nullable(TICKET), None),
        (array(KINDS), ["concert"]),
        (any_of(STRING, TICKET), {"kind": "concert"}),
        (nullable(any_of(STRING, TICKET)), None),
        (matching("^a$"), "b"),
        (OBJECT, {"a": 1}),
        (ARRAY, [1]),
        (ANYTHING, None),
    ],
)
def test_a_shallow_check_looks_at_types(json_type: JsonType, value: object) -> None:
    assert shallow(json_type).check("body", value) == value


@pytest.mark.parametrize(
    ("json_type", "value"),
    [
        (TICKET, None),
        (TICKET, []),
        (TICKET, {"kind": 1}),
        (TICKET, {"count": "1"}),
        (TICKET, {"tags": {}}),
        (array(KINDS), [1]),
        (any_of(STRING, TICKET), {"kind": 1}),
        (nullable(any_of(STRING, TICKET)), 1),
    ],
)
def test_a_shallow_check_refuses_other_types(
    json_type: JsonType, value: object
) -> None:
    with pytest.raises(CallError, match=r"^body(\.|\[| must)"):
        shallow(json_type).check("body", value)
    assert without_check(json_type).check("body", value) == value


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (Body("body", TICKET), b'{"kind": "concert"}'),
        (JsonBody("body", TICKET), b'{"kind": "concert"}'),
        (Member("kind", KINDS), b'{"kind": "concert"}'),
    ],
)
async def test_a_refusal_names_the_setting(source: Any, body: bytes) -> None:
    with pytest.raises(CallError, match=HINT) as refusal:
        await read(source, headers=(JSON,), body=body)
    assert refusal.value.status == 400


async def test_a_refusal_of_a_plain_type_is_short() -> None:
    with pytest.raises(CallError) as refusal:
        await read(Member("n", INTEGER), headers=(JSON,), body=b'{"n": "a"}')
    assert refusal.value.detail == "n must be an integer"
